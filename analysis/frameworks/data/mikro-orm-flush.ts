import type { Evaluator } from '../../wiring/evaluator.js';
import {
  optionIn,
  promise,
  record,
  sourcesOf,
  stringOf,
  UNDEFINED,
  unknown,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { access } from './data-access.js';
import { isCollection } from './mikro-orm-records.js';
import { entities, targetOf } from './mikro-orm-targets.js';
import { takeAll, type Fate } from './mikro-orm-unit-of-work.js';
import { heldBy, isRecord } from './record-values.js';

/** Writes what has become of the records in the unit of work. */
export function flush(it: Evaluator, site: Site): Value {
  for (const item of takeAll(it)) {
    const fate = stringOf(optionIn(item, 'fate')!) as Fate;
    const value = optionIn(item, 'value')!;
    const held = isRecord(value) ? heldBy(value) : value;
    if (fate === 'loaded' && !isChanged(held)) continue;
    const { entity } = targetOf(value);
    const where = record([['id', unknown(sourcesOf(value))]]);
    access(it, {
      entities: entities(it),
      entity,
      operation: fate === 'new' ? 'create' : fate === 'gone' ? 'delete' : 'update',
      where: fate === 'new' ? undefined : where,
      data: fate === 'gone' ? undefined : held,
      site,
    });
  }
  return promise(UNDEFINED);
}
/** Collections are there from the start, and are stored by what is put into them. */
const isChanged = (held: Value): boolean =>
  held.k === 'record' && (held.open !== null || [...held.members.values()].some((v) => !isCollection(v)));
