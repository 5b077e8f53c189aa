import type { FunctionNode } from '../syntax/ast.js';
import { fileUrl, SEARCH, URL_TYPE } from './addresses.js';
import { type Collection, MAP, SET, setEntry } from './collections.js';
import { REGEX } from './patterns.js';
import type { ModuleInstance } from './instance.js';
import type { Evaluator } from './evaluator.js';
import { readableStream } from './event-stream.js';
import { mergeSources } from './fact.js';
import { keptPeople } from './kept-people.js';
import type { LibraryType } from './library.js';
import { callMember, own } from './members.js';
import { defineMetadata, metadataKeysOf, metadataOf, noteMetadata } from './metadata.js';
import { promiseGlobal } from './promises.js';
import { binary, CALCULATIONS, calculated } from './operators.js';
import { proxy } from './proxies.js';
import { assignAll, spreadInto } from './spreading.js';
import { anyBoolean } from './tests.js';
import { elementsOf } from './loops.js';
import { asText, isRewritten } from './texts.js';
import {
  builtin,
  choice,
  isNullish,
  isOfNobody,
  list,
  literal,
  optionsOf,
  record,
  sourcesOf,
  textOf,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type Native,
  type Site,
  type Value,
} from './value.js';

/** A name that no scope and no import declares: the language's and Node's globals. */
export function globalValue(it: Evaluator, name: string, site: Site): Value {
  const { module } = site;
  switch (name) {
    case 'module':
      return module.moduleObject;
    case 'exports':
      return module.exportsValue;
    case 'require':
      return builtin('require', (args) => requireModule(it, args, site));
    case 'globalThis':
    case 'window':
    case 'self':
    case 'global':
      return it.globalObject;
    case '__dirname':
      return literal(`/${module.path.split('/').slice(0, -1).join('/')}`);
    case '__filename':
      return literal(`/${module.path}`);
    default:
      return (
        it.globalObject.members.get(name) ??
        own(table(it), name) ??
        putThere(it, name, site) ??
        unknown([], { origin: { k: 'external', package: 'global', path: [name] } })
      );
  }
}
/** What a framework puts into modules under this name. */
function putThere(it: Evaluator, name: string, site: Site): Value | null {
  for (const model of it.knowledge.models) {
    const found = model.global?.(it, name, site);
    if (found) return found;
  }
  return null;
}
/** One function that loads whatever it is told to is one thing that is not known, on however many lines it does so. */
function noteComputed(it: Evaluator, site: Site): void {
  const told = it.stateOf('require:computed', () => new Set<FunctionNode>());
  const fn = it.currentFrame?.fn;
  if (fn && told.has(fn)) return;
  if (fn) told.add(fn);
  it.gap('a module is required by a name that is computed', it.place(site));
}
function requireModule(it: Evaluator, args: readonly Value[], site: Site): Value {
  const wanted = args[0] ?? UNDEFINED;
  const values = optionsOf(wanted).map((option) => {
    const text = textOf(option.value);
    if (text === null || text.includes('*')) {
      noteComputed(it, site);
      return UNKNOWN;
    }
    // Absolute paths are made from `__dirname`, which here is the path inside the repository.
    const target = text.startsWith('/')
      ? it.loader.resolve('index.js', `.${text}`)
      : it.loader.resolve(site.module.path, text);
    // Not in the repository, and read while starting: written where it is deployed, as settings are.
    if (target.kind === 'missing' && text.startsWith('/') && it.recorder === null)
      return unknown(['config:?']);
    if (target.kind === 'file') {
      const instance = it.modules.instantiate(target.path);
      return instance
        ? instance.module.exports.length > 0 && instance.exportsValue === instance.commonJs
          ? it.modules.exported(instance, '*')
          : instance.exportsValue
        : UNKNOWN;
    }
    return it.modules.importValue(site.module, text, '*');
  });
  return values.length === 1 ? values[0]! : choice(values.map((value) => ({ value, facts: [] })));
}

const tables = new WeakMap<Evaluator, Record<string, Value>>();
function table(it: Evaluator): Record<string, Value> {
  let known = tables.get(it);
  if (!known) tables.set(it, (known = makeTable(it)));
  return known;
}
const namespace = (members: Record<string, Value>): Value => record(Object.entries(members), UNKNOWN);
const merged = (args: readonly Value[]): Value => unknown(mergeSources(...args.map((a) => sourcesOf(a))));
const isAllSent = (value: Value | undefined): boolean =>
  value?.k === 'unknown' && value.sentBut?.length === 0;
const rewritten = (value: Value): Value => unknown(sourcesOf(value), { form: 'rewritten' });

function makeTable(it: Evaluator): Record<string, Value> {
  const fn = (name: string, call: (args: readonly Value[], site: Site) => Value): Value =>
    builtin(name, (args, _self, site) => call(args, site));
  const deferred = fn('deferred', (args, site) => {
    it.handToUnknown(args, [], site);
    return UNKNOWN;
  });
  /** `setImmediate(next)`: it is called by itself, after this. */
  const later = fn('later', (args, site) => {
    if (args[0]?.k === 'builtin') it.call(args[0], [], UNDEFINED, site);
    else it.handToUnknown(args, [], site);
    return UNKNOWN;
  });
  const passing = (name: string): Value =>
    fn(name, (args) => (args[0]?.k === 'literal' ? UNKNOWN : merged(args)));
  return {
    undefined: UNDEFINED,
    NaN: literal(Number.NaN),
    Infinity: literal(Number.POSITIVE_INFINITY),
    process: record(
      [
        ['env', it.native(ENVIRONMENT, null)],
        ['on', deferred],
        ['once', deferred],
        ['nextTick', later],
        ['cwd', fn('cwd', () => literal(''))],
        ['exit', fn('exit', () => it.endPath({ how: 'throw', status: null }))],
      ],
      UNKNOWN,
    ),
    console: record(
      [],
      fn('console', () => UNDEFINED),
    ),
    setTimeout: later,
    setInterval: deferred,
    setImmediate: later,
    queueMicrotask: later,
    Object: objectGlobal(it),
    Array: namespace({
      isArray: fn('isArray', ([v], site) =>
        v?.k === 'list'
          ? literal(true)
          : v?.k === 'literal' || v?.k === 'text' || v?.k === 'record' || v?.k === 'function'
            ? literal(false)
            : anyBoolean(it, v ? sourcesOf(v) : [], site),
      ),
      from: fn('from', ([v, map], site) => {
        const { known, open } = v ? elementsOf(it, v, 'of') : { known: [], open: null };
        const all = list([...known], open);
        return map ? callMember(it, all, 'map', () => [map], site) : all;
      }),
      of: fn('of', (args) => list([...args])),
    }),
    JSON: namespace({
      parse: fn('parse', (args) => merged(args)),
      stringify: fn('stringify', (args) => (isAllSent(args[0]) ? rewritten(merged(args)) : merged(args))),
    }),
    Promise: promiseGlobal(it),
    ReadableStream: fn('ReadableStream', (args, site) => readableStream(it, args, site)),
    Proxy: fn('Proxy', ([target, handler]) => proxy(it, target ?? UNDEFINED, handler ?? UNDEFINED)),
    Map: fn('Map', ([entries]) => {
      const state: Collection = { entries: record(), list: list([]) };
      if (entries?.k === 'list')
        for (const e of entries.elements)
          if (e.k === 'list') setEntry(it, state, e.elements[0] ?? UNDEFINED, e.elements[1] ?? UNDEFINED);
      return it.native(MAP, state);
    }),
    WeakMap: fn('WeakMap', () => it.native(MAP, { entries: record(), list: list([]) })),
    Set: fn('Set', ([values]) =>
      it.native(
        SET,
        values ? list([...elementsOf(it, values, 'of').known], elementsOf(it, values, 'of').open) : list([]),
      ),
    ),
    String: fn('String', ([v]) => (v?.k === 'literal' ? asText(v) : (v ?? literal('')))),
    Number: fn('Number', ([v]) =>
      v?.k === 'literal'
        ? literal(Number(v.value))
        : v
          ? unknown(sourcesOf(v), { isDefined: true })
          : literal(0),
    ),
    Boolean: builtin('Boolean', ([v]) => v ?? literal(false)),
    parseInt: passing('parseInt'),
    parseFloat: passing('parseFloat'),
    isNaN: passing('isNaN'),
    encodeURIComponent: passing('encodeURIComponent'),
    decodeURIComponent: passing('decodeURIComponent'),
    Symbol: it.native(SYMBOL, null),
    Math: namespace(
      Object.fromEntries(
        Object.keys(CALCULATIONS).map((name) => [name, fn(name, (args) => calculated(name, args))]),
      ),
    ),
    Reflect: namespace({
      metadata: fn('metadata', ([key, value]) =>
        builtin('metadata', (target) => {
          noteMetadata(it, key ?? UNDEFINED, value ?? UNDEFINED, target);
          return UNDEFINED;
        }),
      ),
      defineMetadata: fn('defineMetadata', ([key, value, target, name]) => {
        defineMetadata(it, key ?? UNDEFINED, value ?? UNDEFINED, target, name);
        return UNDEFINED;
      }),
      getMetadata: fn('getMetadata', ([key, target, name]) => metadataOf(it, key ?? UNDEFINED, target, name)),
      getOwnMetadata: fn('getOwnMetadata', ([key, target, name]) =>
        metadataOf(it, key ?? UNDEFINED, target, name),
      ),
      hasMetadata: fn('hasMetadata', ([key, target, name]) =>
        literal(!isNullish(metadataOf(it, key ?? UNDEFINED, target, name))),
      ),
      getMetadataKeys: fn('getMetadataKeys', ([target, name]) => metadataKeysOf(it, target, name)),
    }),
    Date: namespace({}),
    Error: fn('Error', ([message]) => record([['message', message ?? UNDEFINED]], UNKNOWN)),
    TypeError: fn('TypeError', ([message]) => record([['message', message ?? UNDEFINED]], UNKNOWN)),
    URL: fn(
      'URL',
      (args) =>
        fileUrl(it, args) ??
        it.native(
          URL_TYPE,
          args[0]?.k !== 'native' && mergeSources(...args.map((a) => sourcesOf(a))).length > 0
            ? merged(args)
            : (args[0] ?? UNKNOWN),
        ),
    ),
    URLSearchParams: fn('URLSearchParams', (args) => it.native(SEARCH, merged(args))),
    Buffer: namespace({
      from: fn('from', (args) => (args[0] && isRewritten(args[0]) ? rewritten(merged(args)) : merged(args))),
    }),
    RegExp: fn('RegExp', (args) =>
      it.native(REGEX, {
        // Whatever stands in the parts that are not known: where the rest does not fit, none of it would.
        pattern: textOf(args[0] ?? UNDEFINED, '.*') ?? '',
        flags: (args[1] && textOf(args[1])) ?? '',
        isPartial: args[0]?.k !== 'literal',
      }),
    ),
  };
}
function objectGlobal(it: Evaluator): Value {
  const entriesOf = (v: Value | undefined): ReturnType<typeof membersOf> => membersOf(it, v);
  const fn = (name: string, call: (args: readonly Value[], site: Site) => Value): [string, Value] => [
    name,
    builtin(name, (args, _self, site) => call(args, site)),
  ];
  return record(
    [
      fn('keys', ([v], site) => {
        const people = keptPeople(it, v, site);
        if (people) return people;
        const { pairs, open } = entriesOf(v);
        const names = list(
          pairs.map(([k]) => literal(k)),
          open ? UNKNOWN : null,
        );
        // A member that only some paths have written.
        if (pairs.some(([, x]) => optionsOf(x).some((o) => o.value === UNDEFINED))) names.mayBeFewer = true;
        return names;
      }),
      fn('values', ([v]) => {
        const { pairs, open } = entriesOf(v);
        return list(
          pairs.map(([, x]) => x),
          open,
        );
      }),
      fn('entries', ([v]) => {
        const { pairs, open } = entriesOf(v);
        return list(
          pairs.map(([k, x]) => list([literal(k), x])),
          open ? list([UNKNOWN, open]) : null,
        );
      }),
      fn('assign', ([target, ...given], site) => {
        const sources = given.map((s) => (isNamespace(s) ? record(namespaceEntries(it, s)) : s));
        return target ? assignAll(it, target, sources, site) : UNDEFINED;
      }),
      fn('hasOwn', ([v, key], site) => binary(it, 'in', key ?? UNKNOWN, v ?? UNKNOWN, site)),
      ['prototype', record([['hasOwnProperty', hasOwnProperty(it)]], UNKNOWN)],
      fn('freeze', ([v]) => v ?? UNDEFINED),
      fn('seal', ([v]) => v ?? UNDEFINED),
      fn('create', ([proto]) => {
        const made = record();
        if (proto?.k === 'record') spreadInto(it, made, proto);
        return made;
      }),
      fn('fromEntries', ([v]) => {
        const made = record();
        for (const e of v?.k === 'list' ? v.elements : []) {
          const key = e.k === 'list' ? textOf(e.elements[0] ?? UNDEFINED) : null;
          if (key !== null && e.k === 'list') made.members.set(key, e.elements[1] ?? UNDEFINED);
        }
        if (v?.k !== 'list' || v.open) made.open = v ? unknown(sourcesOf(v)) : UNKNOWN;
        return made;
      }),
      fn('defineProperty', ([target, key, descriptor], site) => {
        const name = key ? textOf(key) : null;
        if (target && name && descriptor?.k === 'record') {
          const value = descriptor.members.get('value');
          const getter = descriptor.members.get('get');
          if (value) it.assignTo(target, name, value, site);
          else if (getter && getter.k === 'function')
            it.assignTo(target, name, it.call(getter, [], target, site), site);
        }
        return target ?? UNDEFINED;
      }),
    ],
    UNKNOWN,
  );
}
const hasOwnProperty = (it: Evaluator): Value =>
  builtin('hasOwnProperty', ([key], self, site) => binary(it, 'in', key ?? UNKNOWN, self, site));
/** Members that no code wrote: `*base*`. A key `*` is one like any other. */
const HIDDEN = /^\*[\w-]+\*$/;
/** Members of an object, a class, or a module's namespace, in order; `open` is what further ones look like. */
export function membersOf(
  it: Evaluator,
  v: Value | undefined,
): { pairs: [string, Value][]; open: Value | null } {
  const pairs: [string, Value][] = [];
  let open: Value | null = null;
  const options = v ? optionsOf(v) : [];
  // What something else may put in place of an object is taken to be the object.
  const isKnown = options.some((o) => o.value.k === 'record' && o.value.members.size > 0);
  for (const { value } of options) {
    if (value.k === 'record') {
      pairs.push(...[...value.members].filter(([key]) => !HIDDEN.test(key)));
      open = value.open ?? open;
    } else if (value.k === 'class' || value.k === 'function') pairs.push(...value.members);
    else if (isNamespace(value)) pairs.push(...namespaceEntries(it, value));
    else if (!isNullish(value) && !(isKnown && isOfNobody(value))) open = unknown(sourcesOf(value));
  }
  return { pairs, open };
}
const isNamespace = (value: Value): value is Native =>
  value.k === 'native' && value.type.name === 'module namespace';
function namespaceEntries(it: Evaluator, value: Native): [string, Value][] {
  const instance = value.state as ModuleInstance;
  const names = exportedNames(it, instance, new Set());
  return names.map((name) => [name, it.modules.exported(instance, name)]);
}
/** Names that a module exports, with those that it passes on from others by `export *`. */
function exportedNames(it: Evaluator, instance: ModuleInstance, seen: Set<ModuleInstance>): string[] {
  if (seen.has(instance)) return [];
  seen.add(instance);
  const names = instance.module.exports.flatMap((e) => {
    if (e.k !== 'all') return [e.exported];
    const target = it.loader.resolve(instance.path, e.source);
    const inner = target.kind === 'file' ? it.modules.instantiate(target.path) : null;
    return inner ? exportedNames(it, inner, seen).filter((name) => name !== 'default') : [];
  });
  return [...new Set(names)];
}
const symbol = ([description]: readonly Value[]): Value =>
  literal(`@@${description ? (textOf(description) ?? '') : ''}`);
const SYMBOL: LibraryType = {
  name: 'Symbol',
  methods: { for: (_it, _self, args) => symbol(args) },
  call: (_it, _self, args) => symbol(args),
};
/** The whole of `process.env`, as it is given to what checks it. */
export const isEnvironment = (value: Value): boolean => value.k === 'native' && value.type === ENVIRONMENT;
const ENVIRONMENT: LibraryType = {
  isConstant: true,
  name: 'process.env',
  methods: {},
  get: (_it, _self, name) => unknown([name === '*index*' ? 'config:?' : `config:${name}`]),
};
