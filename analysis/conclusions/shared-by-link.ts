import { PERSON } from '../wiring/people.js';
import type { Context } from '../protections/atoms.js';
import { PASSWORD_INPUT } from '../protections/names.js';
import { isIdentity, isInput, type Atom, type Fact, type Source } from '../wiring/fact.js';
import type { Observation, RecordedEffect } from '../wiring/recorder.js';
import type { Row } from '../wiring/rows.js';
import { isFoundBy, keysOf } from './vouching.js';

/**
 * Entities whose records are given to whoever has the link to them: a record is named by an id that nobody can guess, and can
 * carry a password of its own, which strangers are asked for. A random id alone is none: what is nobody else's business has one
 * too. Nor is a secret alone, without which there is no record: people and programs sign in by theirs.
 */
export function sharedEntities(observations: readonly Observation[], context: Context): ReadonlySet<string> {
  const found = new Set<string>();
  const isNamed = (row: Row): boolean =>
    row.isLockable === true &&
    (row.named?.includes(row.entity) ?? false) &&
    row.keys.every(isInput) &&
    !PERSON.test(row.entity);
  const note = (fact: Fact): void => {
    if (fact.k === 'any') for (const each of fact.alternatives.flat()) note(each);
    else if (asksPassword(fact))
      for (const s of fact.sources) {
        const row = context.rows.get(s);
        if (row && isNamed(row)) found.add(row.entity);
      }
  };
  for (const row of context.rows.values()) if (row.isMatched && isNamed(row)) found.add(row.entity);
  for (const o of observations) for (const f of factsOf(o)) note(f);
  return found;
}
export const isOneOf =
  (shared: ReadonlySet<string>) =>
  (row: Row): boolean =>
    row.named?.some((entity) => shared.has(entity)) ?? false;
/** Its owner lets somebody have what it leads to, and whom is left open: it is for whoever was told its id, which nobody can guess. */
export const isGivenToAll = (row: Row): boolean =>
  row.isForAll === true && (row.named?.includes(row.entity) ?? false);
function factsOf(o: Observation): ReadonlySet<Fact> {
  return new Set([...o.reached, ...o.effects.flatMap((e) => e.facts), ...o.links.flatMap((l) => l.facts)]);
}
const asksPassword = ({ test, sources, arguments: constants }: Atom): boolean =>
  !sources.some(isIdentity) &&
  (test === 'equal' || test === 'unequal') &&
  constants.length === 0 &&
  sources.some((s) => PASSWORD_INPUT.test(s));

/**
 * All that it gives away, and changes, hangs on what somebody has the link to. What is changed is noted by the way, as how
 * often it was seen: nothing that the request says is written into what is there, and nothing is deleted.
 */
export function actsOnShared(
  o: Observation,
  acting: readonly RecordedEffect[],
  isLink: (row: Row) => boolean,
  context: Context,
): boolean {
  const isShared = (s: Source): boolean => {
    const row = context.rows.get(s);
    return row !== undefined && isLink(row);
  };
  const links = o.effects.flatMap((e) => (e.row !== null && isShared(e.row) ? [e.row] : []));
  // `find({ id, linkId })` has found it, and `update({ id })` means the same one.
  const isFoundBefore = (e: RecordedEffect): boolean =>
    links.some((s) => {
      const row = context.rows.get(s)!;
      const isThere = (f: Fact): boolean =>
        f.k === 'atom' && f.test === 'exists' && f.sources.length === 1 && f.sources[0] === s;
      const keys = keysOf(e);
      return (
        row.entity === e.target &&
        keys.length > 0 &&
        keys.every((k) => row.keys.includes(k)) &&
        e.facts.some(isThere)
      );
    });
  // Beside the link a part of it is named, by an id that is told to nobody but who has the link to the whole.
  const isNamedPart = (e: RecordedEffect): boolean => {
    const row = e.row === null ? undefined : context.rows.get(e.row);
    return (
      e.class === 'read' &&
      !PERSON.test(e.target) &&
      links.some((s) => row?.partOf?.includes(context.rows.get(s)!.entity) ?? false)
    );
  };
  const hangs = (e: RecordedEffect): boolean =>
    (e.row !== null && links.includes(e.row)) ||
    isNamedPart(e) ||
    isFoundBefore(e) ||
    keysOf(e).some((k) => links.includes(k) || isFoundBy(k, links, context));
  const isGiven = (e: RecordedEffect): boolean => e.row === null || o.released.has(e.row);
  return (
    links.length > 0 &&
    acting.every((e) => {
      if (e.row === null) return true;
      if (e.class === 'read') return hangs(e) || !isGiven(e);
      return (
        hangs(e) && e.operation !== 'delete' && (e.operation === 'create' || (e.gives ?? []).length === 0)
      );
    })
  );
}
