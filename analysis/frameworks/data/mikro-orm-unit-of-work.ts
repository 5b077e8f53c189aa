import type { Evaluator } from '../../wiring/evaluator.js';
import { list, literal, record, type Record_, type Value } from '../../wiring/value.js';
import { isNewRecord, isRecord } from './record-values.js';

/** What is to become of a record with the next `flush`. */
export type Fate = 'loaded' | 'new' | 'gone';
/**
 * Records that were loaded or are to be stored, until `flush` writes what has become of them:
 * https://mikro-orm.io/docs/unit-of-work
 */
export const unitOfWork = (it: Evaluator): Record_ =>
  it.stateOf<Record_>('mikro-orm:unit-of-work', () => record());
const ITEMS = 'items';
const items = (it: Evaluator): readonly Value[] => {
  const kept = unitOfWork(it).members.get(ITEMS);
  return kept?.k === 'list' ? kept.elements : [];
};
const keep = (it: Evaluator, kept: Value[]): void =>
  void it.journal.write(unitOfWork(it).members, ITEMS, list(kept));

/** Takes a record into the unit of work. */
export function remember(it: Evaluator, fate: Fate, value: Value): void {
  const item = record([
    ['fate', literal(fate)],
    ['value', value],
  ]);
  keep(it, [...items(it), item].slice(-MAX_UNIT));
}
/** The oldest are forgotten first: what is written of them goes unseen. */
const MAX_UNIT = 64;
/** Takes in what is to be stored; what was loaded is there already. */
export function persist(it: Evaluator, values: readonly Value[]): void {
  for (const value of values)
    if (value.k === 'list') persist(it, value.elements);
    else if (!isRecord(value) || isNewRecord(value)) remember(it, 'new', value);
}
/** Empties the unit of work, and says what was in it. */
export function takeAll(it: Evaluator): readonly Value[] {
  const all = items(it);
  keep(it, []);
  return all;
}
