import type { EntryPoint } from '../model/model.js';

/**
 * Ids are unique: the second and later of one trigger carry their file and an ordinal. Those that are alike in all are one: what
 * serves and what resets a password both make the server.
 */
export function unique(entryPoints: readonly EntryPoint[]): EntryPoint[] {
  const seen = new Map<string, EntryPoint[]>();
  return entryPoints.flatMap((e) => {
    const base =
      e.unmounted || ('path' in e.trigger && e.trigger.path === null)
        ? `${e.id} (${e.registration.file})`
        : e.id;
    const others = seen.get(base) ?? [];
    if (others.some((o) => JSON.stringify(o) === JSON.stringify(e))) return [];
    const n = others.push(e);
    seen.set(base, others);
    return [{ ...e, id: n === 1 ? base : `${base} [${n}]` }];
  });
}
