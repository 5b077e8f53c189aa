import type { EntryPoint, Model } from '../model/model.js';
import { fingerprint, sentence } from './describe.js';
import { GRAVITY, type Finding } from './finding.js';

/**
 * Fields that lack authentication behind one route that lacks it are one fault: the route's. Where some field behind it
 * knows who calls, or the route was there before these fields, each is told by itself.
 *
 * @param arrived ids of entry points that the change brings
 */
export function atSharedRoutes(
  findings: readonly Finding[],
  { entryPoints }: Model,
  arrived: ReadonlySet<string> = new Set(),
): Finding[] {
  const behind = new Map<string, EntryPoint[]>();
  for (const e of entryPoints) if (e.door) behind.set(keyOf(e), [...(behind.get(keyOf(e)) ?? []), e]);
  const byId = new Map(entryPoints.map((e) => [e.id, e]));
  const told = new Map<string, Finding[]>();
  for (const f of findings) {
    const e = f.entryPoint === null ? undefined : byId.get(f.entryPoint);
    if (!e?.door || f.missing !== 'authentication') continue;
    const all = behind.get(keyOf(e))!;
    const isOpen = all.every((other) => !other.protections.includes('authentication'));
    const cameBefore = arrived.has(e.id) && all.some((other) => !arrived.has(other.id));
    if (isOpen && !cameBefore) told.set(keyOf(e), [...(told.get(keyOf(e)) ?? []), f]);
  }
  const groups = [...told].filter(([, group]) => group.length > 1);
  const folded = new Set(groups.flatMap(([, group]) => group));
  return [
    ...findings.filter((f) => !folded.has(f)),
    ...groups.map(([key, group]) => routeOf(key, group, byId.get(group[0]!.entryPoint!)!)),
  ];
}
const keyOf = ({ program, door }: EntryPoint): string => `${program}: ${door!.method} ${door!.path}`;
function routeOf(key: string, group: readonly Finding[], { door }: EntryPoint): Finding {
  const gravest = group.toSorted(
    (a, b) =>
      GRAVITY[a.level] - GRAVITY[b.level] || GRAVITY[a.standing ?? a.level] - GRAVITY[b.standing ?? b.level],
  )[0]!;
  const { method, path, place } = door!;
  return {
    ...gravest,
    id: fingerprint('missing-protection', 'authentication', key),
    blocking: group.some((f) => f.blocking),
    entryPoint: null,
    trigger: { kind: 'http', method, path },
    entryPointPlace: place,
    handler: null,
    place,
    message: `${method} ${path} is reached without authentication, and so are ${group.length} entry points behind it. ${sentence(gravest.message)}`,
    affects: group.flatMap((f) => f.entryPoint ?? []),
  };
}
