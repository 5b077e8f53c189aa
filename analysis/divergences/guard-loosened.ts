import { linksWith } from '../model/chain.js';
import type { ChainLink, Demands, Effect, EntryPoint, Model } from '../model/model.js';
import { isReading } from '../precedents/acting.js';
import { loosened, type Loosened } from '../precedents/demands.js';
import { whereReplaced } from './come-instead.js';
import { fingerprint, INLINE, listed, nameOf, OF_NO_ENTRY_POINT, placesOf, sentence } from './describe.js';
import type { Finding } from './finding.js';
import { lesserPermissions } from './lesser-permission.js';
import { guardOf } from './lost.js';
import { weakerThanPeers } from './weaker-than-peers.js';

interface Looser {
  before: EntryPoint;
  now: EntryPoint;
  link: ChainLink | null;
  effect: Effect;
  was: Demands;
  is: Demands;
  by: Loosened;
}

/**
 * Guards that ask callers for less than before the change: a longer list, a lesser permission or threshold, one of what all had to be
 * had, or one test less. Told once where the guard has changed, naming all that it stands in front of, and at the entry point where that tells the
 * guard what to ask. A longer list may be meant: it is a warning, or a note where it is
 * written at the entry point, unless it is at odds with what others ask; and nothing where whom it lets in besides the program did
 * not know before.
 *
 * @param isTold of an entry point: that it has lost what callers were asked is said already
 */
export function guardsLoosened(base: Model, head: Model, isTold: (id: string) => boolean): Finding[] {
  const after = new Map(head.entryPoints.map((e) => [e.id, e]));
  const known = new Set(
    base.entryPoints.flatMap((e) => [
      ...e.chain.flatMap((l) => l.arguments),
      ...e.effects.flatMap((x) => [
        ...x.authorization,
        ...(x.leavesOut?.names ?? []),
        ...(x.leavesOut?.others ?? []),
      ]),
    ]),
  );
  const groups = new Map<string, Looser[]>();
  for (const before of base.entryPoints) {
    const now = after.get(before.id);
    const found = now && !isTold(now.id) ? looserAt(before, now, known) : null;
    if (!found) continue;
    const isOther = !before.chain.some((l) => found.link && guardOf(l) === guardOf(found.link));
    const isOfOne = isOther || !found.link || found.link.name === INLINE || isToldThere(found, base, after);
    const key = isOfOne ? found.now.id : `${guardOf(found.link!)}|${JSON.stringify([found.was, found.is])}`;
    groups.set(key, [...(groups.get(key) ?? []), found]);
  }
  if (groups.size === 0) return [];
  const odd = new Set(
    [...lesserPermissions(head), ...weakerThanPeers(head)].filter((f) => f.blocking).map((f) => f.entryPoint),
  );
  return [...groups].map(([key, group]) => findingOf(group, key === group[0]!.now.id, (e) => odd.has(e.id)));
}
function looserAt(before: EntryPoint, now: EntryPoint, known: ReadonlySet<string>): Looser | null {
  for (const effect of now.effects) {
    const was = before.effects.filter((x) => x.target === effect.target && x.operation === effect.operation);
    const isOwn =
      effect.own ||
      effect.protections.includes('ownership') !== was.every((x) => x.protections.includes('ownership'));
    if (!effect.demands || effect.check || isOwn || was.length === 0 || was.some((x) => !x.demands)) continue;
    const each = was.map((x) => loosened(x.demands!, effect.demands!));
    const [by] = each;
    if (!by || each.includes(null)) continue;
    // Who only looks may have been asked for more than that by mistake.
    if (by.how === 'lower' && (effect.class === 'read' || isReading(now))) continue;
    const what = by.how === 'longer' ? by.what.filter((r) => known.has(r)) : by.what;
    if (what.length === 0) continue;
    const asked = (l: ChainLink): string => `${guardOf(l)}|${l.arguments.join()}`;
    const had = new Set(before.chain.map(asked));
    const links = linksWith(now, 'authorization');
    const link = links.find((l) => !had.has(asked(l))) ?? links.at(-1) ?? null;
    return { before, now, link, effect, was: was[0]!.demands!, is: effect.demands, by: { ...by, what } };
  }
  return null;
}
/** Others that the same guard asked for the same are asked for it still: what this one is asked is said in front of it. */
const isToldThere = (l: Looser, base: Model, after: ReadonlyMap<string, EntryPoint>): boolean =>
  base.entryPoints.some((e) => {
    const now = after.get(e.id);
    const asks = (of: EntryPoint): boolean =>
      of.chain.some((c) => guardOf(c) === guardOf(l.link!)) && of.effects.some((x) => same(x.demands, l.was));
    return now !== undefined && now.id !== l.now.id && asks(e) && asks(now);
  });
const same = (a: Demands | undefined, b: Demands): boolean => JSON.stringify(a) === JSON.stringify(b);

function findingOf(group: readonly Looser[], isOfOne: boolean, isOdd: (e: EntryPoint) => boolean): Finding {
  const { now, link, effect, was, by } = group[0]!;
  const isSure = by.how !== 'longer' || group.some((g) => isOdd(g.now));
  const guard =
    !link || link.name === INLINE ? (link ? 'the check in its handler' : 'its query') : `\`${link.name}\``;
  const others =
    group.length === 1 ? '' : `, and of ${group.length - 1} other entry point${group.length > 2 ? 's' : ''},`;
  const asked = was.map((list) => list.map(named).join(' or ')).join(', and ');
  const what = listed(by.what.map(named));
  const change = {
    longer: `admits ${what} as well`,
    either: `is content with one of ${what}`,
    fewer: `does not ask for ${what} any more`,
    lower: `is content with ${what}`,
  }[by.how];
  const isOfGuard = !isOfOne && link !== null && group.length > 1;
  const finding: Finding = {
    id: fingerprint('guard-weakened', 'authorization', isOfGuard ? link.name : now.id),
    rule: 'guard-weakened',
    // What is written at the one entry point is there to be seen by whoever reads the change.
    level: isSure ? 'error' : isOfOne ? 'note' : 'warning',
    confidence: isSure ? 'high' : 'medium',
    status: 'new',
    blocking: isSure,
    missing: 'authorization',
    ...(isOfGuard ? OF_NO_ENTRY_POINT : placesOf(now)),
    place: isOfOne ? (link?.place ?? effect.place) : (link!.definition ?? link!.place),
    message: `${sentence(guard)} in front of ${nameOf(now)}${others} ${change}: before this change it asked for ${asked}.`,
    remedy: `Ask for ${asked} again, or waive this where it is meant.`,
    precedents: [],
    affects: isOfGuard ? group.map((g) => g.now.id) : [],
  };
  const losses = group.map(({ before, now: after }) => ({
    before,
    now: after,
    protection: 'authorization' as const,
  }));
  return (isSure && whereReplaced(finding, losses)) || finding;
}
/** A mark of who calls is told by its name. */
const named = (constant: string): string => constant.replace(/^\./, '');
