import type { Evaluator } from '../../wiring/evaluator.js';
import { disjunction, newFacts, withRefusal, type Fact } from '../../wiring/fact.js';
import {
  yieldsItself,
  type LibraryModel,
  type LibraryType,
  type Method,
  type Operation,
} from '../../wiring/library.js';
import { memberOf } from '../../wiring/members.js';
import { atom, equality, outcomes } from '../../wiring/tests.js';
import {
  builtin,
  constantsOf,
  isCallable,
  isNullish,
  stringOf,
  UNDEFINED,
  type Native,
  type Site,
  type Value,
} from '../../wiring/value.js';

/** What may be done, and by whom: the tests that were passed where it was said belong to it. */
interface Rule {
  /** Null where they are not known: it may be any. */
  actions: readonly string[] | null;
  subjects: readonly string[] | null;
  conditions: Value | null;
  facts: readonly Fact[];
}
/** Null where rules come from somewhere that was not followed, such as a table. */
interface Rules {
  rules: Rule[] | null;
}
const rulesOf = (self: Native): Rule[] | null => (self.state as Rules).rules;
const namesIn = (value: Value | undefined): readonly string[] | null =>
  value?.k === 'list'
    ? value.elements.flatMap((e) => constantsOf(e) ?? [ANY])
    : ((value && constantsOf(value)) ?? null);
const ANY = '*';

/** `can(action, subject, fields?, conditions?)`. https://casl.js.org/v6/en/guide/define-rules */
const allow: Method = (it, self, [action, subject, third, fourth]) => {
  const conditions = fourth ?? (third && third.k === 'record' ? third : undefined);
  rulesOf(self)?.push({
    actions: namesIn(action),
    subjects: namesIn(subject),
    conditions: conditions && !isNullish(conditions) ? conditions : null,
    facts: it.facts,
  });
  return UNDEFINED;
};
const BUILDER: LibraryType = {
  name: 'ability-builder',
  // What is taken away again asks for more than what was allowed, never for less.
  methods: { can: allow, cannot: () => UNDEFINED, build: (it, self) => it.native(ABILITY, self.state) },
};
const builderOf = (it: Evaluator): Native => it.native(BUILDER, { rules: [] } satisfies Rules);

/** What holds where something may be done; null where nothing that was said allows it. */
function passed(it: Evaluator, self: Native, args: readonly Value[], site: Site): readonly Fact[] | null {
  const [action, subject] = args;
  const wanted = action ? stringOf(action) : null;
  const type = subject ? (stringOf(subject) ?? subjectTypes(it).get(subject) ?? null) : null;
  const rules = rulesOf(self);
  if (rules === null || rules.length === 0 || wanted === null || type === null)
    return [
      atom(it, 'verified', [], site, {
        known: {
          protection: 'authorization',
          library: '@casl/ability',
          arguments: wanted === null ? [] : [type === null ? wanted : `${wanted} ${type}`],
        },
      }),
    ];
  const isAmong = (names: readonly string[] | null, all: string, name: string): boolean =>
    names === null || names.some((n) => n === name || n === all || n === ANY);
  const sides = rules
    .filter((r) => isAmong(r.actions, 'manage', wanted) && isAmong(r.subjects, 'all', type))
    .map((r) => [...newFacts(it.facts, r.facts), ...conditionsOf(it, r, subject!, site)]);
  if (sides.length === 0) return null;
  if (sides.length === 1) return sides[0]!;
  const any = disjunction(sides);
  return any ? [any] : [];
}
/** Of the name of a kind nothing more is asked than whether there is any that may. */
function conditionsOf(it: Evaluator, rule: Rule, subject: Value, site: Site): readonly Fact[] {
  if (rule.conditions?.k !== 'record' || stringOf(subject) !== null) return [];
  return [...rule.conditions.members].flatMap(
    ([name, wanted]) =>
      outcomes(it, equality(it, memberOf(it, subject, name, site), wanted, site, false), site).whenTrue ?? [],
  );
}
const asks =
  (isDenied: boolean): Method =>
  (it, self, args, site) => {
    const facts = passed(it, self, args, site);
    if (facts === null) return { k: 'literal', value: isDenied };
    const [whenTrue, whenFalse] = isDenied ? [[], facts] : [facts, []];
    return { k: 'test', whenTrue, whenFalse, sources: [] };
  };
/** An ability as it was built. */
const ABILITY: LibraryType = {
  name: 'ability',
  methods: { can: asks(false), cannot: asks(true) },
};
const throwUnless: Method = (it, self, args, site) => {
  const ability = self.state as Value;
  const facts =
    ability.k === 'native' && ability.type === ABILITY
      ? passed(it, ability, args, site)
      : passed(it, it.native(ABILITY, { rules: null } satisfies Rules), args, site);
  if (facts === null) return it.endPath({ how: 'throw', status: 403 });
  it.facts = [...it.facts, ...withRefusal(facts, { how: 'throw', status: 403 })];
  return UNDEFINED;
};
const FORBIDDEN: LibraryType = {
  name: 'forbidden-error',
  methods: { throwUnlessCan: throwUnless, setMessage: yieldsItself },
};
const subjectTypes = (it: Evaluator): WeakMap<Value, string> =>
  it.stateOf('casl:subjects', () => new WeakMap<Value, string>());

/** Rules of which nothing is known. */
const given: Operation = (it) => it.native(ABILITY, { rules: null } satisfies Rules);

/** CASL. https://casl.js.org/v6/en/guide/intro */
export const casl: LibraryModel = {
  name: 'casl',
  packages: ['@casl/ability', '@casl/prisma', '@casl/mongoose'],
  about: {
    title: 'CASL',
    registers: 'nothing',
    guards:
      '`can`, `cannot` and `throwUnlessCan` by the rules of the ability: who was allowed it, and conditions on the `subject`',
    answers: '`ForbiddenError`',
    limits:
      'rules that are loaded count as a permission; `cannot` rules, and `accessibleBy` as a filter, are left out',
  },
  calls: {
    AbilityBuilder: builderOf,
    defineAbility: (it, [define], site) => {
      const builder = builderOf(it);
      const bound = (method: Method): Value =>
        builtin('can', (args, _self, at) => method(it, builder, args, at));
      if (define && isCallable(define))
        it.call(define, [bound(allow), bound(() => UNDEFINED)], UNDEFINED, site);
      return it.native(ABILITY, builder.state);
    },
    createMongoAbility: given,
    createPrismaAbility: given,
    Ability: given,
    PureAbility: given,
    subject: (it, [type, value = UNDEFINED]) => {
      const name = type ? stringOf(type) : null;
      if (name !== null) subjectTypes(it).set(value, name);
      return value;
    },
    'ForbiddenError.from': (it, [ability = UNDEFINED]) => it.native(FORBIDDEN, ability),
  },
};
