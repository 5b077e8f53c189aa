import type { LibraryModel, LibraryType, Operation } from '../wiring/library.js';
import { memberOf } from '../wiring/members.js';
import { innermostHandler } from '../wiring/middleware.js';
import { ownSite } from '../wiring/own-site.js';
import { promise, record, textOf, UNDEFINED, unknown, UNKNOWN, type Value } from '../wiring/value.js';
import { addRoute } from './express/express-registrations.js';
import { makeRouter } from './express/express-router.js';
import { RESPONSE } from './web/web-request.js';

interface Route {
  method: string;
  path: string | null;
  handler: Value;
}
/** `get('/path', handler)` of microrouter, which `router` takes. */
const ROUTE: LibraryType = { name: 'micro route', methods: {} };
const route =
  (method: string): Operation =>
  (it, [path, handler]) =>
    it.native(ROUTE, {
      method,
      path: path ? textOf(path, '*') : null,
      handler: handler ?? UNKNOWN,
    } satisfies Route);
const router: Operation = (it, args, site) => {
  const made = makeRouter(it, site, true, 'micro');
  for (const each of args)
    if (each.k === 'native' && each.type === ROUTE) {
      const { method, path, handler } = each.state as Route;
      const shown = innermostHandler(handler, site.module.path);
      const own = ownSite(shown, site);
      addRoute(it, made, method, path, [handler], own, undefined);
    }
  return made;
};
const listener: Operation = (_it, [handler]) => handler ?? UNKNOWN;
const send: Operation = (it, [response, status, content], site) => {
  if (response?.k !== 'native') return UNDEFINED;
  RESPONSE.methods.status!(it, response, [status ?? UNKNOWN], site);
  return it.call(memberOf(it, response, 'end', site), content ? [content] : [], response, site);
};
const body: Operation = () => promise(unknown(['body']));
const error: Operation = (_it, [status]) => record([['statusCode', status ?? UNKNOWN]], UNKNOWN);
const METHODS = ['get', 'post', 'put', 'patch', 'del', 'head', 'options'];

/** https://github.com/vercel/micro, https://github.com/pedronauck/micro-router */
export const micro: LibraryModel = {
  name: 'micro',
  packages: ['micro', 'microrouter'],
  about: {
    title: 'micro and microrouter',
    registers:
      'the routes that `router(get(…), post(…))` is given; a listener that `micro` is given, as node `http`',
    guards: 'tests in the handler, and in what wraps it',
    answers: '`send`, `createError`, what is returned',
    limits: 'a module that only the command line of micro serves; namespaces of microrouter',
  },
  calls: {
    '': listener,
    micro: listener,
    serve: listener,
    default: listener,
    router,
    ...Object.fromEntries(
      METHODS.map((name) => [name, route(name === 'del' ? 'DELETE' : name.toUpperCase())]),
    ),
    send,
    sendError: send,
    createError: error,
    json: body,
    text: body,
    buffer: body,
  },
  finish: () => {}, // its routers are Express's, its listeners those of node
};
