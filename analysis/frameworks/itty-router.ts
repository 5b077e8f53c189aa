import type { Evaluator } from '../wiring/evaluator.js';
import { joinFacts } from '../wiring/fact.js';
import type { LibraryModel, LibraryType, Method, Operation } from '../wiring/library.js';
import { installedAt, runLink, type Installed } from '../wiring/middleware.js';
import { observeEntryPoint } from '../wiring/observe.js';
import type { AppliedLink } from '../wiring/recorder.js';
import {
  builtin,
  isNullish,
  optionsOf,
  record,
  textOf,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type Native,
  type Site,
  type Value,
} from '../wiring/value.js';
import { makeFetchRequest, makeFetchResponse, respond } from './web/fetch-api.js';
import { answersWell, frontOf, handOver, handsTo, makeBindings } from './web/fetch-handlers.js';
import { joinPaths, pathCovers } from './web/paths.js';

interface Route {
  method: string;
  path: string | null;
  handlers: Installed[];
  site: Site;
}
interface Router {
  base: string;
  before: Installed[];
  routes: Route[];
  /** Another router's route leads to it, or a handler of one. */
  nested: boolean;
}
const stateOf = (router: Native): Router => router.state as Router;
const routers = (it: Evaluator): Native[] => it.stateOf<Native[]>('itty-router', () => []);
const isRouter = (value: Value): value is Native => value.k === 'native' && value.type === ROUTER;

const route =
  (method: string): Method =>
  (_it, self, [path, ...handlers], site) => {
    const { base, routes } = stateOf(self);
    for (const { value } of path ? optionsOf(path) : []) {
      const text = textOf(value, '*');
      routes.push({
        method: method.toUpperCase(),
        path: text === null ? null : pathOf(base, text),
        handlers: installedAt(handlers, site),
        site,
      });
    }
    return self;
  };
/** `:name+` takes several segments. https://itty.dev/itty-router/route-patterns */
const pathOf = (base: string, path: string): string =>
  (joinPaths(base, path) || '/').replace(/:(\w+)\+/g, '*$1');
const METHODS = ['get', 'post', 'put', 'patch', 'delete', 'head', 'options', 'all'];
const ROUTER: LibraryType = {
  name: 'itty-router',
  methods: Object.fromEntries(METHODS.map((m) => [m, route(m)])),
  get: (_it, self, name) => (name === 'fetch' || name === 'handle' ? self : null),
  call: (it, self) => handOver(it, stateOf(self)),
};
const create: Operation = (it, [options], site) => {
  const member = (name: string): Value | undefined =>
    options?.k === 'record' ? options.members.get(name) : undefined;
  const base = member('base');
  const before = member('before');
  const router = it.native(ROUTER, {
    base: base ? (textOf(base, '*') ?? '*') : '',
    before: before ? installedAt([before], site) : [],
    routes: [],
    nested: false,
  } satisfies Router);
  routers(it).push(router);
  return router;
};

/** What makes up a handler's answer: an error thrown, returned, or given as an object becomes a response. */
const error: Operation = (it, [status, content]) =>
  makeFetchResponse(it, content, status?.k === 'literal' ? status : undefined, 500);
/** `export const { preflight, corsify } = cors()`: answers `OPTIONS` and adds headers. */
const cors: Operation = () =>
  record(
    ['preflight', 'preflightHandler']
      .map((name): [string, Value] => [name, builtin(name, () => UNDEFINED)])
      .concat([['corsify', builtin('corsify', ([response]) => response ?? UNKNOWN)]]),
  );
const nothing: Operation = () => UNDEFINED;

/** A route with what runs in front of it, as far as `prefix` and what leads to its router cover it. */
interface Flat {
  route: Route;
  links: Installed[];
}
function* flatten(router: Native, outer: readonly Installed[], seen: ReadonlySet<Native>): Generator<Flat> {
  if (seen.has(router)) return;
  const { before, routes } = stateOf(router);
  const front = [...outer, ...before];
  for (const [i, each] of routes.entries()) {
    // Whatever matches and answers nothing goes on to the next that matches.
    const earlier = routes
      .slice(0, i)
      .filter((e) => covers(e, each))
      .flatMap((e) =>
        e.handlers
          .filter((h) => !isRouter(h.value))
          .map((h) => ({ ...h, isRoute: e.path === null || !e.path.endsWith('*') })),
      );
    const links = [...front, ...earlier, ...each.handlers.slice(0, -1)];
    const last = each.handlers.at(-1);
    if (last && isRouter(last.value)) yield* flatten(last.value, links, new Set(seen).add(router));
    else if (last) yield { route: each, links };
  }
}
/** Does an earlier route see every request that this one does? */
function covers(earlier: Route, of: Route): boolean {
  if (earlier.path === null || of.path === null) return false;
  if (earlier.method !== 'ALL' && earlier.method !== of.method) return false;
  // `/:name+/tags` is met by what its end says, whatever stands in front of it.
  if (/\*\w*\//.test(earlier.path)) return earlier.path === of.path;
  return earlier.path.endsWith('*')
    ? earlier.path === '*' || pathCovers(earlier.path.replace(/\/?\*$/, ''), of.path, false)
    : pathCovers(earlier.path, of.path, true);
}

function observe(it: Evaluator, root: Native, { route: of, links }: Flat): void {
  const last = of.handlers.at(-1)!;
  const request = makeFetchRequest(it, { method: of.method === 'ALL' ? null : of.method, path: of.path });
  request.members.set('params', unknown(['params']));
  request.members.set('query', unknown(['query']));
  request.members.set('content', unknown(['body']));
  // `withParams` and AutoRouter put parameters onto the request by their names.
  for (const [, name] of of.path?.matchAll(/[:*](\w+)/g) ?? [])
    request.members.set(name!, unknown([`params.${name}`]));
  const args = [request, makeBindings(it), UNKNOWN];
  let goesOn = false;
  let acts = false;
  const run = (link: Installed): AppliedLink =>
    runLink(it, link, {
      args: () => args,
      carries: [request],
      goesOn: (result) => {
        const on = optionsOf(it.awaiting(result)).filter((o) => isNullish(o.value));
        return on.length === 0 ? null : on.map((o) => o.facts).reduce(joinFacts);
      },
    });
  observeEntryPoint(it, {
    framework: 'itty-router',
    trigger: { kind: 'http', method: of.method, path: of.path === '*' ? '*' : of.path },
    registration: of.site,
    handler: last.value,
    unmounted: of.path === null,
    *chain() {
      yield* frontOf(it, stateOf(root), request);
      for (const link of links) yield run(link);
    },
    work: () => {
      const before = it.recorder?.effects.length ?? 0;
      const result = it.runHandler(last.value, args, of.site);
      goesOn = optionsOf(result).some((o) => isNullish(o.value));
      acts = (it.recorder?.effects.length ?? 0) > before || answersWell(result);
      return result;
    },
    // What goes on by answering nothing stands in front of others; what answers "not found" to all is no door.
    keep: () => !(of.method === 'ALL' && goesOn) && (acts || of.method !== 'ALL'),
  });
}

/** itty-router. https://itty.dev/itty-router/ */
export const ittyRouter: LibraryModel = {
  name: 'itty-router',
  packages: ['itty-router', 'itty-router-extras', 'itty-cors'],
  about: {
    title: 'itty-router',
    registers:
      'methods and `all` of `Router`, `AutoRouter`, `IttyRouter` and `ThrowableRouter`, with `base`; routers as handlers of routes',
    guards:
      '`before`, handlers before the last, earlier routes that match and answer nothing; what the Worker tests in front of the router',
    answers: 'a returned `Response`, `error`, `json`, `status`, a thrown `StatusError`',
    limits: '`finally` and `catch` guard nothing; a router that nothing serves is not told from one that is',
  },
  calls: {
    Router: create,
    AutoRouter: create,
    IttyRouter: create,
    ThrowableRouter: create,
    error,
    StatusError: error,
    json: respond,
    text: respond,
    html: respond,
    status: (it, [code]) => makeFetchResponse(it, undefined, code),
    missing: (it) => makeFetchResponse(it, undefined, { k: 'literal', value: 404 }),
    withParams: nothing,
    withContent: nothing,
    withCookies: nothing,
    cors,
    createCors: cors,
  },
  typed: (it, type) =>
    /^(?:RouterType|IttyRouterType|AutoRouterType)\b/.test(type)
      ? create(it, [], it.modules.somewhere)
      : null,
  finish: (it) => {
    const all = routers(it);
    for (const router of all)
      for (const { path, handlers, site } of stateOf(router).routes) {
        const last = handlers.at(-1)?.value;
        if (last && isRouter(last)) stateOf(last).nested = true;
        // A closure that hands on to another router: what has been passed here stands in front of that.
        else if (last && path?.endsWith('*'))
          for (const app of handsTo(it, {
            framework: 'itty-router',
            handler: last,
            site,
            path: null,
            args: (request) => [request, makeBindings(it), UNKNOWN],
          })) {
            const inner = all.find((r) => stateOf(r) === app);
            if (inner && inner !== router) {
              handlers.splice(-1, 1, { value: inner, site });
              stateOf(inner).nested = true;
            }
          }
      }
    for (const router of all)
      if (!stateOf(router).nested)
        for (const flat of flatten(router, [], new Set()))
          it.attempt(it.place(flat.route.site), () => observe(it, router, flat));
  },
};
