import { PERSON } from '../wiring/people.js';
import type { Atom, Source } from '../wiring/fact.js';
import type { Context } from './atoms.js';

/** Of all people on record there are none. */
export function hasNobody({ test, sources, arguments: [constant = ''] }: Atom, context: Context): boolean {
  const isNone =
    sources.includes('count') &&
    (test === 'falsy' ||
      (test === 'equal' && constant === '0') ||
      (test === 'compare' && /^(?:< 1|<= 0)$/.test(constant)));
  const people = sources.filter((s) => s !== 'count');
  return (
    (isNone || (test === 'absent' && people.length === sources.length)) &&
    people.length === 1 &&
    isOfAll(people[0]!, context) &&
    PERSON.test(context.rows.get(people[0]!)!.entity)
  );
}
/** Found by nothing that anybody sends: it is the same for every request. */
export const isOfAll = (s: Source, { rows }: Context): boolean => {
  const row = rows.get(s);
  return row !== undefined && row.keys.length === 0 && !row.scoped && !row.isNew;
};
