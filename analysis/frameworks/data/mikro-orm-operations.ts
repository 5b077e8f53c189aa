import type { Evaluator } from '../../wiring/evaluator.js';
import {
  list,
  optionIn,
  promise,
  record,
  sourcesOf,
  unknown,
  type PromiseValue,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { access, readAlong, type Access } from './data-access.js';
import { recordOf } from './mikro-orm-records.js';
import { entities, type Target } from './mikro-orm-targets.js';
import { remember } from './mikro-orm-unit-of-work.js';
import { isRecord, oneOf, recordsOf } from './record-values.js';
import { normalFilter, relationTree } from './typeorm-entities.js';

/** Finds by a filter and options; what is found is in the unit of work from then on. */
export function find(
  it: Evaluator,
  target: Target,
  operation: 'read' | 'list',
  [where, options]: readonly (Value | undefined)[],
  site: Site,
  extra: Partial<Access> = {},
): PromiseValue {
  const asked: Access = {
    entities: entities(it),
    entity: target.entity,
    operation,
    where: normalFilter(where),
    projected: optionIn(options, 'fields') !== undefined,
    site,
    ...extra,
  };
  const found = access(it, asked, (row) =>
    readAlong(it, asked, relationTree(optionIn(options, 'populate')), row, ['include']),
  );
  if (extra.counts) return found;
  const sources = sourcesOf(found.value);
  // Whoever is found by their own id is the caller, and no more than that is asked of them.
  const one = sources.includes('identity') ? found.value : recordOf(it, target, sources);
  if (isRecord(one)) remember(it, 'loaded', one);
  return { ...found, value: operation === 'list' ? recordsOf(it, one) : one };
}
/** What a manager or a repository does with an entity. */
export type Operation = (it: Evaluator, target: Target, args: readonly Value[], site: Site) => Value;
/** Writes at once, past the unit of work. `upserts`: what may be there already. */
export const write =
  (operation: 'create' | 'update' | 'delete', upserts = false): Operation =>
  (it, { entity }, [first, second], site) => {
    const isNew = operation === 'create';
    const one = first && oneOf(first);
    const data = isNew ? one : operation === 'update' ? second : undefined;
    const where = isNew ? undefined : normalFilter(first);
    return access(it, { entities: entities(it), entity, operation, where, data, upserts, site });
  };
/** By name, after the entity: https://mikro-orm.io/api/core/class/EntityManager */
export const OPERATIONS: Readonly<Record<string, Operation>> = {
  find: (it, target, args, site) => find(it, target, 'list', args, site),
  findAll: (it, target, [options], site) =>
    find(it, target, 'list', [optionIn(options, 'where'), options], site),
  findOne: (it, target, args, site) => find(it, target, 'read', args, site),
  findOneOrFail: (it, target, args, site) => find(it, target, 'read', args, site, { orThrow: true }),
  findAndCount: (it, target, args, site) => {
    const found = find(it, target, 'list', args, site);
    return promise(list([found.value, unknown(['count'])]), found.facts);
  },
  count: (it, target, args, site) => find(it, target, 'read', args, site, { counts: true }),
  nativeUpdate: write('update'),
  nativeDelete: write('delete'),
  nativeInsert: write('create'),
  insert: write('create'),
  insertMany: write('create'),
  upsert: write('create', true),
  upsertMany: write('create', true),
  create: (it, target, [data]) => {
    const made = recordOf(it, target, [], data ?? record());
    remember(it, 'new', made);
    return made;
  },
  getReference: (it, target, [id]) => recordOf(it, target, id ? sourcesOf(id) : []),
};
