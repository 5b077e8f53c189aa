import { decorationsOf, type Decoration } from '../../wiring/decorators.js';
import type { Evaluator } from '../../wiring/evaluator.js';
import { classNamed, injected, type Provide, tokenKey } from '../../wiring/injection.js';
import type { LibraryType, Method, Operation } from '../../wiring/library.js';
import { memberOf } from '../../wiring/members.js';
import {
  builtin,
  listed,
  optionsOf,
  record,
  stringOf,
  textOf,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type ClassValue,
  type External,
  type Record_,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { currentRequest } from './nest-context.js';
import { GRAPHQL_MODULE, graphqlOptions } from './nest-graphql.js';
import { beginAll, setUp } from './nest-lifecycle.js';

/** A class of handlers, as a module lists it. */
export interface Listed {
  cls: ClassValue;
  /** Path that `RouterModule` puts in front of the module's controllers. */
  prefix: string;
}
/** Something that stands in front of every handler. */
export interface Global {
  value: Value;
  site: Site;
}
/** Middleware of a module: `consumer.apply(…).exclude(…).forRoutes(…)`. */
export interface Consumed {
  middleware: readonly Value[];
  exclude: Value[];
  routes: Value[];
  site: Site;
}
/** What the modules that are reachable from a root module bring along. */
export interface Container {
  controllers: Listed[];
  providers: ClassValue[];
  guards: Global[];
  pipes: Global[];
  interceptors: Global[];
  consumed: Consumed[];
  /** Options of GraphQL; null where there is none. */
  graphql: Value | null;
  provide: Provide;
  /** The instance for a class or a token. */
  get(token: Value): Value;
}
/** `RouterModule.register([{ path, module, children }])` */
const ROUTER_MODULE: LibraryType = { name: 'router module', methods: {} };
export const routerModule: Operation = (it, [routes]) => it.native(ROUTER_MODULE, routes ?? UNDEFINED);
/** What `ConfigurableModuleBuilder` builds: its class registers whichever class extends it. */
const CONFIGURABLE: LibraryType = {
  name: 'configurable module',
  methods: {},
  get: (_it, _self, name) =>
    /^(register|forRoot|forFeature|forRootAsync|registerAsync|create)\w*$/.test(name)
      ? builtin(name, (_args, self) => record([['module', self]]))
      : null,
};
export const configurableModule: Operation = (it) => {
  const builder: Record_ = record([], null);
  const same = builtin('set', () => builder);
  for (const name of ['setExtras', 'setClassMethodName', 'setFactoryMethodName'])
    builder.members.set(name, same);
  builder.members.set(
    'build',
    builtin('build', () => record([['ConfigurableModuleClass', it.native(CONFIGURABLE, null)]], UNKNOWN)),
  );
  return builder;
};

/** `@Inject(REQUEST)`, and `@Inject(CONTEXT)` of GraphQL. */
const isRequest = (token: Value): boolean =>
  token.k === 'external' &&
  token.package.startsWith('@nestjs/') &&
  /^(REQUEST|CONTEXT)$/.test(token.path.at(-1) ?? '');
/** An instance of a library's class, as its model knows it. */
export function ofLibrary(it: Evaluator, token: External): Value {
  const name = token.path.at(-1) ?? '';
  return (
    it.knowledge.model(token.package)?.typed?.(it, name) ??
    unknown([], { type: name, origin: { ...token, path: [...token.path, '()'] } })
  );
}
type Definition = (it: Evaluator) => Value;
export const named = (
  decorations: readonly Decoration[],
  ...names: readonly string[]
): Decoration | undefined => decorations.findLast((d) => names.includes(d.name));

/** Modules that no other module imports. */
export function topModules(it: Evaluator): ClassValue[] {
  const imported = new Set<Value>();
  const modules = it.decorated.filter((cls) => {
    const metadata = named(decorationsOf(it, cls).own, 'Module')?.args[0];
    const imports = metadata?.k === 'record' ? metadata.members.get('imports') : undefined;
    for (const each of imports?.k === 'list' ? imports.elements : [])
      imported.add(each.k === 'record' ? (each.members.get('module') ?? each) : each);
    return metadata?.k === 'record';
  });
  return modules.filter((cls) => !imported.has(cls));
}
/** Reads the modules that a root module imports, in the order in which they are set up. */
export function containerOf(it: Evaluator, root: Value): Container {
  const definitions = new Map<unknown, Definition>();
  const prefixes = new Map<ClassValue, string>();
  const container: Container = {
    controllers: [],
    providers: [],
    guards: [],
    pipes: [],
    interceptors: [],
    consumed: [],
    graphql: null,
    provide: ({ owner, at, type }) => {
      const decorations = decorationsOf(it, owner);
      const on =
        typeof at === 'number'
          ? decorations.parameters.get('constructor')?.[at]
          : decorations.members.get(at);
      const token = named(on ?? [], 'Inject')?.args[0];
      if (token)
        return definitions.has(tokenKey(token)) || token.k === 'class' || isRequest(token)
          ? container.get(token)
          : null;
      const cls = type === null ? null : classNamed(it, type, owner.module);
      return cls && definitions.has(cls) ? container.get(cls) : null;
    },
    get: (token) => {
      const key = tokenKey(token);
      const definition = definitions.get(key);
      if (definition) return definition(it);
      if (token.k === 'class') return injected(it, token, container.provide);
      if (token.k === 'external') return isRequest(token) ? currentRequest(it) : ofLibrary(it, token);
      return UNKNOWN;
    },
  };
  const seen = new Set<Value>();
  const lists = (value: Value | undefined): Value[] =>
    (value ? optionsOf(value) : []).flatMap(({ value: v }) =>
      v.k === 'list' ? v.elements.flatMap(listed) : [],
    );

  const provider = (value: Value, site: Site): void => {
    for (const { value: each } of optionsOf(value)) {
      if (each.k === 'class') {
        if (!container.providers.includes(each)) container.providers.push(each);
      } else if (each.k === 'promise') provider(it.awaiting(each), site);
      else if (each.k === 'record') custom(each, site);
    }
  };
  const custom = (definition: Record_, site: Site): void => {
    const token = definition.members.get('provide');
    if (!token) return;
    const make = definitionOf(definition, container);
    const name = token.k === 'external' ? token.path.at(-1) : stringOf(token);
    const enhancers = { APP_GUARD: 'guards', APP_PIPE: 'pipes', APP_INTERCEPTOR: 'interceptors' } as const;
    if (name && name in enhancers) {
      const kind = enhancers[name as keyof typeof enhancers];
      const known = definition.members.get('useClass');
      container[kind].push({ value: known ?? make(it), site });
      return;
    }
    definitions.set(tokenKey(token), once(make));
    // What is provided under a token answers as well: resolvers, gateways.
    const cls = definition.members.get('useClass');
    if (cls?.k === 'class' && !container.providers.includes(cls)) container.providers.push(cls);
  };
  const metadata = (cls: ClassValue, module: Record_, site: Site): void => {
    const of = (key: string): Value[] => lists(module.members.get(key));
    for (const each of of('providers')) provider(each, site);
    for (const each of of('controllers'))
      for (const { value } of optionsOf(each))
        if (
          value.k === 'class' &&
          !container.controllers.some((c) => c.cls === value && c.prefix === prefixOf(cls))
        )
          container.controllers.push({ cls: value, prefix: prefixOf(cls) });
    for (const each of of('imports')) walk(each, site);
  };
  const prefixOf = (cls: ClassValue): string => prefixes.get(cls) ?? '';
  const walk = (value: Value, site: Site): void => {
    for (const { value: each } of optionsOf(value)) {
      if (each.k === 'class') moduleClass(each);
      else if (each.k === 'promise') walk(it.awaiting(each), site);
      else if (each.k === 'list') for (const inner of each.elements) walk(inner, site);
      else if (each.k === 'record') {
        const cls = each.members.get('module');
        if (cls?.k !== 'class' || seen.has(each)) continue;
        seen.add(each);
        moduleClass(cls);
        metadata(cls, each, site);
      } else if (each.k === 'native' && each.type === GRAPHQL_MODULE) {
        container.graphql ??= graphqlOptions(it, each, (d) => definitionOf(d, container)(it), site);
      } else if (each.k === 'unknown' && each.origin === null && each.wraps === null)
        it.gap('a module that is imported here could not be followed', it.place(site));
    }
  };
  const modules: ClassValue[] = [];
  const moduleClass = (cls: ClassValue): void => {
    if (seen.has(cls)) return;
    seen.add(cls);
    modules.push(cls);
    for (let current: Value | null = cls; current?.k === 'class'; current = current.base) {
      const declared = named(decorationsOf(it, current).own, 'Module');
      if (declared?.args[0]?.k !== 'record') continue;
      metadata(cls, declared.args[0], declared.site);
      break;
    }
    container.consumed.push(...consumedBy(it, cls, container));
  };
  readPrefixes(it, root, prefixes);
  walk(root, it.modules.somewhere);
  const controllers = container.controllers.map((c) => c.cls);
  const consumed = container.consumed.flatMap((c) => c.middleware.filter((m) => m.k === 'class'));
  beginAll(it, [...modules, ...container.providers, ...controllers, ...consumed], container.get);
  return container;
}
function once(make: Definition): Definition {
  let made: Value | null = null;
  return (it) => {
    // A factory that needs what it makes gets nothing, as it would.
    if (made === null) {
      made = UNKNOWN;
      made = make(it);
    }
    return made;
  };
}
function definitionOf({ members }: Record_, container: Container): Definition {
  const [value, cls, existing, factory] = ['useValue', 'useClass', 'useExisting', 'useFactory'].map((k) =>
    members.get(k),
  );
  return (it) => {
    if (value) return value;
    if (cls?.k === 'class') return injected(it, cls, container.provide);
    if (cls) return container.get(cls);
    if (existing) return container.get(existing);
    if (factory?.k !== 'function') return UNKNOWN;
    const inject = members.get('inject');
    const args = inject?.k === 'list' ? inject.elements.map((token) => container.get(token)) : [];
    let made: Value = UNKNOWN;
    const site = { module: factory.module, line: factory.fn.line };
    setUp(it, factory.scope, site, () => {
      made = it.awaiting(it.call(factory, args, UNDEFINED, site));
    });
    return made;
  };
}

/** `RouterModule.register` anywhere below the root: which path stands in front of which module. */
function readPrefixes(it: Evaluator, root: Value, prefixes: Map<ClassValue, string>): void {
  const seen = new Set<Value>();
  const read = (routes: Value, above: string): void => {
    for (const { value } of optionsOf(routes)) {
      if (value.k === 'list') for (const each of value.elements) read(each, above);
      else if (value.k === 'class') prefixes.set(value, above);
      else if (value.k === 'record') {
        const path = `${above}/${textOf(value.members.get('path') ?? UNDEFINED) ?? '*'}`;
        const module = value.members.get('module');
        if (module?.k === 'class') prefixes.set(module, path);
        read(value.members.get('children') ?? UNDEFINED, path);
      }
    }
  };
  const visit = (value: Value | undefined): void => {
    for (const { value: each } of value ? optionsOf(value) : []) {
      if (seen.has(each)) continue;
      seen.add(each);
      if (each.k === 'list') each.elements.forEach(visit);
      else if (each.k === 'native' && each.type === ROUTER_MODULE) read(each.state as Value, '');
      else if (each.k === 'record') {
        visit(each.members.get('module'));
        visit(each.members.get('imports'));
      } else if (each.k === 'class') {
        const declared = named(decorationsOf(it, each).own, 'Module');
        if (declared?.args[0]?.k === 'record') visit(declared.args[0].members.get('imports'));
      }
    }
  };
  visit(root);
}

/** `apply(…)` of a `MiddlewareConsumer`, and what follows. */
const CONFIGURED: LibraryType = {
  name: 'middleware configuration',
  methods: {
    exclude: (_it, self, args) => {
      (self.state as Consumed).exclude.push(...args);
      return self;
    },
    forRoutes: (_it, self, args) => {
      (self.state as Consumed).routes.push(...args);
      return self.members.get('consumer') ?? self;
    },
  },
};
const apply: Method = (it, self, args, site) => {
  const middleware = args.flatMap(listed);
  const configured = it.native(CONFIGURED, { middleware, exclude: [], routes: [], site } satisfies Consumed);
  configured.members.set('consumer', self);
  (self.state as Consumed[]).push(configured.state as Consumed);
  return configured;
};
const CONSUMER: LibraryType = { name: 'middleware consumer', methods: { apply } };
function consumedBy(it: Evaluator, cls: ClassValue, container: Container): Consumed[] {
  const found: Consumed[] = [];
  const site = { module: cls.module, line: cls.node.line };
  if (!cls.node.members.some((m) => m.k === 'method' && m.name === 'configure')) return found;
  const instance = injected(it, cls, container.provide);
  setUp(it, cls.scope, site, () => {
    const configure = memberOf(it, instance, 'configure', site);
    it.call(configure, [it.native(CONSUMER, found)], instance, site);
  });
  return found;
}
