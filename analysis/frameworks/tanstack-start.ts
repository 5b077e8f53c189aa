import { noteCookie } from '../wiring/cookies.js';
import type { Evaluator } from '../wiring/evaluator.js';
import type { LibraryModel, LibraryType, Method, Operation } from '../wiring/library.js';
import { runLink } from '../wiring/middleware.js';
import { observeEntryPoint } from '../wiring/observe.js';
import type { AppliedLink } from '../wiring/recorder.js';
import { atom } from '../wiring/tests.js';
import {
  isCallable,
  isNullish,
  literal,
  promise,
  record,
  textOf,
  UNDEFINED,
  unknown,
  type Native,
  type Site,
  type Value,
} from '../wiring/value.js';
import { makeContext } from './web/context.js';
import { COOKIES, makeFetchRequest, makeFetchResponse, statusIn } from './web/fetch-api.js';
import { redirects, untilRedirect } from './web/leaving.js';
import { HEADERS } from './web/web-request.js';

const PACKAGES = ['@tanstack/react-start', '@tanstack/solid-start', '@tanstack/start'];

/** A server function or a middleware while it is put together: each call yields a further one. */
interface Built {
  middleware: readonly Value[];
  validator: Value | null;
  work: Value | null;
  site: Site;
}
const extend = (it: Evaluator, self: Native, more: Partial<Built>): Native =>
  it.native(self.type, { ...(self.state as Built), ...more });
const elements = (value: Value | undefined): readonly Value[] =>
  value?.k === 'list' ? value.elements : value && !isNullish(value) ? [value] : [];
const chain: Record<string, Method> = {
  middleware: (it, self, [all]) =>
    extend(it, self, { middleware: [...(self.state as Built).middleware, ...elements(all)] }),
  validator: (it, self, [validator]) => extend(it, self, { validator: validator ?? null }),
  inputValidator: (it, self, [validator]) => extend(it, self, { validator: validator ?? null }),
  client: (_it, self) => self,
  type: (_it, self) => self,
};
const functions = (it: Evaluator): Native[] => it.stateOf<Native[]>('tanstack-start', () => []);
const SERVER_FUNCTION: LibraryType = {
  name: 'server function',
  methods: {
    ...chain,
    handler: (it, self, [work], site) => {
      const made = it.native(FUNCTION, { ...(self.state as Built), work: work ?? null, site });
      functions(it).push(made);
      return made;
    },
  },
};
/** A finished server function: called on the server it runs in place, behind its own middleware. */
const FUNCTION: LibraryType = {
  name: 'server function',
  methods: {},
  call: (it, self, [options], site) => {
    const { work } = self.state as Built;
    const data = options?.k === 'record' ? options.members.get('data') : undefined;
    return work
      ? it.call(work, [record([['data', data ?? UNDEFINED]], unknown())], UNDEFINED, site)
      : unknown();
  },
};
const MIDDLEWARE: LibraryType = {
  name: 'middleware',
  methods: { ...chain, server: (it, self, [work]) => extend(it, self, { work: work ?? null }) },
};
const begin =
  (type: LibraryType): Operation =>
  (it, _args, site) =>
    it.native(type, { middleware: [], validator: null, work: null, site } satisfies Built);

/** Middleware in the order in which it runs: what it depends on comes before it. */
const flatten = (all: readonly Value[]): Native[] =>
  all.flatMap((value) =>
    value.k === 'native' && value.type === MIDDLEWARE
      ? [...flatten((value.state as Built).middleware), value]
      : [],
  );
const nameIn = ({ module }: Site, value: Value): string | undefined =>
  [...module.scope.variables].find(([, v]) => v === value)?.[0];

interface Hand {
  context: Native;
  data: Value;
  request: Native;
}
/** Runs middleware; what it gives to `next({ context })` is in the context of what follows. */
function* before(it: Evaluator, all: readonly Value[], hand: Hand): Iterable<AppliedLink> {
  const done = new Set<Native>();
  for (const value of flatten(all)) {
    const { work, site, validator } = value.state as Built;
    if (done.has(value) || !work) continue;
    done.add(value);
    if (validator) validate(it, validator, hand, site);
    yield runLink(
      it,
      { value: work, site, name: nameIn(site, value) ?? 'middleware' },
      {
        args: (next) => [
          record(
            [
              ['next', next],
              ['context', hand.context],
              ['data', hand.data],
              ['request', hand.request],
            ],
            unknown(['request']),
          ),
        ],
        carries: [hand.context],
        yields: promise(record([['context', hand.context]], unknown())),
        onNext: ([options]) => {
          const given = options?.k === 'record' ? options.members.get('context') : undefined;
          if (given?.k === 'record')
            for (const [name, member] of given.members) it.journal.write(hand.context.members, name, member);
          return null;
        },
      },
    );
  }
}
function validate(it: Evaluator, validator: Value, hand: Hand, site: Site): void {
  if (isCallable(validator)) {
    const result = it.awaiting(it.call(validator, [unknown(['body'])], UNDEFINED, site));
    hand.data = isNullish(result) ? hand.data : result;
  } else
    it.learn([
      atom(it, 'verified', ['body'], site, {
        known: { protection: 'validation', library: '@tanstack/react-start', arguments: [] },
      }),
    ]);
}
const handFor = (it: Evaluator, method: string | null, path: string | null): Hand => ({
  context: makeContext(it),
  data: unknown(['body']),
  request: makeFetchRequest(it, { method, path }),
});

/** Middleware of `createStart`, in front of every request, and of every server function. */
interface Global {
  requests: readonly Value[];
  functions: readonly Value[];
}
const global = (it: Evaluator): Global =>
  it.stateOf<Global>('tanstack-start:global', () => ({ requests: [], functions: [] }));
const createStart: Operation = (it, [options], site) => {
  const made = options && isCallable(options) ? it.awaiting(it.call(options, [], UNDEFINED, site)) : options;
  const of = (name: string): readonly Value[] =>
    made?.k === 'record' ? elements(made.members.get(name)) : [];
  const known = global(it);
  known.requests = [...known.requests, ...of('requestMiddleware')];
  known.functions = [...known.functions, ...of('functionMiddleware')];
  return unknown();
};

// ── server routes ─────────────────────────────────────────────────────────────────────────────────────────────────
interface Route {
  path: string | null;
  middleware: readonly Value[];
  handlers: Value;
  site: Site;
}
const routes = (it: Evaluator): Route[] => it.stateOf<Route[]>('tanstack-start:routes', () => []);
/** `createFileRoute('/api/$id')({ server: { middleware, handlers } })` */
export const fileRoute: Operation = (it, [path]) => it.native(FILE_ROUTE, path ?? null);
const FILE_ROUTE: LibraryType = {
  name: 'file route',
  methods: {
    methods: (it, self, [handlers], site) => {
      if (handlers) routes(it).push({ path: pathOf(self.state as Value), middleware: [], handlers, site });
      return self;
    },
    middleware: (_it, self) => self,
  },
  call: (it, self, [options], site) => {
    const server = options?.k === 'record' ? options.members.get('server') : undefined;
    const handlers = server?.k === 'record' ? server.members.get('handlers') : undefined;
    if (server?.k === 'record' && handlers)
      routes(it).push({
        path: pathOf(self.state as Value),
        middleware: elements(server.members.get('middleware')),
        handlers,
        site,
      });
    return unknown();
  },
};
/** `/posts/$id/{-$page}` as `/posts/:id/:page?`; what begins with an underscore is no part of the address. */
function pathOf(value: Value | null): string | null {
  const text = value && textOf(value);
  if (!text) return null;
  const segments = text
    .split('/')
    .filter((s) => s !== '' && !s.startsWith('_') && !/^\(.*\)$/.test(s))
    .map((s) => (s === '$' ? '*' : s.replace(/^\{-\$(\w+)\}$/, ':$1?').replace(/\{?\$(\w+)\}?/g, ':$1')));
  return `/${segments.join('/')}`;
}
const OF_METHOD: LibraryType = { name: 'method', methods: {} };
const METHOD_BUILDER: LibraryType = {
  name: 'method builder',
  methods: {
    middleware: (it, self, [all]) =>
      it.native(METHOD_BUILDER, [...(self.state as Value[]), ...elements(all)]),
    handler: (it, self, [work]) =>
      it.native(OF_METHOD, { middleware: self.state as Value[], work: work ?? UNDEFINED }),
  },
};
function methodsOf(it: Evaluator, { handlers, site }: Route): [string, Value, readonly Value[]][] {
  // `({ createHandlers }) => createHandlers({ GET: { middleware, handler } })`, and version 1's `(api) => ({ … })`.
  const all = isCallable(handlers)
    ? it.call(
        handlers,
        [
          record(
            [
              [
                'createHandlers',
                { k: 'builtin', name: 'createHandlers', call: ([given]) => given ?? UNDEFINED },
              ],
            ],
            null,
          ),
        ],
        UNDEFINED,
        site,
      )
    : handlers;
  if (all.k !== 'record') {
    it.gap('the handlers of this server route could not be followed', it.place(site));
    return [];
  }
  return [...all.members].map(([method, value]): [string, Value, readonly Value[]] => {
    if (value.k === 'native' && value.type === OF_METHOD) {
      const { work, middleware } = value.state as { work: Value; middleware: Value[] };
      return [method, work, middleware];
    }
    return value.k === 'record'
      ? [method, value.members.get('handler') ?? UNDEFINED, elements(value.members.get('middleware'))]
      : [method, value, []];
  });
}
function observeRoute(it: Evaluator, route: Route): void {
  const { path, site } = route;
  for (const [name, work, own] of methodsOf(it, route)) {
    const method = name === 'ANY' ? 'ALL' : name;
    const hand = handFor(it, name === 'ANY' ? null : name, path);
    observeEntryPoint(it, {
      framework: 'tanstack-start',
      trigger: { kind: 'http', method, path },
      registration: work.k === 'function' ? { module: work.module, line: work.fn.line } : site,
      handler: work,
      unmounted: path === null,
      chain: () => before(it, [...global(it).requests, ...route.middleware, ...own], hand),
      work: () =>
        untilRedirect(it, () =>
          it.runHandler(
            work,
            [
              record(
                [
                  ['request', hand.request],
                  ['context', hand.context],
                  ['params', unknown(['params'])],
                ],
                unknown(['request']),
              ),
            ],
            site,
          ),
        ),
    });
  }
}
function observeFunction(it: Evaluator, fn: Native): void {
  const { middleware, validator, work, site } = fn.state as Built;
  if (!work) return;
  const hand = handFor(it, null, null);
  observeEntryPoint(it, {
    framework: 'tanstack-start',
    trigger: { kind: 'rpc', name: nameIn(site, fn) ?? 'anonymous' },
    registration: site,
    handler: work,
    chain: () => before(it, [...global(it).requests, ...global(it).functions, ...middleware], hand),
    work: () => {
      if (validator) validate(it, validator, hand, site);
      const given = record(
        [
          ['data', hand.data],
          ['context', hand.context],
        ],
        unknown(['request']),
      );
      return untilRedirect(it, () => it.runHandler(work, [given], site));
    },
  });
}

const header: Operation = (it, [name], site) =>
  HEADERS.get!(it, it.native(HEADERS, null), (name && textOf(name)) ?? '*', site)!;
const request: Operation = (it) => makeFetchRequest(it, { method: null, path: null });
const SERVER: Readonly<Record<string, Operation>> = {
  getRequest: request,
  getWebRequest: request,
  getRequestHeaders: (it) => it.native(HEADERS, null),
  getHeaders: (it) => it.native(HEADERS, null),
  getRequestHeader: header,
  getHeader: header,
  getCookie: () => unknown(['credential']),
  getCookies: (it) => it.native(COOKIES, null),
  getRequestIP: () => unknown(['request.ip']),
  setResponseStatus: () => UNDEFINED,
  setResponseHeader: () => UNDEFINED,
  setCookie: (it, [name, value, options], site) => {
    noteCookie(it, { name, value, options }, site);
    return UNDEFINED;
  },
  deleteCookie: () => UNDEFINED,
  useSession: () => promise(unknown(['session'])),
  getSession: () => promise(unknown(['session'])),
};
const route: Operation = (it, args, site) => fileRoute(it, args, site);

/** https://tanstack.com/start */
export const tanstackStart: LibraryModel = {
  name: 'tanstack-start',
  packages: PACKAGES,
  about: {
    title: 'TanStack Start',
    registers:
      'server functions by `createServerFn`, under the name of their variable; server routes by `createFileRoute` with `server.handlers`, and `createServerFileRoute`',
    guards:
      '`middleware` of the function or route with what it depends on, that of `createStart` before it; validators',
    answers: 'what is returned; a thrown `redirect`, `notFound` or error',
    limits: '`createIsomorphicFn`; loaders and `beforeLoad`, which run in browsers too and guard nothing',
  },
  calls: {
    createServerFn: begin(SERVER_FUNCTION),
    createMiddleware: begin(MIDDLEWARE),
    createStart,
    createServerOnlyFn: (_it, [fn]) => fn ?? UNDEFINED,
    json: (it, [content, init]) => makeFetchResponse(it, content, statusIn(init)),
    ...Object.fromEntries(
      Object.entries({ ...SERVER, createServerFileRoute: route }).map(([name, call]) => [
        `/server.${name}`,
        call,
      ]),
    ),
  },
  // Server routes are modules without components; those of pages are not read for their sake.
  isEntry: ({ path, exports }) =>
    /(?:^|\/)src\/start\.tsx?$/.test(path) ||
    (/(?:^|\/)routes\/(?:.*\/api\/|api\/|.*\.ts$)/.test(path) &&
      (exports.has('Route') || exports.has('ServerRoute'))),
  finish: (it) => {
    for (const made of routes(it)) it.attempt(it.place(made.site), () => observeRoute(it, made));
    for (const fn of functions(it))
      it.attempt(it.place((fn.state as Built).site), () => observeFunction(it, fn));
  },
};
/** The router below it: its routes are pages, unless they carry a server. */
export const tanstackRouter: LibraryModel = {
  name: 'tanstack-router',
  packages: ['@tanstack/react-router', '@tanstack/solid-router'],
  calls: {
    createFileRoute: fileRoute,
    redirect: (it) => {
      redirects(it);
      return makeFetchResponse(it, undefined, literal(307));
    },
    notFound: () => record([['status', literal(404)]]),
  },
};
