import type { Evaluator } from '../../wiring/evaluator.js';
import { folderOf } from '../web/paths.js';

const RC = /(?:^|\/)\.sailsrc$/;
/** Is it a file that says how Sails is started? */
export const isRc = (path: string): boolean => RC.test(path);
/** Hooks of Sails that are switched off. */
const without = (it: Evaluator): Set<string> => it.stateOf('sails:without', () => new Set<string>());
/** Takes down what the `.sailsrc` of this program switches off. */
export function readRc(it: Evaluator, texts: ReadonlyMap<string, string>): void {
  for (const [file, text] of texts) {
    if (!isRc(file) || folderOf(file) !== it.loader.root) continue;
    for (const [, name] of text.matchAll(/"(\w+)"\s*:\s*false/g)) without(it).add(name!);
  }
}
/** Is a hook of Sails switched off there? */
export const isWithout = (it: Evaluator, hook: string): boolean => without(it).has(hook);
