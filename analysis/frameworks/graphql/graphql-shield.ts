import type { Evaluator } from '../../wiring/evaluator.js';
import { joinFacts, newFacts, type Fact } from '../../wiring/fact.js';
import { membersOf } from '../../wiring/globals.js';
import type { LibraryModel, LibraryType, Operation } from '../../wiring/library.js';
import { statusOf } from '../../wiring/naming.js';
import { opaqueLink, type AppliedLink } from '../../wiring/recorder.js';
import { outcomes } from '../../wiring/tests.js';
import {
  builtin,
  isNullish,
  stringOf,
  UNDEFINED,
  UNKNOWN,
  type Native,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { anyOf, decided, knownLink, LAYER, ruleLink, testLink } from './graphql-layers.js';
import { namesOf, type FieldCall, type Layer } from './graphql-schema.js';

/** A rule, or rules in a relation. https://the-guild.dev/graphql/shield/docs/rules */
interface Rule {
  kind: 'rule' | 'and' | 'or' | 'not' | 'allow' | 'deny' | 'input';
  /** Of a rule: its function. */
  value: Value;
  rules: readonly Value[];
  name: string | null;
  site: Site;
}
const RULE: LibraryType = { name: 'rule', methods: {} };
const ruleOf = (value: Value | undefined): Rule | null =>
  value?.k === 'native' && value.type === RULE ? (value.state as Rule) : null;
const make = (it: Evaluator, kind: Rule['kind'], site: Site, rest: Partial<Rule> = {}): Value =>
  it.native(RULE, { kind, value: UNKNOWN, rules: [], name: null, site, ...rest } satisfies Rule);

/** `rule(name?, options?)(function)` */
const rule =
  (kind: 'rule' | 'input'): Operation =>
  (it, [first]) => {
    const name = first ? stringOf(first) : null;
    return builtin('rule', ([value], _self, site) => make(it, kind, site, { value: value ?? UNKNOWN, name }));
  };
const logic =
  (kind: 'and' | 'or'): Operation =>
  (it, rules, site) =>
    make(it, kind, site, { rules });

/** What holds where a rule lets pass, and where it does not; null where that cannot be. */
interface Sides {
  passed: readonly Fact[] | null;
  failed: readonly Fact[] | null;
}
/** Runs a rule; what it throws is a refusal. */
function judge(it: Evaluator, value: Value, call: FieldCall): Sides {
  const found = ruleOf(value);
  if (!found) return { passed: [], failed: [] };
  const { kind, rules, site } = found;
  const before = it.facts;
  switch (kind) {
    case 'allow':
      return { passed: [], failed: null };
    case 'deny':
      return { passed: null, failed: [] };
    case 'not': {
      const inner = rules[0] ? judge(it, rules[0], call) : { passed: [], failed: [] };
      return { passed: inner.failed, failed: inner.passed };
    }
    case 'and':
    case 'or': {
      const sides = rules.map((r) => judge(it, r, call));
      const [all, any] = kind === 'and' ? (['passed', 'failed'] as const) : (['failed', 'passed'] as const);
      const every = sides.map((s) => s[all]);
      const some = sides.flatMap((s) => (s[any] ? [s[any]] : []));
      const one = some.length === 0 ? null : anyOf(some);
      const together = every.includes(null) ? null : every.flatMap((f) => f!);
      return kind === 'and' ? { passed: together, failed: one } : { passed: one, failed: together };
    }
    default: {
      let passed: readonly Fact[] | null = null;
      const failures: (readonly Fact[])[] = [];
      const { throws } = it.catching(() => {
        it.aside(() => {
          const given = decided(it.runHandler(found.value, argumentsOf(call), site));
          const sides = outcomes(it, given, site);
          const gained = newFacts(before, it.facts);
          if (sides.whenTrue) passed = [...gained, ...sides.whenTrue];
          if (sides.whenFalse) failures.push([...gained, ...sides.whenFalse]);
        });
      });
      for (const { facts } of throws) failures.push(newFacts(before, facts));
      return { passed, failed: failures.length > 0 ? failures.reduce(joinFacts) : null };
    }
  }
}
const argumentsOf = ({ parent, args, context, info }: FieldCall): Value[] => [parent, args, context, info];

const isKnown = (value: Value): boolean => {
  const found = ruleOf(value);
  return found !== null && found.rules.every(isKnown);
};
function named(it: Evaluator, value: Value): string {
  const found = ruleOf(value);
  if (!found) return 'rule';
  const own = found.name ?? namesOf(it).get(value);
  if (own) return own;
  if (found.rules.length > 0) return `${found.kind}(${found.rules.map((r) => named(it, r)).join(', ')})`;
  return found.value.k === 'function' ? (found.value.fn.name ?? found.kind) : found.kind;
}
function* linksOf(
  it: Evaluator,
  value: Value,
  call: FieldCall,
  status: number,
  at: Site,
): Generator<AppliedLink> {
  const found = ruleOf(value);
  if (!found || !isKnown(value)) return yield opaqueLink(named(it, value), it.place(at));
  const { kind, rules, site } = found;
  const name = named(it, value);
  if (kind === 'allow') return;
  if (kind === 'deny') return yield knownLink(it, 'deny', 'authorization', at);
  if (kind === 'input') return yield knownLink(it, name, 'validation', site);
  if (kind === 'and') {
    for (const each of rules) yield* linksOf(it, each, call, status, at);
    return;
  }
  if (kind !== 'rule') return yield testLink(it, name, site, status, () => judge(it, value, call).passed);
  yield ruleLink(it, { value: found.value, site, name }, argumentsOf(call), status);
}

/** `shield({ Query: { '*': rule, field: rule }, Type: rule }, { fallbackRule })`, or one rule for everything. */
const shield: Operation = (it, [tree, options], site) => {
  const fallback = options?.k === 'record' ? options.members.get('fallbackRule') : undefined;
  const error = options?.k === 'record' ? options.members.get('fallbackError') : undefined;
  const status = (error ? statusOf(error) : null) ?? 403;
  const member = (value: Value, name: string): Value | undefined => {
    const { pairs, open } = membersOf(it, value);
    return pairs.findLast(([key]) => key === name)?.[1] ?? open ?? undefined;
  };
  return it.native(LAYER, {
    links: (_it, { name }, call) => {
      const [type, field] = name.split('.') as [string, string];
      const given = tree ?? UNDEFINED;
      const forType = ruleOf(given) ? given : member(given, type);
      const own =
        !forType || ruleOf(forType) || forType.k === 'unknown'
          ? forType
          : (member(forType, field) ?? member(forType, '*'));
      const applied = own && !isNullish(own) ? own : fallback;
      return applied && !isNullish(applied) ? linksOf(it, applied, call, status, site) : [];
    },
  } satisfies Layer);
};
/** A rule that a library has under a name of its own. */
const constant = (kind: 'allow' | 'deny'): Native => ({
  k: 'native',
  type: RULE,
  state: { kind, value: UNKNOWN, rules: [], name: kind, site: null as never } satisfies Rule,
  members: new Map(),
});
const ALLOW = constant('allow');
const DENY = constant('deny');

/** https://the-guild.dev/graphql/shield/docs */
export const graphqlShield: LibraryModel = {
  name: 'graphql-shield',
  packages: ['graphql-shield'],
  about: {
    title: 'graphql-shield',
    registers: 'nothing by itself: the fields of the schema that it is applied to',
    guards:
      '`shield` with rules by field, by type, with `*`, `fallbackRule`, or one for everything; `rule` by what its function does where it yields `true`, `and`, `or`, `not`, `chain`, `race`, `allow`, `deny`, `inputRule`',
    answers: 'anything but `true`, errors that a rule yields or throws; `fallbackError`',
    limits: 'whether `debug` or `allowExternalErrors` show more than they should',
  },
  calls: {
    shield,
    rule: rule('rule'),
    inputRule: rule('input'),
    and: logic('and'),
    chain: logic('and'),
    or: logic('or'),
    race: logic('or'),
    not: (it, [inner], site) => make(it, 'not', site, { rules: inner ? [inner] : [] }),
  },
  member: (_it, path) => (path.length === 1 ? ({ allow: ALLOW, deny: DENY }[path[0]!] ?? null) : null),
};
