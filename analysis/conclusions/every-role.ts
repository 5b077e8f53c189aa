import type { Context } from '../protections/atoms.js';
import { asksMay } from './demanded.js';
import { lineText } from '../model/place.js';
import type { Place } from '../model/model.js';
import { onEachWay, type Atom, type Fact } from '../wiring/fact.js';

/**
 * Where it is asked for a role, and every role that there is passes, as where a table gives all of them the permission that is asked for.
 * That keeps nobody out. It was asked all the same, by the test that keeps others out where more is asked.
 */
export function openToEveryRole(facts: readonly Fact[], context: Context): { everyRole?: Place[] } {
  /** Of those whom it turns away else. */
  const asksRole = (a: Atom): boolean =>
    a.refusal?.status === 403 && a.arguments.length > 0 && asksMay(a, context);
  const places = new Map<string, Place>();
  for (const fact of facts)
    if (fact.k === 'any' && !asksMay(fact, context) && onEachWay(fact, asksRole))
      for (const place of placesIn(fact, asksRole)) places.set(lineText(place), place);
  return places.size > 0 ? { everyRole: [...places.values()] } : {};
}
const placesIn = (fact: Fact, asksRole: (a: Atom) => boolean): Place[] =>
  fact.k === 'any'
    ? fact.alternatives.flat().flatMap((f) => placesIn(f, asksRole))
    : asksRole(fact)
      ? [fact.place]
      : [];
