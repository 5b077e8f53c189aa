import type { ChainLink, EntryPoint } from '../model/model.js';
import { linesWith, linksWith } from '../model/chain.js';
import { lineText } from '../model/place.js';
import { isWriting } from './acting.js';

/** A guard that asks what callers may, of those that pass another one first. */
export interface AskedBesides {
  guard: string;
  /** What stands behind all that this one stands behind. */
  others: EntryPoint[];
  asks(p: EntryPoint): boolean;
}

/**
 * What asks for a permission, and for none but what one guard in front of many asks of everybody there, as that they belong to
 * the group at all; and the guard that most of the others call besides, each for a permission of its own.
 *
 * @param around what is registered beside it
 * @returns null where there is none, it is asked here too, or what is done here is the caller's own
 */
export function askedBesides(e: EntryPoint, around: readonly EntryPoint[]): AskedBesides | null {
  const ground = new Set(linesWith(e, 'authorization'));
  if (ground.size === 0 || e.effects.some((x) => x.own && !x.check)) return null;
  const furtherOf = (p: EntryPoint): ChainLink[] =>
    linksWith(p, 'authorization').filter((l) => !ground.has(lineText(l.place)));
  const others = around.filter((p) => {
    const asked = new Set(linesWith(p, 'authorization'));
    return p !== e && p.public === null && !p.operated && [...ground].every((at) => asked.has(at));
  });
  const counts = new Map<string, number>();
  for (const p of others)
    for (const key of new Set(furtherOf(p).flatMap(keyOf))) counts.set(key, (counts.get(key) ?? 0) + 1);
  const [best] = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))[0] ?? [];
  if (best === undefined) return null;
  const asks = (p: EntryPoint): boolean => p.chain.some((l) => keyOf(l).includes(best));
  // Reading is open to more than changing is: somebody has to ask for it where the like is done.
  if (asks(e) || !others.some((p) => asks(p) && isWriting(p) === isWriting(e))) return null;
  return { guard: best.slice(0, best.indexOf('|')), others, asks };
}
/** A function of the project; a test that stands in a handler is one of its own. */
const keyOf = ({ name, definition }: ChainLink): string[] =>
  definition ? [`${name}|${definition.file}`] : [];
