import type { EntryPoint } from '../model/model.js';

/** Entry points by the program that they are of: what one program does by habit says nothing of another. */
export function byProgram(entryPoints: readonly EntryPoint[]): EntryPoint[][] {
  const programs = new Map<string, EntryPoint[]>();
  for (const e of entryPoints) {
    const known = programs.get(e.program);
    if (known) known.push(e);
    else programs.set(e.program, [e]);
  }
  return [...programs.values()];
}
