import type { Evaluator } from '../../wiring/evaluator.js';
import { yieldsItself, type LibraryType, type Method, type Operation } from '../../wiring/library.js';
import {
  optionIn,
  stringOf,
  textOf,
  UNDEFINED,
  unknown,
  type Native,
  type Site,
} from '../../wiring/value.js';
import { LISTENING } from '../node/http-server.js';
import { joinPaths } from '../web/paths.js';
import { installed, pathsOf } from './koa-arguments.js';
import { addLayer, allowedMethods, stacks, stateOf, type Stack } from './koa-layers.js';

const use: Method = (it, self, args, site) => {
  const paths = args.length > 1 ? pathsOf(args[0]) : null;
  for (const path of paths ?? [''])
    addLayer(it, self, {
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
      addLayer(it, self, {
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
        addLayer(it, self, {
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
    routes: yieldsItself,
    middleware: yieldsItself,
    allowedMethods,
    redirect: yieldsItself,
    url: () => unknown(),
  },
};
const APPLICATION: LibraryType = {
  name: 'koa application',
  methods: { ...LISTENING, use, callback: yieldsItself },
};

/** An application or a router with nothing in it. */
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
/** `new Koa()` */
export const application: Operation = (it, _args, site) => makeStack(it, true, '', site);
/** `new Router({ prefix })` */
export const router: Operation = (it, [options], site) => {
  const prefix = optionIn(options, 'prefix');
  return makeStack(it, false, (prefix && textOf(prefix, '*')) ?? '', site);
};
/** One router stands for every value that is only known by its written type, or by how it is called. */
export const inferredStack = (it: Evaluator): Native =>
  it.stateOf('koa:inferred', () => makeStack(it, false, '', it.modules.somewhere));
