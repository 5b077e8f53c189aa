import type { Evaluator } from '../../wiring/evaluator.js';
import {
  yieldsItself,
  type LibraryModel,
  type LibraryType,
  type Method,
  type Operation,
} from '../../wiring/library.js';
import { runMiddleware, type Installed } from '../../wiring/middleware.js';
import type { AppliedLink } from '../../wiring/recorder.js';
import {
  builtin,
  isCallable,
  promise,
  stringOf,
  UNDEFINED,
  type Native,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { pathCovers } from '../web/paths.js';
import { makeRequest, makeResponse, type RequestState } from '../web/web-request.js';

interface Layer {
  method: string | null;
  path: string | null;
  handlers: readonly Installed[];
  site: Site;
}
const layersOf = (self: Native): Layer[] => self.state as Layer[];

const register =
  (method: string | null): Method =>
  (_it, self, args, site) => {
    const path = args[0] ? stringOf(args[0]) : null;
    const handlers = args.filter((a) => isCallable(a) || a.k === 'unknown').map((value) => ({ value, site }));
    layersOf(self).push({ method, path, handlers, site });
    for (const arg of args)
      if (arg.k === 'native' && arg.type === ROUTER) layersOf(self).push(...layersOf(arg));
    return self;
  };
const METHODS = ['get', 'head', 'post', 'put', 'patch', 'delete', 'options', 'all'];
const ROUTER: LibraryType = {
  name: 'api router',
  methods: {
    ...Object.fromEntries(METHODS.map((m) => [m, register(m.toUpperCase())])),
    use: register(null),
    handler: yieldsItself,
    clone: (it, self) => it.native(ROUTER, [...layersOf(self)]),
    run: (_it, self) => promise(self),
  },
  call: () => promise(UNDEFINED),
};
const create: Operation = (it) => it.native(ROUTER, []);

/** One method of an API route that a router serves. */
export interface ApiRoute {
  method: string;
  site: Site;
  handler: Value;
  chain(state: RequestState): Iterable<AppliedLink>;
  work(state: RequestState): Value;
}
/** The routes of a router that is exported from `pages/api`; null for anything else. */
export function apiRoutes(it: Evaluator, value: Value): ApiRoute[] | null {
  if (value.k !== 'native' || value.type !== ROUTER) return null;
  const layers = layersOf(value);
  return layers.flatMap((layer, i): ApiRoute[] => {
    const handler = layer.handlers.at(-1);
    if (layer.method === null || !handler) return [];
    const before = layers
      .slice(0, i)
      .filter((l) => l.method === null && (l.path === null || pathCovers(l.path, layer.path ?? '', false)));
    const installed = [...before.flatMap((l) => l.handlers), ...layer.handlers.slice(0, -1)];
    let exchange: [Native, Native] | null = null;
    return [
      {
        method: layer.method,
        site: layer.site,
        handler: handler.value,
        *chain(state) {
          exchange = [makeRequest(it, state), makeResponse(it)];
          for (const link of installed) yield runMiddleware(it, link, ...exchange);
        },
        work: (state) => {
          const [request, response] = exchange ?? [makeRequest(it, state), makeResponse(it)];
          return it.runHandler(
            handler.value,
            [request, response, builtin('next', () => UNDEFINED)],
            layer.site,
          );
        },
      },
    ];
  });
}

/** https://github.com/hoangvvo/next-connect */
export const nextConnect: LibraryModel = {
  name: 'next-connect',
  packages: ['next-connect'],
  about: {
    title: 'next-connect',
    registers: 'the methods of a router that is exported from `pages/api`',
    guards: '`use`, and handlers before the last',
    answers: 'as Express',
    limits: 'routers that a route handler of `app/` calls with `run`',
  },
  calls: { '': create, createRouter: create, createEdgeRouter: create, nextConnect: create },
};
