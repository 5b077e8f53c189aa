import type { Demands } from '../model/model.js';
import { LEVELS, permissionIn } from './access-levels.js';

/** How less is asked than was. */
export interface Loosened {
  /**
   * `longer`: a list admits others as well; `either`: what each had to be had, one of suffices; `fewer`: something is not asked any more;
   * `lower`: a lesser permission, or a lower threshold, is enough.
   */
  how: 'longer' | 'either' | 'fewer' | 'lower';
  /** Who gets in besides, or what is enough now; of `fewer`, what is not asked any more. */
  what: readonly string[];
}
/** Whoever got in before gets in now, and others do; null where that is not so, or not known. */
export function loosened(was: Demands, is: Demands): Loosened | null {
  const isWider = is.every((now) => was.some((before) => allows(now, before)));
  if (!isWider || is.length === 0 || was.every((before) => is.some((now) => allows(before, now))))
    return null;
  const lower = is.flat().filter((r) => !was.flat().includes(r) && was.flat().some((w) => isLess(r, w)));
  if (lower.length > 0) return { how: 'lower', what: distinct(lower) };
  const gone = was.filter((before) => !is.some((now) => before.every((r) => now.includes(r))));
  if (gone.length > 0) return { how: 'fewer', what: distinct(gone.flat()) };
  const more = distinct(is.flat().filter((r) => !was.flat().includes(r)));
  return more.length > 0 ? { how: 'longer', what: more } : { how: 'either', what: distinct(is.flat()) };
}
/** Whoever has one of the second has one of the first, or more than that. */
const allows = (list: readonly string[], other: readonly string[]): boolean =>
  other.every((r) => list.some((l) => l === r || isLess(l, r)));
/** The first is less than the second: a lesser permission of the same resource, a threshold that is easier to reach. */
function isLess(a: string, b: string): boolean {
  const [x, y] = [permissionIn(a), permissionIn(b)];
  if (x && y) return x.resource === y.resource && LEVELS[x.level] < LEVELS[y.level];
  const [low, high] = [thresholdIn(a), thresholdIn(b)];
  if (!low || !high || low.of !== high.of) return false;
  return low.of.endsWith('>') ? low.number < high.number : low.number > high.number;
}
/** `level >= 3` */
export function thresholdIn(demand: string): { of: string; number: number } | null {
  const [, of, number] = /^(\S+ [<>])=? (-?\d+(?:\.\d+)?)$/.exec(demand) ?? [];
  return of === undefined ? null : { of, number: Number(number) };
}
const distinct = (all: readonly string[]): string[] => [...new Set(all)].sort();
