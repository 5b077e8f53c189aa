import type { Evaluator } from '../../wiring/evaluator.js';
import type { LibraryType } from '../../wiring/library.js';
import { memberOf } from '../../wiring/members.js';
import {
  constantsOf,
  isNullish,
  record,
  UNDEFINED,
  UNKNOWN,
  type Native,
  type Record_,
  type Site,
  type Value,
} from '../../wiring/value.js';
import type { Activation } from './nest-context.js';
import { setUp } from './nest-lifecycle.js';

/** `GraphQLModule.forRoot(options)`, or what makes the options. */
interface GraphqlState {
  options: Value;
  isMade: boolean;
}
export const GRAPHQL_MODULE: LibraryType = { name: 'graphql module', methods: {} };
export const graphqlModule = (it: Evaluator, [options]: readonly Value[], isMade: boolean): Native =>
  it.native(GRAPHQL_MODULE, { options: options ?? UNDEFINED, isMade } satisfies GraphqlState);

/** The options of a module; `make` gives what a provider's definition makes. */
export function graphqlOptions(
  it: Evaluator,
  module: Native,
  make: (definition: Record_) => Value,
  site: Site,
): Value {
  const { options, isMade } = module.state as GraphqlState;
  if (!isMade || options.k !== 'record') return options;
  const made = make(options);
  if (options.members.has('useFactory')) return made;
  let given: Value = UNKNOWN;
  setUp(it, site.module.scope, site, () => {
    given = it.awaiting(it.call(memberOf(it, made, 'createGqlOptions', site), [], made, site));
  });
  return given;
}
/** Guards run in front of fields only where the options say so. */
export function guardsFields(options: Value): boolean {
  const enhancers = options.k === 'record' ? options.members.get('fieldResolverEnhancers') : undefined;
  return (enhancers && constantsOf(enhancers)?.includes('guards')) ?? false;
}
/** What the option `context` makes of a request; null where there is none. */
export function madeContext(it: Evaluator, options: Value, a: Activation, site: Site): Value | null {
  const make = options.k === 'record' ? options.members.get('context') : undefined;
  if (make?.k !== 'function') return null;
  const given = record([
    ['req', a.request],
    ['request', a.request],
    ['res', a.response],
    ['reply', a.response],
  ]);
  const made = { value: UNDEFINED as Value };
  // Mercurius hands over request and reply one by one.
  const args = make.fn.params.length > 1 ? [a.request, a.response] : [given];
  it.aside(() => {
    made.value = it.awaiting(it.call(make, args, UNDEFINED, site));
  });
  return isNullish(made.value) || made.value.k === 'unknown' ? null : made.value;
}
