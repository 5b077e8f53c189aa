import type { ChainLink, Effect, EntryPoint, Place, UnfollowedCall } from '../model/model.js';
import { isEntityEffect } from '../precedents/acting.js';
import { guards } from '../precedents/whose.js';
import { sentence, unsure } from './describe.js';
import type { Finding } from './finding.js';
import { doesSame, guardOf, isOfCaller, limitedIn, lostLink, tokenAskedFor, type Loss } from './lost.js';

/** What refuses, or decides by who calls, where a guard is gone, and of which it is not seen what it asks. */
interface ComeInstead {
  what: string;
  place: Place;
  /** What is to be said of it. */
  says: string;
}
const CAME = 'has come instead, and it is not seen what that asks for';
const DENIES_STILL = 'still denies some, and it is not seen any more what it asks for';
const HANDED = 'is handed what says who calls, and could not be followed';
const NOT_FOLLOWED = 'has come instead, and could not be followed';
const STANDS_STILL = 'still stands there, and could not be followed any more';

/**
 * A guard that is replaced is not a guard that is gone: what stands there now may ask the same in a way that is not understood. It
 * answers 401 or 403, in front of the handler or in it, and gives nothing that is known; or it looks up of the caller what nobody
 * looked up before, as where roles move from the code to a table. What refuses for something else, as for what is sent, replaces nothing.
 */
function comeInstead(loss: Loss): ComeInstead | null {
  const { before, now, protection } = loss;
  const token = tokenAskedFor(loss);
  if (token) return { what: `a look-up of the ${token.target} that is sent`, place: token.place, says: CAME };
  const link = now.chain.find((l) => isUnexplained(l) && countOf(now, l) > countOf(before, l));
  const wasThere = (l: ChainLink): boolean => before.chain.some((b) => guardOf(b) === guardOf(l));
  if (link) return { what: nameOf(link), place: link.place, says: wasThere(link) ? DENIES_STILL : CAME };
  const dark = now.chain.find(
    (l) =>
      isDark(l) && before.chain.some((b) => guardOf(b) === guardOf(l) && b.protections.includes(protection)),
  );
  if (dark) return { what: nameOf(dark), place: dark.place, says: STANDS_STILL };
  // Something that nothing is known of stands in front since, and may ask for anything.
  const isDarker = now.unknown.some((u) => !before.unknown.includes(u));
  const newly = isDarker ? now.chain.find((l) => isDark(l) && !wasThere(l)) : undefined;
  if (newly) return { what: nameOf(newly), place: newly.place, says: NOT_FOLLOWED };
  const denial = protection === 'rate-limit' ? undefined : newDenial(before, now);
  if (denial) return { what: 'a test in the handler', place: denial, says: CAME };
  const call = protection === 'rate-limit' ? undefined : newlyUnfollowed(before, now);
  if (call)
    return {
      what: call.name === null ? 'something that is called' : `\`${call.name}\``,
      place: call,
      says: HANDED,
    };
  if (protection !== 'authorization' && protection !== 'ownership') return null;
  const known = new Set(before.effects.map((e) => e.target));
  const lookUp = now.effects.find(
    (e) => e.class === 'read' && e.check && isEntityEffect(e) && !known.has(e.target) && isOfCaller(e),
  );
  return lookUp
    ? { what: `a look-up of the caller's ${lookUp.target}`, place: lookUp.place, says: CAME }
    : null;
}
/** Calls move with the lines around them: there is one more of that name. */
function newlyUnfollowed(before: EntryPoint, now: EntryPoint): UnfollowedCall | undefined {
  const count = ({ unfollowed = [] }: EntryPoint, name: string | null): number =>
    unfollowed.filter((c) => c.name === name).length;
  return now.unfollowed?.find((c) => count(now, c.name) > count(before, c.name));
}
/** Tests move with the lines around them: there is one more of them. */
function newDenial(before: EntryPoint, now: EntryPoint): Place | undefined {
  const denials = (e: EntryPoint): Place[] => (e.unexplained ?? []).filter((t) => t.denies);
  const [had, has] = [denials(before), denials(now)];
  const isOld = (p: Place): boolean => had.some((h) => h.file === p.file && h.line === p.line);
  return has.length > had.length ? (has.find((p) => !isOld(p)) ?? has[0]) : undefined;
}
const nameOf = ({ name }: ChainLink): string => `\`${name}\``;
const isDark = (l: ChainLink): boolean =>
  l.position === 'applied' && l.refuses.known === 'unknown' && l.protections.length === 0;
const isUnexplained = (l: ChainLink): boolean =>
  l.position === 'applied' &&
  (l.deniesUnseen === true ||
    (l.refuses.known === 'yes' && l.refuses.denies === true && l.protections.length === 0));
const countOf = ({ chain }: EntryPoint, link: ChainLink): number =>
  chain.filter((l) => isUnexplained(l) && guardOf(l) === guardOf(link)).length;

/**
 * It did something behind a check of its own, and nothing is seen that it does without now: the check may have gone with the work, or the work may
 * have gone where it is not followed.
 */
function isWorkGone({ before, now, protection }: Loss): boolean {
  const isDone = (e: Effect): boolean => now.effects.some((n) => doesSame(n, e));
  return (
    before.effects.some((e) => !e.check && !isDone(e)) &&
    now.effects.every((e) => guards(now, e, protection)) &&
    !before.chain.some((l) => l.position === 'applied' && l.protections.includes(protection))
  );
}

/**
 * One of several checks is gone that was made by what does the work as well, and all that is done is done behind what else asks for the same: it may have been
 * a step of that work, which is done in another way now.
 */
function isPartOfWork(loss: Loss): boolean {
  const { before, now, protection } = loss;
  return (
    now.protections.includes(protection) &&
    lostLink(before, now, protection)?.works === true &&
    limitedIn(loss) === undefined
  );
}
/** Where no more than a part of what was asked on the way is gone; else null. */
export const wherePartIsLeft = (finding: Finding, losses: readonly Loss[]): Finding | null =>
  losses.every(isPartOfWork)
    ? unsure(finding, 'All that it does is done behind another check of that kind still.')
    : null;

/** Where something has come instead of each guard that is gone, less is told of it, and where to look; else null. */
export function whereReplaced(finding: Finding, losses: readonly Loss[]): Finding | null {
  const instead = losses.map(comeInstead);
  const first = instead.find((i) => i !== null);
  // What is told of the guard is not certain where it is dark itself in front of most that rely on it.
  const dark = instead.filter((i) => i?.says === DENIES_STILL || i?.says === STANDS_STILL).length;
  const isOfGuard = finding.rule === 'guard-weakened' && dark * 2 > losses.length;
  const isUncertain = isOfGuard || !instead.includes(null);
  if (!first || !isUncertain) return null;
  const { what, place, says } = first;
  return {
    ...unsure(finding, `${sentence(what)} (${place.file}:${place.line}) ${says}.`),
    remedy: `Make sure that ${what} refuses in the cases in which it was refused before, or put back what did.`,
  };
}
/** Where nothing is seen of what was done behind the checks that are gone; else null. */
export const whereWorkIsGone = (finding: Finding, losses: readonly Loss[]): Finding | null =>
  losses.every(isWorkGone) ? unsure(finding, 'Nothing is seen any more of what it did behind that.') : null;

/**
 * What limited it was in queries, and none of what was limited is seen to be done without a limit: it runs more statements than it did of which it
 * is not seen what they do.
 */
function isUnread(loss: Loss): boolean {
  const { before, now, protection } = loss;
  return (
    lostLink(before, now, protection) === null &&
    (now.unread ?? 0) > (before.unread ?? 0) &&
    limitedIn(loss) === undefined
  );
}
/** Where statements are run that could not be read, in place of what was limited; else null. */
export const whereUnread = (finding: Finding, losses: readonly Loss[]): Finding | null =>
  losses.every(isUnread)
    ? unsure(
        finding,
        'A statement is run there of which it is not seen what it does, and which may be limited.',
      )
    : null;
