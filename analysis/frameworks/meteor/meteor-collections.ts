import type { Evaluator } from '../../wiring/evaluator.js';
import { yieldsItself, type LibraryType, type Method, type Operation } from '../../wiring/library.js';
import {
  isCallable,
  promise,
  record,
  stringOf,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type Native,
  type Record_,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { act, type Operation as Act } from '../data/record-queries.js';
import { makeRecord, recordsOf } from '../data/record-values.js';
import { entityName } from '../data/sql-statements.js';

/** `new Mongo.Collection('boats')`: its operations, and `helpers` that its documents have. */
interface Collection {
  entity: string;
  helpers: Record_;
}
const collections = (it: Evaluator): Map<string, Native> =>
  it.stateOf<Map<string, Native>>('meteor:collections', () => new Map());
/** The collection of that name, of which there is one. */
export function collectionNamed(it: Evaluator, name: string): Native {
  let known = collections(it).get(name);
  if (!known) {
    known = it.native(COLLECTION, { entity: entityName(name), helpers: record() } satisfies Collection);
    collections(it).set(name, known);
  }
  return known;
}
export const makeCollection: Operation = (it, [name]) =>
  // Without a name it is kept in memory, for the one who made it.
  name && stringOf(name) !== null ? collectionNamed(it, stringOf(name)!) : UNKNOWN;

const OPERATIONS: Readonly<Record<string, Act>> = {
  find: 'list',
  findOne: 'read',
  insert: 'create',
  update: 'update',
  upsert: 'update',
  remove: 'delete',
};
/** Each has a twin that yields a promise. */
const ASYNC = /Async$/;
function operate(it: Evaluator, self: Native, called: string, args: readonly Value[], site: Site): Value {
  const { entity, helpers } = self.state as Collection;
  const operation = OPERATIONS[called.replace(ASYNC, '')]!;
  const [first = record(), second] = args;
  const sources = act(it, {
    entity,
    operation,
    where: operation === 'create' ? record() : first,
    data: operation === 'create' ? first : operation === 'update' ? second : undefined,
    site,
  });
  const one = sources.includes('identity')
    ? unknown(sources)
    : makeRecord(it, { sources, own: helpers, method: () => undefined });
  if (operation === 'list') return it.native(CURSOR, { one, sources });
  const answer = operation === 'read' ? one : unknown(sources);
  return ASYNC.test(called) ? promise(answer) : answer;
}
const COLLECTION: LibraryType = {
  name: 'meteor collection',
  methods: {
    helpers: (_it, self, [given]) => {
      if (given?.k === 'record')
        for (const [name, value] of given.members)
          (self.state as Collection).helpers.members.set(name, value);
      return UNDEFINED;
    },
    rawCollection: yieldsItself,
    '*': (it, self, [given, ...args], site) => {
      const name = (given && stringOf(given)) ?? '';
      if (Object.hasOwn(OPERATIONS, name.replace(ASYNC, ''))) return operate(it, self, name, args, site);
      return UNKNOWN;
    },
  },
  // `Boats.direct.update(…)` of collection-hooks: without the hooks.
  get: (_it, self, name) => self.members.get(name) ?? (name === 'direct' ? self : null),
};

interface Cursor {
  one: Value;
  sources: readonly string[];
}
const all = (it: Evaluator, self: Native): Value => recordsOf(it, (self.state as Cursor).one);
const counted = (self: Native): Value => unknown(['count', ...(self.state as Cursor).sources]);
const each: Method = (it, self, [work], site) =>
  work && isCallable(work) ? it.call(work, [(self.state as Cursor).one], UNDEFINED, site) : UNKNOWN;
const CURSOR: LibraryType = {
  name: 'meteor cursor',
  methods: {
    fetch: all,
    fetchAsync: (it, self) => promise(all(it, self)),
    count: (_it, self) => counted(self),
    countAsync: (_it, self) => promise(counted(self)),
    forEach: each,
    map: each,
    forEachAsync: (it, self, args, site) => promise(each(it, self, args, site)),
    mapAsync: (it, self, args, site) => promise(each(it, self, args, site)),
    observe: () => UNKNOWN,
    observeChanges: () => UNKNOWN,
  },
  sources: (self) => (self.state as Cursor).sources,
};
