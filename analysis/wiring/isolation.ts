import type { Evaluator } from './evaluator.js';
import type { Recorder } from './recorder.js';
import { now } from './scope.js';
import { expectFilled } from './unfilled.js';

/**
 * Runs one entry point on its own, from a clean start: nothing of it lasts but what the recorder takes down and what
 * `work` hands out. False when the steps that it is given did not suffice.
 */
export function isolated(it: Evaluator, recorder: Recorder, steps: number, work: () => void): boolean {
  const { facts, calls, answered, recorder: outer } = it;
  if (outer === null) {
    expectFilled(it);
    it.journal.epoch = now();
  }
  Object.assign(it, { recorder, facts: [], calls: [], answered: null });
  try {
    return it.journal.apart(() => it.withBudget(steps, work));
  } finally {
    Object.assign(it, { recorder: outer, facts, calls, answered });
  }
}
