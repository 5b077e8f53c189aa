import { isOfSecondFactor } from '../frameworks/data/credential-change.js';
import { isIdentity, onEachWay, type Fact } from '../wiring/fact.js';
import type { RecordedEffect } from '../wiring/recorder.js';

/**
 * It keeps the secret of a second factor for somebody who has none: whoever has one is turned away, and none is turned on by it.
 * Nothing that could be asked for is replaced, as it would be for whoever has one already.
 */
export const beginsEnrolment = ({ change }: RecordedEffect, facts: readonly Fact[]): boolean =>
  change?.switches === 'factor' && !change.affirms?.length && facts.some(isWithoutFactor);

const isWithoutFactor = (fact: Fact): boolean =>
  onEachWay(
    fact,
    ({ test, sources, refusal, mark = '' }) =>
      (test === 'falsy' || test === 'absent') &&
      refusal !== null &&
      sources.length > 0 &&
      (isOfSecondFactor(mark) ||
        sources.every((s) => isIdentity(s) && isOfSecondFactor(s.split('.').at(-1)!))),
  );
