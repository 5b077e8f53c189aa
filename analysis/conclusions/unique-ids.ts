import type { EntryPoint } from '../model/model.js';

/**
 * Ids are unique: the second and later of one trigger carry their file and an ordinal. Those that are alike in all are one: what
 * serves and what resets a password both make the server. So are those that one handler answers behind the same protections,
 * wherever they are registered: of `if (!loaded) router.use(parts)` and what was loaded instead, one is there at a time, and
 * what it shows is shown once.
 */
export function unique(entryPoints: readonly EntryPoint[]): EntryPoint[] {
  const seen = new Map<string, Set<string>>();
  const ordinals = new Map<string, number>();
  return entryPoints.flatMap((e) => {
    const base =
      e.unmounted || ('path' in e.trigger && e.trigger.path === null)
        ? `${e.id} (${e.registration.file})`
        : e.id;
    const others = seen.get(base) ?? new Set();
    seen.set(base, others);
    const meant = JSON.stringify(meaningOf(e));
    if (others.has(meant)) return [];
    others.add(meant);
    const n = (ordinals.get(base) ?? 0) + 1;
    ordinals.set(base, n);
    return [{ ...e, id: n === 1 ? base : `${base} [${n}]` }];
  });
}
/** What one is, without where it is registered and what stands in front of it and protects nothing. */
function meaningOf(e: EntryPoint): unknown {
  if (!e.handler) return e;
  const { registration: _at, chain, ...rest } = e;
  const guards = chain.filter((l) => l.protections.length > 0 || l.refuses.known !== 'no');
  return { ...rest, chain: guards.map(({ place: _place, position: _position, ...link }) => link) };
}
