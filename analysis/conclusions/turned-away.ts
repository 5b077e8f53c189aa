import type { ChainLink } from '../model/model.js';
import { lineText } from '../model/place.js';
import type { Classified, Context } from '../protections/atoms.js';
import { classify } from '../protections/classify.js';
import { isLetPass } from '../protections/safe-methods.js';
import { factKey, type Fact } from '../wiring/fact.js';
import { passedIn, type AppliedLink, type Observation, type RecordedEffect } from '../wiring/recorder.js';
import { isFoundBy, keysOf } from './vouching.js';

/**
 * What facts amount to at one entry point. What holds wherever its work ends well, or where a link goes on, has turned away
 * everybody else, in whatever way: `if (member.role === 'admin') { …; return } response.status(403).end()`.
 */
export function amountingTo(o: Observation, context: Context): (fact: Fact) => readonly Classified[] {
  const passed = passedBy.get(o) ?? new Set(passedIn(o).map(factKey));
  passedBy.set(o, passed);
  return (fact) => {
    const found = foundAt(o, fact, context);
    return passed.has(factKey(fact)) ? found.map(turningAway) : found;
  };
}
/** What a fact amounts to for requests of the method that the entry point answers. */
export const foundAt = (o: Observation, fact: Fact, context: Context): readonly Classified[] => {
  const found = classify(fact, context);
  return found.some((c) => isLetPass(c, o.trigger)) ? found.filter((c) => !isLetPass(c, o.trigger)) : found;
};
export const turningAway = (c: Classified): Classified => (c.turnsAway ? c : { ...c, turnsAway: true });
/** How a guard keeps somebody out, by all that it amounts to. */
export function mannerOf(found: readonly Classified[]): Pick<ChainLink, 'aside' | 'either'> {
  const limiting = found.filter((c) => c.protection === 'authorization' || c.protection === 'ownership');
  return {
    ...(found.length > 0 && !found.some((c) => c.turnsAway) ? { aside: true } : {}),
    ...(limiting.length > 0 && limiting.every((c) => c.either) ? { either: true } : {}),
  };
}
/** What is seen of why a link asks nothing: it was told not to, or takes whoever comes for what they are. */
export const lettingPass = (
  { madeWith, notesCaller, place }: AppliedLink,
  { registration }: Observation,
): Pick<ChainLink, 'told' | 'lenient'> => ({
  ...(madeWith ? { told: true } : {}),
  ...(notesCaller && lineText(place) === lineText(registration) ? { lenient: true } : {}),
});
const passedBy = new WeakMap<Observation, ReadonlySet<number>>();
/**
 * A column of a record that is compared with a constant may be what the caller may, as `member.role`, or what the record is
 * like, as `order.kind`. Where nobody is turned away by it, it only chooses what else is done: it is taken for a role of
 * what is then written to something else that the record leads to, and for nothing otherwise.
 */
export const limits = (c: Classified, e: RecordedEffect, context: Context): boolean =>
  !isOfRecord(c, context) ||
  (e.class === 'write' &&
    c.atom.sources.every((s) => context.rows.get(s)?.entity !== e.target) &&
    keysOf(e).some((k) => c.subjects.includes(k) || isFoundBy(k, c.subjects, context)));
/** It stands in front of what it limits, or of all that comes after it; what limits nothing is no guard. */
export const isGuard = (c: Classified, fact: Fact, o: Observation, context: Context): boolean =>
  !isOfRecord(c, context) ||
  o.reached.includes(fact) ||
  o.effects.some((e) => limits(c, e, context) && e.facts.includes(fact));
const isOfRecord = ({ turnsAway, atom }: Classified, { rows }: Context): boolean =>
  !turnsAway &&
  atom.arguments.length > 0 &&
  !atom.sources.includes('count') &&
  atom.sources.some((s) => rows.has(s));
