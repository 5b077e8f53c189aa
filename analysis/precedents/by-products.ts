import { CALLER } from '../model/caller.js';
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

const ON_RECORDS = /^(?:create|update|delete|read|list)$/;

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
  const passed = passedByReaders(entryPoints, reached);
  const kept = keptUpAlong(entryPoints);
  const rarest = new Map<EntryPoint, number>();
  return (e, effect) => {
    if (effect.tallies && isReading(e.trigger)) return true;
    if (effect.notes && (isReading(e.trigger) || e.effects.some((x) => isWork(x)))) return true;
    if (effect.unasked && kept.has(lineOf(effect))) return true;
    const count = countOf(effect);
    if (count < MANY) return false;
    if (count * EVERYWHERE >= entryPoints.length || passed.has(lineOf(effect))) return true;
    let least = rarest.get(e);
    if (least === undefined)
      rarest.set(e, (least = Math.min(...e.effects.filter((x) => !x.check && !x.nested).map(countOf))));
    return least * RARER <= count;
  };
}
/**
 * Lines that hardly anything but requests to read leads to, several of which anybody may make: what is done there, as bringing a copy
 * of a record of another server up to date, is what nobody asks for, and whoever is turned away elsewhere has it done by reading.
 */
function passedByReaders(
  entryPoints: readonly EntryPoint[],
  reached: ReadonlyMap<string, number>,
): ReadonlySet<string> {
  const reading = new Map<string, { all: number; open: number }>();
  for (const e of entryPoints) {
    if (!isReading(e.trigger)) continue;
    const isOpen = e.unknown.length === 0 && !e.unmounted && !e.protections.some((p) => CALLER.has(p));
    for (const key of new Set(e.effects.map(lineOf))) {
      const { all, open } = reading.get(key) ?? { all: 0, open: 0 };
      reading.set(key, { all: all + 1, open: open + (isOpen ? 1 : 0) });
    }
  }
  const isSuch = (key: string, { all, open }: { all: number; open: number }): boolean =>
    // One alone may be what was forgotten.
    open > 1 && all * READERS.of >= reached.get(key)! * READERS.are;
  return new Set([...reading].flatMap(([key, readers]) => (isSuch(key, readers) ? [key] : [])));
}
/** So large a part of those that lead to a line only read. */
const READERS = { are: 3, of: 4 };
/**
 * Lines by which a program keeps something of its own up to date while requests for something else pass: when a report is due, say.
 * The code names the record and says what becomes of it, entry points of several files lead there, and most of them do something
 * besides that not all of them do. What turns a setting on or off is reached for that alone.
 */
function keptUpAlong(entryPoints: readonly EntryPoint[]): ReadonlySet<string> {
  const passing = new Map<string, Set<EntryPoint>>();
  for (const e of entryPoints)
    for (const x of e.effects)
      if (x.unasked) passing.set(lineOf(x), (passing.get(lineOf(x)) ?? new Set()).add(e));
  const found = new Set<string>();
  for (const [line, all] of passing) {
    if (new Set([...all].map((e) => e.registration.file)).size < SEVERAL) continue;
    const shared = new Map<string, number>();
    for (const e of all)
      for (const key of new Set(e.effects.map(lineOf))) shared.set(key, (shared.get(key) ?? 0) + 1);
    const doesMore = (e: EntryPoint): boolean =>
      e.effects.some((x) => !x.check && ON_RECORDS.test(x.operation) && shared.get(lineOf(x))! < all.size);
    if ([...all].filter(doesMore).length * 2 >= all.size) found.add(line);
  }
  return found;
}
/** As many files are not about the same. */
const SEVERAL = 4;
/** Something else is made, changed or taken away: that it was is noted along with it. */
const isWork = (x: Effect): boolean =>
  x.class === 'write' && !x.notes && !x.tallies && ON_RECORDS.test(x.operation);
/** Who only asks for something is counted by the way, as how often a page was seen. */
const isReading = (t: Trigger): boolean => t.kind === 'http' && t.method === 'GET';
/** The line that has it, and what it does there. */
export const lineOf = (x: Effect): string => `${x.place.file}:${x.place.line}|${x.target}|${x.operation}`;
