import type { Evaluator } from '../../wiring/evaluator.js';
import { isConfigured, type Fact } from '../../wiring/fact.js';
import { yieldsItself, type LibraryType, type Method } from '../../wiring/library.js';
import {
  list,
  optionsOf,
  stringOf,
  textOf,
  UNDEFINED,
  type Native,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { joinPaths } from '../web/paths.js';

/** What is set on a route or a group by calls after it. */
export interface Settings {
  prefixes: (string | null)[];
  middleware: { value: Value; site: Site }[];
  namespace: string | null;
}
export interface Route extends Settings {
  methods: string[];
  path: string | null;
  handler: Value;
  /** A method of the controller, where the route does not name it itself. */
  action: string | null;
  site: Site;
  /** Groups around it, outermost first. */
  groups: readonly Settings[];
  facts: readonly Fact[];
  isRemoved: boolean;
  /** Registered by a function of which no caller is known: some group may stand around it. */
  isUncalled: boolean;
}
export interface Routing {
  routes: Route[];
  groups: readonly Settings[];
  named: Map<string, Value>;
  server: { value: Value; site: Site }[];
  global: { value: Value; site: Site }[];
}
export const routing = (it: Evaluator): Routing =>
  it.stateOf<Routing>('adonis', () => ({ routes: [], groups: [], named: new Map(), server: [], global: [] }));

const pathsIn = (value: Value | undefined): (string | null)[] =>
  optionsOf(value ?? UNDEFINED).map((o) => textOf(o.value, '*'));
const settings = (): Settings => ({ prefixes: [], middleware: [], namespace: null });
export const inList = (value: Value | undefined): Value[] =>
  value === undefined ? [] : value.k === 'list' ? value.elements.flatMap((e) => inList(e)) : [value];
const isUncalled = (it: Evaluator): boolean => {
  const outermost = it.calls[0];
  return (
    outermost !== undefined &&
    [...it.uncalled].some((fn) => fn.name === outermost.name && fn.line === outermost.place.line)
  );
};
function addRoute(
  it: Evaluator,
  given: { methods: string[]; path: string | null; handler: Value; action?: string; site: Site },
): Route {
  const { routes, groups } = routing(it);
  const route: Route = {
    action: null,
    ...given,
    ...settings(),
    groups,
    facts: it.facts.filter(isConfigured),
    isRemoved: false,
    isUncalled: isUncalled(it),
  };
  routes.push(route);
  return route;
}
const use: Method = (_it, self, [middleware], site) => {
  for (const each of self.state as Settings[])
    each.middleware.push(...inList(middleware).map((value) => ({ value, site })));
  return self;
};
/** Routes and groups have the same calls: those that name, describe or restrict parameters change nothing. */
const chained: Readonly<Record<string, Method>> = {
  prefix: (_it, self, [prefix]) => {
    for (const each of self.state as Settings[]) each.prefixes.push(prefix ? textOf(prefix, '*') : null);
    return self;
  },
  use,
  middleware: use,
  namespace: (_it, self, [namespace]) => {
    for (const each of self.state as Settings[]) each.namespace = namespace ? stringOf(namespace) : null;
    return self;
  },
  '*': yieldsItself,
};
const ROUTES: LibraryType = { name: 'routes', methods: chained };
/** Without a handler of the project it only shows a page or sends elsewhere. */
const BRISK: LibraryType = {
  name: 'route',
  methods: { '*': (it, self) => it.native(ROUTES, [self.state as Route]) },
};

const ACTIONS: readonly [string, string[], string][] = [
  ['index', ['GET'], ''],
  ['create', ['GET'], 'create'],
  ['store', ['POST'], ''],
  ['show', ['GET'], ':id'],
  ['edit', ['GET'], ':id/edit'],
  ['update', ['PUT', 'PATCH'], ':id'],
  ['destroy', ['DELETE'], ':id'],
];
const singular = (name: string): string =>
  name
    .replace(/ies$/, 'y')
    .replace(/(ss|us|is)$/, '$1\0')
    .replace(/(x|ch|sh|ss\0)es$/, '$1')
    .replace(/s$/, '')
    .replace('\0', '');
/** `posts.comments` is `/posts/:post_id/comments/:id`; a shallow one names the outer only where the inner is not named. */
function resourcePath(name: string, below: string, isShallow: boolean): string {
  const parts = name.replace(/^\/|\/$/g, '').split('.');
  const last = parts.at(-1)!;
  const outer = isShallow && below.startsWith(':') ? [] : parts.slice(0, -1);
  return joinPaths(
    `/${outer.map((p) => `${p}/:${singular(p.split('/').at(-1)!)}_id`).join('/')}`,
    `${last}/${below}`,
  );
}
interface Resource {
  all: Route[];
}
const routesOf = (self: Native): Route[] => (self.state as Resource).all;
const keep = (self: Native, stays: (action: string) => boolean): Value => {
  for (const route of routesOf(self)) if (!stays(route.action!)) route.isRemoved = true;
  return self;
};
const actionsIn = (value: Value | undefined): string[] => inList(value).flatMap((v) => stringOf(v) ?? []);
const RESOURCE: LibraryType = {
  name: 'resource',
  methods: {
    apiOnly: (_it, self) => keep(self, (a) => a !== 'create' && a !== 'edit'),
    only: (_it, self, [actions]) => keep(self, (a) => actionsIn(actions).includes(a)),
    except: (_it, self, [actions]) => keep(self, (a) => !actionsIn(actions).includes(a)),
    // `use(actions, middleware)`, or a table of both as in version 5.
    use: (it, self, [actions, middleware], site) => {
      const table: [string[], Value | undefined][] =
        actions?.k === 'record'
          ? [...actions.members].map(([name, value]) => [[name], value])
          : [[actionsIn(actions), middleware]];
      for (const [names, value] of table)
        for (const route of routesOf(self))
          if (names.includes('*') || names.includes(route.action!))
            route.middleware.push(...inList(value).map((v) => ({ value: v, site })));
      return self;
    },
    middleware: (it, self, args, site) => RESOURCE.methods['use']!(it, self, args, site),
    params: (_it, self, [names]) => {
      if (names?.k !== 'record') return self;
      for (const route of routesOf(self))
        for (const [of, name] of names.members) {
          const segment = of.split('.').at(-1)!.split('/').at(-1)!;
          const to = stringOf(name);
          if (to !== null)
            route.path = (route.path ?? '')
              .replace(new RegExp(`(/${segment}/):\\w+_id`), `$1:${to}_id`)
              .replace(new RegExp(`(/${segment}/):id\\b`), `$1:${to}`);
        }
      return self;
    },
    namespace: (it, self, args, site) => {
      chained['namespace']!(it, it.native(ROUTES, routesOf(self)), args, site);
      return self;
    },
    '*': yieldsItself,
  },
};
const resource =
  (isShallow: boolean): Method =>
  (it, _self, [name, handler = UNDEFINED], site) => {
    const text = name ? textOf(name, '*') : null;
    const all = ACTIONS.map(([action, methods, below]) =>
      addRoute(it, {
        methods: [...methods],
        path: text === null ? null : resourcePath(text, below, isShallow),
        handler,
        action,
        site,
      }),
    );
    return it.native(RESOURCE, { all } satisfies Resource);
  };
const route =
  (methods: string[]): Method =>
  (it, _self, [path, handler = UNDEFINED], site) =>
    it.native(
      ROUTES,
      pathsIn(path).map((p) => addRoute(it, { methods, path: p, handler, site })),
    );
const note =
  (to: 'server' | 'global'): Method =>
  (it, self, [middleware], site) => {
    routing(it)[to].push(...inList(middleware).map((value) => ({ value, site })));
    return self;
  };
/** Middleware that a project has named, as it is put onto routes. */
export interface Named {
  name: string;
  args: readonly Value[];
}
export const NAMED: LibraryType = { name: 'named middleware', methods: {} };
/** https://docs.adonisjs.com/guides/basics/routing */
export const ROUTER: LibraryType = {
  name: 'router',
  methods: {
    get: route(['GET']),
    post: route(['POST']),
    put: route(['PUT']),
    patch: route(['PATCH']),
    delete: route(['DELETE']),
    any: route(['ALL']),
    route: (it, self, [path, methods, handler = UNDEFINED], site) =>
      route(inList(methods).flatMap((m) => stringOf(m)?.toUpperCase() ?? []))(
        it,
        self,
        [path ?? UNDEFINED, handler],
        site,
      ),
    on: (it, _self, [path], site) =>
      it.native(
        BRISK,
        addRoute(it, { methods: ['GET'], path: path ? textOf(path, '*') : null, handler: UNDEFINED, site }),
      ),
    resource: resource(false),
    shallowResource: resource(true),
    group: (it, _self, [work], site) => {
      const state = routing(it);
      const outer = state.groups;
      const own = settings();
      state.groups = [...outer, own];
      if (work) it.call(work, [], UNDEFINED, site);
      state.groups = outer;
      return it.native(ROUTES, [own]);
    },
    use: note('global'),
    named: (it, _self, [table]) => {
      const members = table?.k === 'record' ? [...table.members] : [];
      for (const [name, value] of members) routing(it).named.set(name, value);
      return {
        k: 'record',
        cls: null,
        open: null,
        getters: null,
        members: new Map(
          members.map(([name]): [string, Value] => [
            name,
            {
              k: 'builtin',
              name,
              call: (args) => it.native(NAMED, { name, args } satisfies Named),
            },
          ]),
        ),
      };
    },
    where: yieldsItself,
    commit: () => UNDEFINED,
    toJSON: () => UNDEFINED,
    '*': (it, _self, [name, ...args], site) => {
      const registers = args.some((a) => a.k === 'function');
      if (registers)
        it.gap(`what \`${stringOf(name!)}\` of the router registers is not known`, it.place(site));
      return it.native(ROUTES, []);
    },
  },
};
/** The kernel's list of middleware, as version 5 has it. */
const REGISTRY: LibraryType = {
  name: 'middleware',
  methods: {
    register: note('server'),
    registerNamed: (it, self, args, site) => {
      ROUTER.methods['named']!(it, self, args, site);
      return self;
    },
  },
};
export const SERVER: LibraryType = {
  name: 'server',
  methods: { use: note('server'), errorHandler: () => UNDEFINED },
  get: (it, _self, name) => (name === 'middleware' ? it.native(REGISTRY, list([])) : null),
};
