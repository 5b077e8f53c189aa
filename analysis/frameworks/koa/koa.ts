import type { Evaluator } from '../../wiring/evaluator.js';
import { isConfigured, type Fact } from '../../wiring/fact.js';
import type { LibraryModel, LibraryType, Method, Operation } from '../../wiring/library.js';
import { runLink, type Installed } from '../../wiring/middleware.js';
import { observeEntryPoint } from '../../wiring/observe.js';
import type { AppliedLink } from '../../wiring/recorder.js';
import {
  isCallable,
  optionsOf,
  promise,
  stringOf,
  textOf,
  UNDEFINED,
  unknown,
  type Native,
  type Site,
  type Value,
} from '../../wiring/value.js';
import type { ControllerRoute } from '../web/controllers.js';
import { makeServer } from '../node/http-server.js';
import { makeKoaContext } from './koa-context.js';
import { pathDispatch } from '../web/path-dispatch.js';
import { isContextMiddleware } from '../web/context.js';
import { joinPaths, pathCovers } from '../web/paths.js';

/** What an application or a router runs, in order. */
export interface KoaLayer {
  kind: 'use' | 'route' | 'param';
  method: string;
  /** Null where it is not known; '' where there is none. */
  path: string | null;
  handlers: Installed[];
  site: Site;
  facts: readonly Fact[];
  /** Its one handler is a method of a controller, which is called by other rules. */
  controller?: ControllerRoute;
}
interface Stack {
  layers: KoaLayer[];
  prefix: string;
  isApplication: boolean;
  mounted: boolean;
  site: Site;
}
interface Route {
  layer: KoaLayer;
  path: string | null;
  links: Link[];
}
interface Link {
  path: string | null;
  layer: KoaLayer;
  installed: Installed;
}
export const stacks = (it: Evaluator): Native[] => it.stateOf<Native[]>('koa', () => []);
export const koaLayers = (native: Native): KoaLayer[] => stateOf(native).layers;
const stateOf = (native: Native): Stack => native.state as Stack;
export const isStack = (value: Value): boolean =>
  value.k === 'native' && (value.type === APPLICATION || value.type === ROUTER);

export function makeStack(it: Evaluator, isApplication: boolean, prefix: string, site: Site): Native {
  const stack = it.native(isApplication ? APPLICATION : ROUTER, {
    layers: [],
    prefix,
    isApplication,
    mounted: false,
    site,
  } satisfies Stack);
  stacks(it).push(stack);
  return stack;
}
/** What is installed: routers as what `routes()` made of them, lists flattened as koa-compose does. */
function installed(args: readonly Value[], site: Site): Installed[] {
  return args.flatMap((value): Installed[] => {
    if (value.k === 'list') return installed(value.elements, site);
    if (value.k === 'native' && isStack(value)) stateOf(value).mounted = true;
    if (value.k === 'native' && value.type === MOUNTED) {
      const { stack } = value.state as Mounted;
      if (stack.k === 'native' && isStack(stack)) stateOf(stack).mounted = true;
    }
    return [{ value, site }];
  });
}
/** An application below a path (koa-mount), or a router that does not answer (`allowedMethods`). */
interface Mounted {
  stack: Value;
  path: string;
}
const MOUNTED: LibraryType = { name: 'mounted application', methods: {} };
const IGNORED: LibraryType = { name: 'allowed methods', methods: {} };

function pathsOf(value: Value | undefined): (string | null)[] | null {
  if (!value || isCallable(value) || isStack(value)) return null;
  if (value.k === 'list') {
    const paths = value.elements.map((e) => pathsOf(e));
    return paths.length > 0 && paths.every((p) => p !== null) ? paths.flat() : null;
  }
  if (value.k === 'choice') {
    const paths = optionsOf(value).map((o) => pathsOf(o.value));
    return paths.every((p) => p !== null) ? paths.flat() : null;
  }
  if (value.k === 'native')
    return value.type.name === 'RegExp' ? [`(${(value.state as { pattern: string }).pattern})`] : null;
  const text = textOf(value, '*');
  if (text !== null) return [text];
  return value.k === 'unknown' && value.origin === null && !value.wraps ? [null] : null;
}
function add(it: Evaluator, self: Native, layer: Omit<KoaLayer, 'facts'>): void {
  stateOf(self).layers.push({ ...layer, facts: it.facts });
}
const use: Method = (it, self, args, site) => {
  const paths = args.length > 1 ? pathsOf(args[0]) : null;
  for (const path of paths ?? [''])
    add(it, self, {
      kind: 'use',
      method: 'ALL',
      path,
      handlers: installed(paths ? args.slice(1) : args, site),
      site,
    });
  return self;
};
/** `router.get([name], path, …middleware, handler)` */
const route =
  (method: string): Method =>
  (it, self, args, site) => {
    const isNamed = args.length > 2 && pathsOf(args[1]) !== null && stringOf(args[0]!) !== null;
    const [path, ...handlers] = isNamed ? args.slice(1) : args;
    for (const each of pathsOf(path) ?? [null])
      add(it, self, {
        kind: 'route',
        method: method === 'del' ? 'DELETE' : method.toUpperCase(),
        path: each,
        handlers: installed(handlers, site),
        site,
      });
    return self;
  };
const METHODS = ['get', 'post', 'put', 'patch', 'delete', 'del', 'head', 'options', 'all', 'link', 'unlink'];
const ROUTER: LibraryType = {
  name: 'koa router',
  methods: {
    ...Object.fromEntries(METHODS.map((m) => [m, route(m)])),
    use,
    register: (it, self, [path, methods, handlers], site) => {
      const names = methods?.k === 'list' ? methods.elements.map((m) => stringOf(m) ?? 'all') : ['all'];
      for (const method of names) route(method)(it, self, [path ?? UNDEFINED, handlers ?? UNDEFINED], site);
      return self;
    },
    // Of koa-joi-router: `{ method, path, handler, pre }`, one or several.
    route: (it, self, [given], site) => {
      for (const each of given?.k === 'list' ? given.elements : [given]) {
        const { method, path, pre, handler } = Object.fromEntries(each?.k === 'record' ? each.members : []);
        const names = method?.k === 'list' ? method.elements : [method ?? UNDEFINED];
        const handlers = [pre, handler].flatMap((h) => (h ? [h] : []));
        for (const name of names)
          route(stringOf(name) ?? 'all')(it, self, [path ?? UNDEFINED, ...handlers], site);
      }
      return self;
    },
    param: (it, self, [name, handler], site) => {
      if (handler)
        add(it, self, {
          kind: 'param',
          method: 'ALL',
          path: (name && stringOf(name)) ?? null,
          handlers: [{ value: handler, site }],
          site,
        });
      return self;
    },
    prefix: (_it, self, [prefix]) => {
      stateOf(self).prefix = joinPaths((prefix && textOf(prefix)) ?? '*', stateOf(self).prefix);
      return self;
    },
    routes: (_it, self) => self,
    middleware: (_it, self) => self,
    allowedMethods: (it) => it.native(IGNORED, null),
    redirect: (_it, self) => self,
    url: () => unknown(),
  },
};
const APPLICATION: LibraryType = {
  name: 'koa application',
  methods: {
    use,
    listen: (it, self, args, site) => {
      it.handToUnknown(args, [], site);
      return makeServer(it, self, site);
    },
    callback: (_it, self) => self,
    on: (it, self, args, site) => {
      it.handToUnknown(args, [], site);
      return self;
    },
  },
};

/** Routes of a stack, in order: what is used before them and covers them runs first. */
function* flatten(
  stack: Native,
  prefix: string | null,
  outer: readonly Link[],
  seen: readonly Native[],
): Generator<Route> {
  if (seen.includes(stack)) return;
  const { layers, prefix: own, isApplication } = stateOf(stack);
  const base = prefix === null ? null : joinPaths(prefix, own);
  const links = [...outer];
  const at = (path: string | null): string | null =>
    base === null || path === null ? null : joinPaths(base, path);
  // `param` counts for the routes before it too.
  const params = layers.filter((l) => l.kind === 'param');
  for (const layer of [...params, ...layers.filter((l) => l.kind !== 'param')]) {
    const path = at(layer.path);
    if (layer.kind === 'route') {
      if (layer.handlers.length === 0) continue;
      const before = layer.handlers.slice(0, -1).map((i) => ({ path, layer, installed: i }));
      yield {
        layer,
        path: path === '' ? '/' : path,
        links: [...links.filter((l) => covers(l, layer, path)), ...before],
      };
      continue;
    }
    for (const [i, each] of layer.handlers.entries()) {
      const { value } = each;
      if (value.k === 'native' && value.type === IGNORED) continue;
      const inner: Mounted | null = isStack(value)
        ? { stack: value as Native, path: '' }
        : value.k === 'native' && value.type === MOUNTED
          ? (value.state as Mounted)
          : null;
      const below = path === null || !inner ? path : joinPaths(path, inner.path);
      if (inner && inner.stack.k === 'native' && isStack(inner.stack))
        yield* flatten(inner.stack, below, links, [...seen, stack]);
      else if (inner) links.push({ path: below, layer, installed: { ...each, value: inner.stack } });
      else {
        links.push({ path: layer.kind === 'param' ? layer.path : path, layer, installed: each });
        // The last thing that an application runs, where it does not go on, answers what nothing else does.
        const isLast = i === layer.handlers.length - 1 && isApplication;
        if (isLast && value.k === 'function' && value.fn.params.length - value.bound.length < 2)
          yield {
            layer,
            path: path === '' || path === null ? '*' : path,
            links: links.slice(0, -1).filter((l) => covers(l, layer, '*')),
          };
      }
    }
  }
}
function covers({ path, layer }: Link, route: KoaLayer, at: string | null): boolean {
  if (layer.kind === 'param')
    return at !== null && path !== null && new RegExp(`:${path.replace(/\W/g, '')}\\b`).test(at);
  if (layer.kind === 'route' && layer.method !== 'ALL' && layer.method !== route.method) return false;
  if (path === null) return false;
  return at === null ? path === '' : pathCovers(path, at, false);
}
function* runLinks(
  it: Evaluator,
  links: readonly Link[],
  layer: KoaLayer,
  context: Native,
): Generator<AppliedLink> {
  const state = context.type.get!(it, context, 'state', layer.site) as Native;
  for (const { layer: of, installed: each } of links) {
    const onlyWith = of.facts
      .filter((f) => isConfigured(f) && !layer.facts.includes(f))
      .flatMap((f) => (f.k === 'atom' ? [...f.sources] : []));
    const value = of.kind === 'param' ? [unknown([`params.${of.path ?? '*'}`])] : [];
    yield {
      ...runLink(it, each, {
        args: (next) => [...value, context, next],
        carries: [context, state],
        yields: promise(UNDEFINED),
      }),
      onlyWith,
    };
  }
}
/** How many layers an application has so far. */
export const koaPosition = (stack: Native): number => stateOf(stack).layers.length;
/** Runs what stands in front of something that another library serves, as if it were a route at this position. */
export function* koaLinks(
  it: Evaluator,
  stack: Native,
  position: number,
  probe: { method: string; path: string; site: Site; facts: readonly Fact[] },
): Generator<AppliedLink> {
  const layer: KoaLayer = { ...probe, kind: 'route', handlers: [{ value: UNDEFINED, site: probe.site }] };
  const copy = {
    ...stack,
    state: { ...stateOf(stack), layers: [...stateOf(stack).layers.slice(0, position), layer] },
  };
  const route = [...flatten(copy, '', [], [])].find((r) => r.layer === layer)!;
  yield* runLinks(it, route.links, layer, makeKoaContext(it, probe.method, probe.path));
}
function observe(it: Evaluator, { layer, path, links }: Route, unmounted: boolean): void {
  const isCatchAll = layer.kind === 'use';
  const context = makeKoaContext(it, isCatchAll ? null : layer.method, isCatchAll ? null : path);
  const handler = layer.handlers.at(-1)!.value;
  observeEntryPoint(it, {
    framework:
      layer.controller?.framework ??
      (['oak', '@oak/oak'].some((name) => it.loader.uses(name)) ? 'oak' : 'koa'),
    trigger: { kind: 'http', method: layer.method, path },
    registration: layer.site,
    handler,
    unmounted: unmounted || path === null || layer.controller?.unmounted === true,
    *chain() {
      yield* runLinks(it, links, layer, context);
      if (layer.controller) yield* layer.controller.chain([context]);
    },
    work: () => {
      if (layer.controller) return layer.controller.work([context]);
      it.runHandler(
        handler,
        [context, { k: 'builtin', name: 'next', call: () => promise(UNDEFINED) }],
        layer.site,
      );
    },
    dispatch: isCatchAll ? pathDispatch() : undefined,
  });
}
export const application: Operation = (it, _args, site) => makeStack(it, true, '', site);
export const router: Operation = (it, [options], site) => {
  const prefix = options?.k === 'record' ? options.members.get('prefix') : undefined;
  return makeStack(it, false, (prefix && textOf(prefix, '*')) ?? '', site);
};
const inferred = (it: Evaluator): Native =>
  it.stateOf('koa:inferred', () => makeStack(it, false, '', it.modules.somewhere));

/** Koa with its usual routers. https://koajs.com, https://github.com/koajs/router */
export const koa: LibraryModel = {
  name: 'koa',
  packages: ['koa'],
  about: {
    title: 'Koa',
    registers:
      'methods, `all` and `register` of `@koa/router` and koa-router, nested, with prefixes; koa-mount, koa-route; a function at the end of an application, by the paths that it compares with',
    guards:
      '`use` of applications and routers where its path covers the route, `param`, handlers before the last; koa-compose; koa-jwt, koa-passport',
    answers: '`ctx.status`, `ctx.body`, `ctx.throw`, `ctx.assert`, `ctx.redirect`',
    limits: 'host matching of routers',
  },
  calls: { '': application },
  typed: (it, type) => (/^(?:Koa\.)?(?:Application|Koa)\b/.test(type) ? inferred(it) : null),
  parameter: (it, name) => (/^(?:app|koa|\w*router)$/i.test(name) ? inferred(it) : null),
  asGuard: (it, value, site) => {
    if (!isContextMiddleware(value)) return null;
    const context = makeKoaContext(it, null, null);
    return () =>
      runLink(
        it,
        { value, site, isRoute: true },
        { args: (next) => [context, next], carries: [context], yields: promise(UNDEFINED) },
      );
  },
  finish: (it) => {
    const done = new Set<KoaLayer>();
    const all = stacks(it);
    for (const stack of [...all].sort(
      (a, b) => Number(stateOf(b).isApplication) - Number(stateOf(a).isApplication),
    )) {
      const { mounted, isApplication } = stateOf(stack);
      if (mounted) continue;
      for (const each of flatten(stack, '', [], [])) {
        if (done.has(each.layer) && !isApplication) continue;
        done.add(each.layer);
        observe(it, each, !isApplication);
      }
    }
  },
};
/** Routers of Koa, which its model turns into entry points. */
export const koaRouter: LibraryModel = {
  name: 'koa-router',
  packages: ['@koa/router', 'koa-router', 'koa-joi-router', 'koa-tree-router'],
  calls: { '': router, Router: router, default: router },
  typed: (it, type) => (/^(?:Koa)?Router\b/.test(type) && it.loader.uses('koa') ? inferred(it) : null),
};
const mount: Operation = (it, args) => {
  const path = args.length > 1 ? (textOf(args[0]!) ?? '*') : '';
  const inner = args.at(-1)!;
  return it.native(MOUNTED, { stack: inner, path } satisfies Mounted);
};
/** koa-mount: an application below a path. */
export const koaMount: LibraryModel = {
  name: 'koa-mount',
  packages: ['koa-mount'],
  calls: { '': mount, default: mount },
};
/** koa-compose: a list in order is one. */
export const koaCompose: LibraryModel = {
  name: 'koa-compose',
  packages: ['koa-compose'],
  calls: { '': (_it, [list]) => list ?? UNDEFINED, default: (_it, [list]) => list ?? UNDEFINED },
};
