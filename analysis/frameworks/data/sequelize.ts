import type { Evaluator } from '../../wiring/evaluator.js';
import type { LibraryModel, LibraryType, Method, Operation } from '../../wiring/library.js';
import {
  builtin,
  isCallable,
  list,
  literal,
  optionIn,
  promise,
  record,
  sourcesOf,
  stringOf,
  textOf,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type Native,
  type Record_,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { act, exists, type Operation as Act } from './record-queries.js';
import { heldBy, isNewRecord, makeRecord, recordsOf, type RecordMethod } from './record-values.js';
import { sqlEffects } from './sql.js';
import { entityName } from './sql-statements.js';

interface Model {
  name: string;
  /** What its instances have. */
  own: Value;
  /** Entities by the name under which they are associated. */
  associated: Map<string, string>;
  /** Fields that hold keys of others. */
  ties: Set<string>;
}
const byName = (it: Evaluator): Map<string, Value> => it.stateOf('sequelize:models', () => new Map());
const byClass = (it: Evaluator): Map<Value, Model> => it.stateOf('sequelize:classes', () => new Map());
/** The model that a value is: one that was defined, or a class that extends `Model`. */
function modelOf(it: Evaluator, value: Value | undefined): Model | null {
  if (value?.k === 'native' && value.type === MODEL) return value.state as Model;
  if (value?.k !== 'class') return null;
  let known = byClass(it).get(value);
  if (!known) {
    known = { name: value.node.name ?? 'model', own: value, associated: new Map(), ties: new Set() };
    byClass(it).set(value, known);
  }
  return known;
}

/** Where the options of an operation stand, and what stands before them. */
const OPERATIONS: Readonly<Record<string, readonly [Act, number, 'key' | 'data' | 'other']>> = {
  findOne: ['read', 0, 'other'],
  find: ['read', 0, 'other'],
  findByPk: ['read', 1, 'key'],
  findById: ['read', 1, 'key'],
  findByPrimary: ['read', 1, 'key'],
  findAll: ['list', 0, 'other'],
  findAndCountAll: ['list', 0, 'other'],
  findAndCount: ['list', 0, 'other'],
  count: ['list', 0, 'other'],
  max: ['list', 1, 'other'],
  min: ['list', 1, 'other'],
  sum: ['list', 1, 'other'],
  aggregate: ['list', 2, 'other'],
  create: ['create', 1, 'data'],
  bulkCreate: ['create', 1, 'data'],
  upsert: ['update', 1, 'data'],
  update: ['update', 1, 'data'],
  increment: ['update', 1, 'other'],
  decrement: ['update', 1, 'other'],
  restore: ['update', 0, 'other'],
  destroy: ['delete', 0, 'other'],
  truncate: ['delete', 0, 'other'],
};
function operate(it: Evaluator, model: Model, name: string, args: readonly Value[], site: Site): Value {
  const isFindOrMake = /^find(OrCreate|CreateFind|OrBuild)$/.test(name);
  const [operation, at, before] = isFindOrMake ? (['read', 0, 'other'] as const) : OPERATIONS[name]!;
  const options = args[at];
  const data =
    before === 'data' ? args[0] : /^(in|de)crement$/.test(name) ? moved(name, args[0], options) : undefined;
  const asked = [
    optionIn(options, 'where'),
    before === 'key' && args[0] ? record([['id', args[0]]]) : undefined,
    // What is updated or made by its own keys.
    name === 'upsert' ? data : undefined,
    ...included(options).flatMap((i) =>
      optionIn(i, 'required')?.k === 'literal' ? [] : [optionIn(i, 'where')],
    ),
  ].filter((v) => v !== undefined);
  const isTie = (field: string): boolean => model.ties.has(field);
  const sources = act(it, {
    entity: model.name,
    operation,
    where: list(asked),
    data,
    isTie,
    isProjected: optionIn(options, 'attributes')?.k === 'list',
    site,
  });
  for (const i of included(options)) alongWith(it, model, i, sources, site);
  if (isFindOrMake && name !== 'findOrBuild') {
    const made = list([optionIn(options, 'where') ?? record(), optionIn(options, 'defaults') ?? record()]);
    act(it, { entity: model.name, operation: 'create', where: record(), data: made, isTie, site });
  }
  const one = instanceOf(it, model, sources);
  if (isFindOrMake) return promise(list([one, unknown(sources)]));
  if (/^(count|max|min|sum|aggregate)$/.test(name)) return promise(unknown(['count', ...sources]));
  if (name.startsWith('findAndCount'))
    return promise(
      record([
        ['rows', recordsOf(it, one)],
        ['count', unknown(['count', ...sources])],
      ]),
    );
  if (operation === 'list' || name === 'bulkCreate') return promise(recordsOf(it, one));
  if (operation === 'read')
    return promise(one, optionIn(options, 'rejectOnEmpty') ? [exists(it, sources, site)] : []);
  return promise(operation === 'create' ? one : unknown(sources));
}
/** `increment({ seats: 2 })`, `decrement('seats', { by: 2 })`: columns that are moved, and by what. */
function moved(name: string, columns: Value | undefined, options: Value | undefined): Value {
  const by = (amount: Value): Value => record([[name, amount]]);
  if (columns?.k === 'record') return record([...columns.members].map(([c, amount]) => [c, by(amount)]));
  const named = columns?.k === 'list' ? columns.elements : columns ? [columns] : [];
  return record(
    named.flatMap((c) => {
      const column = stringOf(c);
      return column === null ? [] : [[column, by(optionIn(options, 'by') ?? literal(1))]];
    }),
  );
}
/** What an instance is changed into: what it was given before it is saved, or what the call says. */
function changeBy(self: Native, name: string, args: readonly Value[], isNew: boolean): Value {
  if (/^(in|de)crement$/.test(name)) return moved(name, args[0], args[1]);
  return isNew || !args[0] || !name.startsWith('update') ? heldBy(self) : args[0];
}
function included(options: Value | undefined): Value[] {
  const found = optionIn(options, 'include');
  return found?.k === 'list' ? found.elements : found ? [found] : [];
}
/** `include: [{ model: Note, as: 'notes' }]`: others that are loaded along. */
function alongWith(it: Evaluator, model: Model, given: Value, sources: readonly string[], site: Site): void {
  const name = stringOf(optionIn(given, 'as') ?? optionIn(given, 'association') ?? given);
  const entity =
    modelOf(it, optionIn(given, 'model') ?? given)?.name ??
    (name === null ? undefined : model.associated.get(name));
  if (entity === undefined) return;
  act(it, { entity, operation: 'read', where: unknown(sources), isNested: true, site });
}
const instanceOf = (it: Evaluator, model: Model, sources: readonly string[], data?: Value): Native =>
  makeRecord(it, { sources, own: model.own, data, method: onInstance(model) });
const onInstance =
  (model: Model): RecordMethod =>
  (it, self, name, args, site) => {
    const done = (operation: Act): Value => {
      const isNew = isNewRecord(self) && operation === 'update';
      const found = act(it, {
        entity: model.name,
        operation: isNew ? 'create' : operation,
        where: unknown(sourcesOf(self)),
        data: operation === 'update' ? changeBy(self, name, args, isNew) : undefined,
        isTie: (field) => model.ties.has(field),
        site,
      });
      return promise(isNew ? instanceOf(it, model, found) : self);
    };
    if (/^(save|update|updateAttributes|increment|decrement|restore)$/.test(name)) return done('update');
    if (name === 'destroy') return done('delete');
    if (/^(reload|validate)$/.test(name)) return promise(self);
    if (/^(set|setAttributes|setDataValue|toJSON|get|getDataValue)$/.test(name))
      return args.length > 0 && name.startsWith('get') ? unknown(sourcesOf(self)) : self;
    // `note.getOwner()`, `note.addTag(tag)`: what an association brings.
    const [, verb, rest] = /^(get|set|add|remove|create|count|has)([A-Z]\w*)$/.exec(name) ?? [];
    const wanted = rest ? entityName(rest).toLowerCase() : '';
    const entity = [...model.associated].find(([as]) => entityName(as).toLowerCase() === wanted)?.[1];
    if (!verb || !entity) return undefined;
    if (verb === 'set' || verb === 'add' || verb === 'remove') return done('update');
    const where = unknown(sourcesOf(self));
    const operation = verb === 'create' ? 'create' : 'read';
    return promise(unknown(act(it, { entity, operation, where, data: args[0], site })));
  };

// ── models ────────────────────────────────────────────────────────────────────────────────────────────────────────
const ASSOCIATIONS = /^(belongsTo|hasOne|hasMany|belongsToMany)$/;
function associate(it: Evaluator, model: Model, kind: string, [other, options]: readonly Value[]): Value {
  const target = modelOf(it, other);
  if (!target) return UNKNOWN;
  const as = stringOf(optionIn(options, 'as') ?? UNDEFINED) ?? target.name;
  model.associated.set(as, target.name);
  const key = stringOf(optionIn(options, 'foreignKey') ?? UNDEFINED);
  if (kind === 'belongsTo') model.ties.add(key ?? `${as}Id`);
  else if (key !== null) target.ties.add(key);
  return UNKNOWN;
}
/** What a model answers to; null where it is not one of the library's names. */
function called(it: Evaluator, of: Value, name: string, args: readonly Value[], site: Site): Value | null {
  const model = modelOf(it, of);
  if (!model) return null;
  if (ASSOCIATIONS.test(name)) return associate(it, model, name, args);
  if (name === 'init') {
    // By the name of the class, unless another is given: classes that are made in a loop share one.
    const given = stringOf(optionIn(args[1], 'modelName') ?? UNDEFINED);
    byName(it).set(given ?? model.name, of);
    if (given !== null) model.name = entityName(given);
    for (const field of referring(args[0])) model.ties.add(field);
    return of;
  }
  if (name === 'build') return instanceOf(it, model, [], args[0] ?? record());
  if (name === 'scope' || name === 'unscoped' || name === 'schema') return of;
  if (Object.hasOwn(OPERATIONS, name) || /^find(OrCreate|CreateFind|OrBuild)$/.test(name))
    return operate(it, model, name, args, site);
  return null;
}
const any: Method = (it, self, [given, ...args], site) =>
  called(it, self, stringOf(given ?? UNDEFINED) ?? '', args, site) ?? UNKNOWN;
const MODEL: LibraryType = {
  name: 'sequelize model',
  methods: { '*': any },
  call: (it, self, [data]) => instanceOf(it, self.state as Model, [], data ?? record()),
  get: (_it, self, name) => {
    const model = self.state as Model;
    return name === 'name' ? literal(model.name) : name === 'prototype' ? model.own : null;
  },
};
/** What classes extend: its static methods are called on them. */
const BASE: LibraryType = {
  name: 'sequelize base model',
  methods: {},
  get: (it, _self, name) =>
    Object.hasOwn(OPERATIONS, name) || ASSOCIATIONS.test(name) || OTHERS.test(name)
      ? builtin(name, (args, self, site) => called(it, self, name, args, site) ?? UNKNOWN)
      : null,
  // `new Note({ … }).save()`
  inherited: (it, _base, name) =>
    name !== 'save'
      ? null
      : builtin(name, (_args, self, site) => {
          const model = self.k === 'record' && self.cls ? modelOf(it, self.cls) : null;
          if (!model || self.k !== 'record') return promise(self);
          // What a class without a constructor is made with is kept under this name.
          const given = self.members.get('message');
          const data = record([...(given?.k === 'record' ? given.members : []), ...self.members]);
          const made = instanceOf(it, model, [], data);
          return onInstance(model)(it, made, name, [], site) ?? promise(self);
        }),
};
const OTHERS = /^(init|build|scope|unscoped|schema|findOrCreate|findCreateFind|findOrBuild)$/;
/** Columns that are keys of others: `{ ownerId: { references: … } }`. */
const referring = (attributes: Value | undefined): string[] =>
  attributes?.k === 'record'
    ? [...attributes.members].flatMap(([field, v]) => (optionIn(v, 'references') ? [field] : []))
    : [];
function define(it: Evaluator, [name, attributes, options]: readonly Value[]): Value {
  const text = (name && textOf(name)) ?? 'model';
  const ties = new Set(referring(attributes));
  const given = (part: string): Record_ => {
    const found = optionIn(options, part);
    return found?.k === 'record' ? found : record();
  };
  const state: Model = { name: entityName(text), own: given('instanceMethods'), associated: new Map(), ties };
  const made = it.native(MODEL, state);
  // As before version 4.
  for (const [key, value] of given('classMethods').members) made.members.set(key, value);
  byName(it).set(text, made);
  return made;
}
/** `sequelize.import(path)`: the file exports a function that defines. */
function imported(it: Evaluator, self: Value, [path]: readonly Value[], site: Site): Value {
  const text = path ? textOf(path) : null;
  if (text === null || text.includes('*')) return UNKNOWN;
  const target = text.startsWith('/')
    ? it.loader.resolve('index.js', `.${text}`)
    : it.loader.resolve(site.module.path, text);
  const instance = target.kind === 'file' ? it.modules.instantiate(target.path) : null;
  if (!instance) return UNKNOWN;
  const value =
    instance.module.exports.length > 0 ? it.modules.exported(instance, 'default') : instance.exportsValue;
  return isCallable(value) ? it.call(value, [self, UNKNOWN], UNDEFINED, site) : value;
}
const SEQUELIZE: LibraryType = {
  name: 'sequelize',
  methods: {
    define: (it, _self, args) => define(it, args),
    model: (it, _self, [name]) => byName(it).get((name && stringOf(name)) ?? '') ?? UNKNOWN,
    import: (it, self, args, site) => imported(it, self, args, site),
    query: (it, _self, [sql, options], site) => {
      const given = optionIn(options, 'replacements') ?? optionIn(options, 'bind');
      return sqlEffects(it, [sql ?? UNDEFINED, ...(given ? [given] : [])], site) ?? promise(UNKNOWN);
    },
    transaction: (it, _self, args, site) => {
      const work = args.find((a) => isCallable(a));
      return work ? it.call(work, [UNKNOWN], UNDEFINED, site) : promise(UNKNOWN);
    },
    authenticate: () => promise(UNDEFINED),
    sync: () => promise(UNDEFINED),
  },
  get: (it, _self, name) =>
    name === 'models' ? record([...byName(it)], byName(it).size > 0 ? null : UNKNOWN) : null,
};
const make: Operation = (it) => it.native(SEQUELIZE, null);

/** https://sequelize.org/docs/v6 */
export const sequelize: LibraryModel = {
  name: 'sequelize',
  packages: ['sequelize', 'sequelize-typescript', '@sequelize/core'],
  about: {
    title: 'Sequelize',
    registers:
      'nothing; operations of models, instances and associations are effects, entities are the names of models',
    guards: "`where` with the caller's identity is ownership, also of what is included and required",
    answers: '',
    limits: 'hooks, scopes, associations by decorators',
  },
  calls: { Sequelize: make, '': make },
  member: (it, path) => {
    const at = path[0] === 'Sequelize' ? path.slice(1) : path;
    if (at[0] === 'Model' && at.length === 1) return it.native(BASE, null);
    // `[Op.or]`: the key of a condition.
    return at[0] === 'Op' && at.length === 2 ? literal(`$${at[1]!}`) : null;
  },
};
