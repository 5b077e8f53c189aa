import type { Evaluator } from '../../wiring/evaluator.js';
import {
  yieldsItself,
  type LibraryModel,
  type LibraryType,
  type Method,
  type Operation,
} from '../../wiring/library.js';
import type { Source } from '../../wiring/fact.js';
import { runLink } from '../../wiring/middleware.js';
import { observeEntryPoint } from '../../wiring/observe.js';
import type { AppliedLink } from '../../wiring/recorder.js';
import { atom } from '../../wiring/tests.js';
import {
  isCallable,
  listed,
  literal,
  optionIn,
  optionsOf,
  record,
  stringOf,
  textOf,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { makeContext } from '../web/context.js';
import { FETCH_RESPONSE, makeFetchResponse } from '../web/fetch-api.js';
import { createServer, inferredServer, servers, type Route, type Server } from './hapi-server.js';
import { partsNamed, validating } from '../web/input-validation.js';
import { joinPaths } from '../web/paths.js';
import { refusing } from '../web/refusing.js';
import { HEADERS } from '../web/web-request.js';

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
  get: (_it, { state }, name) =>
    name === 'continue' ? CONTINUE : ((state as Server).shared.decorations.toolkit.members.get(name) ?? null),
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
      .map((name): [string, Method] => [name, yieldsItself])
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
/**
 * Parts of a request that `validate` of a route holds against a schema, unless what does not fit is only logged, or nothing comes of it.
 * https://hapi.dev/api/?v=21#-routeoptionsvalidate
 */
function validatedIn(config: Value | undefined): readonly Source[] {
  const validate = optionIn(config, 'validate');
  if (validate?.k !== 'record') return [];
  const failing = validate.members.get('failAction');
  const action = failing && stringOf(failing);
  if (action === 'log' || action === 'ignore') return [];
  const isSchema = (v: Value): boolean => v.k !== 'literal' || (v.value !== true && v.value !== undefined);
  return partsNamed([...validate.members].flatMap(([name, v]) => (isSchema(v) ? [name] : [])));
}
/** `plugins: { crumb: false }`, `plugins: { 'hapi-rate-limit': { enabled: false } }` */
const isOff = (value: Value | undefined): boolean =>
  value !== undefined &&
  ((value.k === 'literal' && value.value === false) ||
    (value.k === 'record' && isOff(value.members.get('enabled'))));
function observe(it: Evaluator, { server: self, options, site }: Route): void {
  const server = self.state as Server;
  const { shared } = server;
  const config = optionIn(options, 'options') ?? optionIn(options, 'config');
  const handler = optionIn(options, 'handler') ?? optionIn(config, 'handler') ?? UNKNOWN;
  const own = optionIn(config, 'auth');
  const auth = own ?? shared.auth;
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
        server: self,
        ...Object.fromEntries(shared.decorations.request.members),
      });
      const toolkit = it.native(TOOLKIT, server);
      const run = (value: Value, at: Site, told: (result: Value) => void = () => {}): AppliedLink =>
        runLink(
          it,
          { value, site: at },
          {
            args: () => [request, toolkit],
            carries: [request],
            goesOn: (result) => {
              told(result);
              return [];
            },
          },
        );
      observeEntryPoint(it, {
        framework: 'hapi',
        trigger: { kind: 'http', method: method === '*' ? 'ALL' : method, path },
        registration: site,
        handler,
        unmounted: server.inferred || path === null,
        *chain() {
          const assigned = new Map<string, Value>();
          const at = (...points: string[]) => shared.ext.filter((e) => points.includes(e.point));
          for (const e of at('onRequest', 'onPreAuth')) yield run(e.handler, e.site);
          yield* authLinks(it, auth, site, server);
          for (const guard of shared.guards)
            if (!isOff(optionIn(optionIn(config, 'plugins'), guard.package.replace('@hapi/', '')))) {
              const known = { protection: guard.protection, library: guard.package, arguments: [] };
              yield run(refusing(it, guard.package, known), guard.site);
            }
          for (const e of at('onCredentials', 'onPostAuth')) yield run(e.handler, e.site);
          const parts = validatedIn(config);
          if (parts.length > 0) yield run(validating(it, 'validate', 'hapi', parts), site);
          for (const e of at('onPreHandler')) yield run(e.handler, e.site);
          for (const pre of listed(optionIn(config, 'pre')).flatMap((p) => listed(p))) {
            const work = optionIn(pre, 'method') ?? pre;
            const name = optionIn(pre, 'assign');
            const as = name && stringOf(name);
            if (!isCallable(work)) continue;
            let result: Value = UNKNOWN;
            yield run(work, site, (r) => (result = r));
            if (as) assigned.set(as, result);
          }
          if (assigned.size > 0) it.journal.write(request.members, 'pre', record([...assigned], UNKNOWN));
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
    registers:
      '`server.route` with one or several, in plugins with prefixes, once those that they depend on are there',
    guards:
      '`auth` of a route or the default, by strategy, with `mode` and `scope`; extensions before the handler; `validate`; `pre`; hapi-rate-limit, hapi-rate-limitor and Crumb, unless a route turns them off',
    answers: 'by returning, `h.response().code()`, Boom',
    limits: 'what a scheme checks is taken for a check; glue manifests',
  },
  calls: { server: createServer, Server: createServer, '': createServer, ...boom },
  typed: (it, type) =>
    /^(?:Hapi\.)?Server\b/.test(type) && it.loader.uses('@hapi/hapi') ? inferredServer(it) : null,
  finish: (it) => {
    for (const { routes } of servers(it)) for (const each of routes) observe(it, each);
  },
};
