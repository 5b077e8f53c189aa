import { PERSON } from '../../wiring/people.js';
import type { Evaluator } from '../../wiring/evaluator.js';
import type { ClassValue, FunctionValue, Value } from '../../wiring/value.js';
import { UNDEFINED, UNKNOWN } from '../../wiring/value.js';

/** What a schema says of one entity: its columns, and its relations to others. */
export interface EntityField {
  /** The entity that it leads to, or the type of a column. */
  type: string;
  isRelation: boolean;
  isList: boolean;
  /** A record may be without it. */
  isOptional?: boolean;
  /** Filled in with something that nobody can guess, where a record is made without it. */
  isRandom?: boolean;
}
export interface Entity {
  name: string;
  fields: Map<string, EntityField>;
  /** Belongs to somebody. */
  owned: boolean;
  /** The class that a record of it becomes an instance of when it is loaded. */
  cls?: ClassValue;
}
export type Entities = ReadonlyMap<string, Entity>;

/** Whoever has one signs in, whatever such records are called. */
const PASSWORD = /^(?:hashed_?|encrypted_?)?(?:password|passwd)(?:_?(?:hash|digest))?$/i;
/** A column that says which record is meant: `player_id`, `id_player`. */
export const NAMES_RECORD = /^id_|_?id$/i;
/** What a column is called after: `playerId`, `player_id`. */
const namedBy = (column: string): string | undefined =>
  /^(.+?)_?id$/i.exec(column)?.[1]?.replaceAll('_', '').toLowerCase();
/**
 * Which entities belong to somebody: people, what points to an owned entity, what people are members of (a list of
 * something that points to a person), and what is of the same group as people are, as parcels of the company that users work
 * for. A column called after an entity, as `playerId` is, points to it whether or not a relation is declared.
 */
export function markOwned(entities: Entities): void {
  const person = (name: string): boolean =>
    PERSON.test(name) || [...(entities.get(name)?.fields.keys() ?? [])].some((f) => PASSWORD.test(f));
  const named = new Map([...entities.keys()].map((name) => [name.toLowerCase(), name]));
  const leadTo = (name: string, withLists = true): string[] =>
    [...(entities.get(name)?.fields ?? [])].flatMap(([column, f]) => {
      if (f.isRelation) return f.isList && !withLists ? [] : [f.type];
      const of = namedBy(column);
      return (of !== undefined && named.get(of)) || [];
    });
  const keysOf = (name: string): string[] =>
    [...(entities.get(name)?.fields ?? [])].flatMap(([column, f]) => {
      if (f.isRelation) return f.isList ? [] : [f.type.toLowerCase()];
      const of = namedBy(column);
      // `uid` is no key of anything.
      return of === undefined || column.length < 4 ? [] : [of];
    });
  const groups = new Set([...entities.keys()].filter(person).flatMap(keysOf));
  const pointsTo = (e: Entity, test: (name: string) => boolean): boolean => leadTo(e.name, false).some(test);
  for (const e of entities.values()) {
    e.owned =
      person(e.name) ||
      pointsTo(e, person) ||
      keysOf(e.name).some((group) => groups.has(group)) ||
      [...e.fields.keys()].some((f) =>
        /^(user|owner|author|creator|tenant|org|organi[sz]ation|workspace|account)_?id$/i.test(f),
      ) ||
      [...e.fields.values()].some((f) => f.isRelation && f.isList && leadTo(f.type).some(person));
  }
  for (let changed = true; changed; ) {
    changed = false;
    for (const e of entities.values()) {
      if (!e.owned && pointsTo(e, (name) => entities.get(name)?.owned ?? false)) changed = e.owned = true;
    }
  }
}

/** Records of it may carry a password of their own, and may be without: somebody who signs in has one. */
export function isLockable(entities: Entities, name: string): boolean {
  const isLock = (entity: string): boolean =>
    [...(entities.get(entity)?.fields ?? [])].some(
      ([column, f]) => f.isOptional === true && !f.isRelation && LOCK.test(column),
    );
  // It may be kept beside it: `security: { password, maxViews }`, of its own or of none but it.
  const isKeptFor = (part: string): boolean => {
    const relations = [...(entities.get(part)?.fields.values() ?? [])].filter((f) => f.isRelation);
    return relations.length === 1 && relations[0]!.type === name && !relations[0]!.isList;
  };
  const parts = [...(entities.get(name)?.fields.values() ?? [])].filter(
    (f) => f.isRelation && !f.isList && (f.isOptional === true || isKeptFor(f.type)),
  );
  return isLock(name) || parts.some((f) => !PERSON.test(f.type) && isLock(f.type));
}
const LOCK = /pass_?(?:word|phrase|code)|(?:^|_)pin(?:_|$)|Pin$/i;

/** What a schema's callback yields, such as `() => users`: called apart from whatever path asks for the schema. */
export function declaredBy(it: Evaluator, callback: Value | undefined, args: readonly Value[] = []): Value {
  if (callback?.k !== 'function') return callback ?? UNDEFINED;
  const fn: FunctionValue = callback;
  let result: Value = UNKNOWN;
  const site = { module: fn.module, line: fn.fn.line };
  it.attempt(it.place(site), () =>
    it.apart(fn.scope, () => {
      it.withBudget(CALLBACK_STEPS, () => {
        result = it.call(fn, args, UNDEFINED, site);
      });
    }),
  );
  return result;
}
const CALLBACK_STEPS = 4_000;
