import type { Evidence } from './evidence.js';

const RANK = { high: 3, medium: 2, low: 1 } as const;
/** What is told of several that say the same is lacked. */
export function strongest(all: readonly Evidence[]): Evidence | null {
  return (
    [...all].sort(
      (a, b) =>
        RANK[b.confidence] - RANK[a.confidence] ||
        Number(b.effect !== null) - Number(a.effect !== null) ||
        Number(b.effect?.class === 'write') - Number(a.effect?.class === 'write') ||
        b.having.length - a.having.length,
    )[0] ?? null
  );
}
/** What says that it is of another kind is of no matter where something else is lacked of which nothing says so. */
export function heaviest(all: readonly Evidence[]): Evidence[] {
  const heavy = all.filter((x) => !x.weak && x.confidence !== 'low');
  return heavy.length > 0 ? heavy : [...all];
}
