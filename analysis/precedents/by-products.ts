import type { Effect, EntryPoint, Trigger } from '../model/model.js';

/**
 * Lines that this many entry points reach are none's purpose: noting when a key was last used, writing a log, bringing a
 * cached copy up to date. A service that several doors lead to is reached by a handful.
 */
const MANY = 12;
/** Nor is it of one that does nothing else, where so large a part of all reach them: every sixth. */
const EVERYWHERE = 6;
/** What an entry point is for is done by fewer than this part of those that share the other line. */
const RARER = 4;

export type ByProducts = (e: EntryPoint, effect: Effect) => boolean;
/**
 * Which effects only come along, wherever one is: the very line that has them is reached by many entry points, and this one
 * has an effect on a line that far fewer reach. Who shares such a line has nothing else in common.
 */
export function byProducts(entryPoints: readonly EntryPoint[]): ByProducts {
  let found = known.get(entryPoints);
  if (!found) known.set(entryPoints, (found = among(entryPoints)));
  return found;
}
/** Several rules ask of the same model. */
const known = new WeakMap<readonly EntryPoint[], ByProducts>();
function among(entryPoints: readonly EntryPoint[]): ByProducts {
  const reached = new Map<string, number>();
  for (const e of entryPoints)
    for (const key of new Set(e.effects.map(lineOf))) reached.set(key, (reached.get(key) ?? 0) + 1);
  const countOf = (effect: Effect): number => reached.get(lineOf(effect)) ?? 0;
  const rarest = new Map<EntryPoint, number>();
  return (e, effect) => {
    if (effect.tallies && isReading(e.trigger)) return true;
    const count = countOf(effect);
    if (count < MANY) return false;
    if (count * EVERYWHERE >= entryPoints.length) return true;
    let least = rarest.get(e);
    if (least === undefined)
      rarest.set(e, (least = Math.min(...e.effects.filter((x) => !x.check && !x.nested).map(countOf))));
    return least * RARER <= count;
  };
}
/** Who only asks for something is counted by the way, as how often a page was seen. */
const isReading = (t: Trigger): boolean => t.kind === 'http' && t.method === 'GET';
const lineOf = (x: Effect): string => `${x.place.file}:${x.place.line}|${x.target}|${x.operation}`;
