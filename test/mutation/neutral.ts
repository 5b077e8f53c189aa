import { extractFunction } from './extract-function.js';
import { moveFile } from './move-file.js';
import { random, shuffled, type Mutant } from './mutant.js';
import type { Project } from './project.js';
import { filesToReformat, reformat } from './reformat.js';
import { inTurn } from './removals.js';
import { renameGuard } from './rename-guard.js';
import { swapRoutes } from './swap-routes.js';

/** Mutants that mean what the base means, in random order, of each kind in turn. */
export async function neutral(project: Project, seed: number, count: number): Promise<Mutant[]> {
  const next = random(seed + 1);
  const kinds = [renameGuard, extractFunction, swapRoutes, moveFile].map((of) =>
    shuffled(of(project), next).slice(0, count),
  );
  const reformatted: Mutant[] = [];
  for (const [i, file] of shuffled(filesToReformat(project), next).entries()) {
    if (reformatted.length === count) break;
    const mutant = await reformat(project, file, i);
    if (mutant) reformatted.push(mutant);
  }
  return inTurn([...kinds, reformatted]).slice(0, count);
}
