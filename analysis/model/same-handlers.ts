import { grouped } from './grouped.js';
import { renamed } from './ids.js';
import type { EntryPoint, Model } from './model.js';
import { identityOf } from './trigger.js';

/**
 * `base` as it would be with the ordinals of `head`. Where several entry points have a trigger of which no name is known, an ordinal
 * only says which came first: one that goes would make each later one that which stood before it. They are the same where the
 * same handler does the same; one that is found in one tree alone has come or gone.
 */
export function withOrdinalsOf(head: Model, base: Model): Model {
  const [before, after] = [namelessOf(base), namelessOf(head)];
  const ids = new Map<string, string>();
  for (const [key, old] of before) {
    const now = after.get(key);
    if (!now || (old.length === 1 && now.length === 1)) continue;
    const pairs = pairsOf(old, now);
    let next = now.length;
    for (const e of old) ids.set(e.id, pairs.get(e)?.id ?? `${key} [${++next}]`);
  }
  return renamed(base, ids);
}
/** Entry points by the id that they share, in the order of their ordinals. */
const namelessOf = (model: Model): Map<string, EntryPoint[]> =>
  grouped(model.entryPoints.filter(isNameless), (e) => e.id.replace(/ \[\d+\]$/, ''));
const isNameless = ({ trigger }: EntryPoint): boolean =>
  /(?:^| |#)\?$/.test(identityOf(trigger)) || ('name' in trigger && trigger.name === '?');

/** What is alike, in the order of both, with as much as possible that has not changed at all. */
function pairsOf(old: readonly EntryPoint[], now: readonly EntryPoint[]): Map<EntryPoint, EntryPoint> {
  const [did, does] = [old.map(workOf), now.map(workOf)];
  const likeness = (i: number, j: number): number => likenessOf(old[i]!, now[j]!, did[i] === does[j]);
  // The best that can be had from each pair of positions on.
  const best = Array.from({ length: old.length + 1 }, () => Array.from({ length: now.length + 1 }, () => 0));
  for (let i = old.length - 1; i >= 0; i--)
    for (let j = now.length - 1; j >= 0; j--) {
      const alike = likeness(i, j);
      best[i]![j] = Math.max(
        best[i + 1]![j]!,
        best[i]![j + 1]!,
        alike > 0 ? alike + best[i + 1]![j + 1]! : 0,
      );
    }
  const pairs = new Map<EntryPoint, EntryPoint>();
  for (let i = 0, j = 0; i < old.length && j < now.length; ) {
    const alike = likeness(i, j);
    if (alike > 0 && best[i]![j] === alike + best[i + 1]![j + 1]!) pairs.set(old[i++]!, now[j++]!);
    else if (best[i]![j] === best[i + 1]![j]) i++;
    else j++;
  }
  return pairs;
}
/** None where another function answers; one without a name is another where it does something else. */
function likenessOf(a: EntryPoint, b: EntryPoint, doesSame: boolean): number {
  const [from, to] = [a.handler, b.handler];
  if (!from || !to || from.file !== to.file || from.name !== to.name) return 0;
  if (from.name === null && !doesSame) return 0;
  return doesSame && a.protections.join() === b.protections.join() ? 3 : 1;
}
const workOf = (e: EntryPoint): string =>
  [...new Set(e.effects.map((x) => `${x.operation} ${x.target} ${x.place.file}`))].sort().join();
