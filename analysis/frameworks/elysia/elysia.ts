import type { Evaluator } from '../../wiring/evaluator.js';
import type { Fact } from '../../wiring/fact.js';
import type { ModuleInstance } from '../../wiring/instance.js';
import type { LibraryModel, LibraryType, Method } from '../../wiring/library.js';
import { runLink, type Installed } from '../../wiring/middleware.js';
import { callableName } from '../../wiring/naming.js';
import { observeEntryPoint } from '../../wiring/observe.js';
import type { AppliedLink } from '../../wiring/recorder.js';
import {
  builtin,
  constantsOf,
  isCallable,
  isNullish,
  listed,
  literal,
  optionsOf,
  record,
  stringOf,
  textOf,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type Native,
  type Record_,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { makeContext } from '../web/context.js';
import { COOKIES, makeFetchRequest, makeFetchResponse } from '../web/fetch-api.js';
import { partsNamed, validating } from '../web/input-validation.js';
import { joinPaths } from '../web/paths.js';
import { applied, define } from './elysia-macros.js';
import { DECORATING } from './elysia-plugins.js';
import { HEADERS, pathValue } from '../web/web-request.js';

/** How far a hook reaches from the instance that it is added to: no further, its user, or every user. */
type Reach = 'local' | 'scoped' | 'global';
interface Hook {
  installed: Installed;
  /** What it returns is put into the context, where it is no answer. */
  derives: boolean;
  reach: Reach;
  /** An option of which only a macro knows the meaning. */
  macro?: string;
}
interface Route {
  method: string;
  path: string | null;
  handler: Value;
  hooks: readonly Hook[];
  decorations: ReadonlyMap<string, Value>;
  site: Site;
}
interface App {
  prefix: string;
  hooks: Hook[];
  routes: Route[];
  /** What options of routes mean that the project gave a meaning to. */
  macros: Map<string, Value>;
  /** What is put into the context of every request: by `decorate`, and by plugins. */
  decorations: Map<string, Value>;
  used: boolean;
  served: boolean;
}
const stateOf = (app: Native): App => app.state as App;
const apps = (it: Evaluator): Native[] => it.stateOf<Native[]>('elysia', () => []);
const isApp = (value: Value): value is Native => value.k === 'native' && value.type === APP;
function makeApp(
  it: Evaluator,
  prefix: string,
  within: App | null = null,
  hooks: readonly Hook[] = [],
): Native {
  const app = it.native(APP, {
    prefix,
    hooks: [...hooks],
    routes: [],
    // What is registered in a group is known outside of it: both are one application.
    macros: within?.macros ?? new Map<string, Value>(),
    decorations: within?.decorations ?? new Map<string, Value>(),
    used: within !== null,
    served: false,
  } satisfies App);
  apps(it).push(app);
  return app;
}
/** A plugin that is used twice installs its hooks once. */
function inFront(first: readonly Hook[], second: readonly Hook[]): Hook[] {
  return [...first, ...second.filter((h) => !first.some((f) => f.installed.value === h.installed.value))];
}
const reachOf = (options: Value | undefined): Reach => {
  const as = options?.k === 'record' ? options.members.get('as') : options;
  const text = as ? stringOf(as) : null;
  return text === 'global' || text === 'scoped' ? text : 'local';
};
/** What stands in front of a handler, as `guard` and routes are given it. */
function hooksIn(
  it: Evaluator,
  app: App,
  options: Value | undefined,
  site: Site,
  within: readonly string[] = [],
): Hook[] {
  if (options?.k !== 'record') return [];
  const reach = reachOf(options);
  return [...options.members].flatMap(([name, value]): Hook[] => {
    if (KNOWN_OPTIONS.has(name) || isNullish(value)) return [];
    if (name === 'beforeHandle' || name === 'resolve' || name === 'derive')
      return listed(value).map((v) => ({
        installed: { value: v, site },
        derives: name !== 'beforeHandle',
        reach,
      }));
    if (value.k === 'literal' && value.value === false) return [];
    const macro = app.macros.get(name);
    if (!macro || within.includes(name))
      return [{ installed: { value: UNKNOWN, site, name }, derives: false, reach, macro: name }];
    const { options: meant, collected } = applied(it, macro, value, site);
    const given = constantsOf(value);
    const asked = given === null || (value.k === 'literal' && value.value === true) ? [] : given;
    return [
      ...collected.map((v): Hook => ({ installed: { value: v, site }, derives: false, reach })),
      ...hooksIn(it, app, meant, site, [...within, name]),
    ].map((h) => ({ ...h, installed: { ...h.installed, name, arguments: asked } }));
  });
}
/** What a route holds parts of a request against: https://elysiajs.com/essential/validation.html */
function checkedBy(it: Evaluator, options: Value | undefined, site: Site): Hook[] {
  const parts = options?.k === 'record' ? partsNamed(options.members.keys()) : [];
  if (parts.length === 0) return [];
  const installed = { value: validating(it, 'schema', 'elysia', parts), site, name: 'schema' };
  return [{ installed, derives: false, reach: 'local' }];
}
const KNOWN_OPTIONS = new Set(
  (
    'as body query params headers cookie response detail tags type parse transform afterHandle mapResponse ' +
    'afterResponse error config schema standaloneValidator open message close drain ping pong upgrade ' +
    'idleTimeout maxPayloadLength perMessageDeflate backpressureLimit closeOnBackpressureLimit sendPings'
  ).split(' '),
);
/** `decorate('name', value)`, or several as an object. */
const decorate: Method = (_it, self, args) => {
  const { decorations } = stateOf(self);
  const name = args.length > 1 ? stringOf(args.at(-2)!) : null;
  const value = args.at(-1);
  if (name !== null && value) decorations.set(name, value);
  else if (value?.k === 'record') for (const [key, each] of value.members) decorations.set(key, each);
  return self;
};
const same: Method = (_it, self) => self;
const route =
  (method: string): Method =>
  (it, self, [path, handler, options], site) => {
    const app = stateOf(self);
    const isSocket = method === 'WS';
    const text = path ? textOf(path, ':*') : null;
    const message = isSocket && handler?.k === 'record' ? handler.members.get('message') : handler;
    app.routes.push({
      method,
      path: text === null ? null : joinPaths(app.prefix, text) || '/',
      handler: message ?? UNKNOWN,
      hooks: inFront(app.hooks, [
        ...(isSocket ? [] : checkedBy(it, options, site)),
        ...hooksIn(it, app, isSocket ? handler : options, site),
      ]),
      decorations: app.decorations,
      site,
    });
    return self;
  };
/** `onBeforeHandle`, `derive`, `resolve`: with `{ as }` in front, or without. */
const hook =
  (derives: boolean): Method =>
  (_it, self, args, site) => {
    const value = args.at(-1);
    const reach = args.length > 1 ? reachOf(args[0]) : 'local';
    if (value)
      stateOf(self).hooks.push(
        ...listed(value).map((v) => ({ installed: { value: v, site }, derives, reach })),
      );
    return self;
  };
/** What a function registers on an instance of its own, which begins with what stands in front of it. */
function within(it: Evaluator, self: Native, prefix: string, more: Hook[], run: Value, site: Site): Value {
  const app = stateOf(self);
  const child = makeApp(it, joinPaths(app.prefix, prefix), app, inFront(app.hooks, more));
  it.call(run, [child], UNDEFINED, site);
  app.routes.push(...stateOf(child).routes);
  return self;
}
function plug(it: Evaluator, self: Native, plugin: Value, site: Site): void {
  const value = it.awaiting(plugin);
  const app = stateOf(self);
  if (value.k === 'native' && value.type.name === 'module namespace')
    plug(it, self, it.modules.exported(value.state as ModuleInstance, 'default'), site);
  else if (value.k === 'native' && value.type === DECORATING)
    for (const [name, added] of value.members) app.decorations.set(name, added);
  else if (isApp(value)) {
    const other = stateOf(value);
    // `group('/x', (app) => app.use(() => app))`: it has what is its own already.
    if (other === app) return;
    other.used = true;
    for (const [name, meant] of other.macros) app.macros.set(name, meant);
    for (const [name, added] of other.decorations) app.decorations.set(name, added);
    for (const r of other.routes)
      app.routes.push({
        ...r,
        path: r.path === null ? null : joinPaths(app.prefix, r.path),
        hooks: inFront(app.hooks, r.hooks),
      });
    const reaching = other.hooks.filter((h) => h.reach !== 'local');
    app.hooks = inFront(
      app.hooks,
      reaching.map((h) => ({ ...h, reach: h.reach === 'global' ? 'global' : 'local' })),
    );
  } else if (value.k === 'function') {
    const made = it.awaiting(it.call(value, [self], UNDEFINED, site));
    if (isApp(made) && made !== self) plug(it, self, made, site);
  } else if (value.k === 'list') for (const element of value.elements) plug(it, self, element, site);
  // Other official plugins refuse nobody.
  else if (value.k === 'unknown' && !value.origin?.package.startsWith('@elysiajs/'))
    app.hooks.push({ installed: { value, site }, derives: false, reach: 'local' });
}
const VERBS = ['get', 'post', 'put', 'patch', 'delete', 'head', 'options', 'all', 'ws'];
const SERVES = new Set(['fetch', 'handle', 'listen']);
const APP: LibraryType = {
  name: 'elysia',
  methods: {
    ...Object.fromEntries(VERBS.map((v) => [v, route(v.toUpperCase())])),
    ...Object.fromEntries(
      ['state', 'model', 'onStart', 'onStop', 'onError', 'onParse', 'onTransform']
        .concat('onAfterHandle', 'onAfterResponse', 'mapResponse', 'error', 'headers', 'trace', 'compile')
        .map((name) => [name, same]),
    ),
    route: (it, self, [method, ...rest], site) =>
      route(((method && stringOf(method)) ?? 'ALL').toUpperCase())(it, self, rest, site),
    decorate,
    macro: (it, self, args, site) => {
      define(it, stateOf(self).macros, args, site);
      return self;
    },
    mount: (it, self, args, site) => {
      const handler = args.at(-1);
      // What a package answers, such as the routes of its sign-in, is its own affair.
      if (handler && (handler.k === 'function' || handler.k === 'native'))
        it.gap('what is mounted here is not followed', it.place(site));
      return self;
    },
    onBeforeHandle: hook(false),
    onRequest: hook(false),
    derive: hook(true),
    resolve: hook(true),
    guard: (it, self, [options, run], site) => {
      if (run) return within(it, self, '', hooksIn(it, stateOf(self), options, site), run, site);
      if (options && isCallable(options)) return within(it, self, '', [], options, site);
      stateOf(self).hooks.push(...hooksIn(it, stateOf(self), options, site));
      return self;
    },
    group: (it, self, args, site) => {
      const prefix = (args[0] && textOf(args[0], ':*')) ?? ':*';
      return within(
        it,
        self,
        prefix,
        hooksIn(it, stateOf(self), args.length > 2 ? args[1] : undefined, site),
        args.at(-1)!,
        site,
      );
    },
    as: (_it, self, [reach]) => {
      const app = stateOf(self);
      app.hooks = app.hooks.map((h) => ({ ...h, reach: reachOf(reach) }));
      return self;
    },
    use: (it, self, [plugin], site) => {
      if (plugin) plug(it, self, plugin, site);
      return self;
    },
    listen: (_it, self) => {
      stateOf(self).served = true;
      return self;
    },
  },
  get: (_it, self, name) => {
    if (SERVES.has(name)) stateOf(self).served = true;
    return null;
  },
};
/** `set.status = 401` says how the handler or hook answers that returns next. */
const SET: LibraryType = {
  name: 'set',
  methods: {},
  set: (it, _self, name, value) => {
    if (name === 'status' && value.k === 'literal' && typeof value.value === 'number' && value.value >= 400)
      it.answer({ how: 'answer', status: value.value });
    return false;
  },
};
function contextOf(it: Evaluator, route: Route): Native {
  const status = builtin('status', ([code, content]) => makeFetchResponse(it, content, code));
  return makeContext(it, {
    request: makeFetchRequest(it, { method: route.method === 'ALL' ? null : route.method, path: route.path }),
    params: unknown(['params']),
    query: unknown(['query']),
    body: unknown(['body']),
    headers: it.native(HEADERS, null),
    cookie: it.native({ ...COOKIES, get: () => unknown(['credential']) }, null),
    path: pathValue(route.path),
    route: route.path === null ? UNKNOWN : literal(route.path),
    set: it.native(SET, null),
    store: record([], UNKNOWN),
    status,
    error: status,
    redirect: builtin('redirect', () => makeFetchResponse(it, undefined, literal(302))),
    ...Object.fromEntries(route.decorations),
  });
}
/** A hook goes on where it returns nothing, one that derives where what it returns is no answer. */
function run(it: Evaluator, { installed, derives, macro }: Hook, context: Native): AppliedLink {
  const isAnswer = (value: Value): boolean => value.k === 'native' && value.type.answer !== undefined;
  const goesOn = (result: Value): readonly Fact[] | null => {
    const on = optionsOf(result).filter(({ value }) =>
      derives ? !isAnswer(value) : isNullish(value) || (value.k === 'unknown' && macro === undefined),
    );
    if (on.length === 0) return null;
    if (derives)
      for (const { value } of on)
        if (value.k === 'record')
          for (const [name, member] of (value as Record_).members)
            it.journal.write(context.members, name, member);
    return on.length === 1 ? on[0]!.facts : [];
  };
  const isNameless = installed.value.k === 'function' && callableName(installed.value) === 'anonymous';
  const named = derives && isNameless ? { ...installed, name: 'derive' } : installed;
  return runLink(it, named, { args: () => [context], carries: [context], goesOn });
}
function observe(it: Evaluator, route: Route, unmounted: boolean): void {
  const context = contextOf(it, route);
  observeEntryPoint(it, {
    framework: 'elysia',
    trigger:
      route.method === 'WS'
        ? { kind: 'websocket', path: route.path, name: 'message' }
        : { kind: 'http', method: route.method, path: route.path },
    registration: route.site,
    handler: route.handler,
    unmounted: unmounted || route.path === null,
    *chain() {
      for (const hook of route.hooks) yield run(it, hook, context);
    },
    work: () =>
      route.method === 'WS'
        ? void it.runHandler(
            route.handler,
            [makeContext(it, { data: context }), unknown(['message'])],
            route.site,
          )
        : isCallable(route.handler)
          ? it.runHandler(route.handler, [context], route.site)
          : undefined,
  });
}

/** Elysia, from version 1. https://elysiajs.com */
export const elysia: LibraryModel = {
  name: 'elysia',
  packages: ['elysia'],
  about: {
    title: 'Elysia',
    registers:
      'methods, `route`, `all`, `ws`, in `group` and `guard`, in plugins; an instance that nothing uses is unmounted',
    guards:
      '`onBeforeHandle`, `derive`, `resolve`, `guard`, `beforeHandle` of routes, in order, as far as `as` lets them reach; macros; tokens of `@elysiajs/jwt`',
    answers: 'by returning; `status`, `set.status`, `redirect`, a throw',
    limits:
      'an option whose macro is not found, and handlers of other libraries that are mounted, leave a gap',
  },
  calls: {
    '': (it, [options]) => constructed(it, options),
    Elysia: (it, [options]) => constructed(it, options),
  },
  finish: (it) => {
    const roots = apps(it).filter((app) => !stateOf(app).used);
    const anyServed = roots.some((app) => stateOf(app).served);
    for (const root of roots) {
      const { routes, served } = stateOf(root);
      for (const route of routes) observe(it, route, anyServed && !served);
    }
  },
};
function constructed(it: Evaluator, options: Value | undefined): Value {
  const prefix = options?.k === 'record' ? options.members.get('prefix') : undefined;
  return makeApp(it, (prefix && textOf(prefix, ':*')) ?? '');
}
