import type { Evaluator } from '../../wiring/evaluator.js';
import {
  isCallable,
  isNullish,
  list,
  listed,
  literal,
  promise,
  record,
  sourcesOf,
  stringOf,
  textOf,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type Native,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { act, exists, foundSomewhere, type Operation } from './record-queries.js';
import {
  isQuery,
  makeQuery,
  narrow,
  part,
  put,
  siteOfQuery,
  textPart,
  widen,
  type Step,
} from './record-values.js';
import { entityName } from './sql-statements.js';

/** `features as f`, `public.features`, `{ f: 'features' }`: the entity. */
export function entityOf(table: Value | undefined): string | null {
  if (table?.k === 'record') return entityOf([...table.members.values()][0]);
  const text = table ? textOf(table) : null;
  if (text === null) return null;
  const [name] = text.trim().split(/\s+(?:as\s+)?/i);
  return entityName(
    name!
      .split('.')
      .at(-1)!
      .replaceAll(/["'`[\]]/g, ''),
  );
}
/** Runs what a query has come to. */
export function runSql(it: Evaluator, query: Native): Value {
  const site = siteOfQuery(query);
  const entity = textPart(query, 'entity');
  const operation = (textPart(query, 'operation') ?? 'list') as Operation;
  const where = part(query, 'where');
  const data = part(query, 'data');
  if (entity === null) return unknown(foundSomewhere(it, where, site));
  const isOne = textPart(query, 'one') !== null;
  const sources = act(it, {
    entity,
    operation: operation === 'list' && isOne ? 'read' : operation,
    where: where === UNDEFINED ? record() : where,
    data: data === UNDEFINED ? undefined : data,
    isProjected: textPart(query, 'projected') !== null,
    site,
  });
  const joined = part(query, 'joined');
  const others = joined.k === 'list' ? joined.elements.flatMap((j) => stringOf(j) ?? []) : [];
  for (const other of new Set(others))
    act(it, { entity: other, operation: 'read', where: unknown(sources), isNested: true, site });
  if (textPart(query, 'counted') !== null) return unknown(['count', ...sources]);
  const isNumber = textPart(query, 'changing') !== null && textPart(query, 'returning') === null;
  const row = unknown(isNumber ? ['count', ...sources] : sources);
  return part(query, 'failing') === UNDEFINED ? row : promise(row, [exists(it, sources, site)]);
}
export const makeSqlQuery = (
  it: Evaluator,
  entity: string | null,
  site: Site,
  steps = SQL_STEPS,
  run = runSql,
): Native => {
  const query = makeQuery(it, { steps, run, site });
  if (entity !== null) put(it, query, 'entity', literal(entity));
  return query;
};

const OPERATORS: Readonly<Record<string, string>> = {
  '!=': '$ne',
  '<>': '$ne',
  not: '$not',
  'not in': '$nin',
};
/** `where({ … })`, `where('a', 1)`, `where('a', '>', 1)`, `where((q) => q.where(…))`: the condition. */
export function conditionOf(it: Evaluator, query: Native, args: readonly Value[], site: Site): Value {
  const [first, second, third] = args;
  if (!first) return record();
  if (first.k === 'function') {
    const { steps } = query.state as { steps: Readonly<Record<string, Step>> };
    const inner = makeSqlQuery(it, null, site, steps);
    it.call(first, [inner], inner, site);
    const asked = part(inner, 'where');
    return asked === UNDEFINED ? record() : asked;
  }
  if (isQuery(first)) return part(first, 'where');
  const column = textOf(first);
  if (second === undefined || column === null)
    return first.k === 'literal'
      ? record()
      : list([first, ...args.slice(1).map((a) => unknown(sourcesOf(a, 3)))]);
  const operator = third === undefined ? null : (stringOf(second) ?? '').toLowerCase();
  const value = asked(third ?? second);
  return record([
    [column, operator && OPERATORS[operator] ? record([[OPERATORS[operator]!, value]]) : value],
  ]);
}
/** A query inside of a condition: what it asks is asked. */
const asked = (value: Value): Value => {
  if (!isQuery(value)) return value;
  const inner = part(value, 'where');
  return inner === UNDEFINED ? record() : inner;
};
const refusing =
  (operator: string): Step =>
  (it, query, args) => {
    const given = args.length === 1 ? args[0]! : (args.at(-1) ?? UNKNOWN);
    narrow(it, query, record([['*', record([[operator, given]])]]));
  };
const where: Step = (it, query, args, site) => narrow(it, query, conditionOf(it, query, args, site));
const orWhere: Step = (it, query, args, site) => widen(it, query, conditionOf(it, query, args, site));
const raw =
  (add: typeof narrow): Step =>
  (it, query, [, bound]) =>
    add(it, query, bound ? unknown(sourcesOf(bound, 3)) : record());
const nothing: Step = () => {};
const mark =
  (name: string): Step =>
  (it, query) =>
    put(it, query, name, literal(name));
const operation =
  (name: Operation): Step =>
  (it, query, [data]) => {
    put(it, query, 'operation', literal(name));
    if (data && (name === 'create' || name === 'update')) put(it, query, 'data', data);
  };
/** What changes records yields how many it has changed, unless it is told to return columns of them: `update({ … }, ['id'])`. */
const changing =
  (name: Operation): Step =>
  (it, query, args, site) => {
    operation(name)(it, query, args, site);
    put(it, query, 'changing', literal(name));
    if (args[name === 'delete' ? 0 : 1]) put(it, query, 'returning', literal('returning'));
  };
const join: Step = (it, query, [table]) => {
  const entity = entityOf(table);
  const before = part(query, 'joined');
  if (entity)
    put(it, query, 'joined', list([...(before.k === 'list' ? before.elements : []), literal(entity)]));
};
const from: Step = (it, query, [table]) => {
  // `from(subquery.as('t'))`: what that reads.
  if (isQuery(table)) {
    const entity = textPart(table, 'entity');
    if (entity !== null) put(it, query, 'entity', literal(entity));
    narrow(it, query, asked(table));
    return;
  }
  const entity = entityOf(table);
  if (entity !== null) put(it, query, 'entity', literal(entity));
};
const select: Step = (it, query, args) => {
  const columns = args.flatMap(listed);
  if (columns.length > 0 && columns.every((c) => (textOf(c) ?? '') !== '' && !textOf(c)!.includes('*')))
    put(it, query, 'projected', literal('projected'));
};
const each = (names: string, step: Step): Record<string, Step> =>
  Object.fromEntries(names.split(' ').map((name) => [name, step]));
/** https://knexjs.org/guide/query-builder.html */
export const SQL_STEPS: Readonly<Record<string, Step>> = {
  ...each('where andWhere having andHaving whereColumn on andOn', where),
  ...each('orWhere orHaving orOn', orWhere),
  ...each(
    'whereIn andWhereIn whereLike whereILike whereBetween whereJsonPath',
    (it, query, [column, value]) =>
      narrow(it, query, record([[(column && textOf(column)) ?? '*', asked(value ?? UNKNOWN)]])),
  ),
  ...each('orWhereIn orWhereLike orWhereILike orWhereBetween', (it, query, [column, value]) =>
    widen(it, query, record([[(column && textOf(column)) ?? '*', asked(value ?? UNKNOWN)]])),
  ),
  ...each('whereNot whereNotIn andWhereNot whereNotBetween whereNotLike', refusing('$ne')),
  ...each('orWhereNull orWhereNotNull orWhereNot orWhereNotIn orWhereExists', (it, query) =>
    widen(it, query, record([['*', record([['$ne', UNDEFINED]])]])),
  ),
  ...each('whereRaw andWhereRaw havingRaw', raw(narrow)),
  ...each('orWhereRaw', raw(widen)),
  ...each('whereExists', (it, query, args, site) => {
    const [inner] = args;
    narrow(it, query, inner && isQuery(inner) ? asked(inner) : conditionOf(it, query, args, site));
  }),
  ...each(
    'join innerJoin leftJoin leftOuterJoin rightJoin rightOuterJoin fullOuterJoin crossJoin joinRaw',
    join,
  ),
  ...each('from into table', from),
  ...each('select column columns', select),
  ...each('first', (it, query, args, site) => {
    put(it, query, 'one', literal('one'));
    return select(it, query, args, site);
  }),
  ...each('pluck', mark('projected')),
  ...each('count countDistinct sum min max avg', mark('counted')),
  ...each('insert batchInsert', operation('create')),
  ...each('update', changing('update')),
  ...each('increment decrement upsert', operation('update')),
  ...each('del delete truncate', changing('delete')),
  returning: mark('returning'),
  ...each('orderBy groupBy limit offset distinct transacting onConflict ignore as', nothing),
  modify: (it, query, [work, ...rest], site) =>
    void (work && isCallable(work) && it.call(work, [query, ...rest], query, site)),
  clone: (it, query) => {
    const copy = it.native(query.type, query.state);
    for (const [name, value] of query.members) copy.members.set(name, value);
    return copy;
  },
  stream: (it, query) => promise(it.awaiting(query)),
  raw: (_it, _query, args) => unknown(args.flatMap((a) => (isNullish(a) ? [] : sourcesOf(a, 2)))),
};
