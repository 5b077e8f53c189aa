import type { Evaluator } from '../../wiring/evaluator.js';
import { membersOf } from '../../wiring/globals.js';
import { opaqueLink, type AppliedLink } from '../../wiring/recorder.js';
import {
  builtin,
  isCallable,
  optionIn,
  record,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type Native,
  type Value,
} from '../../wiring/value.js';
import { knownLink } from './graphql-layers.js';
import type { Field, FieldCall } from './graphql-schema.js';
import { declaredIn } from './pothos-declared.js';
import { fieldMade, makeFieldBuilder, type Made } from './pothos-field-builder.js';
import { scopesInFront } from './pothos-field-scopes.js';
import { hasPlugin, isTrue, scopeSettings } from './pothos-options.js';
import { isValidated } from './pothos-validation.js';

/** Makes the fields that wait for it, and says what each does. */
export function* fieldsOf(it: Evaluator, builder: Native, ignoresScopes: boolean): Generator<Field> {
  const { waiting } = declaredIn(builder);
  for (const { type, one, make, site } of waiting) {
    const results: Value[] = [];
    it.attempt(it.place(site), () => {
      it.withBudget(FIELD_STEPS, () => {
        it.quietly(
          () =>
            void results.push(
              isCallable(make) ? it.call(make, [makeFieldBuilder(it)], UNDEFINED, site) : make,
            ),
        );
      });
    });
    const [result] = results;
    const { pairs, open } =
      one === null ? membersOf(it, result) : { pairs: [[one, result ?? UNKNOWN] as const], open: null };
    if (open || !result) it.gap(`some fields of \`${type}\` could not be followed`, it.place(site));
    for (const [name, value] of pairs) {
      const made = fieldMade(value);
      const field = made && fieldOf(it, builder, `${type}.${name}`, made, ignoresScopes);
      if (field) yield field;
      // Made in a way that is not known: there, with nothing known of it.
      else if (value.k !== 'native' && /^(?:Query|Mutation|Subscription)$/.test(type))
        yield {
          name: `${type}.${name}`,
          resolve: null,
          site,
          chain: () => [opaqueLink('not followed', it.place(site))],
        };
    }
  }
}
const FIELD_STEPS = 60_000;
function fieldOf(
  it: Evaluator,
  builder: Native,
  name: string,
  made: Made,
  ignoresScopes: boolean,
): Field | null {
  const { options } = declaredIn(builder);
  const { method, site } = made;
  const callable = (of: string): Value | null => {
    const value = optionIn(made.options, of);
    return value && isCallable(value) ? value : null;
  };
  const own = callable('resolve') ?? callable('load');
  const subscribe = callable('subscribe');
  if (!own && !subscribe) return null;
  const [typeName] = name.split('.') as [string];
  return {
    name,
    // Scopes stand in front of what is made of an event, where nothing says otherwise.
    resolve: own ?? builtin('event', () => UNKNOWN),
    subscribe,
    site,
    guardsSubscribe: isTrue(optionIn(scopeSettings(options), 'authorizeOnSubscribe')),
    given: ({ parent, args, context, info }: FieldCall) =>
      /^(?:prisma|drizzle)/.test(method)
        ? [record([], UNKNOWN), parent, args, context, info]
        : method.endsWith('WithInput')
          ? [parent, record([['input', args]], UNKNOWN), context, info]
          : method.startsWith('loadable') && !callable('resolve')
            ? [unknown(['body']), context]
            : [parent, args, context, info],
    *chain(_it, call): Iterable<AppliedLink> {
      if (!ignoresScopes && hasPlugin(options, /scope-?auth/i))
        yield* scopesInFront(it, builder, typeName, made, call);
      const validate = optionIn(made.options, 'validate');
      const given = optionIn(made.options, 'args') ?? optionIn(made.options, 'input');
      if ((validate || (given && isValidated(it, given))) && hasPlugin(options, /validation|zod/i))
        yield knownLink(it, 'validate', 'validation', site);
    },
  };
}
