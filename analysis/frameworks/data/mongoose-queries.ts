import type { Evaluator } from '../../wiring/evaluator.js';
import {
  promise,
  record,
  stringOf,
  UNDEFINED,
  unknown,
  type Native,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { COUNTS, OPERATIONS } from './document-operations.js';
import { documentOf } from './mongoose-documents.js';
import { isTie, refOf, type Model } from './mongoose-models.js';
import { begin, STEPS } from './mongoose-query-steps.js';
import { act, exists } from './record-queries.js';
import { makeQuery, part, recordsOf, siteOfQuery, textPart, withCallback } from './record-values.js';

/** A query of a model that does nothing yet. */
export const queryOf = (it: Evaluator, model: Model, site: Site): Native =>
  makeQuery(it, { steps: STEPS, run: (e, query) => run(e, model, query), site });
/** `Boat.find(filter)` and the like: a query, but for what acts at once. */
export function start(it: Evaluator, model: Model, name: string, args: readonly Value[], site: Site): Value {
  const [, shape] = OPERATIONS[name]!;
  const query = queryOf(it, model, site);
  begin(it, query, name, args);
  if (shape === 'data') {
    // `create` acts at once.
    const made = run(it, model, query);
    return withCallback(it, args, () => made, site) ? UNDEFINED : promise(made);
  }
  return withCallback(it, args, () => query, site) ? UNDEFINED : query;
}
/** Runs what a query has come to. */
function run(it: Evaluator, model: Model, query: Native): Value {
  const operation = (textPart(query, 'operation') ?? 'find') as keyof typeof OPERATIONS;
  const [kind] = OPERATIONS[operation]!;
  const site = siteOfQuery(query);
  const where = part(query, 'where');
  const data = part(query, 'data');
  const sources = act(it, {
    entity: model.name,
    operation: kind,
    where: where === UNDEFINED ? record() : where,
    data: data === UNDEFINED ? undefined : data,
    isTie: (field) => isTie(model, field),
    isProjected: part(query, 'projected') !== UNDEFINED,
    site,
  });
  const along = part(query, 'populated');
  if (along.k === 'list')
    for (const field of along.elements) {
      const entity = refOf(model, stringOf(field) ?? '');
      if (entity === null) continue;
      act(it, { entity, operation: 'read', where: unknown(sources), isNested: true, site });
    }
  if (COUNTS.test(operation)) return unknown(['count', ...sources]);
  if (/^(exists|aggregate|update|updateOne|updateMany|deleteMany|bulkWrite)$/.test(operation))
    return unknown(sources);
  const one = documentOf(it, model, sources);
  if (kind === 'list') return recordsOf(it, one);
  return part(query, 'failing') === UNDEFINED ? one : promise(one, [exists(it, sources, site)]);
}
