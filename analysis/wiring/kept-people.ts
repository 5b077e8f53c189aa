import type { Evaluator } from './evaluator.js';
import { rowOf } from './looked-up.js';
import { PERSON } from './people.js';
import { unknown, type Record_, type Site, type Value } from './value.js';

const tables = (it: Evaluator): Map<Record_, string> => it.stateOf('tables of people', () => new Map());

/** A program begins with an empty object that it calls by a word for people: `state = { user: {} }`, `const members = {}`. */
export function notePeople(it: Evaluator, name: string, value: Value): void {
  if (it.recorder !== null || value.k !== 'record' || value.members.size > 0 || value.cls) return;
  if (PERSON.test(name)) tables(it).set(value, name);
}
/**
 * `Object.keys(state.user)`: whoever has an account is kept in memory, under keys that no code names. They are there as a request comes
 * in, or there are none yet, as with those that a database has.
 */
export function keptPeople(it: Evaluator, value: Value | undefined, site: Site): Value | null {
  if (it.recorder === null || value?.k !== 'record' || value.members.size > 0) return null;
  const entity = tables(it).get(value);
  if (entity === undefined) return null;
  return unknown([rowOf(it, { entity, keys: [], scoped: false, roles: [], bySecret: false }, site)]);
}
