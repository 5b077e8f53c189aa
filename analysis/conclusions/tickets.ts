import type { Context } from '../protections/atoms.js';
import { isInput, type Fact, type Source } from '../wiring/fact.js';
import type { Observation, RecordedEffect } from '../wiring/recorder.js';
import { isFoundBy, keysOf } from './vouching.js';

/**
 * Kinds of records whose id is a secret: wherever one is made, the program draws it from random bytes. Databases and libraries make
 * up ids that nobody can guess for all kinds of records; who draws one by hand means it to be shown.
 */
export function ticketsIn(observations: readonly Observation[]): ReadonlySet<string> {
  const drawn = new Set<string>();
  const others = new Set<string>();
  for (const e of observations.flatMap((o) => o.effects))
    if (e.operation === 'create') (e.written?.idDrawn ? drawn : others).add(e.target);
  return new Set([...drawn].filter((entity) => !others.has(entity)));
}

/**
 * A link that can be opened once: what it is of is found by the ticket alone that the request shows, until that has run out, and the
 * ticket is torn up. All else that is changed or told hangs on it.
 */
export function tearsUpTicket(
  own: readonly RecordedEffect[],
  { released }: Observation,
  tickets: ReadonlySet<string>,
  context: Context,
): boolean {
  const shown = own.flatMap(({ class: kind, target, row }) => {
    const asked = row === null ? undefined : context.rows.get(row);
    const [key, ...others] = asked?.keys ?? [];
    const isById = key !== undefined && others.length === 0 && isInput(key) && isAskedById(asked?.asked, key);
    return kind === 'read' && row !== null && tickets.has(target) && isById ? [{ target, row, key }] : [];
  });
  return shown.some(({ target, row, key }) => {
    const isTorn = (e: RecordedEffect): boolean =>
      e.operation === 'delete' &&
      e.target === target &&
      keysOf(e).length > 0 &&
      keysOf(e).every((k) => k === key || k === row) &&
      isHeldUp(e.facts, row);
    const hangs = (e: RecordedEffect): boolean =>
      keysOf(e).length > 0 && keysOf(e).every((k) => k === row || isFoundBy(k, [row], context));
    return (
      own.some(isTorn) &&
      own.every(
        (e) =>
          e.row === row ||
          isTorn(e) ||
          hangs(e) ||
          (e.class === 'read' && e.row !== null && !released.has(e.row)),
      )
    );
  });
}
const isAskedById = (asked: readonly string[] | undefined, key: Source): boolean =>
  asked?.length === 1 && (asked[0] === `id = ${key}` || asked[0] === `_id = ${key}`);
/** It is there, and a time that it keeps has been looked at. */
function isHeldUp(facts: readonly Fact[], row: Source): boolean {
  const isOfRow = (f: Fact): boolean => f.k === 'atom' && f.refusal !== null && f.sources.includes(row);
  return (
    facts.some((f) => isOfRow(f) && f.k === 'atom' && (f.test === 'exists' || f.test === 'truthy')) &&
    facts.some((f) => isOfRow(f) && f.k === 'atom' && f.test === 'compare')
  );
}
