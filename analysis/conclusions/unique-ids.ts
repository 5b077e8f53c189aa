import type { EntryPoint } from '../model/model.js';

/**
 * Ids are unique: the second and later of one trigger carry their file and an ordinal. Those that are alike in all are one: what
 * serves and what resets a password both make the server. So are those that one handler answers behind the same protections,
 * wherever they are registered: of `if (!loaded) router.use(parts)` and what was loaded instead, one is there at a time, and
 * what it shows is shown once.
 */
export function unique(entryPoints: readonly EntryPoint[]): EntryPoint[] {
  const seen = new Map<string, EntryPoint[]>();
  return entryPoints.flatMap((e) => {
    const base =
      e.unmounted || ('path' in e.trigger && e.trigger.path === null)
        ? `${e.id} (${e.registration.file})`
        : e.id;
    const others = seen.get(base) ?? [];
    if (others.some((o) => JSON.stringify(meaningOf(o)) === JSON.stringify(meaningOf(e)))) return [];
    const n = others.push(e);
    seen.set(base, others);
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
