import { linksWith } from '../model/chain.js';
import type { Effect, EntryPoint, Protection } from '../model/model.js';
import { lineText } from '../model/place.js';
import { isEntityEffect } from './acting.js';
import type { ByProducts } from './by-products.js';

/** A protection in front of the whole handler guards each effect; one inside guards those that come after it. */
export function guards(entryPoint: EntryPoint, effect: Effect, protection: Protection): boolean {
  return (
    effect.protections.includes(protection) ||
    entryPoint.chain.some(
      (l) => l.position === 'applied' && l.protections.includes(protection) && protection !== 'ownership',
    )
  );
}
/** Wherever a protection is asked for, something else suffices as well: `owner or admin`. */
export function isEither(e: EntryPoint, protection: Protection): boolean {
  const links = linksWith(e, protection);
  return links.length > 0 && links.every((l) => l.either);
}

/** It asks whose something is: beyond what it reads of the caller to know what they may, or notes of them along the way. */
export const limitsToOwn = (e: EntryPoint, isByProduct: ByProducts): boolean =>
  e.chain.some((l) => l.protections.includes('ownership')) ||
  e.effects.some(
    (x) =>
      isEntityEffect(x) && !x.check && !x.own && x.protections.includes('ownership') && !isByProduct(e, x),
  );

/**
 * Who may act on everybody's, by role, needs to own nothing. A role inside of something owned does not reach outside: not where
 * whose it is is asked here, nor where all others of that role that do anything to records of the kind are held to their own.
 */
export function opensAll(
  e: EntryPoint,
  effect: Effect,
  others: readonly EntryPoint[],
  all: readonly EntryPoint[],
  isByProduct: ByProducts,
): boolean {
  if (!guards(e, effect, 'authorization') || limitsToOwn(e, isByProduct)) return false;
  const inside = rolesInside(e, effect, others);
  if (inside.length === 0) return true;
  const alike = rolesInside(
    e,
    effect,
    others.filter((p) => isAskedAlike(p, e)),
  );
  return !inside.some((role) => alike.includes(role)) && standsForAll(e, all, isByProduct);
}
/** All others of a role that is asked for here, and that do anything to records of the kind, are held to their own. */
export const isHeldToOwn = (e: EntryPoint, effect: Effect, others: readonly EntryPoint[]): boolean =>
  rolesInside(e, effect, others).length > 0;
const rolesInside = (e: EntryPoint, effect: Effect, others: readonly EntryPoint[]): string[] =>
  effect.authorization.filter((role) => {
    const found = others.flatMap((p) =>
      p.id === e.id || p.public !== null
        ? []
        : p.effects
            .filter((x) => isEntityEffect(x) && x.target === effect.target && x.authorization.includes(role))
            .filter((x) => !x.check && !(x.operation === 'create' && !x.protections.includes('ownership')))
            .map((x) => x.protections.includes('ownership') && !isEither(p, 'ownership')),
    );
    return found.length > 0 && found.every(Boolean);
  });
/** The same function asks both for a role or permission; so it is where one asks in its handler, of which nothing is known. */
function isAskedAlike(a: EntryPoint, b: EntryPoint): boolean {
  const [of, others] = [askingIn(a), askingIn(b)];
  return of.some((at) => at === null || others.includes(at)) || others.includes(null);
}
const askingIn = (e: EntryPoint): (string | null)[] =>
  linksWith(e, 'authorization').map((l) => (l.definition ? lineText(l.definition) : null));
/**
 * Of those that the same function asks for a role, others are held to nothing either: it is a role that opens everybody's, and
 * what is called so inside of a group, and is asked elsewhere, is another.
 */
function standsForAll(e: EntryPoint, all: readonly EntryPoint[], isByProduct: ByProducts): boolean {
  const beside = all.filter((o) => o.id !== e.id && o.effects.some(isEntityEffect) && isAskedAlike(o, e));
  const free = beside.filter((o) => !limitsToOwn(o, isByProduct));
  return free.length >= 2 && free.length * 2 > beside.length;
}
/** A role is asked for, and nothing of whose it is. */
export function isOpenedByRole(e: EntryPoint, { target }: Effect, isByProduct: ByProducts): boolean {
  const acting = e.effects.filter((x) => x.target === target && isEntityEffect(x));
  return (
    acting.length > 0 &&
    acting.every((x) => guards(e, x, 'authorization') && !x.protections.includes('ownership')) &&
    !limitsToOwn(e, isByProduct)
  );
}
