import type { Place } from '../model/model.js';
import type { Evaluator } from './evaluator.js';
import type { Fact } from './fact.js';
import { isolated } from './isolation.js';
import { Recorder, type AppliedLink } from './recorder.js';

/** What a link would establish if it stood in front of an entry point. It is only tried out: nothing of it lasts. */
export function tried(it: Evaluator, place: Place, run: () => AppliedLink): readonly Fact[] {
  let facts: readonly Fact[] = [];
  const [applied, gaps] = [new Map(it.applied), it.gaps.length];
  it.attempt(place, () => {
    isolated(it, new Recorder(), STEPS, () => {
      facts = run().facts;
    });
  });
  it.gaps.length = Math.min(gaps, it.gaps.length);
  it.applied.clear();
  for (const [guard, count] of applied) it.applied.set(guard, count);
  return facts;
}
const STEPS = 20_000;
