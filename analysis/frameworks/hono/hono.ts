import type { Evaluator } from '../../wiring/evaluator.js';
import type { LibraryModel, LibraryType, Method, Operation } from '../../wiring/library.js';
import { noteCookie } from '../../wiring/cookies.js';
import { runLink, type Installed } from '../../wiring/middleware.js';
import { observeEntryPoint } from '../../wiring/observe.js';
import type { AppliedLink } from '../../wiring/recorder.js';
import {
  isCallable,
  list,
  literal,
  optionsOf,
  promise,
  record,
  stringOf,
  textOf,
  UNDEFINED,
  unknown,
  type Native,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { makeServer } from '../node/http-server.js';
import { makeFetchRequest } from '../web/fetch-api.js';
import { frontOf, handOver } from '../web/fetch-handlers.js';
import { contextOf } from './hono-context.js';
import { HONO_GUARDS } from './hono-guards.js';
import { asContextMiddleware, callingWith } from '../web/context-middleware.js';
import { joinPaths, pathCovers } from '../web/paths.js';

interface App {
  layers: Layer[];
  /** What `basePath` put in front of everything that is registered through this one. */
  base: string;
  mounted: boolean;
  site: Site;
}
interface Layer {
  kind: 'use' | 'route' | 'mount';
  method: string;
  path: string | null;
  handlers: Installed[];
  app: Native | null;
  trigger: 'http' | 'websocket' | 'sse';
  site: Site;
}
interface Route {
  layer: Layer;
  path: string | null;
  links: Installed[];
  known: boolean;
}
export const apps = (it: Evaluator): Native[] => it.stateOf<Native[]>('hono', () => []);
const stateOf = (app: Native): App => app.state as App;
export const layersOf = (app: Native): Layer[] => stateOf(app).layers;
const isApp = (value: Value): value is Native => value.k === 'native' && value.type === APP;

export function makeApp(it: Evaluator, site: Site, layers: Layer[] = [], base = ''): Native {
  const app = it.native(APP, { layers, base, mounted: false, site } satisfies App);
  if (base === '') apps(it).push(app);
  return app;
}
const METHODS = ['get', 'post', 'put', 'patch', 'delete', 'options', 'all'] as const;
function installed(args: readonly Value[], site: Site): Installed[] {
  return args.flatMap((value) => (value.k === 'list' ? installed(value.elements, site) : [{ value, site }]));
}
function pathsIn(value: Value | undefined): (string | null)[] | null {
  if (!value || isCallable(value) || value.k === 'native' || value.k === 'external') return null;
  if (value.k === 'list') return value.elements.flatMap((e) => pathsIn(e) ?? [null]);
  if (value.k === 'choice') return optionsOf(value).flatMap((o) => pathsIn(o.value) ?? [null]);
  const text = textOf(value, '*');
  if (text !== null) return [text];
  return value.k === 'unknown' && value.origin === null ? [null] : null;
}
function add(
  self: Native,
  kind: Layer['kind'],
  method: string,
  paths: readonly (string | null)[],
  handlers: Installed[],
  site: Site,
): void {
  const { layers, base } = stateOf(self);
  const socket = handlers.find((h) => h.value.k === 'native' && h.value.type === SOCKET_HANDLER);
  for (const path of paths)
    layers.push({
      kind,
      method,
      path: path === null ? null : joinPaths(base, path),
      handlers,
      app: null,
      trigger: socket ? 'websocket' : 'http',
      site,
    });
}
/** A path that is left out is that of the call before, or everything. */
const route =
  (method: string): Method =>
  (_it, self, args, site) => {
    const paths = pathsIn(args[0]);
    const before = stateOf(self).layers.at(-1)?.path ?? '/';
    add(
      self,
      'route',
      method.toUpperCase(),
      paths ?? [before],
      installed(paths ? args.slice(1) : args, site),
      site,
    );
    return self;
  };
const listOf = (value: Value | undefined): string[] =>
  value?.k === 'list' ? value.elements.map((e) => stringOf(e) ?? '?') : [(value && stringOf(value)) ?? '?'];
const APP: LibraryType = {
  name: 'hono',
  methods: {
    ...Object.fromEntries(METHODS.map((m) => [m, route(m)])),
    use: (_it, self, args, site) => {
      const paths = pathsIn(args[0]);
      add(self, 'use', 'ALL', paths ?? ['*'], installed(paths ? args.slice(1) : args, site), site);
      return self;
    },
    on: (_it, self, [methods, paths, ...handlers], site) => {
      for (const method of listOf(methods))
        add(self, 'route', method.toUpperCase(), pathsIn(paths) ?? [null], installed(handlers, site), site);
      return self;
    },
    // `@hono/zod-openapi`: `{ method, path, middleware }` made by `createRoute`.
    openapi: (_it, self, [declared, ...handlers], site) => {
      const member = (name: string): Value | undefined =>
        declared?.k === 'record' ? declared.members.get(name) : undefined;
      const path = pathsIn(member('path'))?.[0]?.replace(/\{(\w+)\}/g, ':$1') ?? null;
      const middleware = member('middleware');
      add(
        self,
        'route',
        (stringOf(member('method') ?? UNDEFINED) ?? 'ALL').toUpperCase(),
        [path],
        [...(middleware ? installed([middleware], site) : []), ...installed(handlers.slice(0, 1), site)],
        site,
      );
      return self;
    },
    basePath: (it, self, [path]) => {
      const { layers, base, site } = stateOf(self);
      return makeApp(it, site, layers, joinPaths(base, (path && textOf(path)) ?? '*'));
    },
    // Hono copies the routes there are: what the other gets later is mounted nowhere.
    route: (it, self, [path, app], site) => {
      const { layers, base } = stateOf(self);
      for (const { value } of app ? optionsOf(app) : []) {
        if (!isApp(value)) continue;
        stateOf(value).mounted = true;
        const at = path ? textOf(path, '*') : '/';
        layers.push({
          kind: 'mount',
          method: 'ALL',
          path: at === null ? null : joinPaths(base, at),
          handlers: [],
          app: it.native(APP, { ...stateOf(value), layers: [...stateOf(value).layers] } satisfies App),
          trigger: 'http',
          site,
        });
      }
      return self;
    },
    mount: (_it, self, [path, handler], site) => {
      if (handler)
        add(self, 'route', 'ALL', [`${(path && textOf(path)) ?? '*'}/*`], installed([handler], site), site);
      return self;
    },
    notFound: (_it, self) => self,
    onError: (_it, self) => self,
    doc: (_it, self) => self,
    doc31: (_it, self) => self,
    fire: () => UNDEFINED,
    request: () => promise(unknown()),
  },
  get: (_it, self, name) => (name === 'fetch' ? self : null),
  // A platform's handler hands it a request.
  call: (it, self) => handOver(it, stateOf(self).layers),
};
/** The handlers of a WebSocket, made by `upgradeWebSocket`. */
const SOCKET_HANDLER: LibraryType = { name: 'websocket handler', methods: {} };
const upgrade: Operation = (it, [handler]) => it.native(SOCKET_HANDLER, handler ?? UNDEFINED);

const create: Operation = (it, _args, site) => makeApp(it, site);
/** `createMiddleware(fn)` is its function; `createHandlers(a, b)` is the list of them. */
const itself: Operation = (_it, [fn]) => fn ?? UNDEFINED;
const FACTORY: LibraryType = {
  name: 'factory',
  methods: {
    createApp: (it, _self, args, site) => create(it, args, site),
    createMiddleware: (it, _self, args, site) => itself(it, args, site),
    createHandlers: (_it, _self, args) => list([...args]),
  },
};
const factory: Operation = (it) => it.native(FACTORY, null);

/** Routes with what runs in front of them: middleware in order of installation, where its path covers the route. */
function* flatten(app: Native, prefix: string | null, outer: Link[], seen: Set<unknown>): Generator<Route> {
  const { layers } = stateOf(app);
  if (seen.has(layers)) return;
  const inside = new Set(seen).add(layers);
  const links = [...outer];
  for (const layer of layers) {
    const path = prefix === null || layer.path === null ? null : joinPaths(prefix, layer.path) || '/';
    if (layer.kind === 'use') links.push({ path, installed: layer.handlers });
    else if (layer.kind === 'mount') {
      yield* flatten(layer.app!, path, links, inside);
      // Middleware that a mounted application has at its own root stays inside of it.
    } else if (layer.handlers.length > 0)
      yield {
        layer,
        path,
        known: path !== null,
        links: [
          ...links.filter((l) => covers(l.path, path)).flatMap((l) => l.installed),
          ...layer.handlers.slice(0, -1),
        ],
      };
  }
}
interface Link {
  path: string | null;
  installed: Installed[];
}
/** `/admin/*` covers `/admin` and everything below it; `/admin` only itself. */
function covers(scope: string | null, path: string | null): boolean {
  if (scope === null) return false;
  if (scope === '*' || scope === '/*') return true;
  if (path === null) return false;
  return scope.endsWith('/*') ? pathCovers(scope.slice(0, -2), path, false) : pathCovers(scope, path, true);
}
/** Runs what stands in front of something that another library serves, as if it were a route installed at this position. */
export function* linksAt(
  it: Evaluator,
  app: Native,
  position: number,
  probe: { method: string; path: string; context: Native },
): Generator<AppliedLink> {
  const state = stateOf(app);
  const { site } = state;
  const { context, method, path } = probe;
  const layer: Layer = {
    kind: 'route',
    method,
    path,
    handlers: [{ value: app, site }],
    app: null,
    trigger: 'http',
    site,
  };
  const copy = { ...app, state: { ...state, layers: [...state.layers.slice(0, position), layer] } };
  for (const installed of [...flatten(copy, '', [], new Set())].at(-1)!.links)
    yield runLink(it, installed, callingWith(context));
}
function observe(it: Evaluator, root: Native, route: Route, unmounted: boolean): void {
  const { layer, path, links } = route;
  const context = contextOf(it, layer.method === 'ALL' ? null : layer.method, path);
  const last = layer.handlers.at(-1)!;
  const socket = last.value.k === 'native' && last.value.type === SOCKET_HANDLER;
  const handler = socket ? ((last.value as Native).state as Value) : last.value;
  observeEntryPoint(it, {
    framework: 'hono',
    trigger: socket ? { kind: 'websocket', path, name: null } : { kind: 'http', method: layer.method, path },
    registration: layer.site,
    handler,
    unmounted: unmounted || !route.known,
    *chain() {
      const raw = makeFetchRequest(it, { method: layer.method === 'ALL' ? null : layer.method, path });
      yield* frontOf(it, stateOf(root).layers, raw);
      for (const installed of links) yield runLink(it, installed, callingWith(context));
    },
    work: () => it.runHandler(handler, [context], layer.site),
  });
}
const status = (value: Value | undefined): Value => value ?? literal(500);

const cookie = (it: Evaluator, given: Parameters<typeof noteCookie>[1], site: Site): Value => {
  noteCookie(it, given, site);
  return UNDEFINED;
};
const serve: Operation = (it, [, listening], site) => {
  if (listening) it.handToUnknown([listening], [], site);
  return makeServer(it, null, site);
};
/** Hono, on whatever runs it. https://hono.dev/docs/api/routing */
export const hono: LibraryModel = {
  name: 'hono',
  packages: ['hono', '@hono/zod-openapi', '@hono/node-server', '@hono/node-ws', 'hono-openapi'],
  about: {
    title: 'Hono',
    registers:
      'methods, `all`, `on` of an application, `openapi` of `OpenAPIHono`; `basePath`, `route`, `mount`; WebSockets by `upgradeWebSocket`',
    guards:
      '`use` in order of installation where its path covers the route, handlers before the last, `middleware` of `createRoute`; functions of `hono/factory` and `hono/combine`; `hono/jwt`, `bearer-auth` and `basic-auth` with the functions that they ask, `csrf`',
    answers: 'a returned `Response`, as `c.json(…, 401)`; `HTTPException`',
    limits:
      '`hono/validator` counts as nothing; an application that is served nowhere is not told from one that is',
  },
  calls: {
    ...HONO_GUARDS,
    Hono: create,
    OpenAPIHono: create,
    '/tiny.Hono': create,
    '/quick.Hono': create,
    createRoute: itself,
    '/cookie.setCookie': (it, [, name, value, options], site) => cookie(it, { name, value, options }, site),
    '/cookie.setSignedCookie': (it, [, name, value, , options], site) =>
      cookie(it, { name, value, options }, site),
    '/factory.createMiddleware': itself,
    '/factory.createFactory': factory,
    '/http-exception.HTTPException': (_it, [code]) => record([['status', status(code)]]),
    '/cloudflare-workers.upgradeWebSocket': upgrade,
    '/bun.upgradeWebSocket': upgrade,
    '/deno.upgradeWebSocket': upgrade,
    // The server of Node.js beneath, which takes listeners of its own.
    serve,
    createAdaptorServer: serve,
    createNodeWebSocket: () =>
      record([
        ['upgradeWebSocket', { k: 'external', package: 'hono', path: ['/bun', 'upgradeWebSocket'] }],
        ['injectWebSocket', { k: 'external', package: 'hono', path: ['injectWebSocket'] }],
      ]),
  },
  typed: (it, type) =>
    /^(?:Hono|OpenAPIHono)\b/.test(type)
      ? it.stateOf('hono:inferred', () => makeApp(it, it.modules.somewhere))
      : null,
  asGuard: (it, value, site) => asContextMiddleware(it, value, site, () => contextOf(it, null, null)),
  finish: (it) => {
    const done = new Set<Layer>();
    const all = [...apps(it)].sort((a, b) => Number(stateOf(a).mounted) - Number(stateOf(b).mounted));
    for (const app of all)
      for (const route of flatten(app, '', [], new Set())) {
        const { mounted } = stateOf(app);
        if (done.has(route.layer) && (mounted || !route.known)) continue;
        done.add(route.layer);
        observe(it, app, route, mounted);
      }
  },
};
