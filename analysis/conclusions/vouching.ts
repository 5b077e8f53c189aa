import type { Classified, Context } from '../protections/atoms.js';
import { isIdentity, keyUnsent, type Fact, type Source } from '../wiring/fact.js';
import type { RecordedEffect } from '../wiring/recorder.js';

/** Origins that a passed test ties to each other: what holds for one of them holds for the others. */
export type Tie = readonly Source[];

/** What selects the records that an operation acts on, without what a value was only made with. */
export const keysOf = (effect: RecordedEffect): readonly Source[] =>
  effect.keys.filter((k) => !k.startsWith('config:') && k !== 'hashed' && k !== 'count');

/**
 * Does an ownership check vouch for what an operation acts on? It does when they share a subject. An operation of
 * whose key nothing is known is given the benefit of the doubt.
 */
export function covers(
  check: Classified,
  effect: RecordedEffect,
  ties: readonly Tie[],
  context: Context,
): boolean {
  const keys = keysOf(effect);
  // A list by a key that was not sent may be a list of all there is.
  if (check.ofKeyed) return effect.operation !== 'list' && keys.some((k) => check.subjects.includes(k));
  if (foundOrOpen(check.atom.sources, effect, context) && !check.atom.sources.some(isIdentity)) return false;
  if (keys.length === 0) return effect.operation !== 'list';
  if (check.subjects.length === 0) return true;
  const vouched = ledTo(check.subjects, ties, context);
  return (
    (effect.row !== null && check.subjects.includes(effect.row)) ||
    keys.some(
      (k) =>
        vouched.includes(k) ||
        isFoundBy(k, vouched, context) ||
        k.startsWith('identity') ||
        !/^(params|query|body|message|header|row#)/.test(k),
    )
  );
}
/**
 * `{ OR: [{ owner: me }, { open: true }] }` says what somebody may look at. Whoever changes or deletes what was found so was not
 * asked whether it is theirs; to count one more of something, or to join, is open with it.
 */
export function foundOrOpen(sources: readonly Source[], effect: RecordedEffect, { rows }: Context): boolean {
  return (
    (effect.operation === 'update' || effect.operation === 'delete') &&
    !effect.own &&
    !effect.written?.isTally &&
    [...sources, ...(effect.row === null ? [] : [effect.row])].some((s) => {
      const row = rows.get(s);
      return row?.isOrOpen === true && row.entity === effect.target;
    })
  );
}
/**
 * Where the group that was asked about is that of a record, the record was looked up first: what it was found by is vouched
 * for as it is. `member(me, (await find(id)).groupId)` is a check of `id`. And so is what has been tied to it since.
 */
function ledTo(subjects: readonly Source[], ties: readonly Tie[], { rows }: Context): readonly Source[] {
  let all = subjects;
  for (let depth = 0; depth < MAX_STEPS; depth++) {
    const known = new Set(all);
    const more = new Set([
      ...all.flatMap((s) => rows.get(s)?.keys ?? []),
      ...ties.filter((tie) => tie.some((s) => known.has(s) && !isOfCaller(s))).flat(),
    ]);
    const fresh = [...more].filter((s) => !known.has(s));
    if (fresh.length === 0) break;
    all = [...all, ...fresh];
  }
  return all;
}
const MAX_STEPS = 4;
const isOfCaller = (s: Source): boolean => /^(identity|config:|session|count$|hashed$|type$)/.test(s);
/** A record that was looked up by what was checked, directly or by way of others, leads to what belongs to it. */
export function isFoundBy(key: Source, subjects: readonly Source[], context: Context, depth = 3): boolean {
  const row = depth > 0 ? context.rows.get(key) : undefined;
  return row?.keys.some((k) => subjects.includes(k) || isFoundBy(k, subjects, context, depth - 1)) ?? false;
}

/**
 * A record that is there was found by all of its keys at once: `find({ id, teamId })` ties the one to the other. So does
 * `a.teamId === b.teamId`.
 */
export function tiesIn(facts: readonly Fact[], keys: readonly Source[], { rows }: Context): Tie[] {
  return [...facts, ...facts.flatMap((f) => askedOf(keys, f))].flatMap((f) => tiesOf(f, rows));
}
function tiesOf(f: Fact, rows: Context['rows']): Tie[] {
  if (f.k === 'any') return tiedOnEachWay(f.alternatives.map((a) => a.flatMap((x) => tiesOf(x, rows))));
  const isCounted = f.sources.includes('count') && f.test === 'unequal' && f.arguments.join() === '0';
  if (f.arguments.length > 0 && !isCounted) return [];
  // `found.length > 0` says it as well, and so does `count !== 0`.
  const isThere =
    isCounted ||
    ((f.test === 'exists' || f.test === 'truthy') && f.sources.every((s) => rows.has(s) || s === 'count'));
  if (!isThere && f.test !== 'equal') return [];
  return tying([...f.sources, ...f.sources.flatMap((s) => rows.get(s)?.keys ?? [])]);
}
const tying = (tied: Tie): Tie[] => (tied.filter((s) => !isOfCaller(s)).length > 1 ? [tied] : []);
/**
 * `const seat = isId(key) ? await byId(key) : await bySlug(key)`, and then `kiln.hallId === seat.hallId`: on one way it hangs on the one
 * record, on the other on the other, and on both on what both were found by.
 */
function tiedOnEachWay([first = [], ...others]: readonly (readonly Tie[])[]): Tie[] {
  return first.flatMap((tie) => {
    let tied = tie;
    for (const each of others) {
      const shared = each.map((o) => tied.filter((s) => o.includes(s)));
      tied = shared.reduce((most, s) => (s.length > most.length ? s : most), []);
    }
    return tying(tied);
  });
}
/** `if (id) mustBeOf(group, id)`: whoever names none acts on none by it, and of all others that is what was asked. */
function askedOf(keys: readonly Source[], f: Fact): readonly Fact[] {
  if (f.k !== 'any') return [];
  const isNone = (x: Fact): boolean => keys.includes(keyUnsent(x) ?? '');
  const left = f.alternatives.filter((a) => !a.some(isNone));
  return left.length === 1 && f.alternatives.length > 1 ? left[0]! : [];
}
