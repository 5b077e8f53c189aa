import { goOn } from '../../wiring/doors.js';
import type { Evaluator } from '../../wiring/evaluator.js';
import type { LibraryModel, LibraryType, Method, Operation } from '../../wiring/library.js';
import type { AppliedLink } from '../../wiring/recorder.js';
import { awaited } from '../../wiring/promises.js';
import {
  isCallable,
  literal,
  promise,
  record,
  UNDEFINED,
  unknown,
  type Native,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { routers, stateOf as stateOfRouter } from '../express/express-layers.js';
import { linksInFront } from '../express/express-links.js';
import { routeAt } from '../express/express-routes.js';
import { makeApp } from '../hono/hono-app.js';
import { contextOf } from '../hono/hono-context.js';
import { linksAt } from '../hono/hono-entry-points.js';
import { apps, layersOf } from '../hono/hono-layers.js';
import { makeSession } from './remix-session.js';
import { makeRequest, makeResponse } from '../web/web-request.js';

/** The application of route modules, as a server of its own hands it requests. */
interface Handler {
  /** Makes what loaders and actions get as `context`. */
  load: Value | null;
  site: Site;
}
/** Answers with what the route modules say: their loaders and actions are the entry points. */
const handOn: Method = (it, _self, args, site) => {
  if (it.recorder && !it.recorder.inChain) it.recorder.handOn();
  return goOn(it, args, site);
};
const HANDLER: LibraryType = { name: 'request handler', methods: {}, handles: true, call: handOn };
const isHandler = (value: Value | undefined): value is Native =>
  value?.k === 'native' && value.type === HANDLER;
const makeHandler: Operation = (it, [options], site) => {
  const load = options?.k === 'record' ? options.members.get('getLoadContext') : undefined;
  return it.native(HANDLER, { load: load ?? null, site } satisfies Handler);
};

/** How requests come to the route modules of a program: what the server installed in front of them. */
export interface Front {
  /** Runs what is in front of a path; what it then yields is the context that loaders and actions get. */
  run(method: string, path: string): Generator<AppliedLink, Value | null>;
}
const loaded = (it: Evaluator, handler: Native, args: readonly Value[]): Value | null => {
  const { load, site } = handler.state as Handler;
  return load && isCallable(load) ? it.awaiting(it.call(load, args, UNDEFINED, site)) : null;
};
/** The servers of a program that hand requests to its route modules. */
export function frontsIn(it: Evaluator): Front[] {
  const found: Front[] = [];
  for (const app of apps(it))
    for (const [position, { handlers }] of layersOf(app).entries()) {
      const handler = handlers.at(-1)?.value;
      if (!isHandler(handler)) continue;
      found.push({
        *run(method, path) {
          const context = contextOf(it, method, path);
          yield* linksAt(it, app, position, { method, path, context });
          return loaded(it, handler, [context, record([['mode', literal('production')]])]);
        },
      });
    }
  for (const router of routers(it))
    for (const [position, { handlers, site, facts }] of stateOfRouter(router).layers.entries()) {
      const handler = handlers.at(-1)?.value;
      if (!isHandler(handler)) continue;
      found.push({
        *run(method, path) {
          const request = makeRequest(it, { method, path, base: '', application: null });
          const response = makeResponse(it);
          yield* linksInFront(
            it,
            routeAt(router, position, { method, path, site, facts }),
            request,
            response,
          );
          return loaded(it, handler, [request, response]);
        },
      });
    }
  return found;
}

/** `createHonoServer({ beforeAll, configure, getLoadContext })`: an application, set up by those, with the route modules at its end. */
const createServer: Operation = (it, [given], site) => {
  const options = given?.k === 'record' ? given.members : new Map<string, Value>();
  const own = options.get('app');
  const app = own && apps(it).includes(own as Native) ? (own as Native) : makeApp(it, site);
  for (const name of ['beforeAll', 'configure']) {
    const setUp = options.get(name);
    if (setUp && isCallable(setUp)) awaited(it, it.call(setUp, [app, unknown()], UNDEFINED, site));
  }
  layersOf(app).push({
    kind: 'use',
    method: 'ALL',
    path: '*',
    handlers: [{ value: makeHandler(it, given ? [given] : [], site), site }],
    app: null,
    site,
  });
  return promise(app);
};

export const routeModuleServer: LibraryModel = {
  name: 'route-module-server',
  packages: ['react-router-hono-server', 'remix-hono', '@remix-run/express', '@react-router/express'],
  about: {
    title: 'Servers of Remix and React Router',
    registers: 'nothing; the entry points are those of the route modules',
    guards:
      'what an Express or Hono application installs before `createRequestHandler`, `remix()` or in `createHonoServer`, where it covers the path of the route; what `getLoadContext` makes is the `context` of loaders and actions',
    answers: '',
    limits: 'a request handler that is called inside of a function',
  },
  calls: {
    createRequestHandler: makeHandler,
    '/handler.remix': makeHandler,
    '/handler.reactRouter': makeHandler,
    '/session.getSession': (it) => makeSession(it),
    ...Object.fromEntries(
      ['', '/node', '/bun', '/cloudflare', '/aws-lambda'].map((at) => [
        at === '' ? 'createHonoServer' : `${at}.createHonoServer`,
        createServer,
      ]),
    ),
  },
  // Its wiring is read by the route modules.
  finish: () => undefined,
};
