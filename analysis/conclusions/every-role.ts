import type { Context } from '../protections/atoms.js';
import { classify } from '../protections/classify.js';
import { lineText } from '../model/place.js';
import type { Place } from '../model/model.js';
import type { Fact } from '../wiring/fact.js';

/**
 * Where it is asked for a role, and every role that there is passes, as where a table gives all of them the permission that is asked for.
 * That keeps nobody out. It was asked all the same, by the test that keeps others out where more is asked.
 */
export function openToEveryRole(facts: readonly Fact[], context: Context): { everyRole?: Place[] } {
  const places = new Map<string, Place>();
  for (const fact of facts)
    if (fact.k === 'any' && !isRestricting(fact, context) && asksRole(fact, context))
      for (const place of placesIn(fact, context)) places.set(lineText(place), place);
  return places.size > 0 ? { everyRole: [...places.values()] } : {};
}
const isRestricting = (fact: Fact, context: Context): boolean =>
  classify(fact, context).some((c) => c.protection === 'authorization');
/** On every way a role is asked for, of those whom it turns away else. */
const asksRole = (fact: Fact, context: Context): boolean =>
  fact.k === 'any'
    ? fact.alternatives.every((a) => a.some((f) => asksRole(f, context)))
    : fact.refusal?.status === 403 && fact.arguments.length > 0 && isRestricting(fact, context);
const placesIn = (fact: Fact, context: Context): Place[] =>
  fact.k === 'any'
    ? fact.alternatives.flat().flatMap((f) => placesIn(f, context))
    : asksRole(fact, context)
      ? [fact.place]
      : [];
