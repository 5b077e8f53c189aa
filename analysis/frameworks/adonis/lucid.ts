import type { Evaluator } from '../../wiring/evaluator.js';
import {
  yieldsItself,
  type LibraryModel,
  type LibraryType,
  type Method,
  type Operation as Made,
} from '../../wiring/library.js';
import {
  builtin,
  isCallable,
  promise,
  record,
  sourcesOf,
  textOf,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { onRecord, queryOf, recordOf, relationOf, nameOfModel, together } from './lucid-records.js';
import { act, exists, type Operation } from '../data/record-queries.js';
import { oneOf, recordsOf } from '../data/record-values.js';
import { entityOf, makeSqlQuery } from '../data/sql-builder.js';
import { sqlEffects } from '../data/sql.js';

/** What is given selects by: the id, a column and its value, or columns with theirs. */
type By = 'id' | 'column' | 'nothing';
/** https://lucid.adonisjs.com/docs/crud-operations: how records are found by their class. */
const FINDS: Readonly<Record<string, readonly [Operation, By]>> = {
  find: ['read', 'id'],
  findOrFail: ['read', 'id'],
  findBy: ['read', 'column'],
  findByOrFail: ['read', 'column'],
  findMany: ['list', 'id'],
  findManyBy: ['list', 'column'],
  first: ['read', 'nothing'],
  firstOrFail: ['read', 'nothing'],
  all: ['list', 'nothing'],
};
/** And how they are made, with where among what is given that stands which a new one has. */
const MAKES: Readonly<Record<string, readonly [Operation, number]>> = {
  create: ['create', 0],
  createQuietly: ['create', 0],
  createMany: ['create', 0],
  createManyQuietly: ['create', 0],
  firstOrCreate: ['create', 1],
  fetchOrCreateMany: ['create', 1],
  updateOrCreate: ['update', 1],
  updateOrCreateMany: ['update', 1],
  truncate: ['delete', 0],
};
function selected(by: By, [first = UNKNOWN, second]: readonly Value[]): Value {
  if (by === 'nothing') return record();
  if (by === 'id') return record([['id', first]]);
  const column = textOf(first);
  return column !== null && second !== undefined ? record([[column, second]]) : first;
}
function find(it: Evaluator, cls: Value, name: string, args: readonly Value[], site: Site): Value {
  const [operation, by] = FINDS[name]!;
  const sources = act(it, { entity: nameOfModel(it, cls, site), operation, where: selected(by, args), site });
  const one = recordOf(it, cls, sources);
  return operation === 'list'
    ? promise(recordsOf(it, one))
    : promise(one, name.endsWith('OrFail') ? [exists(it, sources, site)] : []);
}
function make(it: Evaluator, cls: Value, name: string, args: readonly Value[], site: Site): Value {
  const [operation, at] = MAKES[name]!;
  const isMany = name.includes('Many');
  const [search] = args;
  const isFound = at > 0 && search !== undefined && search.k !== 'literal' && !isMany;
  const given = args[at] ?? (isFound ? search : UNDEFINED);
  const data = oneOf(given);
  const entity = nameOfModel(it, cls, site);
  const sources = act(it, {
    entity,
    operation,
    where: operation === 'update' && isFound ? search : record(),
    data: operation === 'delete' ? undefined : isFound ? together(search, data) : data,
    site,
  });
  const one = recordOf(it, cls, sources);
  return promise(isMany ? recordsOf(it, one) : one);
}
const ON_RECORDS = new Set(
  'save saveQuietly delete deleteQuietly merge fill related load loadOnce loadCount refresh useTransaction useConnection serialize toJSON'.split(
    ' ',
  ),
);
/** What classes extend: its static methods are called on them. */
const MODEL: LibraryType = {
  name: 'lucid model',
  methods: {},
  get: (it, _self, name) => {
    if (name === 'query') return builtin(name, (_args, cls, site) => queryOf(it, cls, site));
    if (Object.hasOwn(FINDS, name))
      return builtin(name, (args, cls, site) => find(it, cls, name, args, site));
    if (Object.hasOwn(MAKES, name))
      return builtin(name, (args, cls, site) => make(it, cls, name, args, site));
    // Found, or made here and not stored yet.
    if (name === 'firstOrNew')
      return builtin(name, (args, cls, site) => find(it, cls, 'findBy', args.slice(0, 1), site));
    return null;
  },
  inherited: (it, _base, name) =>
    ON_RECORDS.has(name)
      ? builtin(name, (args, self, site) => {
          const cls = self.k === 'record' && self.cls ? self.cls : null;
          return cls ? (onRecord(it, cls, self, true, name, args, site) ?? UNKNOWN) : UNKNOWN;
        })
      : null,
};
const model = (it: Evaluator): Value => it.stateOf('lucid:model', () => it.native(MODEL, null));

/** What can be done by way of who is signed in, who is a record too. */
export function ofCaller(it: Evaluator): ReadonlyMap<string, Value> {
  const caller = unknown(['identity']);
  return new Map(
    ['related', 'save', 'delete', 'load', 'refresh'].map((name): [string, Value] => [
      name,
      builtin(name, (args, _self, site) =>
        name === 'related'
          ? relationOf(it, 'User', caller, args, site)
          : (onRecord(it, 'User', caller, false, name, args, site) ?? UNKNOWN),
      ),
    ]),
  );
}

// ── the database by itself ────────────────────────────────────────────────────────────────────────────────────────
const from: Method = (it, _self, [table], site) => makeSqlQuery(it, entityOf(table), site);
const begin: Method = (it, _self, _args, site) => makeSqlQuery(it, null, site);
const raw: Method = (it, _self, args, site) =>
  sqlEffects(it, args, site) ?? promise(unknown(args.flatMap((a) => sourcesOf(a, 2))));
const DATABASE: LibraryType = {
  name: 'lucid database',
  methods: {
    from,
    table: from,
    query: begin,
    insertQuery: begin,
    rawQuery: raw,
    connection: yieldsItself,
    transaction: (it, self, [work], site) =>
      work && isCallable(work) ? it.call(work, [self], UNDEFINED, site) : promise(self),
    commit: () => promise(UNDEFINED),
    rollback: () => promise(UNDEFINED),
    raw: () => UNKNOWN,
  },
};
const database = (it: Evaluator): Value => it.stateOf('lucid:database', () => it.native(DATABASE, null));

/** `compose(BaseModel, SoftDeletes)`: the class, with what each of the others makes of it. */
export const compose: Made = (it, [base = UNKNOWN, ...mixins], site) =>
  mixins.reduce<Value>((cls, mixin) => {
    const made = mixin.k === 'function' ? it.call(mixin, [cls], UNDEFINED, site) : cls;
    return made.k === 'class' ? made : cls;
  }, base);

/** https://lucid.adonisjs.com, also as it was imported before version 6 of AdonisJS */
export const lucid: LibraryModel = {
  name: 'lucid',
  packages: ['@adonisjs/lucid', '@ioc:Adonis/Lucid'],
  about: {
    title: 'Lucid (AdonisJS)',
    registers:
      'nothing; static methods of models, queries when their result is asked for, and methods of records are effects, entities are the names of classes',
    guards:
      "the caller's identity in a filter is ownership, and so is what is related to the caller; `…OrFail` goes on only with a record",
    answers: '',
    limits:
      'hooks and scopes of models; keys of relations by other names; which class the one who is signed in is of',
  },
  calls: {},
  member: (it, path) => {
    const name = path.join('');
    if (/^\/[oO]rmBaseModel$/.test(name)) return model(it);
    return /^\/(?:services\/db|Database)(?:default)?$/.test(name) ? database(it) : null;
  },
  typed: (it, type) =>
    /^(?:TransactionClientContract|DatabaseContract|QueryClientContract)$/.test(type.trim()) &&
    (it.loader.uses('@adonisjs/lucid') || it.loader.uses('@ioc:Adonis/Lucid'))
      ? database(it)
      : null,
};
