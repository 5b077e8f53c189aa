import type { Evaluator } from './evaluator.js';
import { isDenial, loudest, type Arm } from './exits.js';
import { isSent, newFacts, someAtom, type Fact } from './fact.js';
import type { Site } from './value.js';

/**
 * Continues after the arms of a test at `site`, and takes that down where some go no further and nothing is seen of what it asks: nothing that matters
 * holds behind it, or of one of the things that it compares nothing is known. A test that whoever sends the right thing passes is understood.
 */
export function mergeAt(it: Evaluator, arms: readonly Arm[], site: Site): void {
  const before = it.facts;
  it.merge(arms);
  if (!it.recorder) return;
  const alive = arms.filter((a) => a.facts !== null);
  const refusal = loudest(arms.filter((a) => a.facts === null));
  if (!refusal || alive.some(isBySaying)) return;
  const fresh = newFacts(before, it.facts);
  if (fresh.length > 0 && !fresh.some((f) => someAtom(f, (a) => a.isHalfSeen === true))) return;
  it.recorder.decidesBy({ ...it.place(site), ...(isDenial(refusal) ? { denies: true as const } : {}) });
}
const isBySaying = ({ because = [] }: Arm): boolean => because.length > 0 && because.every(isSaid);
/** Whoever sends the right thing, or leaves it out, makes it hold, and has only to read the code to know what that is. */
const isSaid = (fact: Fact): boolean =>
  fact.k === 'atom'
    ? fact.sources.length > 0 &&
      fact.sources.every(isSent) &&
      // An empty text is what stands in for a setting that is not there.
      (fact.arguments.some((a) => a !== '') || /^(?:truthy|falsy|exists|absent)$/.test(fact.test))
    : fact.alternatives.some((a) => a.length > 0 && a.every(isSaid));
