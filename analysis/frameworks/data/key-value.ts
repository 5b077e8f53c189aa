import { ofHolder } from '../../wiring/collections.js';
import { LASTING } from '../../protections/how-often.js';
import { isInput, mergeSources, type Source } from '../../wiring/fact.js';
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
  record,
  sourcesOf,
  textOf,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { MAILED_CODE } from '../../protections/names.js';
import { act, isSecretInput } from './record-queries.js';

/**
 * What a key-value store holds under a key. What lies under a key that only its holder can present says who calls, or is a
 * record that is found by a secret; everything else is something that was put away, as in a cache, and no record.
 */
function lookedUp(it: Evaluator, key: Value | undefined, site: Site): readonly Source[] {
  const sources = key ? sourcesOf(key) : [];
  const holder = ofHolder(sources);
  if (holder) return holder;
  return bySecret(it, 'read', key, site) ?? mergeSources(sources, ['stored']);
}
/** What is done to the record that is kept under a secret which the request brings; null where the key is none. */
function bySecret(
  it: Evaluator,
  operation: 'read' | 'delete',
  key: Value | undefined,
  site: Site,
): readonly Source[] | null {
  const sources = key ? sourcesOf(key) : [];
  const secret = sources.find(isSecretInput) ?? sources.find((s) => MAILED_CODE.test(columnOf(key!, s)));
  if (key === undefined || secret === undefined) return null;
  const entity = keptAs(key) || nameOf(secret);
  keptForAWhile(it).add(entity);
  const column = isSecretInput(secret) ? nameOf(secret) : columnOf(key, secret);
  return act(it, { entity, operation, where: record([[column, key]]), site });
}
/** `password-reset:${code}` as a column would be called that holds it: what the code is for stands in front. */
const columnOf = (key: Value, input: Source): string =>
  isInput(input) && nameOf(input) === 'code' ? `${frontOf(key)}_code`.replace(/\W+/g, '_') : '';
/** Kinds of records that a store keeps which is told how long when it is given them. */
export const keptForAWhile = (it: Evaluator): Set<string> =>
  it.stateOf('key-value:kept', () => new Set<string>());
/** `reset:${token}`: what stands in front says what is kept there. */
const keptAs = (key: Value): string => /^[\w.-]+/.exec(frontOf(key))?.[0].replace(/[.-]+$/, '') ?? '';
const frontOf = (key: Value): string => textOf(key)?.split('*')[0] ?? '';
const nameOf = (input: Source): string => input.slice(input.lastIndexOf('.') + 1);
const read: Method = (it, _self, [key], site) => promise(unknown(lookedUp(it, key, site)));
/** What somebody was sent, and says to show that it has reached them. */
const CODE = /[._a-z](?:code|pin)$/i;
/**
 * `hget(`codes:${person}`, code)`: of what is kept for somebody, a field that only they can name. In a table of everything
 * that has a code, as `hget('rooms', code)`, it is only a name.
 */
const readField: Method = (it, self, [key, field], site) => {
  const secret = field && sourcesOf(field).find((s) => isSecretInput(s) || (isInput(s) && CODE.test(s)));
  if (!key || !secret || sourcesOf(key).length === 0) return read(it, self, key ? [key] : [], site);
  const where = record([
    ['secret', field],
    ['key', key],
  ]);
  return promise(unknown(act(it, { entity: keptAs(key) || nameOf(secret), operation: 'read', where, site })));
};
const write: Method = () => promise(UNDEFINED);
/** Whether something has been put there, or taken away: `set(key, 1, 'EX', 60, 'NX')` of a lock that somebody else holds comes to nothing. */
const answered = (): Value => promise(unknown(['stored']));
const remove: Method = (it, _self, keys, site) => {
  for (const key of keys) bySecret(it, 'delete', key, site);
  return answered();
};
const take: Method = (it, self, args, site) => {
  const found = read(it, self, args, site);
  remove(it, self, args.slice(0, 1), site);
  return found;
};
/** `wrap(key, make)`, `getOrSet(key, make)`: what is put away, or made now. */
const readOrMake: Method = (it, _self, args, site) => {
  const make = args.find(isCallable);
  return make ? promise(it.awaiting(it.call(make, [], UNDEFINED, site))) : promise(UNKNOWN);
};
const count: Method = (_it, _self, [key]) =>
  promise(unknown(mergeSources(['count', 'stored'], key ? sourcesOf(key) : [])));

const READS = [
  'get',
  'getex',
  'hgetall',
  'hGetAll',
  'getEx',
  'peek',
  'fetch',
  'exists',
  'has',
  'getItem',
  'getItemRaw',
  'hasItem',
  'getMeta',
];
const ANSWERED = ['set', 'setnx', 'setNX', 'msetnx', 'hset', 'hSet', 'hdel', 'hDel', 'expire', 'pexpire'];
const WRITES = [
  'setex',
  'setEx',
  'psetex',
  'hmset',
  'mset',
  'reset',
  'clear',
  'flushall',
  'flushAll',
  'setItem',
  'setItemRaw',
  'connect',
  'disconnect',
  'quit',
  'ping',
  'publish',
];
const REMOVALS = ['del', 'delete', 'unlink', 'removeItem', 'remove'];
const TAKES = ['getdel', 'getDel', 'take'];
const COUNTS = ['incr', 'incrby', 'incrBy', 'decr', 'hincrby', 'hIncrBy'];
/** A connection has many more commands; what they yield was stored by somebody. */
const command: Method = (it, _self, [, ...args], site) => {
  it.handToUnknown(args, ['stored'], site);
  return promise(unknown(['stored']));
};
/** How long a key will still be there. */
const lasting: Method = () => promise(unknown([LASTING, 'stored']));
const LASTS = ['ttl', 'pttl', 'pTTL', 'expiretime', 'expireTime', 'getTtl', 'getRemainingTTL'];
const STORE: LibraryType = {
  name: 'key-value store',
  methods: {
    '*': command,
    ...Object.fromEntries(READS.map((name) => [name, read])),
    ...Object.fromEntries(WRITES.map((name) => [name, write])),
    ...Object.fromEntries(ANSWERED.map((name) => [name, answered])),
    ...Object.fromEntries(REMOVALS.map((name) => [name, remove])),
    ...Object.fromEntries(TAKES.map((name) => [name, take])),
    ...Object.fromEntries(COUNTS.map((name) => [name, count])),
    ...Object.fromEntries(LASTS.map((name) => [name, lasting])),
    hget: readField,
    hGet: readField,
    wrap: readOrMake,
    getOrSet: readOrMake,
    // Another connection, or part, of the same store.
    duplicate: yieldsItself,
    mount: yieldsItself,
    on: yieldsItself,
    once: yieldsItself,
  },
};
export const makeStore: Operation = (it) => it.native(STORE, null);

const TYPES = /^(?:Redis|RedisClient|RedisClientType|RedisCommander|Cluster|Keyv|NodeCache|LRUCache)\b/;
/** Where workers run, `Cache` is something else. */
const MANAGED = /^Cache$/;
const PACKAGES = [
  'redis',
  '@redis/client',
  'ioredis',
  '@upstash/redis',
  '@vercel/kv',
  'keyv',
  'node-cache',
  'lru-cache',
  'cache-manager',
];
/**
 * Stores of values under keys, in memory or elsewhere: Redis, Keyv, and caches.
 * https://redis.io/docs/latest/commands, https://keyv.org, https://unstorage.unjs.io
 */
export const keyValue: LibraryModel = {
  name: 'key-value',
  packages: [...PACKAGES, 'unstorage'],
  about: {
    title: 'Redis, Keyv, unstorage and other key-value stores',
    registers: 'nothing',
    guards:
      'what lies under a key that is a secret of the caller is looked up by it; what lies under a credential says who calls',
    answers: '',
    limits:
      'only what lies under a secret of the caller, and its removal, are effects: most of what is kept so is a cache',
  },
  calls: {
    '': makeStore,
    createClient: makeStore,
    createCluster: makeStore,
    createSentinel: makeStore,
    Redis: makeStore,
    'Redis.fromEnv': makeStore,
    Cluster: makeStore,
    Keyv: makeStore,
    LRUCache: makeStore,
    NodeCache: makeStore,
    caching: makeStore,
    createCache: makeStore,
    multiCaching: makeStore,
    createStorage: makeStore,
    prefixStorage: makeStore,
  },
  member: (it, [name, ...rest]) =>
    (name === 'kv' || name === 'cache') && rest.length === 0 ? it.native(STORE, null) : null,
  typed: (it, type) =>
    (TYPES.test(type) && PACKAGES.some((name) => it.loader.uses(name))) ||
    (MANAGED.test(type) && it.loader.uses('cache-manager'))
      ? it.native(STORE, null)
      : null,
};
