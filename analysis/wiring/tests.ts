import { madeHere } from './digests.js';
import type { Evaluator } from './evaluator.js';
import {
  disjunction,
  mergeSources,
  type Atom,
  type Fact,
  type Refusal,
  type Source,
  type Test,
} from './fact.js';
import { askTruth } from './neglect.js';
import { isNamedAddress, mayBe } from './texts.js';
import {
  choice,
  constantsOf,
  constantText,
  isNullish,
  list,
  literal,
  optionsOf,
  sourcesOf,
  unknown,
  type Option,
  type Site,
  type TestValue,
  type Value,
} from './value.js';

/** What a condition means: the facts on either side; null where that side cannot happen. */
export interface Outcomes {
  whenTrue: readonly Fact[] | null;
  whenFalse: readonly Fact[] | null;
}

export function atom(
  it: Evaluator,
  test: Test,
  sources: readonly Source[],
  site: Site,
  extra: Partial<Atom> = {},
): Atom {
  return {
    k: 'atom',
    test,
    sources: asSettings(it, sources),
    arguments: [],
    subjects: subjectsOf(it, sources),
    place: it.place(site),
    via: it.calls,
    refusal: null,
    known: null,
    ...extra,
  };
}
/** A test of nothing but settings that are kept as records is one of configuration. */
function asSettings(it: Evaluator, sources: readonly Source[]): readonly Source[] {
  const settings = sources.map((s) => it.rows.get(s)?.setting ?? (s.startsWith('config:') ? s : null));
  return settings.length > 0 && settings.every((s) => s !== null) ? mergeSources(settings) : sources;
}
/** Whoever answers 429 has counted, where what was counted could not be followed. */
export const throttled = (it: Evaluator, refusal: Refusal): Atom => ({
  k: 'atom',
  test: 'compare',
  sources: ['rate'],
  arguments: [],
  subjects: [],
  place: it.calls.at(-1)?.place ?? { file: '', line: 0 },
  via: it.calls,
  refusal,
  known: null,
});
/** A test of a row vouches for the keys that the row was found by, and for the row. */
export function subjectsOf(it: Evaluator, sources: readonly Source[]): readonly Source[] {
  const found: Source[] = [];
  for (const source of sources) {
    const row = it.rows.get(source);
    if (row) found.push(source, ...row.keys);
  }
  return mergeSources(found);
}

/** The two sides of a test of any value. */
export function outcomes(it: Evaluator, value: Value, site: Site): Outcomes {
  switch (value.k) {
    case 'literal':
      return value.value ? { whenTrue: [], whenFalse: null } : { whenTrue: null, whenFalse: [] };
    case 'test':
      return { whenTrue: value.whenTrue, whenFalse: value.whenFalse };
    case 'choice': {
      const sides = value.options.map((o) => ({ facts: o.facts, ...outcomes(it, o.value, site) }));
      return {
        whenTrue: either(sides.flatMap((s) => (s.whenTrue ? [[...s.facts, ...s.whenTrue]] : []))),
        whenFalse: either(sides.flatMap((s) => (s.whenFalse ? [[...s.facts, ...s.whenFalse]] : []))),
      };
    }
    case 'unknown':
    case 'text': {
      const sources = sourcesOf(value);
      const isRow = sources.some((s) => it.rows.has(s)) && sources.length === 1;
      const mark = isRow
        ? markOf(value)
        : isRoles(value) || isAnswer(value)
          ? { isThere: true as const }
          : {};
      return {
        whenTrue: [atom(it, isRow ? 'exists' : 'truthy', sources, site, mark)],
        whenFalse:
          value.k === 'unknown' && value.isTruthy
            ? null
            : [atom(it, isRow ? 'absent' : 'falsy', sources, site, mark)],
      };
    }
    case 'native': {
      const sources = sourcesOf(value);
      if (sources.length === 0) return { whenTrue: [], whenFalse: null };
      const isRow = sources.length === 1 && it.rows.has(sources[0]!);
      return {
        whenTrue: [atom(it, isRow ? 'exists' : 'truthy', sources, site)],
        whenFalse: [atom(it, isRow ? 'absent' : 'falsy', sources, site)],
      };
    }
    case 'external':
      return { whenTrue: [], whenFalse: [] };
    case 'promise':
      // Always true: a check whose promise is not awaited checks nothing.
      askTruth(it, value);
      return { whenTrue: [], whenFalse: null };
    default:
      // A function, an object: always true.
      return { whenTrue: [], whenFalse: null };
  }
}
/** One side that several options lead to: what they share, or one of them. */
function either(sides: readonly (readonly Fact[])[]): readonly Fact[] | null {
  if (sides.length === 0) return null;
  if (sides.length === 1) return sides[0]!;
  const any = disjunction(sides);
  return any ? [any] : [];
}
export function negate(it: Evaluator, value: Value, site: Site): Value {
  if (value.k === 'literal') return literal(!value.value);
  if (value.k === 'choice')
    return {
      k: 'choice',
      options: value.options.map((o) => ({
        value: negate(it, o.value, site),
        facts: [...o.facts, ...impliedBy(it, o.value, site)],
      })),
    };
  const { whenTrue, whenFalse } = outcomes(it, value, site);
  if (whenTrue === null) return literal(true);
  if (whenFalse === null) return literal(false);
  return { k: 'test', whenTrue: whenFalse, whenFalse: whenTrue, sources: sourcesOf(value) };
}
/**
 * What is known of one of several values that can only be true, where it is the one: of `row || null`, whoever is not null is
 * there.
 */
const impliedBy = (it: Evaluator, value: Value, site: Site): readonly Fact[] =>
  value.k === 'unknown' && value.isTruthy ? (outcomes(it, value, site).whenTrue ?? []) : [];
export function testValue(
  it: Evaluator,
  test: [Test, Test],
  sources: readonly Source[],
  site: Site,
  args: readonly string[] = [],
  extra: Partial<Atom> = {},
): TestValue {
  return {
    k: 'test',
    whenTrue: [atom(it, test[0], sources, site, { arguments: args, ...extra })],
    whenFalse: [atom(it, test[1], sources, site, { arguments: args, ...extra })],
    sources,
  };
}
const columnOf = (value: Value): Partial<Atom> =>
  value.k === 'unknown' && value.column !== undefined ? { column: value.column } : {};
const markOf = (value: Value): Partial<Atom> =>
  value.k === 'unknown' && value.column !== undefined ? { mark: value.column } : {};
const isAnswer = (value: Value): boolean => value.k === 'unknown' && value.form === 'answer';
const isRoles = (value: Value): boolean => value.k === 'unknown' && value.form === 'roles';
/** A list of what does not fit: empty where it all does, so that this holds. */
export const faultsUnless = (passed: Fact): Value =>
  choice([
    { value: list([]), facts: [passed] },
    { value: list([unknown(['error'])]), facts: [] },
  ]);
/** A boolean about which nothing is known but its origin. */
export const anyBoolean = (it: Evaluator, sources: readonly Source[], site: Site): Value =>
  sources.length === 0
    ? { k: 'test', whenTrue: [], whenFalse: [], sources }
    : testValue(it, ['truthy', 'falsy'], sources, site);

export function equality(it: Evaluator, left: Value, right: Value, site: Site, negated: boolean): Value {
  const result = equal(it, left, right, site);
  return negated ? negate(it, result, site) : result;
}
function equal(it: Evaluator, left: Value, right: Value, site: Site): Value {
  if (left.k === 'choice' || right.k === 'choice') {
    const isChosen = (o: Option, all: Value, other: Option): boolean =>
      all.k === 'choice' && isNullish(o.value) && isFilledIn(other.value);
    const [ofLeft, ofRight] = [optionsOf(left), optionsOf(right)];
    const isMany = ofLeft.length * ofRight.length > MAX_COMPARED;
    const [lefts, rights] = isMany
      ? [ofDifferentOrigin(ofLeft), ofDifferentOrigin(ofRight)]
      : [ofLeft, ofRight];
    const options = lefts.flatMap((l) =>
      rights.map((r) => ({
        value:
          isChosen(l, left, r) || isChosen(r, right, l) ? literal(false) : equal(it, l.value, r.value, site),
        facts: [
          ...l.facts,
          ...r.facts,
          ...(isNullish(r.value) ? impliedBy(it, l.value, site) : []),
          ...(isNullish(l.value) ? impliedBy(it, r.value, site) : []),
        ],
      })),
    );
    return options.length <= MAX_COMPARED
      ? { k: 'choice', options }
      : anyBoolean(it, mergeSources(sourcesOf(left), sourcesOf(right)), site);
  }
  if (left.k === 'literal' && right.k === 'literal') {
    // null and undefined are not told apart: `== null` is meant far more often than the difference.
    if (isNullish(left) && isNullish(right)) return literal(true);
    return literal(left.value === right.value);
  }
  const [constant, other] = left.k === 'literal' ? [left, right] : [right, left];
  if (constant.k === 'literal') {
    if (isNullish(constant) && isDefined(other)) return literal(false);
    // How two texts differ, gathered in a number, is none where they do not.
    const isNone = constant.value === false || (constant.value === 0 && other.k === 'test');
    if (isNullish(constant) || isNone) {
      const sides = outcomes(it, other, site);
      if (sides.whenTrue === null) return literal(true);
      if (sides.whenFalse === null) return literal(false);
      return { k: 'test', whenTrue: sides.whenFalse, whenFalse: sides.whenTrue, sources: sourcesOf(other) };
    }
    if (constant.value === true) {
      const sides = outcomes(it, other, site);
      if (sides.whenTrue && sides.whenFalse)
        return { k: 'test', whenTrue: sides.whenTrue, whenFalse: sides.whenFalse, sources: sourcesOf(other) };
    }
    if (constant.value === -1 && other.k === 'unknown' && other.form === 'place') return literal(false);
    if (typeof constant.value === 'string' && !mayBe(other, constant.value)) return literal(false);
    const sources = askedOf(other);
    if (sources.length === 0 && other.k !== 'unknown')
      return other.k === 'text' ? anyBoolean(it, [], site) : literal(false);
    if (constant.value === 0 && other.k === 'unknown' && other.isTruthy) return literal(false);
    if (constant.value === 0 && sources.includes('count'))
      return testValue(it, ['falsy', 'truthy'], sources, site);
    return testValue(it, ['equal', 'unequal'], sources, site, [String(constant.value)], columnOf(other));
  }
  const sources = mergeSources(sourcesOf(left), sourcesOf(right), madeOfOwn([left, right]));
  // Whoever forges a signature makes it as long as it has to be.
  const isOfLength = [left, right].some((v) => isSigned(v) && isLength(v));
  return sources.length === 0 || isOfLength
    ? anyBoolean(it, [], site)
    : testValue(it, ['equal', 'unequal'], sources, site, [], {
        ...keyOf(left, right),
        ...(isPlain(left, right) ? { isPlain: true } : {}),
        ...([left, right].some((v) => sourcesOf(v).length === 0) ? { isHalfSeen: true } : {}),
      });
}
/** Of how many pairs each is compared on its own. */
const MAX_COMPARED = 8;
/** What came about in several ways, as a name that is cut in one of three, is compared once where all of them come from the same. */
function ofDifferentOrigin(options: readonly Option[]): readonly Option[] {
  const byOrigin = new Map<string, Option>();
  for (const option of options) {
    const { value } = option;
    const key =
      value.k === 'literal'
        ? `=${String(value.value)}`
        : `${columnOf(value).column ?? ''}:${sourcesOf(value).join()}`;
    byOrigin.set(key, byOrigin.has(key) ? { value: byOrigin.get(key)!.value, facts: [] } : option);
  }
  return [...byOrigin.values()];
}
/** The column of a record that is compared with what is in none. */
function keyOf(left: Value, right: Value): Partial<Atom> {
  const [of, other] = [columnOf(left).column, columnOf(right).column];
  const by = of === undefined ? other : other === undefined ? of : undefined;
  return by === undefined ? {} : { by };
}
const isLength = (v: Value): boolean => v.k === 'unknown' && v.form === 'length';
/** Of what is compared, that one was made of a secret of the program. How long it is, everybody knows. */
export const madeOfOwn = (compared: readonly Value[]): readonly Source[] =>
  compared.some(isLength) ? [] : madeHere(compared.map(sourcesOf));
const isSigned = (v: Value): boolean => sourcesOf(v).includes('signature');
/** Where both were signed or digested, how far they agree tells nothing of either; how long they are is no secret. */
function isPlain(left: Value, right: Value): boolean {
  const isSafe = (v: Value): boolean =>
    sourcesOf(v).some((s) => s === 'hashed' || s === 'secret-match') || isLength(v);
  return isSigned(left) !== isSigned(right) && !isSafe(left) && !isSafe(right);
}
/** That the address is one that is written out is a matter of the path: it may have an entry point of its own. */
const askedOf = (value: Value): readonly Source[] =>
  isNamedAddress(value) ? mergeSources(sourcesOf(value), ['request.path']) : sourcesOf(value);
/** A text that is put together is not `undefined`, nor is a number. */
const isDefined = (value: Value): boolean =>
  value.k === 'text' || (value.k === 'unknown' && value.isDefined === true);
/**
 * `user?.id === request.params.id` holds for nobody who is not there: what stands at a parameter's place in the path that was
 * asked for is no `undefined`, somebody who is there has an id, and whose a record is, is taken to be filled in. A test that
 * asks for just that, as `record.closed === null`, can come out both ways: which columns may be empty is not known here,
 * nor what was made of a parameter.
 */
const isFilledIn = (value: Value): boolean =>
  isDefined(value) ||
  (value.k === 'unknown' && value.sources.length > 0 && value.sources.every((s) => FILLED_IN.test(s)));
const FILLED_IN = /^(params\.|row#|identity\.(\w+\.)*(_?id|uuid|uid|sub|user_?id)$)/i;
/** `constants.includes(value)`, `set.has(value)`, `value in table`. */
export function membership(it: Evaluator, constants: Value, value: Value, site: Site): Value {
  if (value.k === 'choice')
    return {
      k: 'choice',
      options: value.options.map((o) => ({
        value: membership(it, constants, o.value, site),
        facts: o.facts,
      })),
    };
  if (constants.k === 'choice')
    return {
      k: 'choice',
      options: constants.options.map((o) => ({
        value: membership(it, o.value, value, site),
        facts: o.facts,
      })),
    };
  const known = constantsOf(constants);
  if (value.k === 'literal' && known && constants.k === 'list') {
    const isListed = known.includes(String(value.value));
    return isListed && constants.mayBeFewer ? anyBoolean(it, [], site) : literal(isListed);
  }
  if (known && constants.k === 'list' && !known.some((text) => mayBe(value, text))) return literal(false);
  const sources = mergeSources(askedOf(value), known ? [] : sourcesOf(constants));
  if (sources.length === 0) return anyBoolean(it, [], site);
  return testValue(
    it,
    ['member', 'unequal'],
    sources,
    site,
    known?.filter((text) => mayBe(value, text)) ?? (constantText(value) ? [constantText(value)!] : []),
    columnOf(value),
  );
}
