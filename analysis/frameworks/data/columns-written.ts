import { isInput, type Source } from '../../wiring/fact.js';
import type { WrittenColumns } from '../../wiring/recorder.js';
import { optionsOf, sourcesOf, UNDEFINED, type Value } from '../../wiring/value.js';
import { cellsIn, type Cell } from './credential-change.js';
import { isAskedFor } from './opened.js';

/**
 * Of what a record is given, the columns that hold what the request says, those that the program calculates from what it
 * keeps, whether all of it only counts, and whether whatever the request has sent is written as it came. `updates`: what is
 * written instead into a record that is there; of a new one it is no matter what stands beside a challenge, as its id does.
 */
export function columnsWritten(
  cells: readonly Cell[],
  data?: Value,
  updates?: Value,
): WrittenColumns | undefined {
  const said = cells.filter((c) => c.sources.length > 0 && c.sources.every(isInput));
  const workedOut = cells.filter(
    (c) => c.isCalculated === true && c.sources.some((s) => s.startsWith('row#')),
  );
  const isTally = cells.length > 0 && cells.every((c) => c.isStep);
  const isRaise = cells.length > 0 && cells.every((c) => c.isRaised);
  const isSettled =
    cells.length > 0 && !cells.some((c) => isAskedFor(c.sources)) && !isAskedFor(data ? restOf(data) : []);
  const allBut = data ? sentWhole(data) : null;
  const challenge = challengeIn(updates ? cellsIn(updates) : cells, updates ?? data);
  const idDrawn = cells.some((c) => /^_?id$/.test(c.column) && c.isDrawn === true);
  const isAny = isRaise || isSettled || isTally || allBut !== null || challenge !== undefined || idDrawn;
  if (said.length === 0 && workedOut.length === 0 && !isAny) return undefined;
  return {
    said: said.map((c) => c.column),
    workedOut: workedOut.map((c) => c.column),
    ...(allBut ? { allBut } : {}),
    ...(isTally ? { isTally } : {}),
    ...(isSettled ? { isSettled } : {}),
    ...(isRaise ? { isRaise } : {}),
    ...(challenge ? { challenge } : {}),
    ...(idDrawn ? { idDrawn } : {}),
  };
}
function challengeIn(cells: readonly Cell[], data: Value | undefined): WrittenColumns['challenge'] {
  const isChallenge = (c: Cell): boolean => c.sources.length === 1 && c.sources[0] === 'challenge';
  if (!cells.some(isChallenge)) return undefined;
  const isAlone = cells.every((c) => isChallenge(c) || (c.sources.length === 0 && SAYS_WHEN.test(c.column)));
  return isAlone && optionsOf(data ?? UNDEFINED).every(({ value }) => value.k === 'record' && !value.open)
    ? 'alone'
    : 'beside';
}
const SAYS_WHEN = /expir|_until$|Until$|_at$|At$/;
/** Where what is written beside named columns comes from: `{ ...changes, editedBy: me }`. */
const restOf = (data: Value): readonly Source[] =>
  optionsOf(data).flatMap(({ value }) =>
    value.k === 'record' ? (value.open ? sourcesOf(value.open, 2) : []) : sourcesOf(value, 2),
  );
/** `update(id, request.body)`, `{ ...request.body, owner: me }`: which columns are not left to the request. */
function sentWhole(data: Value): readonly string[] | null {
  for (const { value } of optionsOf(data)) {
    if (value.k === 'unknown' && value.sentBut) return value.sentBut;
    if (value.k !== 'record') continue;
    const set = value.members.get('$set');
    const inSet = set ? sentWhole(set) : null;
    if (inSet) return inSet;
    const rest = sentWhole(value.open ?? UNDEFINED);
    if (rest) return [...rest, ...value.members.keys()];
  }
  return null;
}
