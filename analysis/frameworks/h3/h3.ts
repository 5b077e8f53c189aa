import type { Evaluator } from '../../wiring/evaluator.js';
import {
  yieldsItself,
  type LibraryModel,
  type LibraryType,
  type Method,
  type Operation,
} from '../../wiring/library.js';
import type { Installed } from '../../wiring/middleware.js';
import {
  isCallable,
  stringOf,
  textOf,
  UNDEFINED,
  UNKNOWN,
  type Native,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { EVENT_CALLS, makeEvent } from './h3-event.js';
import { HANDLER_CALLS, observeHandler, type H3Route } from './h3-handlers.js';
import { joinPaths, pathCovers } from '../web/paths.js';

interface Layer {
  kind: 'use' | 'route' | 'mount';
  method: string;
  path: string | null;
  value: Value;
  site: Site;
  /** Version 2: `{ middleware: […] }` of a route. */
  before: readonly Value[];
}
interface App {
  layers: Layer[];
  mounted: boolean;
  isApplication: boolean;
  /** What `useBase` takes off the path. */
  base: string | null;
}
const apps = (it: Evaluator): Native[] => it.stateOf<Native[]>('h3', () => []);
const stateOf = (app: Native): App => app.state as App;
const isApp = (value: Value | undefined): value is Native => value?.k === 'native' && value.type === APP;

const make =
  (isApplication: boolean): Operation =>
  (it, [options], site) => {
    const app = it.native(APP, { layers: [], mounted: false, isApplication, base: null } satisfies App);
    const hook = options?.k === 'record' ? options.members.get('onRequest') : undefined;
    if (hook) add(app, 'use', 'ALL', '', hook, site);
    apps(it).push(app);
    return app;
  };
function add(
  app: Native,
  kind: Layer['kind'],
  method: string,
  path: string | null,
  value: Value,
  site: Site,
  options?: Value,
): void {
  if (value.k === 'list') {
    for (const each of value.elements) add(app, kind, method, path, each, site, options);
    return;
  }
  if (isApp(value)) stateOf(value).mounted = true;
  const middleware = options?.k === 'record' ? options.members.get('middleware') : undefined;
  const before = middleware?.k === 'list' ? middleware.elements : middleware ? [middleware] : [];
  stateOf(app).layers.push({ kind, method, path, value, site, before });
}
const pathOf = (value: Value | undefined): string | null => (value ? textOf(value, '*') : null);
const methodsOf = (value: Value | undefined): string[] =>
  value?.k === 'list'
    ? value.elements.flatMap((e) => stringOf(e)?.toUpperCase() ?? [])
    : [(value && stringOf(value)?.toUpperCase()) || 'ALL'];
const route =
  (method: string): Method =>
  (_it, self, [path, handler, options], site) => {
    if (handler) add(self, 'route', method, pathOf(path), handler, site, options);
    return self;
  };
const isHandler = (value: Value | undefined): boolean =>
  value !== undefined && (isCallable(value) || value.k === 'native' || value.k === 'list');
const METHODS = ['get', 'post', 'put', 'delete', 'patch', 'head', 'options', 'all'];
const APP: LibraryType = {
  name: 'h3 application',
  methods: {
    ...Object.fromEntries(METHODS.map((m) => [m, route(m.toUpperCase())])),
    add: (_it, self, [path, handler, method], site) => {
      if (handler) for (const m of methodsOf(method)) add(self, 'route', m, pathOf(path), handler, site);
      return self;
    },
    on: (_it, self, [method, path, handler, options], site) => {
      if (handler)
        for (const m of methodsOf(method)) add(self, 'route', m, pathOf(path), handler, site, options);
      return self;
    },
    // Version 1: `use('/path', handler, options)`; on a router, `use(path, handler, method)`.
    use: (_it, self, args, site) => {
      const [first, second, third] = args;
      if (isHandler(first)) add(self, 'use', 'ALL', '', first!, site);
      else if (first?.k === 'record' && first.members.has('handler'))
        add(
          self,
          'use',
          'ALL',
          pathOf(first.members.get('route')) ?? '',
          first.members.get('handler')!,
          site,
        );
      else if (second && stateOf(self).isApplication) {
        const of = third?.k === 'record' ? third.members.get('method') : undefined;
        for (const m of methodsOf(of)) add(self, 'use', m, pathOf(first), second, site);
      } else if (second) for (const m of methodsOf(third)) add(self, 'route', m, pathOf(first), second, site);
      return self;
    },
    mount: (_it, self, [path, app], site) => {
      if (app) add(self, 'mount', 'ALL', pathOf(path), app, site);
      return self;
    },
    register: yieldsItself,
  },
  get: (_it, self, name) => (name === 'handler' || name === 'fetch' || name === 'stack' ? self : null),
};
/** `useBase('/api', router.handler)` */
const useBase: Operation = (it, [base, inner], site) => {
  const app = it.native(APP, {
    layers: [],
    mounted: true,
    isApplication: false,
    base: pathOf(base) ?? '*',
  } satisfies App);
  if (inner) add(app, 'mount', 'ALL', '', inner, site);
  return app;
};

function* flatten(
  app: Native,
  prefix: string | null,
  outer: readonly Scoped[],
  seen: ReadonlySet<Native>,
): Generator<H3Route> {
  if (seen.has(app)) return;
  const links: Scoped[] = [...outer];
  for (const layer of stateOf(app).layers) {
    const path = prefix === null || layer.path === null ? null : joinPaths(prefix, layer.path) || '/';
    if (isApp(layer.value)) {
      yield* flatten(layer.value, below(layer, prefix, path), links, new Set([...seen, app]));
      continue;
    }
    const own = layer.before.map((value): Installed => ({ value, site: layer.site }));
    const scope = path === null ? null : path.replace(/\/\*{1,2}$/, '');
    yield {
      framework: 'h3',
      method: layer.method,
      path: path === null ? null : path.replace(/\*\*/g, '*'),
      value: layer.value,
      site: layer.site,
      links: [...links.filter((l) => covers(l, layer.method, path)).map((l) => l.installed), ...own],
      unmounted: path === null,
      mayGoOn: layer.kind === 'use',
    };
    if (layer.kind === 'use')
      links.push({ scope, method: layer.method, installed: { value: layer.value, site: layer.site } });
  }
}
/**
 * What stands before the paths inside: an application takes off the path that something is used on, a router does not,
 * and `useBase` takes off its own where it is still there.
 */
function below(layer: Layer, prefix: string | null, path: string | null): string | null {
  const { base } = stateOf(layer.value as Native);
  const scope = path?.replace(/\/\*{0,2}$/, '') ?? null;
  const outer = layer.kind === 'route' ? prefix : scope;
  if (base === null || outer === null) return outer;
  return scope?.endsWith(base) ? scope : joinPaths(outer, base);
}
interface Scoped {
  scope: string | null;
  method: string;
  installed: Installed;
}
const covers = ({ scope, method }: Scoped, of: string, path: string | null): boolean =>
  scope !== null &&
  (method === 'ALL' || method === of) &&
  (scope === '' || scope === '/' || (path !== null && pathCovers(scope, path, false)));

const calls: Readonly<Record<string, Operation>> = {
  ...EVENT_CALLS,
  ...HANDLER_CALLS,
  createApp: make(true),
  createRouter: make(false),
  H3: make(true),
  H3Core: make(true),
  useBase,
  toNodeListener: (_it, [app]) => app ?? UNDEFINED,
  toNodeHandler: (_it, [app]) => app ?? UNDEFINED,
  toWebHandler: (_it, [app]) => app ?? UNDEFINED,
  serve: () => UNKNOWN,
};
/** What Nitro puts into modules by itself. */
export const isAutoImported = (name: string): boolean => name in calls && name !== 'serve' && name !== 'html';

/** h3 by itself; its file routes are Nitro's. https://v1.h3.dev and https://h3.dev */
export const h3: LibraryModel = {
  name: 'h3',
  packages: ['h3', '#imports', 'nitropack', 'nitro'],
  about: {
    title: 'h3',
    registers:
      '`createApp`, `createRouter`, `new H3()`: methods, `add`, `on`, `use` with a path, `useBase`, `mount`; WebSockets by `defineWebSocketHandler`',
    guards: '`use` in order of installation, `onRequest` and `middleware` of a handler; wrappers of handlers',
    answers: 'what is returned, `createError`, `HTTPError`, `sendError`, `sendRedirect`, `setResponseStatus`',
    limits: 'handlers for answers and errors (`onBeforeResponse`, `onError`) guard nothing',
  },
  calls: {
    ...calls,
    ...Object.fromEntries(
      Object.entries(calls).flatMap(([name, operation]) =>
        ['/runtime', '/h3', '/deps/h3'].map((from) => [`${from}.${name}`, operation]),
      ),
    ),
  },
  // `#imports` has everything that modules are given without asking.
  member: (it, path) => {
    const [name] = path;
    if (path.length !== 1 || name === undefined || name in calls) return null;
    const site = it.modules.somewhere;
    for (const model of it.knowledge.models) {
      const found = model.global?.(it, name, site);
      if (found) return found;
    }
    return null;
  },
  typed: (it, type) => (/^H3Event\b/.test(type) ? makeEvent(it, { method: null, path: null }) : null),
  finish: (it) => {
    const all = apps(it);
    for (const app of all)
      if (!stateOf(app).mounted)
        for (const route of flatten(app, '', [], new Set()))
          observeHandler(it, { ...route, unmounted: route.unmounted || !stateOf(app).isApplication });
  },
};
