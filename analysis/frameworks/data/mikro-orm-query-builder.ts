import type { Evaluator } from '../../wiring/evaluator.js';
import {
  list,
  literal,
  promise,
  sourcesOf,
  UNDEFINED,
  unknown,
  type Native,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { find, write } from './mikro-orm-operations.js';
import type { Target } from './mikro-orm-targets.js';
import { makeQuery, narrow, part, put, textPart, type Step } from './record-values.js';

const acts =
  (operation: 'create' | 'update' | 'delete'): Step =>
  (it, query, [given]) => {
    put(it, query, 'operation', literal(operation));
    if (operation === 'delete') return void (given && narrow(it, query, given));
    if (given) put(it, query, 'data', given);
  };
const asked: Step = (it, query, [where]) => void (where && narrow(it, query, where));
const one: Step = (it, query) => {
  put(it, query, 'one', literal(true));
  return promise(it.awaiting(query));
};
const all: Step = (it, query) => promise(it.awaiting(query));
const QUERY: Readonly<Record<string, Step>> = {
  where: asked,
  andWhere: asked,
  update: acts('update'),
  delete: acts('delete'),
  insert: acts('create'),
  getResult: all,
  getResultList: all,
  execute: all,
  getResultAndCount: (it, query) => promise(list([it.awaiting(query), unknown(['count'])])),
  getSingleResult: one,
  getCount: (it, query) => promise(unknown(['count', ...sourcesOf(it.awaiting(query))])),
};
/** `em.createQueryBuilder(Book)`: what it does becomes known step by step, and is done where it is waited for. */
export function queryOf(it: Evaluator, target: Target, site: Site): Native {
  const run = (query: Native): Value => {
    const operation = textPart(query, 'operation') as 'create' | 'update' | 'delete' | null;
    const [where, data] = [part(query, 'where'), part(query, 'data')];
    if (operation !== null)
      return it.awaiting(write(operation)(it, target, operation === 'create' ? [data] : [where, data], site));
    return it.awaiting(find(it, target, part(query, 'one') === UNDEFINED ? 'list' : 'read', [where], site));
  };
  return makeQuery(it, { steps: QUERY, run: (_it, query) => run(query), site });
}
