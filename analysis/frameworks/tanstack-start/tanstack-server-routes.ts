import type { Evaluator } from '../../wiring/evaluator.js';
import type { LibraryType, Operation } from '../../wiring/library.js';
import { observeEntryPoint } from '../../wiring/observe.js';
import { ownSite } from '../../wiring/own-site.js';
import {
  isCallable,
  optionIn,
  record,
  textOf,
  UNDEFINED,
  unknown,
  type Native,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { untilRedirect } from '../web/leaving.js';
import { begin, builtOf, elements, extend, STEPS } from './tanstack-builders.js';
import { globalMiddleware } from './tanstack-global-middleware.js';
import { handFor, runAll } from './tanstack-middleware.js';
import { middlewareAbove, noteMiddleware } from './tanstack-routes-above.js';

interface Route {
  /** As its file is named; null where it is not known. */
  id: string | null;
  middleware: readonly Value[];
  handlers: Value;
  site: Site;
}
const routes = (it: Evaluator): Route[] => it.stateOf<Route[]>('tanstack-start:routes', () => []);
/** `createFileRoute('/api/$id')({ server: { middleware, handlers } })`, or the former `createServerFileRoute`. */
export const fileRoute: Operation = (it, [path]) =>
  it.native(FILE_ROUTE, { id: (path && textOf(path)) ?? null, middleware: [] } satisfies Begun);
/** A route while it is put together. */
type Begun = Pick<Route, 'id' | 'middleware'>;
const begunOf = (self: Native): Begun => self.state as Begun;
const FILE_ROUTE: LibraryType = {
  name: 'file route',
  methods: {
    methods: (it, self, [handlers], site) => {
      if (handlers) routes(it).push({ ...begunOf(self), handlers, site });
      return self;
    },
    middleware: (it, self, [all]) => {
      const { id } = begunOf(self);
      noteMiddleware(it, id, elements(all));
      return it.native(FILE_ROUTE, { id, middleware: elements(all) } satisfies Begun);
    },
  },
  call: (it, self, [options], site) => {
    const server = optionIn(options, 'server');
    const handlers = optionIn(server, 'handlers');
    const middleware = elements(optionIn(server, 'middleware'));
    const { id } = begunOf(self);
    noteMiddleware(it, id, middleware);
    if (handlers) routes(it).push({ id, middleware, handlers, site });
    return unknown();
  },
};
/** `(api) => ({ GET: api.middleware([…]).handler(fn) })`, and `({ createHandlers }) => createHandlers({ GET: { … } })`. */
const METHOD: LibraryType = {
  name: 'server method',
  methods: {
    ...STEPS,
    handler: (it, self, [work]) => extend(it, self, { work: work ?? null }),
    createHandlers: (_it, _self, [given]) => given ?? UNDEFINED,
  },
};
/**
 * `/posts/$id/{-$page}` as `/posts/:id/:page?`; what begins with an underscore is no part of the address, and one at the end
 * of a name only says that it is not below the route of that name.
 */
function pathOf(id: string | null): string | null {
  if (!id) return null;
  const segments = id
    .split('/')
    .filter((s) => s !== '' && !s.startsWith('_') && !/^\(.*\)$/.test(s))
    .map((s) => s.replace(/_$/, ''))
    .map((s) => (s === '$' ? '*' : s.replace(/^\{-\$(\w+)\}$/, ':$1?').replace(/\{?\$(\w+)\}?/g, ':$1')));
  return `/${segments.join('/')}`;
}

/** Finds the entry points of server routes: one for each method that has a handler. */
export function observeRoutes(it: Evaluator): void {
  for (const route of routes(it)) it.attempt(it.place(route.site), () => observeRoute(it, route));
}
function observeRoute(it: Evaluator, route: Route): void {
  const { id, site } = route;
  const path = pathOf(id);
  const above = [...globalMiddleware(it).requests, ...middlewareAbove(it, id)];
  for (const { name, work, middleware } of methodsOf(it, route)) {
    const hand = handFor(it, name === 'ANY' ? null : name, path);
    observeEntryPoint(it, {
      framework: 'tanstack-start',
      trigger: { kind: 'http', method: name === 'ANY' ? 'ALL' : name, path },
      registration: ownSite(work, site),
      handler: work,
      unmounted: path === null,
      chain: () => runAll(it, [...above, ...route.middleware, ...middleware], hand),
      work: () => {
        const given = record(
          [
            ['request', hand.request],
            ['context', hand.context],
            ['params', unknown(['params'])],
          ],
          unknown(['request']),
        );
        return untilRedirect(it, () => it.runHandler(work, [given], site));
      },
    });
  }
}
interface RouteMethod {
  name: string;
  work: Value;
  middleware: readonly Value[];
}
function methodsOf(it: Evaluator, { handlers, site }: Route): RouteMethod[] {
  const all = isCallable(handlers)
    ? it.call(handlers, [begin(METHOD)(it, [], site)], UNDEFINED, site)
    : handlers;
  if (all.k !== 'record') {
    it.gap('the handlers of this server route could not be followed', it.place(site));
    return [];
  }
  return [...all.members].map(([name, value]): RouteMethod => {
    if (value.k === 'native' && value.type === METHOD) {
      const { work, middleware } = builtOf(value);
      return { name, work: work ?? UNDEFINED, middleware };
    }
    if (value.k !== 'record') return { name, work: value, middleware: [] };
    const work = optionIn(value, 'handler') ?? UNDEFINED;
    return { name, work, middleware: elements(optionIn(value, 'middleware')) };
  });
}
