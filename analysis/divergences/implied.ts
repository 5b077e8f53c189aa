import type { ChainLink, Effect, EntryPoint, LookUp } from '../model/model.js';
import { isAtStake } from './at-stake.js';

/**
 * Nothing is done that a guard kept others from, though it is gone: all that it asked was that a record of the caller's is found, and
 * whatever is done under it is done still where that one is found, by another look-up or by the operation's own columns.
 */
export function isImplied({ finds }: ChainLink, before: EntryPoint, now: EntryPoint): boolean {
  const done = now.effects.filter((e) => isAtStake(e) && !e.notes);
  // What was done without it is no matter of it.
  const isWithout = (e: Effect, one: LookUp): boolean => {
    const had = before.effects.filter((b) => b.target === e.target && b.operation === e.operation);
    return had.length > 0 && !had.some((b) => isUnder(b, one));
  };
  return (
    finds !== undefined &&
    done.length > 0 &&
    finds.every((one) => done.every((e) => isUnder(e, one) || isWithout(e, one)))
  );
}
/** Of two look-ups, the one that asks for all that the other does finds nothing else. */
const isUnder = (e: Effect, { entity, asked }: LookUp): boolean =>
  e.finds?.some((f) => f.entity === entity && asked.every((a) => f.asked.includes(a))) ?? false;
