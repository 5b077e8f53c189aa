import type { Effect, EntryPoint, Protection } from '../model/model.js';
import { isEntityEffect } from './acting.js';
import { MANY } from './doors.js';
import type { Evidence } from './evidence.js';

/** Whoever acts on records of this many kinds has checks at several places, of which each is for some of them. */
const SEVERAL_KINDS = 4;
const MANY_KINDS = 6;
/** Changing this many kinds at once is a step of its own, and no exception among those who change one of them. */
const SEVERAL_CHANGED = 3;
const FEW = 2;
/** From so many entry points on, few are no rule. */
export const LARGE = 50;

/**
 * What goes through many kinds of records does something of its own, for which the rule of each of them says little: it is where
 * checks are likeliest to be missed, and what is done to one of the records comes along with the rest. What stands with it in
 * its file and mostly has the protection speaks against that: there it is the exception.
 */
export function reachesWide(
  e: EntryPoint,
  { protection, effect }: Evidence,
  all: readonly EntryPoint[],
): boolean {
  if (protection === 'authorization' || !effect) return false;
  const kinds = kindsOf(e, false);
  const isWrite = effect.class === 'write';
  if (protection === 'ownership' && isWrite && kinds >= MANY_KINDS) return true;
  const isWide =
    protection === 'ownership' && isWrite ? kindsOf(e, true) >= SEVERAL_CHANGED : kinds >= SEVERAL_KINDS;
  return isWide && shareBeside(e, protection, all) <= 0.5;
}
/**
 * Of what stands with it nothing has the protection that others show elsewhere: this is another part of the program. Where those
 * are reached in another way it may be another door to the same, and that door was forgotten.
 */
export const isElsewhere = (e: EntryPoint, { having }: Evidence, all: readonly EntryPoint[]): boolean =>
  areReachedAlike(e, having) &&
  !having.some((p) => standsWith(p, e)) &&
  all.some((p) => p !== e && standsWith(p, e));
const areReachedAlike = (e: EntryPoint, having: readonly EntryPoint[]): boolean =>
  having.every((p) => p.program === e.program && p.trigger.kind === e.trigger.kind);
/**
 * Whose something is was asked, and several kinds of records are acted on: that a permission is meant besides, many have to show.
 * In a large program those who ask for one and not whose it is act on everybody's, and show it of nobody who acts on their own.
 */
export const needsFirmRule = (e: EntryPoint, { having }: Evidence, all: readonly EntryPoint[]): boolean =>
  (having.length < MANY && kindsOf(e, false) > FEW) ||
  (isLarge(e, all) && !having.some((p) => p.protections.includes('ownership')));
/**
 * Of a large program: two others that read the same are no rule of who may look. Where there is little else they are all there is,
 * and another way to reach what they guard is another door.
 */
export const areFewReaders = (
  e: EntryPoint,
  { protection, having, peers }: Evidence,
  all: readonly EntryPoint[],
): boolean => protection !== 'authorization' && peers <= FEW && areReachedAlike(e, having) && isLarge(e, all);
/** In a large program, what is listed to somebody known and named by nothing is of all, as who has done most is. */
export const listsAll = (
  e: EntryPoint,
  { protection, effect, having }: Evidence,
  all: readonly EntryPoint[],
): boolean =>
  protection === 'ownership' &&
  effect?.operation === 'list' &&
  effect.subjects.length === 0 &&
  e.protections.includes('authentication') &&
  areReachedAlike(e, having) &&
  isLarge(e, all);
const isLarge = ({ program }: EntryPoint, all: readonly EntryPoint[]): boolean =>
  all.filter((p) => p.program === program).length >= LARGE;
/** As many others look at such records without it as would make a rule by themselves. */
export const areManyOpen = ({ protection, having, peers }: Evidence): boolean =>
  protection === 'authentication' && peers - having.length >= MANY;
/** Whoever has none yet makes one. */
export const ACCOUNT = /^(?:user|account|member|person|people|customer)s?$/i;
/**
 * Strangers make themselves an account, and in a large program they hand something in, as they apply, where only those are asked
 * who they are that change or end it; or it changes other kinds of records as well, not all others are asked, and those that are
 * stand in other files.
 */
export function isAnotherStep(
  e: EntryPoint,
  { effect, having, peers }: Evidence,
  all: readonly EntryPoint[],
): boolean {
  if (!effect || effect.class !== 'write' || !areReachedAlike(e, having)) return false;
  const isChanged = (x: Effect): boolean => x.class === 'write' && x.target === effect.target;
  const isMade = (x: Effect): boolean => x.operation === 'create' && isChanged(x);
  // What has run out is cleared away along with it.
  const isMaking = effect.operation === 'create' || (effect.subjects.length === 0 && e.effects.some(isMade));
  return (
    (isMaking &&
      (isLarge(e, all) || ACCOUNT.test(effect.target)) &&
      having.some((p) => p.effects.some(isChanged)) &&
      !having.some((p) => p.effects.some(isMade))) ||
    (having.length < peers && kindsOf(e, true) > 1 && !having.some((p) => standsWith(p, e)))
  );
}
function kindsOf(e: EntryPoint, changed: boolean): number {
  const found = e.effects.filter((x) => isEntityEffect(x) && !x.check && (!changed || x.class === 'write'));
  return new Set(found.map((x) => x.target)).size;
}
const isRegisteredWith = (p: EntryPoint, e: EntryPoint): boolean =>
  p.registration.file === e.registration.file;
const isHandledWith = (p: EntryPoint, e: EntryPoint): boolean =>
  e.handler !== null && p.handler?.file === e.handler.file;
/** One file registers both, or handles both. */
export const standsWith = (p: EntryPoint, e: EntryPoint): boolean =>
  isRegisteredWith(p, e) || isHandledWith(p, e);
/** The part of those in its file, or in that of its handler, that has the protection: the larger of both. */
function shareBeside(e: EntryPoint, protection: Protection, all: readonly EntryPoint[]): number {
  const of = (isBeside: typeof standsWith): number => {
    const beside = all.filter((p) => p !== e && isBeside(p, e));
    return beside.length === 0
      ? 0
      : beside.filter((p) => p.protections.includes(protection)).length / beside.length;
  };
  return Math.max(of(isRegisteredWith), of(isHandledWith));
}
