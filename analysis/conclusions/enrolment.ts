import { isOfSecondFactor } from '../frameworks/data/credential-change.js';
import { isIdentity, type Fact } from '../wiring/fact.js';
import type { RecordedEffect } from '../wiring/recorder.js';

/**
 * It keeps the secret of a second factor for somebody who has none: whoever has one is turned away, and none is turned on by it.
 * Nothing that could be asked for is replaced, as it would be for whoever has one already.
 */
export const beginsEnrolment = ({ change }: RecordedEffect, facts: readonly Fact[]): boolean =>
  change?.switches === 'factor' && !change.affirms?.length && facts.some(isWithoutFactor);

const isWithoutFactor = (f: Fact): boolean =>
  f.k === 'any'
    ? f.alternatives.every((a) => a.some(isWithoutFactor))
    : (f.test === 'falsy' || f.test === 'absent') &&
      f.refusal !== null &&
      f.sources.length > 0 &&
      (isOfSecondFactor(f.mark ?? '') ||
        f.sources.every((s) => isIdentity(s) && isOfSecondFactor(s.split('.').at(-1)!)));
