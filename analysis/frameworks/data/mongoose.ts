import type { Evaluator } from '../../wiring/evaluator.js';
import { assignAll } from '../../wiring/spreading.js';
import type { LibraryModel, LibraryType, Method, Operation } from '../../wiring/library.js';
import {
  isCallable,
  list,
  literal,
  promise,
  record,
  sourcesOf,
  stringOf,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type Native,
  type Record_,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { askedBy, COUNTS, OPERATIONS } from './document-operations.js';
import { act, exists, type Operation as Act } from './record-queries.js';
import {
  heldBy,
  isNewRecord,
  isQuery,
  isRecord,
  makeQuery,
  makeRecord,
  narrow,
  part,
  put,
  recordsOf,
  siteOfQuery,
  textPart,
  withCallback,
  type RecordMethod,
  type Step,
} from './record-values.js';

interface Schema {
  /** Fields by name; null where they could not be followed. */
  fields: Record_ | null;
  statics: Record_;
  methods: Record_;
}
interface Model {
  name: string;
  schema: Schema | null;
  /** Of a class that stands for the schema: what its records and the model have. */
  cls: Value | null;
}
const modelOf = (self: Native): Model => self.state as Model;
const models = (it: Evaluator): Map<string, Native> => it.stateOf('mongoose:models', () => new Map());

// ── schemas ───────────────────────────────────────────────────────────────────────────────────────────────────────
const SCHEMA: LibraryType = {
  name: 'mongoose schema',
  methods: {
    '*': (_it, self) => self,
    add: (_it, self, [more]) => {
      const { fields } = self.state as Schema;
      if (fields && more?.k === 'record') for (const [name, v] of more.members) fields.members.set(name, v);
      return self;
    },
    static: (_it, self, [name, fn]) => addFunctions((self.state as Schema).statics, name, fn) ?? self,
    method: (_it, self, [name, fn]) => addFunctions((self.state as Schema).methods, name, fn) ?? self,
    loadClass: (_it, self, [cls]) => {
      if (cls) self.members.set('*class*', cls);
      return self;
    },
  },
  set: (_it, self, name, value) => {
    const schema = self.state as Schema;
    if (name === 'statics' || name === 'methods') addFunctions(schema[name], value, undefined);
    return name === 'statics' || name === 'methods';
  },
  get: (_it, self, name) => {
    const schema = self.state as Schema;
    return name === 'statics' ? schema.statics : name === 'methods' ? schema.methods : null;
  },
};
function addFunctions(to: Record_, name: Value | undefined, fn: Value | undefined): null {
  if (name?.k === 'record') for (const [key, value] of name.members) to.members.set(key, value);
  else if (name && fn && stringOf(name) !== null) to.members.set(stringOf(name)!, fn);
  return null;
}
const makeSchema: Operation = (it, [fields, options]) => {
  const given = (name: string): Record_ => {
    const found = options?.k === 'record' ? options.members.get(name) : undefined;
    return found?.k === 'record' ? found : record();
  };
  const state: Schema = {
    fields: fields?.k === 'record' ? fields : null,
    statics: given('statics'),
    methods: given('methods'),
  };
  return it.native(SCHEMA, state);
};
/** The entity that a field refers to: `{ type: ObjectId, ref: 'Boat' }`, or a list of such. */
function refOf(schema: Schema | null, field: string): string | null {
  let found = schema?.fields?.members.get(field.split('.')[0]!);
  if (found?.k === 'list') [found] = found.elements;
  if (found?.k === 'record' && found.members.get('type')?.k === 'list')
    [found] = (found.members.get('type') as { elements: Value[] }).elements;
  const ref = found?.k === 'record' ? found.members.get('ref') : undefined;
  return ref?.k === 'native' && ref.type === MODEL ? modelOf(ref).name : ref ? stringOf(ref) : null;
}

// ── operations ────────────────────────────────────────────────────────────────────────────────────────────────────

/** A document to work with: what it was found by stays its origin. */
function documentOf(it: Evaluator, model: Model, sources: readonly string[], data?: Value): Native {
  const own = model.cls ?? model.schema?.methods ?? null;
  return makeRecord(it, { sources, own, data, method: onDocument(model) });
}
const onDocument =
  (model: Model): RecordMethod =>
  (it, self, name, args, site) => {
    const isTie = (field: string): boolean => refOf(model.schema, field) !== null;
    const operate = (operation: Act): Value => {
      const isNew = isNewRecord(self) && operation === 'update';
      const found = act(it, {
        entity: model.name,
        operation: isNew ? 'create' : operation,
        where: unknown(sourcesOf(self)),
        data: operation === 'update' ? heldBy(self) : undefined,
        isTie,
        site,
      });
      const saved = isNew ? documentOf(it, model, found) : self;
      return withCallback(it, args, () => saved, site) ? UNDEFINED : promise(saved);
    };
    switch (name) {
      case 'save':
      case 'updateOne':
      case 'update':
      case 'replaceOne':
        return operate('update');
      case 'deleteOne':
      case 'remove':
      case 'delete':
        return operate('delete');
      case 'set':
        if (args[0] && args[0].k !== 'literal') assignAll(it, self, [args[0]], site);
        return self;
      case 'overwrite':
      case 'populate':
      case 'depopulate':
      case 'toObject':
      case 'toJSON':
      case 'exec':
      case 'execPopulate':
        return self;
      default:
        return undefined;
    }
  };

/** Runs what a query has come to. */
function run(it: Evaluator, model: Model, query: Native): Value {
  const operation = (textPart(query, 'operation') ?? 'find') as keyof typeof OPERATIONS;
  const [kind] = OPERATIONS[operation]!;
  const site = siteOfQuery(query);
  const isTie = (field: string): boolean => refOf(model.schema, field) !== null;
  const where = part(query, 'where');
  const data = part(query, 'data');
  const sources = act(it, {
    entity: model.name,
    operation: kind,
    where: where === UNDEFINED ? record() : where,
    data: data === UNDEFINED ? undefined : data,
    isTie,
    isProjected: part(query, 'projected') !== UNDEFINED,
    site,
  });
  const along = part(query, 'populated');
  if (along.k === 'list')
    for (const field of along.elements) {
      const entity = refOf(model.schema, stringOf(field) ?? '');
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
function start(it: Evaluator, self: Native, name: string, args: readonly Value[], site: Site): Value {
  const model = modelOf(self);
  const [, shape] = OPERATIONS[name]!;
  const query = makeQuery(it, { steps: STEPS, run: (e, q) => run(e, model, q), site });
  begin(it, query, name, args);
  if (shape === 'data') {
    // `create` acts at once.
    const made = run(it, model, query);
    return withCallback(it, args, () => made, site) ? UNDEFINED : promise(made);
  }
  return withCallback(it, args, () => query, site) ? UNDEFINED : query;
}
function begin(it: Evaluator, query: Native, name: string, args: readonly Value[]): void {
  const [, shape] = OPERATIONS[name]!;
  const given = args.filter((a) => a.k !== 'function');
  const [first = record(), second] = given;
  put(it, query, 'operation', literal(name));
  if (shape === 'stages') narrow(it, query, askedBy(first));
  else if (shape === 'key') narrow(it, query, record([['_id', first]]));
  else if (shape === 'data') put(it, query, 'data', dataIn(first));
  else if (first.k !== 'literal') narrow(it, query, first);
  if ((name === 'find' || name === 'findOne' || name === 'findById') && second?.k === 'record')
    if (second.members.size > 0) put(it, query, 'projected', literal(true));
  // What is changed, where it is not the record's own `save` that changes it.
  if (OPERATIONS[name]![0] === 'update' && second) put(it, query, 'data', second);
  if (second && isQuery(second)) narrow(it, query, part(second, 'where'));
}
/** `create(new Boat({ … }))`: what that holds. */
const dataIn = (value: Value): Value =>
  isRecord(value) ? heldBy(value) : value.k === 'list' ? list(value.elements.map(dataIn), value.open) : value;

const compared =
  (operator: string): Step =>
  (it, query, args) => {
    const path = args.length > 1 ? stringOf(args[0]!) : textPart(query, 'path');
    narrow(it, query, record([[path ?? '*', record([[operator, args.at(-1) ?? UNKNOWN]])]]));
  };
const STEPS: Readonly<Record<string, Step>> = {
  ...Object.fromEntries(
    Object.keys(OPERATIONS).map((name): [string, Step] => [
      name,
      (it, query, args, site) => {
        begin(it, query, name, args);
        return withCallback(it, args, () => query, site) ? UNDEFINED : query;
      },
    ]),
  ),
  where: (it, query, [path, value]) => {
    if (path?.k === 'record') narrow(it, query, path);
    else if (path && value) narrow(it, query, record([[stringOf(path) ?? '*', value]]));
    else if (path) put(it, query, 'path', path);
  },
  equals: compared('$eq'),
  in: compared('$in'),
  ne: compared('$ne'),
  nin: compared('$nin'),
  and: (it, query, [all]) => void (all && narrow(it, query, all)),
  or: (it, query, [any]) => void (any && narrow(it, query, record([['$or', any]]))),
  match: (it, query, [filter]) => void (filter && narrow(it, query, filter)),
  select: (it, query) => put(it, query, 'projected', literal(true)),
  populate: (it, query, [given]) => {
    const paths = (given?.k === 'list' ? given.elements : given ? [given] : []).map((p) =>
      p.k === 'record' ? (p.members.get('path') ?? UNDEFINED) : p,
    );
    const names = paths.flatMap((p) => (stringOf(p) ?? '').split(/\s+/)).map((n) => literal(n));
    const before = part(query, 'populated');
    put(it, query, 'populated', list([...(before.k === 'list' ? before.elements : []), ...names]));
  },
  orFail: (it, query) => put(it, query, 'failing', literal(true)),
  exec: (it, query, args, site) => {
    const callback = args.findLast((a) => a.k === 'function');
    if (!callback) return promise(it.awaiting(query));
    withCallback(it, [callback], () => query, site);
    return UNDEFINED;
  },
  cursor: (it, query) => it.awaiting(query),
  stream: (it, query) => it.awaiting(query),
};

// ── models ────────────────────────────────────────────────────────────────────────────────────────────────────────
const any: Method = (it, self, [given, ...args], site) => {
  const name = stringOf(given ?? UNDEFINED) ?? '';
  const own = staticOf(it, self, name);
  if (own && isCallable(own)) return it.call(own, args, self, site);
  if (Object.hasOwn(OPERATIONS, name)) return start(it, self, name, args, site);
  // `Model.where('owner').equals(…)`
  if (name === 'where' || name === 'populate' || name === 'select') {
    const query = makeQuery(it, { steps: STEPS, run: (e, q) => run(e, modelOf(self), q), site });
    STEPS[name]!(it, query, args, site);
    return query;
  }
  if (name === 'hydrate') return documentOf(it, modelOf(self), sourcesOf(args[0] ?? UNKNOWN));
  if (name === 'discriminator') return define(it, args[0], args[1]);
  it.handToUnknown(args, [], site);
  return unknown(args.flatMap((a) => sourcesOf(a)));
};
function staticOf(it: Evaluator, self: Native, name: string): Value | null {
  const { schema, cls } = modelOf(self);
  return schema?.statics.members.get(name) ?? (cls?.k === 'class' ? (cls.members.get(name) ?? null) : null);
}
const MODEL: LibraryType = {
  name: 'mongoose model',
  methods: { '*': any },
  call: (it, self, [data]) => documentOf(it, modelOf(self), [], data ?? record()),
  get: (it, self, name) =>
    name === 'modelName' || name === 'name' ? literal(modelOf(self).name) : staticOf(it, self, name),
};
function define(
  it: Evaluator,
  name: Value | undefined,
  schema: Value | undefined,
  cls: Value | null = null,
): Value {
  const text = name ? stringOf(name) : null;
  const known = text === null ? undefined : models(it).get(text);
  if (known && !schema) return known;
  const found = schema?.k === 'native' && schema.type === SCHEMA ? schema : null;
  const state: Model = {
    name: text ?? 'document',
    schema: found ? (found.state as Schema) : null,
    cls: found?.members.get('*class*') ?? cls,
  };
  if (known) {
    // Named before it was defined: it is the same model.
    if (found) Object.assign(known.state as Model, state);
    return known;
  }
  const made = it.native(MODEL, state);
  if (text !== null) models(it).set(text, made);
  return made;
}
const CONNECTION: LibraryType = {
  name: 'mongoose connection',
  methods: {
    model: (it, _self, [name, schema]) => define(it, name, schema),
    useDb: (_it, self) => self,
    asPromise: (_it, self) => promise(self),
    startSession: () => promise(UNKNOWN),
    transaction: (it, _self, [work], site) => (work ? it.call(work, [UNKNOWN], UNDEFINED, site) : UNKNOWN),
  },
  get: (it, _self, name) => (name === 'models' ? it.native(REGISTER, null) : null),
};
/** `mongoose.models.Boat || mongoose.model('Boat', schema)`: nothing where it is asked for first. */
const REGISTER: LibraryType = {
  name: 'mongoose models',
  methods: {},
  get: (it, _self, name) => models(it).get(name) ?? UNDEFINED,
};
const connection: Operation = (it) => it.native(CONNECTION, null);

/** https://mongoosejs.com/docs/api/model.html */
export const mongoose: LibraryModel = {
  name: 'mongoose',
  packages: ['mongoose'],
  about: {
    title: 'Mongoose',
    registers:
      'nothing; operations of models, queries and documents are effects, entities are the names of models',
    guards:
      "filters with the caller's identity are ownership, also under `$and`, in each branch of `$or`, and by `where`",
    answers: '',
    limits: 'hooks (`pre`, `post`) and plugins; stages of a pipeline other than `$match`',
  },
  calls: {
    Schema: makeSchema,
    model: (it, [name, schema]) => define(it, name, schema),
    createConnection: connection,
    connect: () => promise(UNKNOWN),
  },
  member: (it, path) =>
    path.join('.') === 'models'
      ? it.native(REGISTER, null)
      : path.join('.') === 'connection'
        ? it.native(CONNECTION, null)
        : null,
  typed: (it, type) => {
    const entity =
      /^(?:mongoose\.)?(?:Model|PaginateModel|AggregateModel)\s*<\s*(?!any\b|unknown\b|[A-Z]\b)(?:I(?=[A-Z]))?(\w+?)(?:Document|Doc|Model)?\s*[,>]/.exec(
        type,
      )?.[1];
    return entity && it.loader.uses('mongoose') ? define(it, literal(entity), undefined) : null;
  },
};
/** https://typegoose.github.io/typegoose: a class stands for the schema. */
export const typegoose: LibraryModel = {
  name: 'typegoose',
  packages: ['@typegoose/typegoose'],
  calls: {
    getModelForClass: (it, [cls]) =>
      cls?.k === 'class' ? define(it, literal(cls.node.name ?? 'document'), undefined, cls) : UNKNOWN,
  },
  typed: (it, type) => {
    const entity = /^ReturnModelType\s*<\s*typeof\s+(\w+)/.exec(type)?.[1];
    return entity ? define(it, literal(entity), undefined) : null;
  },
};
