import type { Effect, EntryPoint } from '../model/model.js';
import { isSignIn, isSpending } from '../model/effects.js';
import { PUBLIC } from '../model/public.js';
import { isEntityEffect, isInput } from './acting.js';

/**
 * Strangers begin here what they end by signing in: a challenge, a code or the state of a redirect is kept, and whoever signs in names
 * that and uses it up. Nothing else is changed, but for what has run out and is cleared away along with it.
 */
export function beginsSignIn(e: EntryPoint, all: readonly EntryPoint[]): boolean {
  const written = e.effects.filter((x) => isEntityEffect(x) && x.class === 'write');
  const made = new Set(written.flatMap((x) => (x.operation === 'create' ? [x.target] : [])));
  return (
    made.size > 0 &&
    written.every((x) => made.has(x.target) && (x.operation === 'create' || x.subjects.length === 0)) &&
    [...made].every((name) => all.some((p) => p !== e && p.program === e.program && usesUp(p, name)))
  );
}
/** Whoever they are, it looks up a record of this kind by what they say, spends it, and signs somebody in. */
const usesUp = (p: EntryPoint, name: string): boolean =>
  (p.effects.some(isSignIn) || p.public === PUBLIC.exchanges) &&
  p.effects.some((x) => isSpending(x, name)) &&
  p.effects.some((x) => x.target === name && isPresented(x));
const isPresented = (x: Effect): boolean =>
  !x.protections.includes('authentication') &&
  (x.bySecret === true || x.held === true || x.subjects.some(isInput));
