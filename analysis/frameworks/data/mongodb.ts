import type { Evaluator } from '../../wiring/evaluator.js';
import type { LibraryModel, LibraryType, Method } from '../../wiring/library.js';
import { assignMember } from '../../wiring/members.js';
import {
  listed,
  literal,
  optionsOf,
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
import { askedBy, COUNTS, OPERATIONS } from './document-operations.js';
import { act } from './record-queries.js';
import { makeQuery, narrow, part, put, recordsOf, withCallback, type Step } from './record-values.js';
import { entityName } from './sql-statements.js';

/** Names that the driver has beside those that it shares with Mongoose. */
const NAMES: Readonly<Record<string, string>> = {
  insert: 'insertOne',
  save: 'updateOne',
  findAndModify: 'findOneAndUpdate',
  distinct: 'find',
};
const collectionNamed = (it: Evaluator, name: Value | undefined): Native =>
  it.native(COLLECTION, { entity: entityName((name && textOf(name)) ?? 'collection') });

function operate(it: Evaluator, self: Native, name: string, args: readonly Value[], site: Site): Value {
  const { entity } = self.state as { entity: string };
  const [operation, shape] = OPERATIONS[name]!;
  const [first = record(), second] = args.filter((a) => a.k !== 'function');
  const run = (where: Value, isProjected: boolean): Value => {
    const isNew = shape === 'data';
    const sources = act(it, {
      entity,
      operation,
      where: isNew ? record() : where,
      data: isNew ? first : operation === 'update' ? second : undefined,
      isProjected,
      site,
    });
    for (const { value } of isNew ? optionsOf(first) : [])
      for (const document of listed(value)) keepId(it, document, unknown(sources), site);
    if (COUNTS.test(name)) return unknown(['count', ...sources]);
    return name === 'find' || name === 'aggregate' ? recordsOf(it, unknown(sources)) : unknown(sources);
  };
  if (operation !== 'list' || COUNTS.test(name)) {
    const options = second?.k === 'record' ? second.members : new Map<string, Value>();
    const done = run(first, options.has('projection') || options.has('fields'));
    return withCallback(it, args, () => done, site) ? UNDEFINED : promise(done);
  }
  // A cursor reads when it is walked.
  const cursor = makeQuery(it, {
    steps: CURSOR,
    run: (_it, query) => run(part(query, 'where'), part(query, 'projected') !== UNDEFINED),
    site,
  });
  narrow(it, cursor, shape === 'stages' ? askedBy(first) : first);
  return withCallback(it, args, () => cursor, site) ? UNDEFINED : cursor;
}
const walked: Step = (it, query, args, site) => {
  const found = it.awaiting(query);
  const [callback] = args;
  if (callback?.k !== 'function') return promise(found);
  const one = found.k === 'native' ? (found.type.get?.(it, found, '0', site) ?? found) : found;
  it.aside(
    () => void it.call(callback, callback.fn.params.length > 1 ? [UNKNOWN, found] : [one], UNDEFINED, site),
  );
  return promise(UNDEFINED);
};
const first: Step = (it, query, _args, site) => {
  const found = it.awaiting(query);
  return promise(found.k === 'native' ? (found.type.get?.(it, found, '0', site) ?? found) : found);
};
const CURSOR: Readonly<Record<string, Step>> = {
  project: (it, query) => put(it, query, 'projected', literal(true)),
  filter: (it, query, [more]) => void (more && narrow(it, query, more)),
  toArray: walked,
  forEach: walked,
  each: walked,
  next: first,
  hasNext: first,
  tryNext: first,
  stream: walked,
  count: (it, query) => promise(unknown(['count', ...sourcesOf(it.awaiting(query))])),
};

/**
 * Documents that were inserted bear the id of their record from then on, whoever chose it: where there had been one with that id, nothing
 * would have been inserted. https://www.mongodb.com/docs/drivers/node/current/crud/insert/#generate-_id
 */
function keepId(it: Evaluator, document: Value, id: Value, site: Site): void {
  // What has been written into something unknown is handed over as a copy of it.
  const given = document.k === 'record' && document.open ? document.open : document;
  const isWithout = given.k === 'record' && !given.members.has('_id');
  if (given.k === 'unknown' || isWithout) assignMember(it, given, '_id', id, site);
}

const any: Method = (it, self, [given, ...args], site) => {
  const called = stringOf(given ?? UNDEFINED) ?? '';
  const name = NAMES[called] ?? called;
  if (Object.hasOwn(OPERATIONS, name)) return operate(it, self, name, args, site);
  it.handToUnknown(args, [], site);
  return promise(UNKNOWN);
};
const COLLECTION: LibraryType = { name: 'mongodb collection', methods: { '*': any } };
const collection: Method = (it, _self, args, site) => {
  const made = collectionNamed(it, args[0]);
  return withCallback(it, args, () => made, site) ? UNDEFINED : made;
};
const DATABASE: LibraryType = {
  name: 'mongodb database',
  methods: { collection, createCollection: (it, _self, [name]) => promise(collectionNamed(it, name)) },
};
const session = (it: Evaluator): Value =>
  record(
    [
      [
        'withTransaction',
        {
          k: 'builtin',
          name: 'withTransaction',
          call: ([work], _self, site) => (work ? it.call(work, [UNKNOWN], UNDEFINED, site) : UNKNOWN),
        },
      ],
    ],
    UNKNOWN,
  );
const CLIENT: LibraryType = {
  name: 'mongodb client',
  methods: {
    db: (it) => it.native(DATABASE, null),
    // Before version 3, what a connection yields was the database.
    collection,
    connect: (it, self, args, site) => (withCallback(it, args, () => self, site) ? UNDEFINED : promise(self)),
    startSession: (it) => session(it),
    withSession: (it, _self, [work], site) =>
      work ? it.call(work, [session(it)], UNDEFINED, site) : UNKNOWN,
  },
};
const client = (it: Evaluator): Native => it.native(CLIENT, null);

/** https://mongodb.github.io/node-mongodb-native */
export const mongodb: LibraryModel = {
  name: 'mongodb',
  packages: ['mongodb'],
  about: {
    title: 'MongoDB',
    registers: 'nothing; operations of collections are effects, entities are the names of collections',
    guards: "filters with the caller's identity are ownership, also under `$and`, in each branch of `$or`",
    answers: '',
    limits: 'stages of a pipeline other than `$match`; what `bulkWrite` does in detail',
  },
  calls: {
    MongoClient: (it) => client(it),
    'MongoClient.connect': (it, args, site) => {
      const made = client(it);
      return withCallback(it, args, () => made, site) ? UNDEFINED : promise(made);
    },
    ObjectId: (_it, [id]) => unknown(id ? sourcesOf(id) : []),
    ObjectID: (_it, [id]) => unknown(id ? sourcesOf(id) : []),
    'ObjectId.createFromHexString': (_it, [id]) => unknown(id ? sourcesOf(id) : []),
  },
  typed: (it, type) => {
    if (!it.loader.uses('mongodb')) return null;
    const entity =
      /^(?:mongodb\.)?Collection\s*<\s*(?!any\b|unknown\b|[A-Z]\b)(?:I(?=[A-Z]))?(\w+?)(?:Document|Doc)?\s*[,>]/.exec(
        type,
      )?.[1];
    if (entity) return it.native(COLLECTION, { entity: entityName(entity) });
    if (/^(?:mongodb\.)?Db$/.test(type)) return it.native(DATABASE, null);
    return /^(?:mongodb\.)?MongoClient\b/.test(type) ? client(it) : null;
  },
};
