import { CALLER } from '../model/caller.js';
import type { ChainLink, Effect, EntryPoint, Model, Place, Protection } from '../model/model.js';
import { lineText } from '../model/place.js';
import { PUBLIC } from '../model/public.js';
import { guards } from '../precedents/whose.js';
import { wherePartIsLeft, whereReplaced, whereUnread, whereWorkIsGone } from './come-instead.js';
import { fingerprint, INLINE, linkText, nameOf, OF_NO_ENTRY_POINT, placesOf, sentence } from './describe.js';
import type { Finding } from './finding.js';
import { doesSame, guardOf, isConnection, limitedIn, lost, lostLink, type Loss } from './lost.js';
import { lostWhere } from './lost-where.js';
import { connection } from './missing-protection.js';

/** When one change takes a guard from more entry points than this, it is told once. */
const TOLD_ONE_BY_ONE = 8;

/** Entry points of base that are still there and have lost a protection. */
export function guardRemoved(base: Model, head: Model): Finding[] {
  const after = new Map(head.entryPoints.map((e) => [e.id, e]));
  // A message loses what its connection loses: told there.
  const connections = new Map(base.entryPoints.filter(isConnection).map((e) => [connection(e), e] as const));
  const isToldOfConnection = (e: EntryPoint, protection: Protection): boolean => {
    const had =
      isConnection(e) || e.trigger.kind !== 'websocket' ? undefined : connections.get(connection(e));
    const has = had && after.get(had.id);
    return has !== undefined && lost(had!, has).includes(protection);
  };
  const unasked = base.entryPoints.flatMap((before) => {
    const now = after.get(before.id);
    if (!now) return [];
    if (asksNoMore(before, now)) return [unaskedOf(before, now)];
    return withholdsNoMore(before, now) ? [openedOf(before, now)] : [];
  });
  const losses = new Map<string, Loss[]>();
  for (const before of base.entryPoints) {
    const now = after.get(before.id);
    if (!now || (now.public !== null && before.public === null && now.protections.includes('signature')))
      continue;
    for (const protection of lost(before, now)) {
      if (isToldOfConnection(now, protection)) continue;
      const link = lostLink(before, now, protection);
      const key = `${protection}|${link ? (link.test ? lineText(link.test) : testOf(link)) : ''}`;
      losses.set(key, [...(losses.get(key) ?? []), { before, now, protection }]);
    }
  }
  const groups = withoutWhatHangsOnThem([...losses.values()]).flatMap((g) =>
    isOfWhatTheyDo(g, base) ? byWhatTheyDo(g) : [g],
  );
  const removed = groups.flatMap((group) => {
    if (group.length <= TOLD_ONE_BY_ONE && !isOfTheGuard(group, base, after))
      return group.map((loss) => asFarAsSeen(findingOf(loss.before, loss.now, loss.protection), [loss]));
    return [asFarAsSeen(togetherOf(group), group)];
  });
  return [...removed, ...unasked];
}
/** Less is said where something has come instead of each, which may ask the same, or where nothing is seen of what they did. */
const asFarAsSeen = (finding: Finding, losses: readonly Loss[]): Finding =>
  whereReplaced(finding, losses) ??
  whereWorkIsGone(finding, losses) ??
  wherePartIsLeft(finding, losses) ??
  whereUnread(finding, losses) ?? { ...finding, where: losses.map(lostWhere) };
/** The guard is called as it was, and gives nobody any more what it gave: it has changed, and not those who rely on it. */
function isOfTheGuard(group: readonly Loss[], base: Model, after: ReadonlyMap<string, EntryPoint>): boolean {
  const { before, now, protection } = group[0]!;
  const guard = lostLink(before, now, protection);
  if (group.length < 2 || !guard || guard.name === INLINE) return false;
  const isOfThem = (e: EntryPoint): boolean => group.some((g) => g.before.id === e.id);
  // Who keeps it has it from something else that asks the same.
  const givesStill = (e: EntryPoint): boolean => {
    const then = after.get(e.id);
    return then !== undefined && then.chain.some((l) => isSameGuard(l, guard) && gives(l, then, protection));
  };
  return (
    group.every((g) => isCalled(g) || leftBehind(g) !== null) &&
    base.entryPoints.filter((e) => gives(guard, e, protection) && !isOfThem(e)).every((e) => !givesStill(e))
  );
}
/** By name, since lines move; where it makes its test may be all that several functions have in common. */
const isSameGuard = (a: ChainLink, b: ChainLink): boolean => a.name === b.name || guardOf(a) === guardOf(b);
/** Each by the name by which it goes there: several functions come to one test. */
function isCalled({ before, now, protection }: Loss): boolean {
  const own = lostLink(before, now, protection);
  return now.chain.some((l) => (own?.name === INLINE ? guardOf(l) === guardOf(own) : l.name === own?.name));
}
/**
 * What stood in front of it under that name stands there as often: it has changed. One fewer, and it was taken away, though the same function be
 * installed elsewhere for something of its own, as what a factory makes is.
 */
function isInFront({ before, now, protection }: Loss): boolean {
  const own = lostLink(before, now, protection);
  const count = ({ chain }: EntryPoint): number =>
    chain.filter((l) => l.position === 'applied' && l.name === own?.name).length;
  return own?.position !== 'applied' || own.name === INLINE || count(now) >= count(before);
}
/**
 * What a guard in a file of its own looked up there to decide by, and still looks up: it is called, and decides nothing any more. A check
 * of which nothing is left in the chain is seen by that. Where the work is done as well is no guard's file.
 */
function leftBehind({ before, now, protection }: Loss): Effect | null {
  const own = lostLink(before, now, protection);
  const at = own?.position === 'inline' ? own.definition : null;
  if (!at || at.file === before.handler?.file) return null;
  const there = now.effects.filter((e) => e.place.file === at.file);
  const isStill = (n: Effect): boolean =>
    n.class === 'read' && before.effects.some((e) => e.place.file === at.file && doesSame(e, n));
  return there.length < now.effects.length && there.every(isStill) ? (there[0] ?? null) : null;
}
/** The guard is called as it was, and gives others what it gave: what these do behind it is what was limited, and is not any more. */
function isOfWhatTheyDo(group: readonly Loss[], base: Model): boolean {
  const { before, now, protection } = group[0]!;
  const guard = lostLink(before, now, protection);
  // No guard gave it: limits in queries did, and each query has one of its own.
  if (!guard) return true;
  if (guard.name === INLINE) return false;
  return (
    group.every((g) => gives(guard, g.now, protection)) &&
    base.entryPoints.some((e) => gives(guard, e, protection) && !group.some((g) => g.before.id === e.id))
  );
}
/** The same test stands in front of it, and makes sure of the protection there. */
const gives = (guard: ChainLink, { chain }: EntryPoint, protection: Protection): boolean =>
  chain.some((l) => testOf(l) === testOf(guard) && l.protections.includes(protection));
/** What several reach on one line is one fault. */
function byWhatTheyDo(group: readonly Loss[]): Loss[][] {
  const lines = new Map<string, Loss[]>();
  for (const loss of group) {
    const at = lineText(limitedIn(loss)?.place ?? loss.now.registration);
    lines.set(at, [...(lines.get(at) ?? []), loss]);
  }
  return [...lines.values()];
}
/**
 * A guard that many relied on gives nothing any more: what else an entry point behind it has lost hangs on it, as whose something
 * is does on who calls, and so does what it still seems to have by a check of its own.
 */
function withoutWhatHangsOnThem(groups: readonly Loss[][]): Loss[][] {
  const large = groups.filter((g) => g.length > TOLD_ONE_BY_ONE).map((g) => [...g]);
  const small = groups.filter((g) => g.length <= TOLD_ONE_BY_ONE);
  const left = small.map((group) =>
    group.filter((loss) => {
      const one = large.find((g) => hangsOn(loss, g[0]!));
      if (one && !one.some((l) => l.now.id === loss.now.id))
        one.push({ ...loss, protection: one[0]!.protection });
      return one === undefined;
    }),
  );
  return [...large, ...left.filter((g) => g.length > 0)];
}
function hangsOn(loss: Loss, one: Loss): boolean {
  const guard = lostLink(one.before, one.now, one.protection);
  const gives = (e: EntryPoint): boolean =>
    e.chain.some(
      (l) =>
        guard !== null &&
        testOf(l) === testOf(guard) &&
        // In front of everything before, and on some ways only now.
        l.position === guard.position &&
        l.protections.includes(one.protection),
    );
  const isSame = loss.protection === one.protection;
  return (isSame || one.protection === 'authentication') && gives(loss.before) && !gives(loss.now);
}
/**
 * It refused callers who presented nothing, or something of the wrong form, and lets everyone in now. What it asked for
 * was not verified, so that no protection is lost; the refusal is. Nothing to tell where something else knows the caller.
 */
const asksNoMore = (before: EntryPoint, now: EntryPoint): boolean =>
  before.asks !== undefined &&
  now.asks === undefined &&
  now.public === null &&
  !now.unknown.includes('authentication') &&
  !now.protections.some((p) => CALLER.has(p));
function unaskedOf(before: EntryPoint, now: EntryPoint): Finding {
  const { name } = before.asks!;
  const guard = name === INLINE ? 'the check in its handler' : `\`${name}\``;
  return {
    ...findingOf(before, now, 'authentication'),
    confidence: 'medium',
    message: `${sentence(nameOf(now))} no longer refuses callers for what they present: ${guard} did before this change, though what it asked for is not seen to be verified there.`,
    remedy: `Put ${guard} back, and let it verify what the caller presents.`,
  };
}
/**
 * What records say of themselves decided who else gets to see them, and does no more: those that were kept from others are given to
 * everybody.
 */
function withholdsNoMore(before: EntryPoint, now: EntryPoint): boolean {
  const had = before.withheld;
  return (
    had !== undefined &&
    (now.withheld === undefined || isOnlyWho(now.withheld.protection, had.protection)) &&
    // Whatever is not for everybody may be given to nobody now.
    !(now.decided?.includes(had.entity) && !before.decided?.includes(had.entity)) &&
    // It may have been that very test which showed that owners open what is theirs.
    (now.public === before.public || (before.public === PUBLIC.opened && now.public === null)) &&
    ![had.protection, 'ownership' as const].some(
      (p) => now.unknown.includes(p) || now.protections.includes(p),
    ) &&
    now.effects.some((e) => e.target === had.entity && !guards(now, e, 'authorization'))
  );
}
/** Anybody who is known gets what only some did. */
const isOnlyWho = (has: Protection, had: Protection): boolean =>
  has === 'authentication' && had !== 'authentication';
function openedOf(before: EntryPoint, now: EntryPoint): Finding {
  const { protection, entity } = before.withheld!;
  const whose =
    protection === 'ownership'
      ? 'whose it is'
      : protection === 'authorization'
        ? 'what they may'
        : 'who they are';
  return {
    ...findingOf(before, now, protection),
    confidence: 'medium',
    message: `${sentence(nameOf(now))} no longer asks callers ${whose} where a ${entity} is not for everybody: a check in its handler did before this change.`,
    remedy: `Put the check back, or leave out what is not for everybody.`,
  };
}
/** Where nobody counts any more, what takes credentials is what can be guessed at. */
const takesCredentials = ({ now, protection }: Loss): boolean =>
  protection === 'rate-limit' && now.public === PUBLIC.exchanges;
/** Nothing of the kind is left in front of it. */
const isWhole = ({ now, protection }: Loss): boolean => !now.protections.includes(protection);
/** One fault, many entry points: told at the guard where it is still called, else at the first that takes credentials, or has lost all. */
function togetherOf(losses: readonly Loss[]): Finding {
  const group = losses.toSorted(
    (a, b) =>
      Number(takesCredentials(b)) - Number(takesCredentials(a)) || Number(isWhole(b)) - Number(isWhole(a)),
  );
  const { before, now, protection } = group[0]!;
  const first = findingOf(before, now, protection);
  const link = commonest(group.flatMap((l) => lostLink(l.before, l.now, protection) ?? []));
  const left =
    link && group.some(isInFront)
      ? (whatIsLeft(group, protection) ?? leftBehind(group[0]!)?.place ?? null)
      : null;
  const affects = group.map((g) => g.now.id);
  if (!link || !left)
    return {
      ...first,
      message: `${first.message} So do ${affects.length - 1} other entry points.`,
      affects: affects.slice(1),
    };
  const name = link.name === INLINE ? 'this check' : `\`${linkText(link)}\``;
  return {
    ...first,
    id: fingerprint('guard-weakened', protection, link.name),
    rule: 'guard-weakened',
    ...OF_NO_ENTRY_POINT,
    place: left,
    affects,
    message: `${sentence(name)} no longer gives ${protection} where it is called: ${affects.length} entry points relied on it, ${nameOf(now)} among them.`,
    remedy: `Let ${name} refuse again in the cases in which it did, or give each of these entry points a check of its own.`,
  };
}
/** The link that stands for a group: the one that most of them went through. */
function commonest(links: readonly ChainLink[]): ChainLink | null {
  const count = (name: string): number => links.filter((l) => l.name === name).length;
  return links.toSorted((a, b) => count(b.name) - count(a.name))[0] ?? null;
}
/**
 * What the guard still tests, in front of most of the group: where a reader finds it in the head. Where the test that is gone was in a
 * file of its own, what is left is where that was asked for.
 */
const whatIsLeft = (group: readonly Loss[], protection: Protection): Place | null =>
  leftIn(group, protection, (place, was) => place.file === was.file) ?? leftIn(group, protection, () => true);
function leftIn(
  group: readonly Loss[],
  protection: Protection,
  isThere: (place: Place, was: Place) => boolean,
): Place | null {
  const counts = new Map<string, { place: Place; count: number; distance: number }>();
  for (const { before, now } of group) {
    const gone = lostLink(before, now, protection);
    const was = gone && placeOfTest(gone);
    if (!was) continue;
    const seen = new Set<string>();
    for (const link of now.chain) {
      const place = placeOfTest(link);
      if (link.name !== gone.name || !place || !isThere(place, was) || seen.has(testOf(link))) continue;
      seen.add(testOf(link));
      const known = counts.get(testOf(link));
      counts.set(testOf(link), {
        place,
        count: (known?.count ?? 0) + 1,
        distance: Math.abs(place.line - was.line),
      });
    }
  }
  return (
    [...counts.values()].toSorted((a, b) => b.count - a.count || a.distance - b.distance)[0]?.place ?? null
  );
}
const placeOfTest = ({ definition, position, place }: ChainLink): Place | null =>
  definition ?? (position === 'inline' ? place : null);
/** Where a guard makes its test: several functions that rely on one are one guard. */
const testOf = (link: ChainLink): string => {
  const at = placeOfTest(link);
  return at ? lineText(at) : link.name;
};
function findingOf(before: EntryPoint, now: EntryPoint, protection: Protection): Finding {
  const link = lostLink(before, now, protection);
  const stays = (l: ChainLink): boolean =>
    l.name !== INLINE && gives(l, now, protection) && limitedIn({ before, now, protection }) !== undefined;
  const guard =
    !link || stays(link)
      ? 'the limit in its query'
      : link.name === INLINE
        ? 'the check in its handler'
        : `\`${linkText(link)}\``;
  return {
    id: fingerprint('guard-removed', protection, now.id),
    rule: 'guard-removed',
    level: 'error',
    confidence: 'high',
    status: 'new',
    blocking: true,
    missing: protection,
    ...placesOf(now),
    place:
      protection === 'authentication' || protection === 'rate-limit'
        ? now.registration
        : (now.handler ?? now.registration),
    message: `${sentence(nameOf(now))} loses ${now.protections.includes(protection) ? 'part of its' : 'its'} ${protection}: ${guard} gave it before this change.`,
    remedy: `Put ${guard} back, or replace it by something that refuses in the same cases.`,
    precedents: [],
    affects: [],
  };
}
