import { noteCookie } from '../../wiring/cookies.js';
import type { Evaluator } from '../../wiring/evaluator.js';
import type { LibraryModel, LibraryType, Operation } from '../../wiring/library.js';
import { list, literal, record, UNDEFINED, type Site, type Value } from '../../wiring/value.js';
import { makeServer } from '../node/http-server.js';
import { asContextMiddleware } from '../web/context-middleware.js';
import { create, makeApp } from './hono-app.js';
import { contextOf } from './hono-context.js';
import { observeApps } from './hono-entry-points.js';
import { HONO_GUARDS } from './hono-guards.js';
import { HONO_WEBSOCKETS } from './hono-websockets.js';

/** `createMiddleware(fn)` is its function; `createHandlers(a, b)` is the list of them. */
const itself: Operation = (_it, [fn]) => fn ?? UNDEFINED;
const FACTORY: LibraryType = {
  name: 'factory',
  methods: {
    createApp: (it, _self, args, site) => create(it, args, site),
    createMiddleware: (it, _self, args, site) => itself(it, args, site),
    createHandlers: (_it, _self, args) => list([...args]),
  },
};
const factory: Operation = (it) => it.native(FACTORY, null);

const cookie = (it: Evaluator, given: Parameters<typeof noteCookie>[1], site: Site): Value => {
  noteCookie(it, given, site);
  return UNDEFINED;
};
const serve: Operation = (it, [, listening], site) => {
  if (listening) it.handToUnknown([listening], [], site);
  return makeServer(it, null, site);
};
/** Hono, on whatever runs it. https://hono.dev/docs/api/routing */
export const hono: LibraryModel = {
  name: 'hono',
  packages: ['hono', '@hono/zod-openapi', '@hono/node-server', '@hono/node-ws', 'hono-openapi'],
  about: {
    title: 'Hono',
    registers:
      'methods, `all`, `on` of an application, `openapi` of `OpenAPIHono`; `basePath`, `route`, `mount`; WebSockets by `upgradeWebSocket`',
    guards:
      '`use` in order of installation where its path covers the route, handlers before the last, `middleware` of `createRoute`; functions of `hono/factory` and `hono/combine`; `hono/jwt`, `bearer-auth` and `basic-auth` with the functions that they ask, `csrf`',
    answers: 'a returned `Response`, as `c.json(…, 401)`; `HTTPException`',
    limits:
      '`hono/validator` counts as nothing; an application that is served nowhere is not told from one that is',
  },
  calls: {
    ...HONO_GUARDS,
    ...HONO_WEBSOCKETS,
    Hono: create,
    OpenAPIHono: create,
    '/tiny.Hono': create,
    '/quick.Hono': create,
    createRoute: itself,
    '/cookie.setCookie': (it, [, name, value, options], site) => cookie(it, { name, value, options }, site),
    '/cookie.setSignedCookie': (it, [, name, value, , options], site) =>
      cookie(it, { name, value, options }, site),
    '/factory.createMiddleware': itself,
    '/factory.createFactory': factory,
    '/http-exception.HTTPException': (_it, [code]) => record([['status', code ?? literal(500)]]),
    // The server of Node.js beneath, which takes listeners of its own.
    serve,
    createAdaptorServer: serve,
  },
  typed: (it, type) =>
    /^(?:Hono|OpenAPIHono)\b/.test(type)
      ? it.stateOf('hono:inferred', () => makeApp(it, it.modules.somewhere))
      : null,
  asGuard: (it, value, site) => asContextMiddleware(it, value, site, () => contextOf(it, null, null)),
  finish: observeApps,
};
