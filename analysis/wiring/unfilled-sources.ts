import { MATTERS, someAtom, type Fact, type Source } from './fact.js';

/** What only a setter fills, and nothing that was followed has: whether it is there, and what it says or yields. */
export const UNFILLED: Source = 'setter';
export const OF_UNFILLED: Source = 'unfilled';
/** What comes of using something. */
export const onceUsed = (sources: readonly Source[]): readonly Source[] =>
  sources.includes(UNFILLED) ? sources.map((s) => (s === UNFILLED ? OF_UNFILLED : s)) : sources;
/** Whether it is passed is decided by what was not followed, on one way at least. */
export const leansOnUnfilled = (fact: Fact): boolean =>
  someAtom(
    fact,
    ({ known, sources }) =>
      known === null &&
      sources.includes(OF_UNFILLED) &&
      !sources.some((s) => s !== OF_UNFILLED && MATTERS.test(s)),
  );
