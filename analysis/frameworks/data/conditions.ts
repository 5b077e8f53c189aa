import { list, optionsOf, record, UNDEFINED, type Value } from '../../wiring/value.js';

/** A condition as query builders make them, before it is known which entity it is asked of. */
export type Condition =
  /** A column is given a value; null is the entity that is asked. `among`: one of several values. */
  | { k: 'cell'; entity: string | null; column: string; value: Value; among?: boolean }
  | { k: 'all' | 'any'; parts: readonly Condition[] }
  /** Some record of another entity has to be there. */
  | { k: 'some'; entity: string; part: Condition }
  /** What was joined of another entity, and need not be there, is there: `isNotNull(members.id)`. */
  | { k: 'there'; entity: string }
  /** Nothing is known but where it comes from. */
  | { k: 'open'; value: Value };

export const NOTHING: Condition = { k: 'all', parts: [] };
export const all = (parts: readonly Condition[]): Condition =>
  parts.length === 1 ? parts[0]! : { k: 'all', parts };

/** Where what may be missing is there, all holds that it was joined by. */
export function whereThere(condition: Condition, joinedBy: (entity: string) => Condition | null): Condition {
  switch (condition.k) {
    case 'there':
      return joinedBy(condition.entity) ?? NOTHING;
    case 'all':
    case 'any':
      return { k: condition.k, parts: condition.parts.map((p) => whereThere(p, joinedBy)) };
    default:
      return condition;
  }
}

/** The filter that says the same: values by column, those of other entities nested under their names. */
export function filterOf(condition: Condition, entity: string): Value {
  const members = new Map<string, Value>();
  let open: Value | null = null;
  const others = new Map<string, Condition[]>();
  const put = (name: string, value: Value): void => {
    while (members.has(name)) name += "'";
    members.set(name, value);
  };
  const visit = (c: Condition): void => {
    switch (c.k) {
      case 'cell':
        if (c.entity !== null && c.entity !== entity)
          others.set(c.entity, [...(others.get(c.entity) ?? []), { ...c, entity: null }]);
        else put(c.column, c.among ? record([['in', c.value]]) : c.value);
        return;
      case 'all':
        c.parts.forEach(visit);
        return;
      case 'any':
        put('OR', list(c.parts.map((p) => filterOf(p, entity))));
        return;
      case 'some':
        others.set(c.entity, [...(others.get(c.entity) ?? []), c.part]);
        return;
      case 'there':
        return;
      case 'open':
        open = c.value;
    }
  };
  visit(condition);
  for (const [other, parts] of others) put(other, filterOf({ k: 'all', parts }, other));
  return record(members, open);
}
/** Values that may be conditions, in lists and choices: what `read` makes of each, and of texts. */
export function conditionsIn(
  value: Value | undefined,
  read: (v: Value) => Condition,
  readText: (v: Value) => Condition = () => NOTHING,
): Condition {
  const parts = optionsOf(value ?? UNDEFINED).flatMap(({ value: v }): Condition[] => {
    if (v.k === 'literal') return typeof v.value === 'string' ? [readText(v)] : [];
    if (v.k === 'list')
      return [...v.elements, ...(v.open ? [v.open] : [])].map((e) => conditionsIn(e, read, readText));
    return [read(v)];
  });
  return all(parts);
}
