import { handlersOf, isPattern, mayBePath, pathsOf, somewhere } from './express-arguments.js';
import {
  applicable,
  AT_THE_ROOT,
  flatten,
  isErrorHandler,
  isRouter,
  type Layer,
  type Route,
  type RouterState,
  stateOf,
  unseenInFront,
} from './express-routes.js';
import type { Evaluator } from '../../wiring/evaluator.js';
import type { LibraryModel, LibraryType, Method } from '../../wiring/library.js';
import { passedError, runLink, runMiddleware } from '../../wiring/middleware.js';
import { observeEntryPoint } from '../../wiring/observe.js';
import type { AppliedLink } from '../../wiring/recorder.js';
import { eitherWay } from '../../wiring/same-value.js';
import {
  builtin,
  choice,
  literal,
  optionsOf,
  stringOf,
  textOf,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type Native,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { makeServer } from '../node/http-server.js';
import { memberOf } from '../../wiring/members.js';
import { SOCKET } from '../sockets/ws.js';
import { addedToRequests, makeRequest, makeResponse, type RequestState } from '../web/web-request.js';
import { isConfigured, type Fact } from '../../wiring/fact.js';

const METHODS = [
  'get',
  'post',
  'put',
  'patch',
  'delete',
  'head',
  'options',
  'all',
  'del',
  'copy',
  'lock',
  'merge',
  'move',
  'propfind',
  'report',
  'search',
  'subscribe',
  'trace',
  'unlock',
] as const;

export const routers = (it: Evaluator): Native[] => it.stateOf<Native[]>('express', () => []);
/** A router of Express, or of a library that registers and calls handlers in the same way. */
export function makeRouter(it: Evaluator, site: Site, isApplication: boolean, framework = 'express'): Native {
  const router = it.native(isApplication ? APPLICATION : ROUTER, {
    layers: [],
    mounted: false,
    site,
    isApplication,
    framework,
    settings: new Map(),
  } satisfies RouterState);
  routers(it).push(router);
  return router;
}
function add(it: Evaluator, router: Native, layer: Omit<Layer, 'facts'>): void {
  stateOf(router).layers.push({ ...layer, facts: it.facts });
  for (const handler of layer.handlers) if (isRouter(handler.value)) stateOf(handler.value).mounted = true;
}
/** A route as another library registers it, which may put something on requests first. */
export function addRoute(
  it: Evaluator,
  router: Native,
  method: string,
  path: string | null,
  handlers: readonly Value[],
  site: Site,
  given: Layer['given'],
): void {
  const installed = handlersOf(handlers, site);
  add(it, router, { kind: 'route', method, paths: [path], handlers: installed, site, given });
}
const use: Method = (it, self, args, site) => {
  const first = args[0];
  const paths =
    first && (isPattern(first) || handlersOf([first], site).length === 0)
      ? pathsOf(first)
      : first && args.length > 1 && optionsOf(first).every((o) => mayBePath(o.value))
        ? pathsOf(first)
        : null;
  const handlers = handlersOf(paths ? args.slice(1) : args, site);
  const under = paths && somewhere(first, site);
  add(it, self, { kind: 'use', method: 'ALL', paths: paths ?? [''], somewhere: under, handlers, site });
  return self;
};
const route =
  (method: string): Method =>
  (it, self, args, site) => {
    if (method === 'get' && args.length === 1)
      return stateOf(self).settings.get(stringOf(args[0]!) ?? '') ?? UNKNOWN;
    const paths = pathsOf(args[0]) ?? [null];
    add(it, self, {
      kind: 'route',
      method: method === 'del' ? 'DELETE' : method.toUpperCase(),
      paths,
      somewhere: somewhere(args[0], site),
      handlers: handlersOf(args.slice(1), site),
      site,
    });
    return self;
  };
const routeMethods = Object.fromEntries(METHODS.map((m) => [m, route(m)]));
/** `router.route('/x').all(guard).get(handler)` */
const ROUTE: LibraryType = {
  name: 'route',
  methods: Object.fromEntries(
    METHODS.map((m) => [
      m,
      ((it, self, args, site) => {
        const { router, paths } = self.state as { router: Native; paths: (string | null)[] };
        add(it, router, {
          kind: 'route',
          method: m.toUpperCase(),
          paths,
          handlers: handlersOf(args, site),
          site,
        });
        return self;
      }) satisfies Method,
    ]),
  ),
};
const shared: Record<string, Method> = {
  ...routeMethods,
  opts: route('OPTIONS'),
  // What express-ws adds.
  ws: route('WS'),
  use,
  // Restify's handlers before routing.
  pre: use,
  route: (it, self, args) => it.native(ROUTE, { router: self, paths: pathsOf(args[0]) ?? [null] }),
  param: (it, self, args, site) => {
    if (args[1])
      add(it, self, {
        kind: 'param',
        method: 'ALL',
        paths: [(args[0] && textOf(args[0])) ?? null],
        handlers: [{ value: args[1], site }],
        site,
      });
    return self;
  },
};
/** Called by hand, with a request: its routes are entry points themselves. */
const handOn: Method = (it) => {
  it.recorder?.handOn();
  return UNDEFINED;
};
const ROUTER: LibraryType = { name: 'router', methods: { ...shared, handle: handOn }, call: handOn };
const APPLICATION: LibraryType = {
  name: 'application',
  call: handOn,
  methods: {
    ...shared,
    handle: handOn,
    lookup: handOn,
    listen: (it, self, args, site) => {
      it.handToUnknown(args, [], site);
      return makeServer(it, self, site);
    },
    set: (_it, self, args) => {
      if (args[0] && args[1]) stateOf(self).settings.set(stringOf(args[0]) ?? '', args[1]);
      return self;
    },
    enable: (_it, self) => self,
    disable: (_it, self) => self,
    engine: (_it, self) => self,
    disabled: () => UNKNOWN,
    enabled: () => UNKNOWN,
    on: (it, self, args, site) => {
      it.handToUnknown(args, [], site);
      return self;
    },
  },
  get: (_it, self, name) => {
    if (self.members.has(name)) return null;
    if (name === 'locals') {
      const locals: Value = { k: 'record', members: new Map(), cls: null, open: UNKNOWN, getters: null };
      self.members.set('locals', locals);
      return locals;
    }
    return null;
  },
};

/** Made by a library of which nothing is known: no guard, and nothing that is known to do nothing. */
function isOfLibrary(it: Evaluator, value: Value): boolean {
  const origin = value.k === 'external' ? value : value.k === 'unknown' && !value.wraps ? value.origin : null;
  return origin !== null && it.knowledge.behaviour(origin) === null;
}
/** Runs what is installed in front of a route, in order. */
export function* linksInFront(
  it: Evaluator,
  route: Route,
  request: Native,
  response: Native,
): Generator<AppliedLink> {
  const state = request.state as RequestState;
  for (const link of applicable(route)) {
    if (link.params === null && isErrorHandler(link.installed.value)) continue;
    state.base = link.base;
    const settings = link.facts.filter((f) => isConfigured(f) && !route.facts.includes(f));
    const onlyWith = settings.flatMap((f) => (f.k === 'atom' ? [...f.sources] : []));
    const extra = link.params === null ? [] : [unknown([`params.${link.params}`]), literal(link.params)];
    const before = settings.length > 0 ? new Map(request.members) : null;
    yield { ...runMiddleware(it, link.installed, request, response, extra), onlyWith };
    if (before) onlyUnder(it, settings, request, before, link.installed.site);
  }
  state.base = route.base;
}
/** What was put on a request by what is only installed under some configuration is there under that. */
function onlyUnder(
  it: Evaluator,
  settings: readonly Fact[],
  request: Native,
  before: ReadonlyMap<string, Value>,
  site: Site,
): void {
  // What is taken out and put back would be met again.
  const now = [...request.members];
  for (const [name, value] of now) {
    const old = before.get(name);
    if (old === value) continue;
    if (old === undefined) request.members.delete(name);
    const without = old ?? memberOf(it, request, name, site);
    const either = eitherWay(without, value);
    it.journal.write(
      request.members,
      name,
      either ??
        choice([
          { value, facts: settings },
          { value: without, facts: [] },
        ]),
    );
  }
}
/** Runs one route's chain and handler, and takes down what it saw. */
function observe(it: Evaluator, route: Route, router: Native): void {
  const { framework, isApplication } = stateOf(router);
  const state: RequestState = {
    method: route.method,
    path: route.path,
    base: route.base,
    application: isApplication ? router : null,
  };
  const request = makeRequest(it, state);
  for (const [name, value] of route.given ?? []) request.members.set(name, value);
  const response = makeResponse(it);
  const isSocket = route.method === 'WS';
  const socket = it.native(SOCKET, { path: route.path, registration: route.site });
  const handler = route.handlers.at(-1)!;
  let goesOnItself = false;
  const next = builtin('next', ([error]) => {
    goesOnItself ||= error === undefined;
    return UNDEFINED;
  });
  const { controller } = route;
  observeEntryPoint(it, {
    framework: controller?.framework ?? framework,
    trigger: isSocket
      ? { kind: 'websocket', path: route.path, name: null }
      : { kind: 'http', method: route.method, path: route.path },
    registration: route.site,
    handler: handler.value,
    unmounted: !isApplication || !route.known || controller?.unmounted === true,
    *chain() {
      if (!isApplication && !controller) yield unseenInFront(it, route);
      yield* linksInFront(it, route, request, response);
      if (controller) yield* controller.chain([request, response]);
      for (const installed of route.handlers.slice(0, -1))
        if (isSocket)
          yield runLink(it, installed, {
            args: (onward) => [socket, request, onward],
            carries: [request],
            onNext: ([error]) => passedError(error),
          });
        else if (!isErrorHandler(installed.value)) yield runMiddleware(it, installed, request, response);
    },
    work: () => {
      // What configuration it is registered under holds wherever it is asked for.
      it.learn(route.facts.filter(isConfigured));
      if (controller) return controller.work([request, response]);
      it.runHandler(
        handler.value,
        isSocket ? [socket, request, next] : [request, response, next],
        handler.site,
      );
    },
    // What only lets pass is a guard of the routes after it, not an entry point.
    // A library's handler is not run: whether it goes on is not known, and a route's last one answers.
    keep: (answers) =>
      isSocket ||
      controller !== undefined ||
      route.isFolder ||
      isOfLibrary(it, handler.value) ||
      !goesOnItself ||
      answers.some((a) => a.status === null || a.status < 400),
  });
}

export const express: LibraryModel = {
  name: 'express',
  packages: ['express', 'express-promise-router', 'express-serve-static-core', 'ultimate-express'],
  about: {
    title: 'Express',
    registers:
      '`app` and `Router`: methods, `all`, `route`, `use` with two parameters at its end; lists, patterns and unknown parts in paths',
    guards:
      '`use`, `param`, handlers before the last, routes that call `next`; in order of installation, where path and method cover the route',
    answers: '`status`, `send`, `json`, `end`, `sendStatus`, `redirect`, `next(error)`, a throw',
  },
  calls: {
    '': (it, _args, site) => makeRouter(it, site, true),
    application: (it, _args, site) => makeRouter(it, site, true),
    Router: (it, _args, site) => makeRouter(it, site, false),
  },
  // What every request of it inherits from: members are added to it.
  member: (it, path) => (path.join('.') === 'request' ? addedToRequests(it) : null),
  typed: (it, type) => {
    if (/^(express\.)?(Request|Response|NextFunction|RequestHandler)\b/.test(type)) return null;
    if (/^(express\.)?(Express|Application|Router|IRouter|core\.Express)(<.*>)?$/.test(type))
      return inferredRouter(it, type);
    return null;
  },
  parameter: (it, name) =>
    /^(?:express)?(?:app|server)$/i.test(name)
      ? inferredRouter(it, 'Application')
      : /^\w*router$/i.test(name)
        ? inferredRouter(it, 'Router')
        : null,
  finish: (it) => {
    const all = routers(it);
    const done = new Set<string>();
    const reached = new Set<string>();
    for (const router of all) {
      const state = stateOf(router);
      if (state.mounted) continue;
      const routes: Route[] = [];
      flatten(router, { chain: [], ...AT_THE_ROOT }, routes, new Set());
      for (const route of routes) {
        route.somewhere.forEach((path) => reached.add(path));
        const key = `${route.method} ${route.path} ${route.site.module.path}:${route.site.line} ${route.base}`;
        if (done.has(key)) continue;
        done.add(key);
        observe(it, route, router);
      }
    }
    // Whatever is below one path is missed once.
    for (const layer of all.flatMap((r) => stateOf(r).layers)) {
      if (!isInFrontOfUnknown(layer) || reached.has(layer.somewhere ?? '')) continue;
      if (layer.somewhere) reached.add(layer.somewhere);
      it.gap(
        'what this middleware stands in front of is not known: its path is computed',
        it.place(layer.site),
      );
    }
  },
};
const isInFrontOfUnknown = ({ kind, paths, handlers }: Layer): boolean =>
  kind === 'use' &&
  paths.includes(null) &&
  handlers.some((h) => !optionsOf(h.value).some((o) => isRouter(o.value)));
/** One router stands for every value that is only known by its written type. */
function inferredRouter(it: Evaluator, type: string): Value {
  const key = /Router/.test(type) ? 'express:inferred-router' : 'express:inferred-application';
  return it.stateOf<Native>(key, () => {
    const site = it.modules.somewhere;
    const router = makeRouter(it, site, false);
    return router;
  });
}
