import type { ChainLink, Effect, EntryPoint, LeftOut, Model } from '../model/model.js';
import { linksWith } from '../model/chain.js';
import { fingerprint, INLINE, listed, nameOf, OF_NO_ENTRY_POINT, placesOf, sentence } from './describe.js';
import type { Finding } from './finding.js';
import { guardOf } from './lost.js';

interface Widened {
  now: EntryPoint;
  link: ChainLink;
  admitted: readonly string[];
  leavesOut: LeftOut;
  more: readonly string[];
}

/**
 * Guards that let some roles pass, and let all but some pass after the change: whoever has a role that nobody thought of may as
 * well. Told where that lets in a role that the program had before, or several: that one role is added to a list is meant, and
 * so is the same in other words.
 */
export function guardsWidened(base: Model, head: Model): Finding[] {
  const after = new Map(head.entryPoints.map((e) => [e.id, e]));
  const known = new Set(
    base.entryPoints.flatMap((e) =>
      e.effects.flatMap((x) => [
        ...(x.admits ?? []),
        ...(x.leavesOut?.names ?? []),
        ...(x.leavesOut?.others ?? []),
      ]),
    ),
  );
  const groups = new Map<string, Widened[]>();
  for (const before of base.entryPoints) {
    const now = after.get(before.id);
    const found = now && widenedAt(before, now, known);
    if (!found) continue;
    const key = found.link.name === INLINE ? now.id : guardOf(found.link);
    groups.set(key, [...(groups.get(key) ?? []), found]);
  }
  return [...groups.values()].map(findingOf);
}
function widenedAt(before: EntryPoint, now: EntryPoint, known: ReadonlySet<string>): Widened | null {
  const guards = new Set(linksWith(before, 'authorization').map(guardOf));
  const link = linksWith(now, 'authorization').find((l) => guards.has(guardOf(l)));
  if (!link) return null;
  for (const was of before.effects) {
    if (!was.admits || was.own || was.admits.some((r) => /[<>]/.test(r))) continue;
    const is = now.effects.find((x) => isSame(x, was) && x.leavesOut);
    if (!is || is.protections.includes('ownership')) continue;
    const { names, others } = is.leavesOut!;
    const all = others.length > 0 ? others : [...known];
    const more = all.filter((r) => !was.admits!.includes(r) && !names.includes(r) && !/[<>]/.test(r));
    const isMeant = more.length === 0 || (more.length === 1 && !known.has(more[0]!));
    if (!isMeant) return { now, link, admitted: was.admits, leavesOut: is.leavesOut!, more: more.sort() };
  }
  return null;
}
const isSame = (a: Effect, b: Effect): boolean => a.target === b.target && a.operation === b.operation;

function findingOf(group: readonly Widened[]): Finding {
  const { now, link, admitted, leavesOut, more } = group[0]!;
  const guard = link.name === INLINE ? 'the check in its handler' : `\`${link.name}\``;
  const isOfGuard = link.name !== INLINE;
  const others =
    group.length === 1 ? '' : `, and of ${group.length - 1} other entry point${group.length > 2 ? 's' : ''}`;
  return {
    id: fingerprint('guard-weakened', 'authorization', isOfGuard ? link.name : now.id),
    rule: 'guard-weakened',
    level: 'error',
    confidence: 'high',
    status: 'new',
    blocking: true,
    missing: 'authorization',
    ...(isOfGuard ? OF_NO_ENTRY_POINT : placesOf(now)),
    place: leavesOut.place,
    message: `${sentence(guard)} lets everybody but ${listed(leavesOut.names)} pass in front of ${nameOf(now)}${others}: it admitted only ${listed([...admitted])} before this change, and admits ${listed([...more])} as well.`,
    remedy: `Name those who may, as before, instead of those who may not.`,
    precedents: [],
    affects: isOfGuard ? group.map((g) => g.now.id) : [],
  };
}
