import type { Evaluator } from './evaluator.js';
import {
  isIdentity,
  isInput,
  isSent,
  mergeSources,
  someAtom,
  type Atom,
  type Fact,
  type Source,
} from './fact.js';
import { rowOf } from './looked-up.js';
import { isFoundBy, type Row } from './rows.js';
import { outcomes } from './tests.js';
import {
  choice,
  literal,
  sourcesOf,
  UNDEFINED,
  unknown,
  type Site,
  type Unknown,
  type Value,
} from './value.js';

/**
 * `some` and `every` over records of which one stands for them all: what the test says of that one, it says of one or of
 * each. `(m) => m.userId === me && m.mayEdit` is true only of one that is the caller's.
 */
export function ofOneOrEach(it: Evaluator, result: Value, of: readonly Source[], site: Site): Value {
  if (isTested(result)) return result;
  const sources = mergeSources(of, sourcesOf(result));
  if (result.k === 'choice') {
    const { whenTrue, whenFalse } = outcomes(it, result, site);
    // What is asked of anything but the caller stays one test: alternatives of it would only push out others.
    if (whenTrue?.some(isOfCaller) && whenFalse !== null) return { k: 'test', whenTrue, whenFalse, sources };
  }
  return unknown(sources);
}
/** What stands for each of those that were found. How many there are is no member of it. */
export function oneIn({ sources, parts }: Unknown): Unknown {
  const known = [...(parts ?? [])].filter(([name]) => name !== 'length');
  return unknown(sources, known.length > 0 ? { parts: new Map(known) } : {});
}
/** `some` and `every` over what a filter has left: that there is one says that it has passed the filter as well. */
function ofThoseLeft(it: Evaluator, of: Unknown, result: Value, site: Site, name: 'some' | 'every'): Value {
  const one = ofOneOrEach(it, result, of.sources, site);
  // Of none, each is whatever is asked.
  const length = name === 'some' ? of.parts?.get('length') : undefined;
  const left = length && outcomes(it, length, site).whenTrue;
  const { whenTrue, whenFalse } = outcomes(it, one, site);
  if (!left || left.length === 0 || whenTrue === null) return one;
  return { k: 'test', whenTrue: [...left, ...whenTrue], whenFalse: whenFalse ?? [], sources: sourcesOf(one) };
}
/** `flatMap((m) => (m.userId === me ? [m] : []))` leaves out what it gives no element for. */
const isKept = (value: Value): boolean | null =>
  value.k === 'list' ? value.elements.length > 0 || (value.open === null ? false : null) : null;
function keptBy(result: Value): Value {
  if (result.k !== 'choice' || result.options.some((o) => isKept(o.value) === null)) return result;
  return choice(result.options.map((o) => ({ value: literal(isKept(o.value)!), facts: o.facts })));
}
/**
 * `filter` over what one stands for: where any are left, one of them has passed the test. Null where it asks nothing of them.
 */
export function filtered(it: Evaluator, of: Unknown, result: Value, site: Site): Value | null {
  const tested = ofOneOrEach(it, keptBy(result), of.sources, site);
  const { whenTrue, whenFalse } = outcomes(it, tested, site);
  if (!isTested(tested) || whenTrue === null || whenFalse === null) return null;
  const some = unknown(mergeSources(['count'], of.sources), { isTruthy: true });
  const length = choice([
    { value: some, facts: whenTrue },
    { value: literal(0), facts: whenFalse },
  ]);
  return unknown(of.sources, { parts: new Map([['length', length]]) });
}
const isTested = (value: Value): boolean =>
  value.k === 'test' ||
  (value.k === 'choice' &&
    value.options.every(
      ({ value: v }) => isTested(v) || (v.k === 'literal' && typeof v.value === 'boolean'),
    ));
const isOfCaller = (fact: Fact): boolean => someAtom(fact, ({ sources }) => sources.some(isIdentity));
/** `findIndex` is -1 where `some` is false, and a place where it is true. Null where nothing is known of either. */
export function placeIn(it: Evaluator, some: Value, sources: readonly Source[], site: Site): Value | null {
  if (some.k !== 'literal' && !isTested(some)) return null;
  const { whenTrue, whenFalse } = outcomes(it, some, site);
  const place = unknown(sources, { type: 'number', form: 'place' });
  if (whenFalse === null) return place;
  if (whenTrue === null) return literal(-1);
  return choice([
    { value: place, facts: whenTrue },
    { value: literal(-1), facts: whenFalse },
  ]);
}
/** What the function of a method says of one that stands for all of them. Null where the method asks nothing of them. */
export function asked(it: Evaluator, of: Unknown, name: string, result: Value, site: Site): Value | null {
  if (name === 'some' || name === 'every') return ofThoseLeft(it, of, result, site, name);
  if (name === 'find' || name === 'findLast') return foundIn(it, of, result, site);
  return FINDS_PLACE.test(name)
    ? placeIn(
        it,
        ofThoseLeft(it, of, result, site, 'some'),
        mergeSources(of.sources, sourcesOf(result)),
        site,
      )
    : null;
}
export const FINDS_PLACE = /^find(?:Last)?Index$/;
/** `find` over what one stands for: what is found has passed the test, and nothing is found where none has. */
function foundIn(it: Evaluator, of: Unknown, result: Value, site: Site): Value {
  const found = isTested(result)
    ? lookedUpIn(it, of.sources, outcomes(it, result, site).whenTrue ?? [], site)
    : null;
  if (found)
    return choice([
      { value: unknown(found, { isTruthy: true }), facts: [] },
      { value: UNDEFINED, facts: [] },
    ]);
  const chosen = chosenIn(it, of.sources, result, site);
  const sources = chosen ?? mergeSources(of.sources, sourcesOf(result), callersIn(it, result, site));
  if (!isTested(result)) return unknown(sources);
  const { whenTrue, whenFalse } = outcomes(it, result, site);
  if (whenTrue === null || whenFalse === null) return unknown(sources);
  return choice([
    { value: unknown(sources, { isTruthy: true }), facts: whenTrue },
    { value: UNDEFINED, facts: whenFalse },
  ]);
}
/**
 * One of the caller's records, chosen by what the test compares it with: `mine.find((m) => m.groupId === params.id)` is the record
 * that a look-up by both would have found. Null where it is not chosen from what is theirs, or not so.
 */
export function chosenIn(
  it: Evaluator,
  of: readonly Source[],
  result: Value,
  site: Site,
): readonly Source[] | null {
  const rows = of.flatMap((s) => {
    const row = it.rows.get(s);
    return row ? [{ source: s, row }] : [];
  });
  const [all] = rows;
  if (!all?.row.isList || rows.length > 1 || of.some(isInput) || !isOfCallers(it, all.row)) return null;
  const tests = (outcomes(it, result, site).whenTrue ?? [])
    .flatMap(atomsIn)
    .filter((f) => f.test === 'equal' && f.sources.includes(all.source));
  const compared = mergeSources(tests.flatMap((f) => f.sources.filter((s) => s !== all.source)));
  if (tests.length === 0 || compared.some(isIdentity)) return null;
  // Others of the caller's say no more of which it is than who calls does.
  const isElses = (s: Source): boolean => {
    const row = it.rows.get(s);
    return row !== undefined && !isOfCallers(it, row);
  };
  const keys = compared.filter((s) => isSent(s) || isElses(s));
  const { isList: _, ...row } = all.row;
  const isById = row.isOwn === true && tests.some((f) => f.column === 'id');
  const one = rowOf(
    it,
    {
      ...row,
      keys: mergeSources(row.keys, keys),
      chosenFrom: all.source,
      ...(isById ? { isChosen: true } : {}),
    },
    site,
    'chosen',
  );
  return [one, ...of.filter((s) => s !== all.source)];
}
/**
 * One of all records that there are: `people.find((p) => p.id === params.id)` is the record that a look-up by that would have found,
 * and by who calls, that which says who they are. Null where it is another test, or where these are not all.
 */
export function lookedUpIn(
  it: Evaluator,
  of: readonly Source[],
  whenTrue: readonly Fact[],
  site: Site,
): readonly Source[] | null {
  const [source, ...others] = of;
  const all = source === undefined ? undefined : it.rows.get(source);
  if (!all?.isList || all.keys.length > 0 || all.scoped || others.length > 0) return null;
  const tests = whenTrue.flatMap((f) => (f.k === 'atom' ? [f] : []));
  const keysOf = (f: Atom): readonly Source[] => f.sources.filter((s) => s !== source);
  const isTheirs = (s: Source): boolean => {
    const by = it.rows.get(s);
    return by ? by.scoped && isOfCallers(it, by) : isIdentity(s);
  };
  const isByCaller = (f: Atom): boolean => keysOf(f).every(isTheirs);
  const isSo =
    tests.length > 0 &&
    tests.length === whenTrue.length &&
    tests.every(
      (f) =>
        f.test === 'equal' &&
        f.arguments.length === 0 &&
        f.sources.includes(source!) &&
        keysOf(f).length > 0 &&
        (isByCaller(f) || KEY.test(f.by ?? '')),
    );
  if (!isSo) return null;
  const { isList: _, ...row } = all;
  const scoped = tests.some(isByCaller);
  const isOwn = tests.some((f) => keysOf(f).every(isIdentity));
  return [rowOf(it, { ...row, keys: mergeSources(...tests.map(keysOf)), scoped, isOwn }, site, 'found')];
}
/** What a record is told from all others by. */
const KEY = /^_?(?:id|uuid|guid)$/i;
/** Found by nothing but who calls, or by what was found so. */
const isOfCallers = (it: Evaluator, row: Row): boolean =>
  isFoundBy(
    row,
    it.rows,
    (key) => isIdentity(key) || key === 'credential',
    (r) => r.scoped,
  );
/** `m.groupId === (params.id ?? mine[0].groupId)` compares with each of them. */
const atomsIn = (fact: Fact): Atom[] =>
  fact.k === 'atom' ? [fact] : fact.alternatives.flatMap((a) => a.flatMap(atomsIn));
/** The caller, as far as what is found with this test is what is equal to them in something: `find((m) => m.userId === me && m.mayEdit)`. */
export function callersIn(it: Evaluator, result: Value, site: Site): readonly Source[] {
  const { whenTrue } = outcomes(it, result, site);
  return mergeSources((whenTrue ?? []).flatMap(comparedIn));
}
const comparedIn = (fact: Fact): readonly Source[] =>
  fact.k === 'atom' && fact.test === 'equal' ? fact.sources.filter(isIdentity) : [];
