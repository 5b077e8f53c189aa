import { isInput, type Source } from '../wiring/fact.js';
import type { WrittenColumns } from '../wiring/recorder.js';
import type { Cell } from './credential-change.js';

/**
 * Of what a record is given, the columns that hold what the request says, and those that the program works out: from what it
 * keeps, together with something else. A key of another record alone is passed on, not worked out.
 */
export function columnsWritten(cells: readonly Cell[]): WrittenColumns | undefined {
  const said = cells.filter((c) => c.sources.length > 0 && c.sources.every(isInput));
  const workedOut = cells.filter(
    (c) => !c.isChosen && c.sources.length > 1 && c.sources.some(isKept) && !c.sources.some(isProof),
  );
  if (said.length === 0 && workedOut.length === 0) return undefined;
  return { said: said.map((c) => c.column), workedOut: workedOut.map((c) => c.column) };
}
const isKept = (s: Source): boolean => s.startsWith('row#') || s === 'memory';
/** What is made of secrets is new each time. */
const isProof = (s: Source): boolean => s === 'hashed' || s === 'credential' || s === 'secret-match';
