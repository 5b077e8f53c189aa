import type { EntryPoint, Model } from './model.js';
import { identityOf } from './trigger.js';
import { renamed } from './same-handlers.js';

/**
 * `base` as it would be with the ids of `head` for programs of which base shows nothing that is served: what starts such a program was not
 * followed there, and its routes, of several files, were known without it. Now that it is, they are what they were. Where base
 * serves anything, a route that was not mounted may just as well have been mounted by the change.
 */
export function withServedOf(head: Model, base: Model): Model {
  const programs = new Map<string, EntryPoint[]>();
  for (const e of base.entryPoints)
    if (isServable(e)) programs.set(e.program, [...(programs.get(e.program) ?? []), e]);
  const hidden = [...programs.values()].filter(
    (all) => all.every((e) => e.unmounted) && new Set(all.map((e) => e.registration.file)).size > 1,
  );
  const known = new Set(base.entryPoints.map((e) => e.id));
  const come = byKey(head.entryPoints.filter((e) => isServable(e) && !e.unmounted && !known.has(e.id)));
  const ids = new Map<string, string>();
  for (const [key, [e, ...others]] of byKey(hidden.flat())) {
    const [now, ...more] = come.get(key) ?? [];
    if (e && now && others.length === 0 && more.length === 0) ids.set(e.id, now.id);
  }
  return renamed(base, ids);
}
const isServable = (e: EntryPoint): boolean => 'path' in e.trigger;
/** One handler, that one file registers under one path. */
function byKey(entryPoints: readonly EntryPoint[]): Map<string, EntryPoint[]> {
  const found = new Map<string, EntryPoint[]>();
  for (const e of entryPoints) {
    const key = [
      e.program,
      identityOf(e.trigger),
      e.registration.file,
      e.handler?.file,
      e.handler?.name,
    ].join('|');
    found.set(key, [...(found.get(key) ?? []), e]);
  }
  return found;
}
