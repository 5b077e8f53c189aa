import type { Fact } from './fact.js';
import type { Join } from './scope.js';
import { eitherWay } from './same-value.js';
import { choice, joinValues, type Value } from './value.js';

/** As one or the other, whatever the paths have passed. */
export const joinAll: Join = (arrivals) => arrivals.map((a) => a.value).reduce(joinValues);
/**
 * A variable that is something else on each path is that under what holds on that path: whoever tests it later learns
 * what the paths have tested. `held` are the facts of each path that do not hold on all.
 */
export const joinUnder =
  (held: (path: number) => readonly Fact[]): Join =>
  (arrivals) => {
    const [first, ...others] = arrivals;
    let same: Value | null = first!.value;
    for (const { value } of others) if (same) same = eitherWay(same, value);
    if (same) return same;
    return choice(arrivals.map(({ value, path }) => ({ value, facts: held(path).slice(-MAX_HELD) })));
  };
/** More than this would be forgotten anyway where alternatives are joined. */
const MAX_HELD = 12;
