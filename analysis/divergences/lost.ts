import { CUT_SHORT, linksWith } from '../model/chain.js';
import { isSpending } from '../model/effects.js';
import { GUARDING, type ChainLink, type Effect, type EntryPoint, type Protection } from '../model/model.js';
import { PUBLIC } from '../model/public.js';
import { isEntityEffect } from '../precedents/acting.js';
import { hasCaller } from '../precedents/precedents.js';
import { guards, isEither } from '../precedents/whose.js';
import { isAtStake } from './at-stake.js';
import { INLINE, isComparison, linkWith } from './describe.js';
import { isImplied } from './implied.js';

/** An entry point that is still there, and what it has lost. */
export interface Loss {
  before: EntryPoint;
  now: EntryPoint;
  protection: Protection;
}
/** The same is done to the same kind of record. */
export const doesSame = (a: Effect, b: Effect): boolean =>
  a.target === b.target && a.operation === b.operation;
/** What it did under the protection, and does without now. */
export const limitedIn = ({ before, now, protection }: Loss): Effect | undefined =>
  now.effects.find(
    (n) =>
      !guards(now, n, protection) &&
      before.effects.some((e) => doesSame(e, n) && guards(before, e, protection)),
  );
/** What is acted on hangs on who calls. */
export const isOfCaller = ({ subjects }: Effect): boolean =>
  subjects.some((s) => /^(?:identity|session)(?:\.|$)/.test(s));
/** Which guard it is, by name and file, since lines move. */
export const guardOf = ({ name, definition }: ChainLink): string => `${name}|${definition?.file ?? ''}`;
/** What happens on a connection happens in its messages, which are entry points of their own. */
export const isConnection = (e: EntryPoint): boolean =>
  e.trigger.kind === 'websocket' && e.trigger.name === null;
/** Protections of which each guard asks for something of its own: who may is told before whose it is. */
const SEVERAL: readonly Protection[] = ['authorization', 'ownership', 'rate-limit'];
/** Protections that an entry point had, and of which it has none any more, or less. */
export function lost(before: EntryPoint, now: EntryPoint): Protection[] {
  // Whoever holds the secret may do it, before and after: that is what limits it, wherever the secret is kept.
  const isForHolders = [before, now].every((e) => e.public === PUBLIC.holdsSecret);
  const kept = GUARDING.filter(
    (p) =>
      (!now.unknown.includes(p) || isPlainlyGone(before, now, p)) &&
      !(p === 'ownership' && isForHolders) &&
      // How often a job works is the program's own affair: nobody tries anything by it. What turns nobody away is no limit.
      (p !== 'rate-limit' || (hasCaller(now) && linksWith(before, p).some((l) => !l.aside))) &&
      // Who signs in says a password, whatever that is held against.
      !(p === 'signature' && now.public === PUBLIC.exchanges) &&
      !isByLinkStill(before, now, p) &&
      !isProvenByToken(before, now, p),
  );
  const gone = kept.filter(
    (p) =>
      before.protections.includes(p) &&
      !now.protections.includes(p) &&
      !isGuess(before, p) &&
      !isOfWhatIsGone(before, now, p) &&
      !isOfTheirOwn(before, now, p) &&
      !isInQueriesStill(before, now, p),
  );
  for (const p of kept)
    if (
      !gone.includes(p) &&
      !isConnection(now) &&
      before.effects.some((e) => isUnguardedNow(e, before, now, p))
    )
      gone.push(p);
  if (before.operated && isForOthersNow(now) && !asksAllStill(before, now)) gone.push('authorization');
  const isWider = kept.includes('ownership') && before.effects.some((e) => isFoundMoreWidely(e, before, now));
  const isEverybodys =
    kept.includes('ownership') && before.effects.some((e) => isOfTheirGroupNow(e, before, now));
  if ((isWider || isEverybodys) && !gone.includes('ownership')) gone.push('ownership');
  const dropped = new Set<Protection>();
  for (const p of SEVERAL.filter((k) => kept.includes(k))) {
    if (p === 'ownership' && actsOnOwnOnly(now)) continue;
    // A guard that brought something else as well is told for that, and so is the other half of `owner or admin`.
    const told = (l: ChainLink): boolean =>
      gone.some(
        (g) => l.protections.includes(g) || (l.either && (g === 'authorization' || g === 'ownership')),
      ) ||
      (dropped.size > 0 &&
        l.name !== INLINE &&
        before.chain.some((b) => guardOf(b) === guardOf(l) && b.protections.some((q) => dropped.has(q))));
    const without = (e: EntryPoint): EntryPoint => ({ ...e, chain: e.chain.filter((l) => !told(l)) });
    if (!gone.includes(p) && now.protections.includes(p) && dropsOne(without(before), without(now), p)) {
      gone.push(p);
      dropped.add(p);
    }
  }
  const whole = gone.filter(
    (p) =>
      dropped.has(p) ||
      !(isOtherHalf(before, now, p, gone) || (p === 'authentication' && isAskedWhoseInstead(before, now))),
  );
  // Without knowing who calls, what they may do is moot: one remedy, one finding.
  if (whole.includes('authentication'))
    return whole.filter((p) => p !== 'authorization' && p !== 'ownership');
  // A stronger check of the caller contains the weaker: keeping it is no loss.
  if (now.protections.includes('authorization') || now.protections.includes('signature'))
    return whole.filter((p) => p !== 'authentication');
  return whole;
}
/**
 * Whoever had the link acted by it, since it was signed, and does since it bears a secret: one that is good for once, or shows no more than is
 * found by it. A signature of what another service sends says who sent it as well, and a secret that stays the same does not.
 */
function isByLinkStill(before: EntryPoint, now: EntryPoint, p: Protection): boolean {
  const ofLink = (l: ChainLink): boolean => l.protections.includes('signature');
  // Where the record itself is what is changed, it is there to be changed again.
  const isSpent = (e: Effect): boolean =>
    e.bySecret === true &&
    e.class === 'read' &&
    now.effects.some(
      (x) =>
        isSpending(x, e.target) &&
        (x.operation === 'delete' || now.effects.some((w) => w.class === 'write' && w.target !== e.target)),
    );
  const isAsked = now.trigger.kind === 'http' && now.trigger.method === 'GET';
  const showsOnly = isAsked && now.effects.every((e) => e.class === 'read');
  return (
    before.public === PUBLIC.signed &&
    now.public === PUBLIC.holdsSecret &&
    (p === 'signature' || (p === 'authentication' && linksWith(before, p).every(ofLink))) &&
    now.effects.every((e) => e.held) &&
    (showsOnly || now.effects.some(isSpent))
  );
}
/**
 * Nobody was signed in there: a secret that was sent proved whose password may be replaced, as one that is made of the record does. Now one
 * that is kept does, which is looked up, tested, and good for once: the look-up.
 */
export function tokenAskedFor({ before, now, protection }: Loss): Effect | undefined {
  const proofs = linksWith(before, protection);
  const isSpent = (e: Effect): boolean => now.effects.some((x) => isSpending(x, e.target) && x.held);
  return protection === 'authentication' &&
    proofs.length > 0 &&
    proofs.every((l) => l.position === 'inline') &&
    !before.effects.some((e) => e.bySecret || isOfCaller(e)) &&
    [before, now].every((entry) => entry.effects.some((e) => e.replacesPassword))
    ? now.effects.find((e) => e.class === 'read' && e.bySecret && e.check && isSpent(e))
    : undefined;
}
/** The password is seen to be of whom the token is. */
const isProvenByToken = (before: EntryPoint, now: EntryPoint, protection: Protection): boolean =>
  tokenAskedFor({ before, now, protection }) !== undefined &&
  now.effects.every((e) => !e.replacesPassword || e.held === true || guards(now, e, 'ownership'));
/**
 * Whoever called was let in, and now whoever calls is held against the owner of a record: a stranger is turned away by that as well. A
 * limit in a query is another matter, since a library may leave out what is compared with nobody.
 */
function isAskedWhoseInstead(before: EntryPoint, now: EntryPoint): boolean {
  const turnsAway = (l: ChainLink): boolean =>
    l.protections.includes('ownership') && l.aside !== true && l.either !== true;
  return (
    !before.protections.includes('ownership') &&
    now.chain.some(turnsAway) &&
    now.effects.every(
      (e) =>
        !(e.class === 'write' && before.effects.some((b) => b.target === e.target)) ||
        guards(now, e, 'ownership'),
    )
  );
}
/**
 * It was found by what the request says and by a record that was looked up on the way, as a page of the book that was asked about
 * is; what the request says is enough now, and leads to pages of other books.
 */
function isFoundMoreWidely(effect: Effect, before: EntryPoint, now: EntryPoint): boolean {
  const isSame = (e: Effect): boolean => doesSame(e, effect) && !e.nested;
  const rows = effect.subjects.filter((s) => s.startsWith('row:'));
  const said = effect.subjects.filter((s) => /^(params|body|query)\./.test(s));
  return (
    isAtStake(effect) &&
    !effect.nested &&
    isEntityEffect(effect) &&
    now.public === null &&
    rows.length > 0 &&
    before.effects.filter(isSame).every((e) => e.subjects.some((s) => rows.includes(s))) &&
    now.effects.some(
      (n) =>
        isSame(n) &&
        !guards(now, n, 'ownership') &&
        n.subjects.length > 0 &&
        n.subjects.every((s) => said.includes(s)),
    )
  );
}
/**
 * Only whoever it belongs to changed it, held to that by a check in the handler, and it was asked besides that they belong to a group; now
 * everybody in the group does. Nothing has come instead.
 */
function isOfTheirGroupNow(effect: Effect, before: EntryPoint, now: EntryPoint): boolean {
  const isSame = (e: Effect): boolean => doesSame(e, effect);
  const asksWhose = (e: EntryPoint): ChainLink[] => linksWith(e, 'ownership').filter((l) => !l.aside);
  const [asked, asks] = [asksWhose(before), asksWhose(now)];
  const stays = (l: ChainLink): boolean => asked.some((b) => guardOf(b) === guardOf(l));
  return (
    effect.class === 'write' &&
    isEntityEffect(effect) &&
    now.public === null &&
    !now.protections.includes('authorization') &&
    before.effects.filter(isSame).every((e) => e.own) &&
    now.effects.some((n) => isSame(n) && !n.own && !n.fixed && !n.held && guards(now, n, 'ownership')) &&
    asked.some((l) => l.name === INLINE && !l.either) &&
    asks.length > 0 &&
    asks.every((l) => l.name !== INLINE && stays(l))
  );
}
/** Only the program's operator got in, by a secret of its configuration; now whoever signs in does, for anything. */
const isForOthersNow = (now: EntryPoint): boolean =>
  !now.operated &&
  now.public === null &&
  !now.unknown.includes('authorization') &&
  now.protections.includes('authentication') &&
  !now.protections.some((p) => p === 'authorization' || p === 'ownership' || p === 'signature');
/** Which of their own somebody is shown hung on a role that the query named, and hangs on something else: it is theirs. */
const isOfTheirOwn = (before: EntryPoint, now: EntryPoint, p: Protection): boolean =>
  p === 'authorization' &&
  linksWith(before, p).length === 0 &&
  before.effects
    .filter((e) => guards(before, e, p))
    .every((e) => e.own && e.class === 'read' && now.effects.every((n) => !doesSame(n, e) || n.own));
/** All that knew the caller stands there as it did: what has come besides lets nobody else in. */
const asksAllStill = (before: EntryPoint, now: EntryPoint): boolean =>
  linksWith(before, 'authentication').every((l) =>
    linksWith(now, 'authentication').some((n) => guardOf(n) === guardOf(l)),
  );
/** What was never done without a protection, and is now. */
function isUnguardedNow(effect: Effect, before: EntryPoint, now: EntryPoint, p: Protection): boolean {
  const isSame = (e: Effect): boolean => doesSame(e, effect);
  // Whose it is is a matter of records.
  const counts = isAtStake(effect) && (p !== 'ownership' || isEntityEffect(effect));
  const without = now.effects.filter((n) => isSame(n) && isAtStake(n) && !guards(now, n, p));
  const isOfOwner = (n: Effect): boolean => p === 'authorization' && guards(now, n, 'ownership');
  // What somebody is shown of their own is theirs, whatever else is asked.
  const isTheirs = (n: Effect): boolean => isOfOwner(n) && effect.own && effect.class === 'read';
  // What it is made of besides, as what it refers to, is no less of what it was.
  const isMadeOfMore = (n: Effect): boolean =>
    n.operation === 'create' &&
    n.subjects.length > effect.subjects.length &&
    effect.subjects.every((s) => n.subjects.includes(s));
  // Those whom it belongs to may do it besides, where whoever may do it to anything is asked as often as before.
  const asks = (e: EntryPoint): number => e.effects.filter((x) => isSame(x) && guards(e, x, p)).length;
  const isOfAnybodys = !guards(before, effect, 'ownership');
  const isBeside = (n: Effect): boolean => isOfOwner(n) && isOfAnybodys && asks(now) >= asks(before);
  return (
    counts &&
    !isGuessed(before, effect, p) &&
    guards(before, effect, p) &&
    !before.effects.some((b) => isSame(b) && !guards(before, b, p)) &&
    // What is looked up beside it and given to nobody is not what was limited; what belongs to a record that is just made is nobody else's.
    without.some((n) => !(p === 'ownership' && (n.fixed || isMadeOfMore(n))) && !isTheirs(n) && !isBeside(n))
  );
}
/** No check gave it, and what the statement is limited by was not read. */
const isGuessed = (before: EntryPoint, effect: Effect, p: Protection): boolean =>
  p === 'ownership' && effect.guessed === true && !linkWith(before, p);
/** All that gave it was such. */
function isGuess(before: EntryPoint, p: Protection): boolean {
  const guarded = before.effects.filter((e) => guards(before, e, p));
  return guarded.length > 0 && guarded.every((e) => isGuessed(before, e, p));
}
/** Nobody else's rights are at stake, whatever was asked on the way besides: what is read may hang on what is theirs. */
const actsOnOwnOnly = (now: EntryPoint): boolean => {
  const acted = now.effects.filter(isEntityEffect);
  const others = new Set(acted.filter((e) => !e.own).map((e) => `row:${e.target}`));
  const hangsOnOwn = ({ class: kind, subjects }: Effect): boolean =>
    kind === 'read' && subjects.length > 0 && subjects.every((s) => s.startsWith('row:') && !others.has(s));
  return (
    acted.some((e) => e.own) && acted.every((e) => (e.own || hangsOnOwn(e)) && guards(now, e, 'ownership'))
  );
};
/**
 * What cannot be followed there may ask for it, and did not come instead of the guard: it stood there before, beside it. So it is
 * with a check in the handler, or a limit in a query, where the handler was followed to its end.
 */
function isPlainlyGone(before: EntryPoint, now: EntryPoint, p: Protection): boolean {
  // What is known of another link is known: it asks for something else.
  const counted = (links: readonly ChainLink[]): Map<string, number> => {
    const counts = new Map<string, number>();
    for (const l of links.filter((each) => each.position === 'applied'))
      counts.set(guardOf(l), (counts.get(guardOf(l)) ?? 0) + 1);
    return counts;
  };
  const had = counted(before.chain);
  const isWhole = !now.chain.some((l) => l.name === CUT_SHORT);
  return (
    (before.chain.some(
      (l) => l.protections.includes(p) && (l.position === 'applied' || (isWhole && !l.aside)),
    ) ||
      (isWhole && before.effects.some((e) => isUnguardedNow(e, before, now, p)))) &&
    !now.chain.some((l) => l.protections.includes(p)) &&
    [...counted(now.chain.filter((l) => l.protections.length === 0))].every(
      ([key, count]) => count <= (had.get(key) ?? 0),
    )
  );
}
/**
 * `owner or admin` became one of both: fewer get in than did. Where it became neither, one finding is enough, of whose it is.
 */
function isOtherHalf(
  before: EntryPoint,
  now: EntryPoint,
  p: Protection,
  gone: readonly Protection[],
): boolean {
  if (!isEither(before, p)) return false;
  if (p === 'authorization') return now.protections.includes('ownership') || gone.includes('ownership');
  const mayAnyway = new Set(before.chain.flatMap((l) => (l.either ? l.arguments : [])));
  const may = linksWith(now, 'authorization').flatMap((l) => l.arguments);
  return (
    p === 'ownership' &&
    now.protections.includes('authorization') &&
    may.length > 0 &&
    may.every((a) => mayAnyway.has(a))
  );
}
/**
 * It was asked for on the way to some of what was done there, and others got in without; that some is not done any more. Who
 * gets in is who got in before.
 */
function isOfWhatIsGone(before: EntryPoint, now: EntryPoint, p: Protection): boolean {
  if (before.chain.some((l) => l.position === 'applied' && l.protections.includes(p))) return false;
  // A limit in a query is gone with the query, where no record is looked for or changed here any more.
  if (p === 'ownership' && !now.effects.some(isEntityEffect))
    return !before.chain.some((l) => l.protections.includes(p));
  const [guarded, open] = [true, false].map((is) =>
    before.effects.filter((e) => isEntityEffect(e) && guards(before, e, p) === is),
  );
  // It turned nobody away, and nothing is left that it would keep from anybody.
  if (guarded!.length > 0 && now.effects.length === 0 && linksWith(before, p).every((l) => l.aside))
    return true;
  const isDone = (e: Effect): boolean => now.effects.some((n) => doesSame(n, e));
  // What was done to the same without it as well was open already.
  const wasOpen = (n: Effect): boolean =>
    open!.some((e) => doesSame(n, e) && e.held === n.held && e.subjects.join() === n.subjects.join());
  const isDoneStill = (e: Effect): boolean =>
    now.effects.some((n) => doesSame(n, e) && !wasOpen(n) && !guards(now, n, p));
  const isNew = (n: Effect): boolean => n.class === 'write' && !before.effects.some((e) => doesSame(n, e));
  return (
    !guarded!.every(isDone) && open!.some(isDone) && !guarded!.some(isDoneStill) && !now.effects.some(isNew)
  );
}
/**
 * No guard gave it: limits in queries did, and each query is limited as it was. That what one of them finds serves a check now, and is not given away,
 * or that something else is done beside it, took nothing from it. It did where others of the same kind are reached now without any limit.
 */
function isInQueriesStill(before: EntryPoint, now: EntryPoint, p: Protection): boolean {
  const limited = before.effects.filter((e) => guards(before, e, p));
  const isLimited = (e: Effect): boolean => guards(now, e, p) || guards(now, e, 'authorization');
  return (
    limited.length > 0 &&
    linksWith(before, p).length === 0 &&
    limited.every((e) => now.effects.some((n) => doesSame(n, e) && guards(now, n, p))) &&
    now.effects.every(
      (n) =>
        isLimited(n) ||
        !limited.some((e) => e.target === n.target) ||
        before.effects.some((b) => doesSame(b, n) && !guards(before, b, p)),
    )
  );
}
/** The guard that brought a protection and is not there any more, before one that is and brings it no more, before others. */
export function lostLink(before: EntryPoint, now: EntryPoint, protection: Protection): ChainLink | null {
  const without = (kept: readonly ChainLink[]): EntryPoint => {
    const guards = new Set(kept.map(guardOf));
    return { ...before, chain: before.chain.filter((l) => !guards.has(guardOf(l))) };
  };
  const giving = linksWith(now, protection);
  return (
    linkWith(without(now.chain), protection) ??
    linkWith(without(giving), protection) ??
    linkWith(before, protection) ??
    (before.operated && protection === 'authorization' ? lostLink(before, now, 'authentication') : null)
  );
}
/**
 * One of several guards of a kind is gone, and nothing new of that kind has come: each asks something of its own, so
 * the others do not stand in for it.
 */
function dropsOne(before: EntryPoint, now: EntryPoint, protection: Protection): boolean {
  // In a handler, `owner or admin` is no guard that is gone where one of both is left, and may be what has come instead.
  const isHalfLeft = now.chain.some(
    (l) =>
      l.name === INLINE &&
      !l.aside &&
      (l.protections.includes('authorization') || l.protections.includes('ownership')),
  );
  const isOf = (l: ChainLink, isAny: boolean): boolean =>
    l.protections.includes(protection) &&
    !l.aside &&
    (l.position === 'applied' || (isNamed(l) && (isAny || !l.either || l.name !== INLINE || !isHalfLeft)));
  const keyOf = (l: ChainLink): string => `${guardOf(l)}|${l.arguments.join(',')}`;
  const linksOf = (e: EntryPoint, isAny: boolean): string[] =>
    e.chain.filter((l) => isOf(l, isAny)).map(keyOf);
  // Asking the same twice is asking once; counting twice is counting two things.
  const guardsOf = (e: EntryPoint, isAny: boolean): string[] =>
    protection === 'rate-limit' ? linksOf(e, isAny) : [...new Set(linksOf(e, isAny))];
  const [had, has] = [guardsOf(before, false), guardsOf(now, true)];
  const isNew = now.chain.some(
    (l) =>
      l.protections.includes(protection) &&
      // Checks that stand in handlers have no names: one of another kind that was there is another check.
      !before.chain.some(
        (b) =>
          b.name === l.name &&
          b.definition?.file === l.definition?.file &&
          (b.name !== INLINE || b.protections.includes(protection)),
      ),
  );
  const isFewer = !isNew && has.length < had.length && has.every((key) => had.includes(key));
  if (!isFewer || protection === 'rate-limit') return isFewer;
  const gone = before.chain.filter((l) => isOf(l, false) && !has.includes(keyOf(l)));
  const isNoLoss = (l: ChainLink): boolean =>
    protection === 'ownership' ? isImplied(l, before, now) : saysWhose(l, before, now);
  return gone.length === 0 || !gone.every(isNoLoss);
}
/**
 * It is called as before, makes as many tests, and says by one more of them whose something is: what was put together of the caller's id, and named
 * nobody who may, is a record now.
 */
function saysWhose(link: ChainLink, before: EntryPoint, now: EntryPoint): boolean {
  const testsOf = (e: EntryPoint, of: readonly Protection[]): number =>
    e.chain.filter((l) => guardOf(l) === guardOf(link) && of.some((p) => l.protections.includes(p))).length;
  const isNoLess = (of: readonly Protection[], more: number): boolean =>
    testsOf(now, of) >= testsOf(before, of) + more;
  return (
    link.name !== INLINE &&
    link.arguments.every(isComparison) &&
    isNoLess(['ownership'], 1) &&
    isNoLess(['authorization', 'ownership'], 0)
  );
}
/** A check in a handler that can be told from others: a function that is called there, or the constants it asks for. */
const isNamed = (l: ChainLink): boolean => l.name !== INLINE || l.arguments.length > 0;
