import type { Evaluator } from '../../wiring/evaluator.js';
import { memberOf } from '../../wiring/members.js';
import type { LibraryModel, LibraryType } from '../../wiring/library.js';
import {
  builtin,
  literal,
  promise,
  record,
  sourcesOf,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type Native,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { narrow, part, put, textPart, type Step } from './record-values.js';
import { entityOf, makeSqlQuery, runSql, SQL_STEPS } from './sql-builder.js';
import { entityName } from './sql-statements.js';

/** Classes are named as people think of them; the table says it where there is no name. */
function entityOfClass(it: Evaluator, cls: Value, site: Site): string | null {
  if (cls.k !== 'class') return null;
  const table = memberOf(it, cls, 'tableName', site);
  return entityOf(table) ?? entityName(cls.node.name ?? 'model');
}
const byKey: Step = (it, query, [key]) => {
  narrow(it, query, record([['id', key ?? UNKNOWN]]));
  put(it, query, 'one', literal('one'));
};
const writing =
  (operation: string): Step =>
  (it, query, [data]) => {
    put(it, query, 'operation', literal(operation));
    if (data) put(it, query, 'data', data);
  };
const writingByKey: Step = (it, query, [key, data], site) => {
  byKey(it, query, [key ?? UNKNOWN], site);
  writing('update')(it, query, [data ?? UNDEFINED], site);
};
/** https://vincit.github.io/objection.js/api/query-builder */
const STEPS: Readonly<Record<string, Step>> = {
  ...SQL_STEPS,
  findById: byKey,
  findOne: (it, query, args, site) => {
    SQL_STEPS.where!(it, query, args, site);
    put(it, query, 'one', literal('one'));
  },
  findByIds: (it, query, [keys]) => narrow(it, query, record([['id', keys ?? UNKNOWN]])),
  patch: writing('update'),
  patchAndFetch: writing('update'),
  updateAndFetch: writing('update'),
  patchAndFetchById: writingByKey,
  updateAndFetchById: writingByKey,
  insertAndFetch: writing('create'),
  insertGraph: writing('create'),
  insertGraphAndFetch: writing('create'),
  upsertGraph: writing('update'),
  upsertGraphAndFetch: writing('update'),
  deleteById: (it, query, [key], site) => {
    byKey(it, query, [key ?? UNKNOWN], site);
    put(it, query, 'operation', literal('delete'));
  },
  relate: writing('update'),
  unrelate: writing('update'),
  for: (it, query, [key]) => narrow(it, query, key ?? UNKNOWN),
  throwIfNotFound: (it, query) => put(it, query, 'failing', literal(true)),
  resultSize: (it, query) => put(it, query, 'counted', literal('counted')),
};
function begin(it: Evaluator, cls: Value, site: Site): Native {
  const query = makeSqlQuery(it, entityOfClass(it, cls, site), site, STEPS, runOfClass);
  put(it, query, 'class', cls);
  return query;
}
/** One record that is loaded is an instance of the class that was asked for it. */
function runOfClass(it: Evaluator, query: Native): Value {
  const answer = runSql(it, query);
  const cls = part(query, 'class');
  if (cls.k !== 'class' || textPart(query, 'one') === null || textPart(query, 'operation') !== null)
    return answer;
  const asInstance = (value: Value): Value => (value.k === 'unknown' ? { ...value, cls } : value);
  return answer.k === 'promise' ? { ...answer, value: asInstance(answer.value) } : asInstance(answer);
}
/** What classes extend: its static methods are called on them. */
const MODEL: LibraryType = {
  name: 'objection model',
  methods: {},
  get: (it, _self, name) => {
    if (name === 'query') return builtin(name, (_args, self, site) => begin(it, self, site));
    if (name === 'bindKnex' || name === 'bindTransaction') return builtin(name, (_args, self) => self);
    if (name === 'relatedQuery')
      return builtin(name, ([relation], _self, site) => makeSqlQuery(it, entityOf(relation), site, STEPS));
    return null;
  },
  inherited: (it, _base, name) => {
    if (name !== '$query' && name !== '$relatedQuery') return null;
    return builtin(name, ([relation], self, site) => {
      const cls = (self.k === 'record' || self.k === 'unknown') && self.cls ? self.cls : UNKNOWN;
      const query =
        name === '$query' ? begin(it, cls, site) : makeSqlQuery(it, entityOf(relation), site, STEPS);
      narrow(it, query, unknown(sourcesOf(self)));
      return query;
    });
  },
};

/** https://vincit.github.io/objection.js */
export const objection: LibraryModel = {
  name: 'objection',
  packages: ['objection'],
  about: {
    title: 'Objection.js',
    registers: 'nothing; a query is an effect when its result is asked for, entities are the names of tables',
    guards: "as Knex; `findOne` and `findById` limited by the caller's identity are ownership",
    answers: '',
    limits: 'what graphs and relations load along',
  },
  calls: {
    transaction: (it, args, site) => {
      const work = args.findLast((a) => a.k === 'function');
      return work ? it.call(work, args.slice(0, -1), UNDEFINED, site) : promise(UNKNOWN);
    },
  },
  member: (it, path) =>
    path.join('.') === 'Model' ? it.stateOf('objection:model', () => it.native(MODEL, null)) : null,
};
