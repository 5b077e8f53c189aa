import { countOf, listMethod } from './lists.js';
import type { Evaluator } from './evaluator.js';
import { isIdentity, mergeSources, type Source } from './fact.js';
import { OF_UNFILLED, UNFILLED } from './unfilled-sources.js';
import { BASE, classMember, knownMember, staticMember } from './classes.js';
import { keptIn } from './collections.js';
import { awaited, isComputation, promiseMethod } from './promises.js';
import { noteEventStream } from './event-stream.js';
import { behaviourOfExternal } from './externals.js';
import { forEach, functionMethod, memberOfFunction } from './functions.js';
import { binary } from './operators.js';
import { allAsWritten, overwrite, overwrittenIn } from './overwritten.js';
import { isHolder, rolesOf } from './people.js';
import { stringMethod } from './strings.js';
import {
  builtin,
  choice,
  isCallable,
  isNullish,
  joinValues,
  literal,
  list,
  promise,
  sourcesOf,
  stringOf,
  UNDEFINED,
  unknown,
  UNKNOWN,
  optionsOf,
  type Option,
  type Site,
  type Value,
} from './value.js';
import { asked, filtered, FINDS_PLACE, oneIn } from './quantified.js';
import { listedIn } from './tables.js';
import { noteUnfollowed } from './unfollowed.js';

/** `value.name` */
export function memberOf(it: Evaluator, value: Value, name: string, site: Site): Value {
  switch (value.k) {
    case 'record': {
      const own = value.members.get(name);
      if (own) return own;
      const getter = value.getters?.get(name);
      if (getter) return it.call(getter, [], value, site);
      const inherited = value.cls ? classMember(it, value.cls, name, value, site) : null;
      if (inherited) return inherited;
      const made = value.members.get(BASE);
      // Of a prototype it is known what was put there, and not that this is all.
      if (made && (made.k !== 'record' || made.members.has(name))) return memberOf(it, made, name, site);
      // What a class inherits from something unseen may be what a schema declares.
      if (value.cls && value.open === UNKNOWN) return memberOf(it, UNKNOWN, name, site);
      if (value.open)
        return value.open.k === 'unknown' ? unknown(memberSources(value.open.sources, name)) : value.open;
      return UNDEFINED;
    }
    case 'function':
      return memberOfFunction(value, name);
    case 'class': {
      const own = staticMember(it, value, name);
      if (own) return own;
      if (name === 'name') return literal(value.node.name ?? '');
      if (name === 'prototype') return it.classPrototype(value);
      if (value.base) return memberOf(it, value.base, name, site);
      return UNDEFINED;
    }
    case 'native': {
      const known = it.touch(value).type.get?.(it, value, name, site) ?? value.members.get(name);
      if (known) return known;
      const method = own(value.type.methods, name);
      if (method) return { k: 'builtin', name, call: (args, _self, at) => method(it, value, args, at) };
      const sources = sourcesOf(value);
      const column = sources.some((s) => it.rows.has(s)) ? { column: name } : {};
      return unknown(memberSources(sources, name), { ...column, ...rolesOf(sources, name) });
    }
    case 'external':
      if (name === 'default') return value;
      return it.modules.externalMember(value.package, [...value.path, name]);
    case 'choice': {
      const alive = value.options.filter((o) => !isNullish(o.value));
      return alive.length === 0
        ? UNDEFINED
        : choice(alive.map((o) => ({ value: memberOf(it, o.value, name, site), facts: o.facts })));
    }
    case 'list':
      if (name === 'length') return value.open ? unknown(sourcesOf(value.open)) : countOf(value);
      if (/^\d+$/.test(name)) return value.elements[Number(name)] ?? value.open ?? UNDEFINED;
      return LIST_METHODS.has(name) ? methodOfLists(it, value, name) : UNDEFINED;
    case 'unknown': {
      const known = knownMember(it, value, name, site) ?? overwrittenIn(it, value, name);
      if (known) return known;
      // How many were found.
      if (name === 'length' && value.sources.some((s) => it.rows.get(s)?.scoped))
        return unknown(mergeSources(['count'], value.sources));
      if (value.sources.every((s) => UNSEEN_DATABASE.test(s)) && !value.wraps) {
        const bySchema = it.knowledge.schemaMember(it, name);
        if (bySchema) return bySchema;
        const typed = value.type ? memberOfTyped(it, value.type, name) : null;
        if (typed) return typed;
      }
      // Records that were found have one: how many they are.
      if (name === 'length' && value.sources.some((s) => it.rows.has(s) || s === 'identity'))
        return unknown(mergeSources(['count'], value.sources));
      return unknown(memberSources(value.sources, name), {
        ...(value.origin ? { origin: { ...value.origin, path: [...value.origin.path, name] } } : {}),
        ...(value.sources.some((s) => it.rows.has(s)) ? { column: name } : {}),
        ...(LENGTH.has(name) ? { form: 'length' as const } : rolesOf(value.sources, name)),
      });
    }
    case 'promise':
      return memberOf(it, value.value, name, site);
    case 'text':
    case 'literal':
      if (name === 'length')
        return stringOf(value) !== null ? literal(stringOf(value)!.length) : unknown(sourcesOf(value));
      return isNullish(value) ? UNDEFINED : unknown(sourcesOf(value));
    default:
      return unknown(sourcesOf(value));
  }
}
const LENGTH: ReadonlySet<string> = new Set(['length', 'byteLength']);
/** `typeof [].includes`, `[].slice.call(parts)`: a method that is not called where it is named. */
const methodOfLists = (it: Evaluator, value: Value, name: string): Value =>
  builtin(name, (args, self, site) => {
    const list = isNullish(self) ? value : self;
    if (list.k !== 'list') return callMember(it, list, name, () => [...args], site);
    const result = listMethod(it, list, name, args, site);
    if (!result) it.handToUnknown(args, sourcesOf(list), site);
    return result ?? unknown(mergeSources(sourcesOf(list), ...args.map((a) => sourcesOf(a))));
  });
/** Methods that every list has: programs ask for those that were not always there. */
const LIST_METHODS = new Set(
  (
    'at concat copyWithin entries every fill filter find findIndex findLast findLastIndex flat flatMap forEach includes ' +
    'indexOf join keys lastIndexOf map pop push reduce reduceRight reverse shift slice some sort splice toLocaleString ' +
    'toReversed toSorted toSpliced toString unshift values with'
  ).split(' '),
);
function memberOfTyped(it: Evaluator, type: string, name: string): Value | null {
  const known = it.typedValue(type, null);
  return known.k === 'native' ? memberOf(it, known, name, it.modules.somewhere) : null;
}
/** A member of a table; `toString` and the like, which every object inherits, are none. */
export const own = <T>(table: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(table, name) ? table[name] : undefined;
const OPEN_PARTS = new Set([
  'params',
  'query',
  'body',
  'message',
  'header',
  'identity',
  'cookies',
  'session',
  'request',
  'file',
  // What a request is wrapped in: the input of a GraphQL operation, the payload of a message.
  ...['input', 'data', 'payload', 'variables'].flatMap((name) => [`body.${name}`, `message.${name}`]),
]);
/** The sources of a member: `body` becomes `body.name`; what is more specific stays as it is. */
export function memberSources(sources: readonly Source[], name: string): readonly Source[] {
  if (sources.length === 0) return sources;
  return mergeSources(
    sources.map((s) => {
      if (s === 'config:?') return `config:${name}`;
      if (s === UNFILLED) return OF_UNFILLED;
      if (s === 'session') return saysWhose(name) ? 'identity' : `session.${name}`;
      // What something unseen put into a request: `c.get('ctx').user`.
      if (UNSEEN.test(s) && IDENTITY_NAME.test(name)) return 'identity';
      // `context.tenant.role`: what whoever calls may do in it.
      if (UNSEEN.test(s) && ROLE_NAME.test(name)) return `identity.${name}`;
      // `session.user.role`: of the one whose session it is.
      if (PERSON_OF.test(s)) return `identity.${name}`;
      if (s === 'query' && IN_ADDRESS.test(name)) return 'credential';
      return OPEN_PARTS.has(s) ? `${s}.${name}` : s;
    }),
  );
}
/** What something unseen put there, called as databases are: `context.db`. */
const UNSEEN_DATABASE = /^request\.\w*(?:db|database|orm)$/i;
// An association of a record is mostly called as its model is: `session.User`.
const PERSON_OF = /^identity\.(user|profile|account|claims|payload)$/i;
/** What a caller presents as proof in the address: https://www.rfc-editor.org/rfc/rfc6750#section-2.3 */
const IN_ADDRESS = /^(?:api_?key|access_?token)$/i;
const UNSEEN = /^request\.(?!(?:path|method|ip|id|origin|url)$)/;
/** Members of a session or request that hold who the caller is, by convention of the ecosystem. */
export const IDENTITY_NAME =
  /^(current|auth(enticated)?|signed_?in|logged_?in|session|jwt|token)?_?(user|users?_?id|uid|account|account_?id|identity|auth|principal|viewer|member|session|passport|userinfo|username|login|profile|claims|tokenpayload)$/i;

/** Members of a session or request that say what the caller may, by the same convention. */
export const ROLE_NAME = /^(?:user_?)?(?:roles?|permissions?|is_?(?:super_?)?admin)$/i;

/** Of a session, which only the server writes: whose it is, also in the words of the program. */
export const saysWhose = (name: string): boolean => IDENTITY_NAME.test(name) || isHolder(name);

/** `value[index]` */
export function indexOf(it: Evaluator, value: Value, index: Value, site: Site): Value {
  if (index.k === 'literal') return memberOf(it, value, String(index.value), site);
  if (index.k === 'choice')
    return choice(index.options.map((o) => ({ value: indexOf(it, value, o.value, site), facts: o.facts })));
  const sources = sourcesOf(index);
  const listed = value.k === 'record' ? listedIn(it, value, sources, site) : null;
  if (listed) return listed;
  const found = value.k === 'record' && keptIn(it, value, sources, site);
  if (found) return found;
  if (value.k === 'list') {
    const all = value.open ? [...value.elements, value.open] : value.elements;
    return all.length === 0 ? UNDEFINED : all.reduce(joinValues);
  }
  if (value.k === 'native') {
    const any = it.touch(value).type.get?.(it, value, '*index*', site);
    return any ?? unknown(mergeSources(sourcesOf(value), sources));
  }
  if (value.k === 'choice')
    return choice(
      value.options
        .filter((o) => !isNullish(o.value))
        .map((o) => ({ ...o, value: isEmpty(o.value) ? UNDEFINED : indexOf(it, o.value, index, site) })),
    );
  return unknown(mergeSources(sourcesOf(value), sources));
}
/** `(user.roles ?? {})[group]`: what stands in for a table that is not there holds nothing. */
const isEmpty = (v: Value): boolean => v.k === 'record' && v.members.size === 0 && v.open === null;

/** `value.name = assigned` */
export function assignMember(it: Evaluator, value: Value, name: string, assigned: Value, site: Site): void {
  switch (value.k) {
    case 'record':
    case 'function':
    case 'class':
      it.journal.write(value.members, name, assigned);
      return;
    case 'native':
      it.touched++;
      noteEventStream(it, name, [assigned]);
      if (value.type.set?.(it, value, name, assigned, site)) return;
      it.journal.write(value.members, name, assigned);
      return;
    case 'choice':
      for (const option of value.options)
        if (!isNullish(option.value)) assignMember(it, option.value, name, assigned, site);
      return;
    case 'list':
      if (/^\d{1,4}$/.test(name)) {
        const { elements } = value;
        const [index, length] = [Number(name), elements.length];
        const before = elements[index];
        it.journal.adds(value.bornAt ?? 0, () => {
          if (before) elements[index] = before;
          elements.length = length;
        });
        while (elements.length < index) elements.push(UNDEFINED);
        elements[index] = assigned;
      }
      return;
    case 'unknown':
      // Whose a session is, written into it, signs them in; in front of the handler it only keeps up what was.
      if (value.sources.includes('session') && saysWhose(name) && it.recorder?.inChain === false)
        it.recorder.act(it, 'session-set', 'session', site);
      overwrite(it, value, name, assigned);
      return;
    default:
  }
}

/** `value.name(args)`: methods of strings, lists, functions and promises are known here. */
export function callMember(
  it: Evaluator,
  value: Value,
  name: string,
  evaluateArgs: () => Value[],
  site: Site,
): Value {
  if (value.k === 'choice') {
    const alive = value.options.filter((o) => !isNullish(o.value));
    if (alive.length === 1) return callMember(it, alive[0]!.value, name, evaluateArgs, site);
    const args = evaluateArgs();
    if (alive.length === 0) return UNKNOWN;
    return forEach(it, alive, (v) => callMember(it, v, name, () => args, site));
  }
  const given = evaluateArgs();
  const args = value.k === 'native' ? allAsWritten(it, given) : given;
  noteEventStream(it, name, args);
  if (value.k === 'promise') return promiseMethod(it, value, name, args, site);
  const plain =
    value.k === 'list'
      ? listMethod(it, value, name, args, site)
      : value.k === 'literal' || value.k === 'text'
        ? stringMethod(it, value, name, args, site)
        : null;
  if (plain) return plain;
  if (
    value.k === 'function' ||
    value.k === 'builtin' ||
    value.k === 'external' ||
    (value.k === 'unknown' && value.wraps)
  ) {
    const result = functionMethod(it, value, name, args, site);
    if (result) return result;
  }
  if (value.k === 'native') {
    const special = it.touch(value).type.get?.(it, value, name, site) ?? value.members.get(name);
    if (special) return it.call(special, args, value, site);
    const method = own(value.type.methods, name);
    if (method) {
      it.step();
      return method(it, value, args, site);
    }
    const any = value.type.methods['*'];
    if (any) return any(it, value, [literal(name), ...args], site);
    it.handToUnknown(args, sourcesOf(value), site);
    return unknown(mergeSources(sourcesOf(value), ...args.map((a) => sourcesOf(a))));
  }
  if (value.k === 'external') {
    const member = memberOf(it, value, name, site);
    return member.k === 'external'
      ? behaviourOfExternal(it, member, args, value, site)
      : it.call(member, args, value, site);
  }
  if (value.k === 'unknown') {
    it.tell(name, null, args, site);
    const known = stringMethod(it, value, name, args, site) ?? collectionMethod(it, value, name, args, site);
    if (known) return known;
    const typed = knownMember(it, value, name, site) ?? (value.type && memberOfTyped(it, value.type, name));
    if (typed && isCallable(typed)) return it.call(typed, args, value, site);
    // Whatever the database, a transaction is done when the function is that works in it, and yields what that yields.
    const work =
      name === 'transaction' ? args.findLast((a) => a.k === 'function' && a.fn.isAsync) : undefined;
    if (work) return it.call(work, [value], UNDEFINED, site);
    if (value.origin)
      return behaviourOfExternal(
        it,
        { ...value.origin, path: [...value.origin.path, name] },
        args,
        value,
        site,
        value.sources,
      );
    const text = it.knowledge.textCall(it, name, args, site);
    if (text) return text;
    noteUnfollowed(it, name, args, site);
    it.handToUnknown(args, value.sources, site);
    return unknown(mergeSources(memberSources(value.sources, name), ...args.map((a) => sourcesOf(a))));
  }
  const member = memberOf(it, value, name, site);
  if (isNullish(member)) {
    if (name === 'hasOwnProperty' && args[0]) return binary(it, 'in', args[0], value, site);
    it.handToUnknown(args, [], site);
    return unknown(mergeSources(sourcesOf(value), ...args.map((a) => sourcesOf(a))));
  }
  return it.call(member, args, value, site);
}
/** Callbacks over an unknown collection see elements that come from where it comes from. */
function collectionMethod(
  it: Evaluator,
  value: Value & { k: 'unknown' },
  name: string,
  args: readonly Value[],
  site: Site,
): Value | null {
  switch (OVER_EACH.test(name) ? 'each' : name) {
    case 'each': {
      const callback = args[0];
      if (callback?.k !== 'function') return null;
      let result = UNKNOWN as Value;
      it.aside(() => {
        result = it.call(callback, [oneIn(value), UNKNOWN], UNDEFINED, site);
        // `Promise.all(ids.map((id) => db.delete(…)))`: what is made for each is waited for later, if at all.
        if (isComputation(result)) result = awaited(it, result);
      });
      const answer = asked(it, value, name, result, site);
      if (answer || FINDS_PLACE.test(name))
        return answer ?? unknown(mergeSources(value.sources, sourcesOf(result)));
      const kept = name === 'filter' || name === 'flatMap' ? filtered(it, value, result, site) : null;
      if (kept || (name !== 'map' && name !== 'flatMap')) return kept ?? unknown(value.sources);
      // `keys.map((key) => (given) => given === key)`: a test for each of them.
      if (name === 'map' && (result.k === 'function' || isPutToCaller(value, result)))
        return list([], result);
      const each = unknown(mergeSources(value.sources, sourcesOf(result)));
      // A check of each of them is waited for with all of them.
      return result.k === 'promise' && result.facts.length > 0
        ? list([], promise(each, result.facts, result.of))
        : each;
    }
    case 'reduce': {
      // A table that is walked by the parts of a name: what may be called after one, two or three steps.
      const [callback, first] = args;
      if (callback?.k !== 'function' || first === undefined) return null;
      let reached: Value = first;
      const callables: Option[] = [];
      for (let step = 0; step < MAX_STEPS && optionsOf(reached).some((o) => o.value.k === 'record'); step++) {
        reached = it.call(callback, [reached, unknown(value.sources), UNKNOWN], UNDEFINED, site);
        callables.push(...optionsOf(reached).filter((o) => isCallable(o.value)));
      }
      // What is gathered from the elements in a map, a set or a list is found in it.
      if (first.k === 'native' || first.k === 'list') {
        it.aside(() => {
          reached = it.call(callback, [first, unknown(value.sources), UNKNOWN], UNDEFINED, site);
        });
        if (reached === first) return first;
      }
      return callables.length > 0
        ? { k: 'choice', options: callables }
        : unknown(mergeSources(value.sources, sourcesOf(reached)));
    }
    case 'then':
    case 'catch':
    case 'finally':
      return promiseMethod(it, promise(value), name, args, site);
    default:
      return null;
  }
}
/** `rows.map((row) => ({ ownerId: me, … }))`: whose each is stands in a column of its own, which what comes of them all does not say. */
const isPutToCaller = (of: Value, result: Value): boolean =>
  result.k === 'record' && sourcesOf(result).some(isIdentity) && !sourcesOf(of).some(isIdentity);
const OVER_EACH = /^(?:map|flatMap|filter|find(?:Last)?(?:Index)?|some|every|forEach|sort)$/;
const MAX_STEPS = 3;
