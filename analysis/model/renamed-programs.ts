import { renamed } from './ids.js';
import type { EntryPoint, Model } from './model.js';

/**
 * A package that is given another name is the program that it was. `base` as it would be with the names of `head`: a program
 * that is gone is the new one that most of its triggers are found in, if that is more than half of them.
 */
export function withNamesOf(head: Model, base: Model): Model {
  const [before, after] = [triggersOf(base), triggersOf(head)];
  const gone = [...before].filter(([program]) => !after.has(program));
  const come = new Map([...after].filter(([program]) => !before.has(program)));
  const names = new Map<string, string>();
  for (const [old, triggers] of gone.toSorted(([, a], [, b]) => b.size - a.size)) {
    const [best] = [...come]
      .map(([name, found]) => ({ name, shared: [...triggers].filter((t) => found.has(t)).length }))
      .toSorted((a, b) => b.shared - a.shared || (a.name < b.name ? -1 : 1));
    if (!best || best.shared * 2 <= triggers.size) continue;
    names.set(old, best.name);
    come.delete(best.name);
  }
  if (names.size === 0) return base;
  const ids = new Map(
    base.entryPoints
      .filter((e) => names.has(e.program))
      .map((e) => [e.id, `${names.get(e.program)!}: ${triggerOf(e)}`]),
  );
  const told = renamed(base, ids);
  const entryPoints = told.entryPoints.map((e): EntryPoint => {
    const program = names.get(e.program);
    return program === undefined ? e : { ...e, program };
  });
  return { ...told, entryPoints };
}
/** What is left of an id without the program's name. */
const triggerOf = (e: EntryPoint): string => e.id.slice(e.program.length + 2);
function triggersOf(model: Model): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const e of model.entryPoints)
    found.set(e.program, (found.get(e.program) ?? new Set<string>()).add(triggerOf(e)));
  return found;
}
