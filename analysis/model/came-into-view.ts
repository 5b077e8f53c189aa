import { grouped } from './grouped.js';
import { renamed } from './ids.js';
import type { EntryPoint, Model } from './model.js';
import { identityOf } from './trigger.js';

/**
 * `base` as it would be with the ids of `head` for programs of which base shows nothing that is served: what starts such a program was not
 * followed there, and its routes, of several files, were known without it. Now that it is, they are what they were. Where base
 * serves anything, a route that was not mounted may just as well have been mounted by the change.
 */
export function withServedOf(head: Model, base: Model): Model {
  const programs = grouped(base.entryPoints.filter(isServable), (e) => e.program);
  const hidden = [...programs.values()].filter(
    (all) => all.every((e) => e.unmounted) && new Set(all.map((e) => e.registration.file)).size > 1,
  );
  const known = new Set(base.entryPoints.map((e) => e.id));
  const come = grouped(
    head.entryPoints.filter((e) => isServable(e) && !e.unmounted && !known.has(e.id)),
    keyOf,
  );
  const ids = new Map<string, string>();
  for (const [key, [e, ...others]] of grouped(hidden.flat(), keyOf)) {
    const [now, ...more] = come.get(key) ?? [];
    if (e && now && others.length === 0 && more.length === 0) ids.set(e.id, now.id);
  }
  return renamed(base, ids);
}
const isServable = (e: EntryPoint): boolean => 'path' in e.trigger;
/** One handler, that one file registers under one path. */
const keyOf = (e: EntryPoint): string =>
  [e.program, identityOf(e.trigger), e.registration.file, e.handler?.file, e.handler?.name].join('|');
