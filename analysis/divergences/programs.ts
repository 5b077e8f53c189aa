import { grouped } from '../model/grouped.js';
import type { EntryPoint } from '../model/model.js';

/** Entry points by the program that they are of: what one program does by habit says nothing of another. */
export const byProgram = (entryPoints: readonly EntryPoint[]): EntryPoint[][] => [
  ...grouped(entryPoints, (e) => e.program).values(),
];
