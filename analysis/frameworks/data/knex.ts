import type { Evaluator } from '../../wiring/evaluator.js';
import {
  yieldsItself,
  type LibraryModel,
  type LibraryType,
  type Method,
  type Operation,
} from '../../wiring/library.js';
import {
  isCallable,
  promise,
  sourcesOf,
  stringOf,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type Native,
  type Value,
} from '../../wiring/value.js';
import { makeSqlQuery, entityOf, SQL_STEPS } from './sql-builder.js';
import { sqlEffects } from './sql.js';

/** `knex.select('id').from('boats')`: every step begins a query. */
const any: Method = (it, _self, [given, ...args], site) => {
  const name = stringOf(given ?? UNDEFINED) ?? '';
  if (name === 'batchInsert' || name === 'table') {
    const query = makeSqlQuery(it, entityOf(args[0]), site);
    if (name === 'batchInsert') SQL_STEPS.insert!(it, query, args.slice(1), site);
    return query;
  }
  const query = makeSqlQuery(it, null, site);
  const step = Object.hasOwn(SQL_STEPS, name) ? SQL_STEPS[name] : undefined;
  if (step) return step(it, query, args, site) ?? query;
  it.handToUnknown(args, [], site);
  return unknown(args.flatMap((a) => sourcesOf(a)));
};
const raw: Method = (it, _self, args, site) =>
  sqlEffects(it, args, site) ?? unknown(args.flatMap((a) => sourcesOf(a, 2)));
/** A database, or a transaction on it. */
const KNEX: LibraryType = {
  name: 'knex',
  methods: {
    '*': any,
    raw,
    withSchema: yieldsItself,
    queryBuilder: (it, _self, _args, site) => makeSqlQuery(it, null, site),
    transaction: (it, self, [work], site) =>
      work && isCallable(work) ? it.call(work, [self], UNDEFINED, site) : promise(self),
    transactionProvider: () => UNKNOWN,
    destroy: () => promise(UNDEFINED),
    commit: () => promise(UNDEFINED),
    rollback: () => promise(UNDEFINED),
    ref: () => UNKNOWN,
  },
  call: (it, _self, [table], site) => makeSqlQuery(it, entityOf(table), site),
  get: (_it, self, name) =>
    self.members.get(name) ?? (name === 'fn' || name === 'schema' || name === 'client' ? UNKNOWN : null),
};
export const database = (it: Evaluator): Native => it.stateOf('knex:database', () => it.native(KNEX, null));
const make: Operation = (it): Value => database(it);

/** https://knexjs.org */
export const knex: LibraryModel = {
  name: 'knex',
  packages: ['knex'],
  about: {
    title: 'Knex',
    registers: 'nothing; a query is an effect when its result is asked for, entities are the names of tables',
    guards:
      "`where` with the caller's identity is ownership, with what is added by `orWhere` only where that asks for it too",
    answers: '',
    limits: 'text in `whereRaw` (what is bound counts)',
  },
  calls: { '': make, knex: make, default: make, Knex: make },
  typed: (it, type) =>
    /^Knex(\.Transaction|<|$|\b(?!\.))/.test(type) && it.loader.uses('knex') ? database(it) : null,
};
