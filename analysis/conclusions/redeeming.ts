import type { Context } from '../protections/atoms.js';
import { onEachWay, type Fact, type Source } from '../wiring/fact.js';
import type { Observation, RecordedEffect } from '../wiring/recorder.js';
import { isFoundBy } from '../wiring/rows.js';

/**
 * Whoever has paid elsewhere is sent back with an id, by a redirect that carries nothing else of who they are: `const session = await
 * stripe.checkout.sessions.retrieve(query.id)`. Whose record it is, that service says, of what it was told when somebody began to
 * pay; the request names nothing by itself. It was looked what has become of it, since who has only begun to pay comes back
 * with such an id as well.
 */
export const isRedeeming = (o: Observation, context: Context): boolean =>
  isOfPayment(o, context) && atStake(o).every((e) => e.facts.some(isOutcome));
/** Where that is not looked at, to ask who calls would turn away all who have paid: what is lacking is the look. */
export const isUnpaid = (o: Observation, context: Context): boolean =>
  isOfPayment(o, context) && !atStake(o).some((e) => e.facts.some(isOutcome));
const isOfPayment = (o: Observation, context: Context): boolean =>
  o.effects.some((e) => !e.inChain && e.class === 'write') &&
  atStake(o).every((e) => isNamedThere(e, context));
const atStake = ({ effects, released }: Observation): RecordedEffect[] =>
  effects.filter((e) => !e.inChain && (e.class === 'write' || (e.row !== null && released.has(e.row))));
const isNamedThere = ({ keys }: RecordedEffect, { rows }: Context): boolean =>
  keys.length > 0 &&
  keys.every((k) => {
    const row = rows.get(k);
    return row ? row.keys.length > 0 && isFoundBy(row, rows, isOfService, () => true) : isOfService(k);
  });
const isOfService = (s: Source): boolean => s === 'redeemed';
/** `session.payment_status === 'paid'` */
const isOutcome = (fact: Fact): boolean =>
  onEachWay(
    fact,
    ({ test, sources, arguments: constants }) =>
      (test === 'equal' || test === 'member') &&
      constants.length > 0 &&
      sources.length > 0 &&
      sources.every(isOfService),
  );
