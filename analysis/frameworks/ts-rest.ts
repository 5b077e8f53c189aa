import type { Evaluator } from '../wiring/evaluator.js';
import { newFacts, type Fact } from '../wiring/fact.js';
import { membersOf } from '../wiring/globals.js';
import { yieldsItself, type LibraryModel, type LibraryType, type Operation } from '../wiring/library.js';
import { memberOf } from '../wiring/members.js';
import { runLink, type Installed } from '../wiring/middleware.js';
import { observeEntryPoint } from '../wiring/observe.js';
import type { AppliedLink } from '../wiring/recorder.js';
import {
  builtin,
  listed,
  literal,
  optionIn,
  optionsOf,
  promise,
  record,
  UNDEFINED,
  UNKNOWN,
  unknown,
  type Native,
  type Site,
  type Value,
} from '../wiring/value.js';
import { isRouter } from './express/express-layers.js';
import { addRoute } from './express/express-registrations.js';
import { inferredRouter } from './express/express-router.js';
import { makeFetchRequest, respond } from './web/fetch-api.js';
import { makeRequest, makeResponse } from './web/web-request.js';
import { currentRoute } from './nest/nest-context.js';
import {
  adapted,
  answerOf,
  contractOf,
  endpointsIn,
  implement,
  initContract,
  partsOf,
  runImplementation,
  type Endpoint,
} from './rpc/ts-rest-contract.js';

const toExpress: Operation = (it, [contract, routes, app, options], site) => {
  const router =
    optionsOf(app ?? UNKNOWN).find((o) => isRouter(o.value))?.value ?? inferredRouter(it, 'Router');
  for (const e of endpointsIn(it, contract ?? UNKNOWN, routes ?? UNKNOWN, site)) {
    const inFront = [optionIn(options, 'globalMiddleware'), optionIn(e.options, 'middleware')];
    const handler = adapted(it, e.handler, ([req, res]) => [
      record([
        ...partsOf(memberOf(it, req ?? UNKNOWN, 'headers', e.site)),
        ['file', unknown(['file'])],
        ['files', unknown(['file'])],
        ['req', req ?? UNKNOWN],
        ['res', res ?? UNKNOWN],
      ]),
    ]);
    const handlers = [...inFront.flatMap((m) => (m ? [m] : [])), handler];
    addRoute(it, router as Native, e.method, e.path, handlers, e.site, [['tsRestRoute', e.schema]]);
  }
  return UNDEFINED;
};

function toFastify(
  it: Evaluator,
  contract: Value,
  routes: Value,
  app: Value,
  options: Value,
  site: Site,
): void {
  for (const [stage, hooks] of membersOf(it, optionIn(options, 'hooks') ?? record()).pairs)
    for (const hook of listed(hooks))
      it.call(memberOf(it, app, 'addHook', site), [literal(stage), hook], app, site);
  for (const e of endpointsIn(it, contract, routes, site)) {
    const handler = adapted(it, e.handler, ([request, reply]) => [
      record([
        ...partsOf(memberOf(it, request ?? UNKNOWN, 'headers', e.site)),
        ['request', request ?? UNKNOWN],
        ['reply', reply ?? UNKNOWN],
        ['appRoute', e.schema],
      ]),
    ]);
    const route = record([
      ...membersOf(it, optionIn(e.options, 'hooks') ?? record()).pairs,
      ['method', literal(e.method)],
      ['url', e.path === null ? UNKNOWN : literal(e.path)],
      ['config', record([['tsRestRoute', e.schema]])],
      ['handler', handler],
    ]);
    it.call(memberOf(it, app, 'route', e.site), [route], app, e.site);
  }
}
/** `initServer()` of either. */
const SERVER: LibraryType = {
  name: 'ts-rest server',
  methods: {
    router: (it, _self, args, site) => implement(it, args, site),
    route: (it, _self, args, site) => implement(it, args, site),
    registerRouter: (it, _self, [contract, routes, app, options], site) => {
      toFastify(it, contract ?? UNKNOWN, routes ?? UNKNOWN, app ?? UNKNOWN, options ?? UNDEFINED, site);
      return UNDEFINED;
    },
    plugin: (it, _self, [routes], site) =>
      builtin('plugin', ([app, options]) => {
        const contract = contractOf(it, routes);
        toFastify(it, contract, routes ?? UNKNOWN, app ?? UNKNOWN, options ?? UNDEFINED, site);
        return UNDEFINED;
      }),
  },
};
const initServer: Operation = (it) => it.native(SERVER, null);

/** `createHonoEndpoints` of ts-rest-hono. */
const toHono: Operation = (it, [contract, routes, app], site) => {
  for (const e of endpointsIn(it, contract ?? UNKNOWN, routes ?? UNKNOWN, site)) {
    const handler = adapted(it, e.handler, ([context]) => {
      const raw = memberOf(it, memberOf(it, context ?? UNKNOWN, 'req', site), 'raw', site);
      return [record(partsOf(memberOf(it, raw, 'headers', site))), context ?? UNKNOWN];
    });
    const path = e.path === null ? UNKNOWN : literal(e.path);
    it.call(
      memberOf(it, app ?? UNKNOWN, e.method.toLowerCase(), e.site),
      [path, handler],
      app ?? UNKNOWN,
      e.site,
    );
  }
  return UNDEFINED;
};

/** What a function serves that gets whole requests. */
interface Served {
  contract: Value;
  routes: Value;
  options: Value;
  site: Site;
  /** What stood in front each time that it was seen to be called. */
  calls: { links: readonly AppliedLink[]; facts: readonly Fact[] }[];
  isNode: boolean;
}
const served = (it: Evaluator): Served[] => it.stateOf<Served[]>('ts-rest', () => []);
function called(it: Evaluator, { calls }: Served): Value {
  it.recorder?.handOn();
  if (it.recorder && !it.recorder.isTrial) calls.push({ links: [...it.recorder.links], facts: it.facts });
  return promise(UNKNOWN);
}
function makeServed(
  it: Evaluator,
  parts: readonly (Value | undefined)[],
  site: Site,
  isNode: boolean,
): Served {
  const [contract = UNKNOWN, routes = UNKNOWN, options = UNDEFINED] = parts;
  const isSame = (s: Served): boolean =>
    s.site.module === site.module &&
    s.site.line === site.line &&
    s.contract === contract &&
    s.routes === routes;
  const known = served(it).find(isSame);
  if (known) return known;
  const one: Served = { contract, routes, options, site, calls: [], isNode };
  served(it).push(one);
  return one;
}
const create =
  (isNode: boolean): Operation =>
  (it, args, site) => {
    const one = makeServed(it, args, site, isNode);
    return builtin('handler', () => called(it, one));
  };
const handle: Operation = (it, [given], site) => {
  const parts = ['contract', 'router', 'options'].map((name) => optionIn(given, name));
  return called(it, makeServed(it, parts, site, false));
};
const curried: Operation = (it, [contract], site) =>
  builtin('implement', ([routes]) => implement(it, [contract ?? UNKNOWN, routes ?? UNKNOWN], site));
/** https://ts-rest.com/docs/serverless */
const TSR: LibraryType = {
  name: 'tsr',
  methods: {
    router: (it, _self, args, site) => implement(it, args, site),
    route: (it, _self, args, site) => implement(it, args, site),
    routerWithMiddleware: (it, _self, args, site) => curried(it, args, site),
    routeWithMiddleware: (it, _self, args, site) => curried(it, args, site),
    middleware: (_it, _self, [fn]) => fn ?? UNKNOWN,
    platformContext: yieldsItself,
    requestContext: yieldsItself,
  },
};

function observe(it: Evaluator, s: Served, front: Served['calls'][number], e: Endpoint): void {
  const { method, path } = e;
  const request = s.isNode
    ? makeRequest(it, { method, path, base: '', application: null })
    : makeFetchRequest(it, { method, path });
  const response = s.isNode ? makeResponse(it) : null;
  const context = record(
    [
      ['request', request],
      ['responseHeaders', UNKNOWN],
      ['appRoute', e.schema],
    ],
    UNKNOWN,
  );
  const middleware = (options: Value, ...names: string[]): Installed[] =>
    names.flatMap((name) => listed(optionIn(options, name)).map((value) => ({ value, site: s.site })));
  observeEntryPoint(it, {
    framework: 'ts-rest',
    trigger: { kind: 'http', method, path },
    registration: e.site,
    handler: e.handler,
    unmounted: path === null,
    answerOf,
    *chain() {
      const before = front.links.flatMap((l) => l.facts);
      it.facts = front.facts;
      yield* front.links;
      // What the code tested that hands requests over.
      const more = newFacts(before, front.facts);
      if (more.length > 0) {
        const place = it.place(s.site);
        yield {
          name: 'inline check',
          arguments: [],
          place,
          definition: null,
          facts: more,
          opaque: false,
          isIncidental: true,
        };
      }
      for (const each of [
        ...middleware(s.options, 'requestMiddleware', 'globalMiddleware'),
        ...middleware(e.options, 'middleware'),
      ])
        yield runLink(it, each, {
          args: (next) => (response ? [request, response, next] : [request, context]),
          carries: [request],
          ...(response ? {} : { goesOn: () => [] }),
        });
    },
    work: () => {
      const parts = partsOf(memberOf(it, request, 'headers', e.site));
      const node: [string, Value][] = response
        ? [
            ['req', request],
            ['res', response],
          ]
        : [];
      return it.runHandler(e.handler, [record([...parts, ...node]), context], e.site);
    },
  });
}

/** `tsRestHandler(contract, implementation)`: what a method of a controller returns to be run for its route. */
const toNest: Operation = (it, [contract, routes], site) => {
  const now = currentRoute(it);
  const all = [...endpointsIn(it, contract ?? UNKNOWN, routes ?? UNKNOWN, site)];
  const fits = (e: Endpoint): boolean =>
    e.method === now?.method && e.path !== null && (now.path ?? '').endsWith(e.path);
  const [nearest] = all.filter(fits).sort((a, b) => b.path!.length - a.path!.length);
  const one = nearest ?? (all.length === 1 ? all[0] : undefined);
  if (!one) return promise(UNKNOWN);
  const headers = now ? memberOf(it, now.request, 'headers', site) : UNKNOWN;
  return runImplementation(it, one.handler, [record(partsOf(headers))], site);
};
/** An answer that is thrown: `(route, { status, body })`, or the status alone. */
const thrown: Operation = (_it, args) => {
  const given = args.find((a) => optionIn(a, 'status') && !optionIn(a, 'path'));
  const status = given
    ? optionIn(given, 'status')
    : args.find((a) => a.k === 'literal' && typeof a.value === 'number');
  return record([['status', status ?? UNKNOWN]], UNKNOWN);
};
const SERVERLESS: Readonly<Record<string, Operation>> = {
  fetchRequestHandler: handle,
  createFetchHandler: create(false),
  createNextHandler: create(false),
  createLambdaHandler: create(false),
  createAzureFunctionHandler: create(false),
  TsRestHttpError: thrown,
  TsRestRouteError: thrown,
  TsRestResponse: respond,
  'TsRestResponse.fromJson': respond,
  'TsRestResponse.fromText': respond,
};
const PLACES = ['/fetch.', '/next.', '/aws.', '/azure.', ''];

/** ts-rest: contracts, and servers that implement them. https://ts-rest.com/docs */
export const tsRest: LibraryModel = {
  name: 'ts-rest',
  packages: [
    '@ts-rest/core',
    '@ts-rest/express',
    '@ts-rest/fastify',
    '@ts-rest/next',
    '@ts-rest/serverless',
    '@ts-rest/nest',
    'ts-rest-hono',
  ],
  about: {
    title: 'ts-rest',
    registers:
      'what implements a contract, nested and with `pathPrefix`: for Express, Fastify, Hono and NestJS among the routes of these; `createNextRouter`, `createNextHandler`, `createFetchHandler`, `fetchRequestHandler`, `createLambdaHandler`',
    guards:
      'what stands in front of routes of Express, Fastify and NestJS; `globalMiddleware`, `middleware`, `hooks`, `requestMiddleware`; `metadata` of the route as they read it',
    answers: '`{ status, body }`; `TsRestException`, `TsRestHttpError` and kin',
    limits:
      'what Next.js has in front of the exported handler; `routerBuilder`; a prefix that the mount of another framework takes away; a schema of the contract counts as no guard',
  },
  calls: {
    initContract,
    createExpressEndpoints: toExpress,
    createHonoEndpoints: toHono,
    initServer,
    initNestServer: () => UNKNOWN,
    createNextRoute: implement,
    createNextRouter: create(true),
    createSingleRouteHandler: create(true),
    tsRestHandler: toNest,
    nestControllerContract: (_it, [contract]) => contract ?? UNKNOWN,
    TsRestException: thrown,
    TsRestResponseError: thrown,
    ...Object.fromEntries(
      PLACES.flatMap((at) => Object.entries(SERVERLESS).map(([name, op]) => [`${at}${name}`, op] as const)),
    ),
  },
  member: (it, path) => (path.at(-1) === 'tsr' ? it.native(TSR, null) : null),
  finish: (it) => {
    const done = new Set<string>();
    for (const one of served(it))
      for (const front of one.calls.length > 0 ? one.calls : [{ links: [], facts: [] }])
        for (const e of endpointsIn(it, one.contract, one.routes, one.site)) {
          const names = front.links.map((l) => l.name).join();
          const key = `${e.method} ${e.path} ${e.site.module.path}:${e.site.line} ${one.site.line} ${names}`;
          if (done.has(key)) continue;
          done.add(key);
          observe(it, one, front, e);
        }
  },
};
