import type { Evaluator } from '../wiring/evaluator.js';
import type { LibraryModel, LibraryType, Method, Operation } from '../wiring/library.js';
import { runLink } from '../wiring/middleware.js';
import { observeEntryPoint } from '../wiring/observe.js';
import type { AppliedLink } from '../wiring/recorder.js';
import { atom } from '../wiring/tests.js';
import {
  isCallable,
  literal,
  optionIn,
  optionsOf,
  promise,
  record,
  stringOf,
  textOf,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type Site,
  type Value,
} from '../wiring/value.js';
import { makeContext } from './context.js';
import { FETCH_RESPONSE, makeFetchResponse } from './fetch-api.js';
import { joinPaths } from './paths.js';
import { HEADERS } from './web-request.js';

interface Server {
  /** Shared with the servers that plugins are given. */
  shared: {
    auth: Value | null;
    strategies: Map<string, Value>;
    ext: { point: string; handler: Value; site: Site }[];
  };
  prefix: string | null;
  inferred: boolean;
}
interface Route {
  server: Server;
  options: Value;
  site: Site;
}
const routes = (it: Evaluator): Route[] => it.stateOf<Route[]>('hapi', () => []);
const listed = (value: Value | undefined): readonly Value[] =>
  value === undefined ? [] : value.k === 'list' ? value.elements : [value];

const route: Method = (it, self, [given], site) => {
  for (const options of listed(given)) {
    if (options.k === 'record') routes(it).push({ server: self.state as Server, options, site });
    else it.gap('what this route is could not be followed', it.place(site));
  }
  return UNDEFINED;
};
/** `register(plugin | { plugin, options, routes: { prefix } } | list)` */
const register: Method = (it, self, [given, shared], site) => {
  const server = self.state as Server;
  for (const each of listed(given)) {
    const options = each.k === 'promise' ? each.value : each;
    const inner = optionIn(options, 'plugin') ?? options;
    const plugin = optionIn(inner, 'plugin') ?? inner;
    const run = plugin.k === 'record' ? plugin.members.get('register') : plugin;
    const prefix = optionIn(optionIn(options, 'routes') ?? optionIn(shared, 'routes'), 'prefix');
    if (!run || !isCallable(run)) continue;
    const path = prefix ? textOf(prefix) : '';
    const below = server.prefix === null || path === null ? null : joinPaths(server.prefix, path);
    it.attempt(it.place(site), () => {
      const own = it.native(SERVER, { ...server, prefix: below } satisfies Server);
      it.awaiting(it.call(run, [own, optionIn(options, 'options') ?? record()], plugin, site));
    });
  }
  return promise(UNDEFINED);
};
const AUTH: LibraryType = {
  name: 'auth',
  methods: {
    scheme: () => UNDEFINED,
    strategy: (_it, self, [name, scheme]) => {
      (self.state as Server).shared.strategies.set((name && stringOf(name)) ?? '?', scheme ?? UNKNOWN);
      return UNDEFINED;
    },
    default: (_it, self, [options]) => {
      (self.state as Server).shared.auth = options ?? null;
      return UNDEFINED;
    },
    test: () => promise(UNKNOWN),
  },
};
const SERVER: LibraryType = {
  name: 'hapi server',
  methods: {
    route,
    register,
    ext: (_it, self, [point, handler], site) => {
      const { ext } = (self.state as Server).shared;
      if (handler) ext.push({ point: (point && stringOf(point)) ?? '?', handler, site });
      for (const each of handler ? [] : listed(point))
        ext.push({
          point: stringOf(optionIn(each, 'type') ?? UNDEFINED) ?? '?',
          handler: optionIn(each, 'method') ?? UNKNOWN,
          site,
        });
      return UNDEFINED;
    },
    start: () => promise(UNDEFINED),
    initialize: () => promise(UNDEFINED),
    decorate: () => UNDEFINED,
    method: () => UNDEFINED,
    inject: () => promise(UNKNOWN),
  },
  get: (it, self, name) => (name === 'auth' ? it.native(AUTH, self.state) : null),
};
const create: Operation = (it) =>
  it.native(SERVER, {
    shared: { auth: null, strategies: new Map(), ext: [] },
    prefix: '',
    inferred: false,
  } satisfies Server);

/** What handlers and extensions get beside the request: how to answer, and how to go on. */
const CONTINUE = literal('@@continue');
const TOOLKIT: LibraryType = {
  name: 'toolkit',
  methods: {
    response: (it, _self, [content]) =>
      it.native(RESPONSE, { status: 200, content: makeFetchResponse(it, content, undefined) }),
    redirect: (it) => it.native(RESPONSE, { status: 302 }),
    unauthenticated: (it) => it.native(RESPONSE, { status: 401 }),
    authenticated: () => CONTINUE,
    view: (it, _self, [, content]) => makeFetchResponse(it, content, undefined),
    file: (it) => makeFetchResponse(it, undefined, undefined),
  },
  get: (_it, _self, name) => (name === 'continue' ? CONTINUE : null),
};
/** `h.response(content).code(401).takeover()` */
const RESPONSE: LibraryType = {
  ...FETCH_RESPONSE,
  methods: Object.fromEntries(
    [
      'header',
      'type',
      'state',
      'takeover',
      'bytes',
      'ttl',
      'vary',
      'etag',
      'unstate',
      'temporary',
      'permanent',
    ]
      .map((name): [string, Method] => [name, (_it, self) => self])
      .concat([
        [
          'code',
          (it, _self, [status]) =>
            it.native(RESPONSE, {
              status: status?.k === 'literal' && typeof status.value === 'number' ? status.value : null,
            }),
        ],
      ]),
  ),
};
const STATUS = {
  badRequest: 400,
  unauthorized: 401,
  forbidden: 403,
  notFound: 404,
  conflict: 409,
  tooManyRequests: 429,
  badImplementation: 500,
  internal: 500,
} as const;
const boom = Object.fromEntries(
  Object.entries(STATUS).map(([name, status]): [string, Operation] => [
    name,
    (it) => it.native(BOOM, { status }),
  ]),
);
/** An error of Boom, which is an answer thrown or returned. */
const BOOM: LibraryType = { ...FETCH_RESPONSE, name: 'error', instanceOf: ['Boom', 'Error'] };

/** The strategies that stand in front of a route: `auth: false`, a name, or `{ strategy, mode, scope }`. */
function authLinks(it: Evaluator, given: Value | null, site: Site, server: Server): AppliedLink[] {
  if (!given || (given.k === 'literal' && !given.value)) return [];
  const mode = stringOf(optionIn(given, 'mode') ?? UNDEFINED);
  if (mode === 'try' || mode === 'optional') return [];
  const strategies =
    given.k === 'record' ? listed(optionIn(given, 'strategies') ?? optionIn(given, 'strategy')) : [given];
  const access = optionIn(given, 'access');
  const scopes = [
    ...listed(optionIn(given, 'scope')),
    ...listed(access).flatMap((a) => listed(optionIn(a, 'scope'))),
  ].flatMap((s) => stringOf(s) ?? []);
  // Without a strategy of its own the default's are meant.
  const names =
    strategies.length > 0
      ? strategies.map((s) => stringOf(s) ?? '?')
      : [...server.shared.strategies.keys()].slice(0, 1);
  const made = (protection: string, args: readonly string[]): AppliedLink => {
    const fact = atom(it, 'verified', [], site, { known: { protection, library: 'hapi', arguments: args } });
    it.facts = [...it.facts, fact];
    return {
      name: names.join(' or ') || 'auth',
      arguments: args,
      place: it.place(site),
      definition: null,
      facts: [fact],
      opaque: false,
    };
  };
  const links = [made('authentication', [])];
  if (scopes.length > 0) links.push({ ...made('authorization', scopes), name: 'scope' });
  return links;
}
function observe(it: Evaluator, { server, options, site }: Route): void {
  const config = optionIn(options, 'options') ?? optionIn(options, 'config');
  const handler = optionIn(options, 'handler') ?? optionIn(config, 'handler') ?? UNKNOWN;
  const own = optionIn(config, 'auth');
  const auth = own ?? server.shared.auth;
  for (const { value } of optionsOf(optionIn(options, 'path') ?? UNKNOWN))
    for (const given of listed(optionIn(options, 'method'))) {
      const below = textOf(value, '*');
      const path =
        server.prefix === null || below === null
          ? null
          : joinPaths(server.prefix, below).replace(/\{(\w+)[*?]?\d*\}/g, ':$1') || '/';
      const method = (stringOf(given) ?? '*').toUpperCase();
      const request = makeContext(it, {
        params: unknown(['params']),
        query: unknown(['query']),
        payload: unknown(['body']),
        headers: it.native(HEADERS, null),
        state: unknown(['credential']),
        auth: record(
          [
            ['credentials', unknown(['identity'])],
            ['isAuthenticated', unknown(['identity'])],
            ['artifacts', unknown(['identity'])],
          ],
          unknown(['identity']),
        ),
        path: path === null ? unknown(['request.path']) : literal(path),
        method: literal(method.toLowerCase()),
      });
      const toolkit = it.native(TOOLKIT, null);
      const run = (handlerOf: Value, at: Site, name?: string): AppliedLink =>
        runLink(
          it,
          { value: handlerOf, site: at, ...(name ? { name } : {}) },
          { args: () => [request, toolkit], carries: [request], goesOn: () => [] },
        );
      observeEntryPoint(it, {
        framework: 'hapi',
        trigger: { kind: 'http', method: method === '*' ? 'ALL' : method, path },
        registration: site,
        handler,
        unmounted: server.inferred || path === null,
        *chain() {
          const at = (...points: string[]) => server.shared.ext.filter((e) => points.includes(e.point));
          for (const e of at('onRequest', 'onPreAuth')) yield run(e.handler, e.site);
          yield* authLinks(it, auth, site, server);
          for (const e of at('onCredentials', 'onPostAuth', 'onPreHandler')) yield run(e.handler, e.site);
          for (const pre of listed(optionIn(config, 'pre')).flatMap((p) => listed(p))) {
            const work = optionIn(pre, 'method') ?? pre;
            if (isCallable(work)) yield run(work, site);
          }
        },
        work: () => it.runHandler(handler, [request, toolkit], site),
      });
    }
}

/** hapi. https://hapi.dev/api/ */
export const hapi: LibraryModel = {
  name: 'hapi',
  packages: ['@hapi/hapi', 'hapi', '@hapi/boom', 'boom'],
  about: {
    title: 'hapi',
    registers: '`server.route` with one or several, in plugins with prefixes',
    guards:
      '`auth` of a route or the default, by strategy, with `mode` and `scope`; extensions before the handler; `pre`',
    answers: 'by returning, `h.response().code()`, Boom',
    limits: 'what a scheme checks is taken for a check; glue manifests',
  },
  calls: { server: create, Server: create, '': create, ...boom },
  typed: (it, type) =>
    /^(?:Hapi\.)?Server\b/.test(type) && it.loader.uses('@hapi/hapi')
      ? it.stateOf('hapi:inferred', () =>
          it.native(SERVER, {
            shared: { auth: null, strategies: new Map(), ext: [] },
            prefix: '',
            inferred: true,
          } satisfies Server),
        )
      : null,
  finish: (it) => {
    for (const each of routes(it)) observe(it, each);
  },
};
