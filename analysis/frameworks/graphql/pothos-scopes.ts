import type { Evaluator } from '../../wiring/evaluator.js';
import { newFacts, type Fact } from '../../wiring/fact.js';
import { membersOf } from '../../wiring/globals.js';
import { memberOf } from '../../wiring/members.js';
import { opaqueLink, type AppliedLink } from '../../wiring/recorder.js';
import { outcomes } from '../../wiring/tests.js';
import {
  constantsOf,
  isCallable,
  isNullish,
  optionIn,
  optionsOf,
  stringOf,
  UNDEFINED,
  UNKNOWN,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { anyOf, testLink } from './graphql-layers.js';
import { type FieldCall } from './graphql-schema.js';
import { scopeSettings } from './pothos-options.js';

/** `authScopes` of a type or field: a map of scopes, a boolean, or a function that yields one of these. */
export interface Scopes {
  value: Value;
  site: Site;
  /** What a function for it is called with. */
  given: readonly Value[];
}
/** What holds where scopes are granted: null where they never are. */
type Passed = readonly Fact[] | null;

/** Runs something whose outcome decides, and says what holds where it is true. */
function whereTrue(it: Evaluator, site: Site, work: () => Value): Passed {
  const before = it.facts;
  let passed: Passed = null;
  it.aside(() => {
    const { whenTrue } = outcomes(it, it.awaiting(work()), site);
    if (whenTrue) passed = [...newFacts(before, it.facts), ...whenTrue];
  });
  return passed;
}
/**
 * A map is granted where any of its scopes is, unless the strategy is `all`; which scopes are named counts, not the
 * values of those that take none. https://pothos-graphql.dev/docs/plugins/scope-auth
 */
function judge(it: Evaluator, map: Value, scopes: Value, strategy: 'any' | 'all', site: Site): Passed {
  if (map.k === 'literal') return map.value ? [] : null;
  if (map.k === 'test') return map.whenTrue;
  if (map.k === 'choice') {
    const sides = optionsOf(map).flatMap((o) => {
      const passed = judge(it, o.value, scopes, strategy, site);
      return passed ? [[...o.facts, ...passed]] : [];
    });
    return sides.length > 0 ? anyOf(sides) : null;
  }
  if (map.k !== 'record') return [];
  const each = membersOf(it, map).pairs.map(([name, argument]): Passed => {
    if (name === '$any' || name === '$all')
      return judge(it, argument, scopes, name === '$any' ? 'any' : 'all', site);
    // Granted by another field or type, on the way here: by which is not followed.
    if (name === '$granted') return [];
    const scope = memberOf(it, scopes, name, site);
    if (isNullish(scope)) return null;
    return whereTrue(it, site, () => (isCallable(scope) ? it.call(scope, [argument], scopes, site) : scope));
  });
  const granted = each.filter((p) => p !== null);
  if (strategy === 'all') return granted.length < each.length ? null : granted.flat();
  return granted.length > 0 ? anyOf(granted) : null;
}
/** What a person would call it: the scopes that it names. */
function described(map: Value, strategy: 'any' | 'all'): string {
  if (map.k === 'choice') return described(map.options.at(-1)!.value, strategy);
  if (map.k !== 'record') return 'authScopes';
  const names = [...map.members].map(([name, value]) =>
    name === '$any' || name === '$all' ? described(value, name === '$any' ? 'any' : 'all') : name,
  );
  return names.length === 0
    ? 'authScopes'
    : names.length === 1
      ? names[0]!
      : `${strategy}(${names.join(', ')})`;
}
const usesGrants = (map: Value): boolean =>
  map.k === 'record'
    ? [...map.members].some(
        ([name, value]) => name === '$granted' || (name.startsWith('$') && usesGrants(value)),
      )
    : map.k === 'choice' && map.options.some((o) => usesGrants(o.value));

/** Runs the scopes in front of a field. `options` are those of the builder. */
export function scopeLink(
  it: Evaluator,
  options: Value,
  { value, site, given }: Scopes,
  { context }: FieldCall,
): AppliedLink {
  const settings = scopeSettings(options);
  const initializer = optionIn(settings, 'authScopes') ?? optionIn(options, 'authScopes');
  const strategy = stringOf(optionIn(settings, 'defaultStrategy') ?? UNDEFINED) === 'all' ? 'all' : 'any';
  const called = isCallable(value);
  let shown: Value = value;
  if (called)
    it.aside(() => {
      shown = it.awaiting(it.call(value, given, UNDEFINED, site));
    });
  const name =
    called && shown.k !== 'record' && value.k === 'function'
      ? (value.fn.name ?? 'authScopes')
      : described(shown, strategy);
  const names = optionsOf(shown).some((o) => o.value.k === 'record');
  const isSeen = called || names || shown.k === 'literal';
  const loads = initializer !== undefined && isCallable(initializer);
  if (!isSeen || (names && !loads) || usesGrants(shown)) return opaqueLink(name, it.place(site));
  const link = testLink(it, name, site, 403, () => {
    const scopes = loads ? it.awaiting(it.call(initializer, [context], UNDEFINED, site)) : UNKNOWN;
    const map = called ? it.awaiting(it.call(value, given, UNDEFINED, site)) : value;
    return map.k === 'unknown' ? outcomes(it, map, site).whenTrue : judge(it, map, scopes, strategy, site);
  });
  const written =
    shown.k === 'record' ? [...shown.members.values()].flatMap((v) => constantsOf(v) ?? []) : [];
  return { ...link, arguments: written.filter((w) => w !== 'true' && w !== 'false') };
}
