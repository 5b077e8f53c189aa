import type { Model } from './model.js';

/** The same model with other ids for some of its entry points. */
export function renamed(model: Model, ids: ReadonlyMap<string, string>): Model {
  if (ids.size === 0) return model;
  const idOf = (id: string): string => ids.get(id) ?? id;
  return {
    ...model,
    entryPoints: model.entryPoints.map((e) => (ids.has(e.id) ? { ...e, id: idOf(e.id) } : e)),
    gaps: model.gaps.map((g) => ({ ...g, affects: g.affects.map(idOf) })),
  };
}
