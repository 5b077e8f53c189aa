import type { Evaluator } from '../../wiring/evaluator.js';
import type { AppliedLink } from '../../wiring/recorder.js';
import { optionIn, UNDEFINED, type Native, type Site, type Value } from '../../wiring/value.js';
import type { FieldCall } from './graphql-schema.js';
import { declaredIn, type TypeState } from './pothos-declared.js';
import type { Made } from './pothos-field-builder.js';
import { isTrue } from './pothos-options.js';
import { nameOf } from './pothos-refs.js';
import { scopeLink } from './pothos-scopes.js';

/** Runs the scopes of the type of a field, then its own. */
export function* scopesInFront(
  it: Evaluator,
  builder: Native,
  type: string,
  made: Made,
  call: FieldCall,
): Iterable<AppliedLink> {
  const { options } = declaredIn(builder);
  const { parent, args, context, info } = call;
  for (const { value, site } of scopesOfType(it, builder, type, made))
    yield scopeLink(it, options, { value, site, given: [parent, context] }, call);
  for (const value of [made.scopes, optionIn(made.options, 'authScopes')])
    if (value && !(value.k === 'literal' && !value.value))
      yield scopeLink(it, options, { value, site: made.site, given: [parent, args, context, info] }, call);
}
/** Scopes of the type of a field, and of the interfaces that it implements, unless the field or the type skips them. */
function scopesOfType(
  it: Evaluator,
  builder: Native,
  name: string,
  { options }: Made,
): { value: Value; site: Site }[] {
  const { types } = declaredIn(builder);
  const type = types.get(name);
  const scopes = (of: TypeState | undefined): { value: Value; site: Site }[] => {
    const value = optionIn(of?.options, 'authScopes');
    return of && value ? [{ value, site: of.site }] : [];
  };
  const own = isTrue(optionIn(options, 'skipTypeScopes')) ? [] : scopes(type);
  const skips = [options, type?.options].some((o) => isTrue(optionIn(o, 'skipInterfaceScopes')));
  const interfaces = skips ? undefined : optionIn(type?.options, 'interfaces');
  const inherited = interfaces?.k === 'list' ? interfaces.elements : [];
  return [...own, ...inherited.flatMap((i) => scopes(types.get(nameOf(it, i, UNDEFINED))))];
}
