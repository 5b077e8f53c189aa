import { decorationsOf } from '../../wiring/decorators.js';
import type { Evaluator } from '../../wiring/evaluator.js';
import { injected, tokenKey, type Provide } from '../../wiring/injection.js';
import {
  yieldsItself,
  type LibraryModel,
  type LibraryType,
  type Method,
  type Operation,
} from '../../wiring/library.js';
import {
  builtin,
  promise,
  record,
  UNDEFINED,
  UNKNOWN,
  type Native,
  type Site,
  type Value,
} from '../../wiring/value.js';

interface Binding {
  token: Value;
  make: (() => Value) | null;
}
/** What the containers of a program have been told, the last first: they are taken for one. */
const bindings = (it: Evaluator): Binding[] => it.stateOf<Binding[]>('inversify', () => []);

/** What is bound under a token; null where nothing is. */
export function boundTo(it: Evaluator, token: Value): Value | null {
  const key = tokenKey(token);
  const found = bindings(it).find((b) => b.make !== null && tokenKey(b.token) === key);
  return found ? found.make!() : null;
}
/** `@inject(TOKEN)` of a parameter of a constructor, or of a field. */
export const provideBound =
  (it: Evaluator): Provide =>
  ({ owner, at }) => {
    const { parameters, members } = decorationsOf(it, owner);
    const on = typeof at === 'number' ? parameters.get('constructor')?.[at] : members.get(at);
    const token = on?.find((d) => d.package === 'inversify' && d.name === 'inject')?.args[0];
    return token ? (boundTo(it, token) ?? (token.k === 'class' ? instanceOf(it, token) : UNKNOWN)) : null;
  };
export const instanceOf = (it: Evaluator, cls: Value): Value =>
  cls.k === 'class' ? injected(it, cls, provideBound(it)) : UNKNOWN;

/** What `bind(token)` yields, and what is said further of it. */
const BINDING: LibraryType = {
  name: 'binding',
  methods: {
    to: (it, self, [cls]) => bound(self, () => instanceOf(it, cls ?? UNDEFINED)),
    toSelf: (it, self) => bound(self, () => instanceOf(it, (self.state as Binding).token)),
    toConstantValue: (_it, self, [value]) => bound(self, () => value ?? UNDEFINED),
    toService: (it, self, [token]) => bound(self, () => boundTo(it, token ?? UNDEFINED) ?? UNKNOWN),
    toDynamicValue: (it, self, [make], site) => bound(self, once(it, make, site)),
  },
  // Scopes and conditions: `inSingletonScope`, `whenTargetNamed`.
  get: (_it, self, name) => (/^(in|when|on)[A-Z]/.test(name) ? builtin(name, () => self) : null),
};
function bound(self: Native, make: () => Value): Value {
  (self.state as Binding).make = make;
  return self;
}
function once(it: Evaluator, make: Value | undefined, site: Site): () => Value {
  let made: Value | null = null;
  const context: Value = record([['container', it.native(CONTAINER, null)]], UNKNOWN);
  return () => (made ??= make ? it.awaiting(it.call(make, [context], UNDEFINED, site)) : UNKNOWN);
}
const bind: Method = (it, _self, [token]) => {
  const binding: Binding = { token: token ?? UNDEFINED, make: null };
  bindings(it).unshift(binding);
  return it.native(BINDING, binding);
};
const get: Method = (it, _self, [token]) => (token ? (boundTo(it, token) ?? instanceOf(it, token)) : UNKNOWN);
const load: Method = (it, self, modules, site) => {
  const given = (name: string, method: Method): [string, Value] => [
    name,
    builtin(name, (args, _this, at) => method(it, self, args, at)),
  ];
  const names = [
    given('bind', bind),
    given('rebind', bind),
    given('unbind', () => UNDEFINED),
    given('isBound', () => UNKNOWN),
  ];
  for (const module of modules) {
    if (module.k !== 'native' || module.type !== MODULE) continue;
    // Both ways of calling it: with functions one after the other, and with an object that has them.
    const functions = names.map(([, value]) => value);
    const options = it.native(OPTIONS, null);
    for (const [name, value] of names) options.members.set(name, value);
    const [registry] = module.state as readonly Value[];
    if (registry) it.awaiting(it.call(registry, [options, ...functions.slice(1)], UNDEFINED, site));
  }
  return UNDEFINED;
};
/** The first parameter of a module: `bind` itself, or what has it. */
const OPTIONS: LibraryType = {
  name: 'container module options',
  methods: {},
  call: (it, self, args, site) => bind(it, self, args, site),
};
const MODULE: LibraryType = { name: 'container module', methods: {} };
const CONTAINER: LibraryType = {
  name: 'container',
  methods: {
    bind,
    rebind: bind,
    get,
    getNamed: get,
    getTagged: get,
    resolve: get,
    getAsync: (it, self, args, site) => promise(get(it, self, args, site)),
    load,
    loadAsync: (it, self, args, site) => promise(load(it, self, args, site)),
    createChild: yieldsItself,
    unbind: () => UNDEFINED,
    isBound: (it, _self, [token]) => ({
      k: 'literal',
      value: token !== undefined && boundTo(it, token) !== null,
    }),
    snapshot: () => UNDEFINED,
    restore: () => UNDEFINED,
  },
};
const container: Operation = (it) => it.native(CONTAINER, null);
const module: Operation = (it, args) => it.native(MODULE, args);

/** InversifyJS: what containers are told of, and hand out. https://inversify.io */
export const inversify: LibraryModel = {
  name: 'inversify',
  packages: ['inversify', '@inversifyjs/container'],
  calls: { Container: container, ContainerModule: module, AsyncContainerModule: module },
  typed: (it, type) => (/^(?:interfaces\.)?Container$/.test(type) ? it.native(CONTAINER, null) : null),
};
