import type { Evaluator } from '../../wiring/evaluator.js';
import { mergeSources, type Source } from '../../wiring/fact.js';
import { rowOf } from '../../wiring/looked-up.js';
import { unknown, type Record_, type Site, type Value } from '../../wiring/value.js';
import { isIdentity, readFilter } from './data-access.js';

interface Field {
  type: string;
  isRelation: boolean;
}
/**
 * Relations that are loaded along, and of which only the caller's are asked for: `include: { users: { where: { userId: me } } }`.
 * What is found there says whether the caller is one of them, and in which role. `along`: the options that name relations;
 * `filterIn`: a condition as a filter by columns.
 */
export function relationsOfCaller(
  it: Evaluator,
  fieldsOf: (entity: string) => ReadonlyMap<string, Field> | undefined,
  found: { entity: string; keys: readonly Source[]; row: Source },
  options: Record_,
  along: readonly string[],
  site: Site,
  filterIn: (where: Value, entity: string) => Value = (where) => where,
  depth = 0,
): ReadonlyMap<string, Value> | null {
  const parts = new Map<string, Value>();
  for (const loaded of along.map((name) => options.members.get(name))) {
    if (loaded?.k !== 'record' || depth > MAX_RELATIONS) continue;
    for (const [name, how] of loaded.members) {
      const field = fieldsOf(found.entity)?.get(name);
      if (!field?.isRelation || how.k !== 'record') continue;
      const where = how.members.get('where');
      const limit = where ? readFilter(it, filterIn(where, field.type)) : null;
      if (limit && isIdentity(it, limit.keys)) {
        parts.set(name, unknown([partOf(it, field.type, found, limit, site, name)]));
        continue;
      }
      const below = { ...found, entity: field.type };
      const inner = relationsOfCaller(it, fieldsOf, below, how, along, site, filterIn, depth + 1);
      if (inner) parts.set(name, unknown([found.row], { parts: inner }));
    }
  }
  return parts.size > 0 ? parts : null;
}
const MAX_RELATIONS = 4;
/**
 * What is joined beside each record, and is there only where it is the caller's: `LEFT JOIN members ON members.user = :me`. Null where
 * who calls has no say in it.
 */
export function joinedOfCaller(
  it: Evaluator,
  entity: string,
  on: Value,
  found: { keys: readonly Source[]; row: Source },
  site: Site,
): Source | null {
  const limit = readFilter(it, on);
  return isIdentity(it, limit.keys) ? partOf(it, entity, found, limit, site, entity) : null;
}
function partOf(
  it: Evaluator,
  entity: string,
  found: { keys: readonly Source[]; row: Source },
  limit: { keys: readonly Source[]; roles: readonly string[] },
  site: Site,
  step: string,
): Source {
  const keys = mergeSources([found.row], found.keys, limit.keys);
  return rowOf(it, { entity, keys, scoped: true, roles: limit.roles, bySecret: false }, site, step);
}
