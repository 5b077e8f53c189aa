import type { Evaluator } from '../../wiring/evaluator.js';
import type { LibraryModel, Operation } from '../../wiring/library.js';
import { membersOf } from '../../wiring/globals.js';
import { assignMember, callMember, memberOf } from '../../wiring/members.js';
import { equality } from '../../wiring/tests.js';
import {
  builtin,
  isNullish,
  list,
  listed,
  literal,
  record,
  sourcesOf,
  textOf,
  UNDEFINED,
  UNKNOWN,
  unknown,
  type Value,
} from '../../wiring/value.js';

/** `'where.id'`, `'items[0].id'`, `['where', 'id']`; null when it is not known. */
function pathIn(value: Value | undefined): string[] | null {
  if (value?.k === 'list') {
    const parts = value.elements.map((e) => textOf(e));
    return value.open || parts.includes(null) ? null : (parts as string[]);
  }
  const text = value && textOf(value);
  return text ? text.split(/[.[\]]+/).filter(Boolean) : null;
}
const get: Operation = (it, [object, path, fallback], site) => {
  const parts = pathIn(path);
  if (!object || parts === null) return unknown(object ? sourcesOf(object) : []);
  const found = parts.reduce((value, name) => memberOf(it, value, name, site), object);
  return isNullish(found) && fallback ? fallback : found;
};
/** `set(args, 'data.guildId', me.guildId)`: what was sent under that path is no longer there. */
const set: Operation = (it, [object = UNDEFINED, path, value = UNDEFINED], site) => {
  const parts = pathIn(path);
  const last = parts?.pop();
  if (!parts || last === undefined) return object;
  assignMember(
    it,
    parts.reduce((holder, name) => memberOf(it, holder, name, site), object),
    last,
    value,
    site,
  );
  return object;
};
const names = (it: Evaluator, value: Value | undefined, of: (name: string, v: Value) => Value): Value =>
  value?.k === 'record'
    ? list(
        [...value.members].map(([name, v]) => of(name, v)),
        value.open,
      )
    : unknown(value ? sourcesOf(value) : []);
const some =
  (keep: (name: string, chosen: ReadonlySet<string>) => boolean): Operation =>
  (_it, [object, ...chosen]) => {
    const wanted = chosen.flatMap(listed).map((c) => textOf(c));
    if (object?.k !== 'record' || wanted.includes(null)) return object ?? UNDEFINED;
    const set = new Set(wanted as string[]);
    return record(
      [...object.members].filter(([name]) => keep(name, set)),
      object.open,
    );
  };
/** `merge(target, …sources)`: members of members too. */
function mergeInto(target: Value, source: Value): void {
  if (target.k !== 'record' || source.k !== 'record') return;
  for (const [name, value] of source.members) {
    const had = target.members.get(name);
    if (had?.k === 'record' && value.k === 'record') mergeInto(had, value);
    else
      target.members.set(name, value.k === 'record' ? { ...value, members: new Map(value.members) } : value);
  }
}
const merge: Operation = (_it, [target, ...sources]) => {
  for (const source of sources) mergeInto(target ?? UNDEFINED, source);
  return target ?? UNDEFINED;
};
/** What stands in a list, or under the names of an object, with the function that is called with each. */
const iterated =
  (method: string): Operation =>
  (it, [collection = UNDEFINED, callback = UNDEFINED, ...rest], site) => {
    if (collection.k !== 'record') return callMember(it, collection, method, () => [callback, ...rest], site);
    const { pairs, open } = membersOf(it, collection);
    const named = builtin(method, ([value = UNDEFINED, index = UNDEFINED], self, at) => {
      const name = index.k === 'literal' ? pairs[Number(index.value)]?.[0] : undefined;
      return it.call(callback, [value, name === undefined ? UNKNOWN : literal(name), collection], self, at);
    });
    const values = list(
      pairs.map(([, v]) => v),
      open,
    );
    return callMember(it, values, method, () => [named, ...rest], site);
  };
const LISTED = [
  'map',
  'flatMap',
  'filter',
  'find',
  'findLast',
  'findIndex',
  'findLastIndex',
  'some',
  'every',
  'includes',
];
const forEach = iterated('forEach');
const isNothing: Operation = (it, [value = UNDEFINED], site) => equality(it, value, UNDEFINED, site, false);
const FUNCTIONS: Readonly<Record<string, Operation>> = {
  ...Object.fromEntries(LISTED.map((name) => [name, iterated(name)])),
  forEach,
  each: forEach,
  forIn: forEach,
  forOwn: forEach,
  isUndefined: isNothing,
  isNil: isNothing,
  merge,
  defaultsDeep: merge,
  get,
  keys: (it, [value]) => names(it, value, (name) => literal(name)),
  values: (it, [value]) => names(it, value, (_name, v) => v),
  set,
  pick: some((name, chosen) => chosen.has(name)),
  omit: some((name, chosen) => !chosen.has(name)),
};

export const lodash: LibraryModel = {
  name: 'lodash',
  packages: ['lodash', 'lodash-es', 'lodash.get', 'underscore'],
  calls: {
    ...FUNCTIONS,
    ...Object.fromEntries(Object.entries(FUNCTIONS).map(([name, operation]) => [`/${name}`, operation])),
    '': get,
  },
};
