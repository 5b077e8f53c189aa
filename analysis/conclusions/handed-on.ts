import { grouped } from '../model/grouped.js';
import type { EntryPoint } from '../model/model.js';

/** So few may be called alike by chance. */
const SEVERAL = 3;

interface Route {
  entryPoint: EntryPoint;
  method: string;
  path: string;
}

/**
 * What stands in front of other programs of the tree does nothing itself: all entry points of a file are called as those of one
 * other program are, but for what stands before each of their paths. Where that has one open on purpose, so is the one by which it is
 * reached: whoever is to be asked is asked there.
 */
export function withHandedOn(all: readonly EntryPoint[]): EntryPoint[] {
  const routes = all.flatMap(routeOf);
  const byProgram = grouped(routes, ({ entryPoint }) => entryPoint.program);
  const opened = new Map<EntryPoint, string>();
  for (const file of grouped(routes, ({ entryPoint: e }) => `${e.program} ${e.registration.file}`).values()) {
    if (file.length < SEVERAL || file.some(({ entryPoint }) => entryPoint.effects.length > 0)) continue;
    for (const [program, others] of byProgram)
      if (program !== file[0]!.entryPoint.program)
        for (const [e, behind] of leadsTo(file, others))
          if (behind.public !== null) opened.set(e, behind.public);
  }
  return all.map((e) => (opened.has(e) && e.public === null ? { ...e, public: opened.get(e)! } : e));
}
function routeOf(entryPoint: EntryPoint): Route[] {
  const { trigger, unmounted } = entryPoint;
  return trigger.kind === 'http' && trigger.path !== null && !unmounted
    ? [{ entryPoint, method: trigger.method, path: trigger.path.replace(/:\w+/g, ':') }]
    : [];
}
/** Which of these others each leads to, by a path with the same before it; nothing where one of them leads to none. */
function leadsTo(file: readonly Route[], others: readonly Route[]): [EntryPoint, EntryPoint][] {
  const { path } = file[0]!;
  const prefixes = others.filter((o) => path.endsWith(o.path)).map((o) => path.slice(0, -o.path.length));
  for (const prefix of new Set(prefixes)) {
    const led = file.flatMap((r): [EntryPoint, EntryPoint][] => {
      const behind = others.find((o) => o.method === r.method && prefix + o.path === r.path);
      return behind ? [[r.entryPoint, behind.entryPoint]] : [];
    });
    if (led.length === file.length) return led;
  }
  return [];
}
