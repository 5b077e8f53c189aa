import { isIdentity, isInput, type Fact } from '../wiring/fact.js';
import { passedIn, type Observation, type RecordedEffect } from '../wiring/recorder.js';

/**
 * Whoever is signed in is turned away from all that it changes: `if (session) throw new Error('You are in already')`. Who wrote
 * that asked who calls, and means those who are nobody yet. A record that is there already, and that the request alone names, is
 * not explained by that, since a stranger could name anybody's; what is made anew in its place is.
 */
export function isForGuests(o: Observation): boolean {
  const changed = o.effects.filter((e) => !e.inChain && e.class === 'write');
  const isNamed = (e: RecordedEffect): boolean =>
    (e.operation === 'update' || e.operation === 'delete') &&
    !e.bySecret &&
    e.keys.some(isInput) &&
    !changed.some((x) => x.operation === 'create' && x.target === e.target);
  return (
    changed.length > 0 &&
    !changed.some(isNamed) &&
    (passedIn(o).some(turnsAwayKnown) || changed.every((e) => e.facts.some(turnsAwayKnown)))
  );
}
/**
 * That somebody is known is why they go no further. Where they are told to sign in first, a test has come out the wrong way;
 * where nothing tells that they were refused, something else was done for them.
 */
const turnsAwayKnown = (f: Fact): boolean =>
  f.k === 'atom' &&
  (f.test === 'falsy' || f.test === 'absent') &&
  f.sources.length > 0 &&
  f.sources.every(isIdentity) &&
  f.sources.includes('identity') &&
  f.refusal !== null &&
  !f.refusal.isInner &&
  (f.refusal.status === null
    ? f.refusal.how === 'throw'
    : f.refusal.status >= 300 && f.refusal.status !== 401);
