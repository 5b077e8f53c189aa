import { isInput } from '../wiring/fact.js';
import type { WrittenColumns } from '../wiring/recorder.js';
import type { Cell } from './credential-change.js';

/**
 * Of what a record is given, the columns that hold what the request says, those that the program calculates from what it
 * keeps, and whether all of it only counts.
 */
export function columnsWritten(cells: readonly Cell[]): WrittenColumns | undefined {
  const said = cells.filter((c) => c.sources.length > 0 && c.sources.every(isInput));
  const workedOut = cells.filter(
    (c) => c.isCalculated === true && c.sources.some((s) => s.startsWith('row#')),
  );
  const isTally = cells.length > 0 && cells.every((c) => c.isStep);
  if (said.length === 0 && workedOut.length === 0 && !isTally) return undefined;
  return {
    said: said.map((c) => c.column),
    workedOut: workedOut.map((c) => c.column),
    ...(isTally ? { isTally } : {}),
  };
}
