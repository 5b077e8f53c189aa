import type { Evaluator } from '../../wiring/evaluator.js';
import type { LibraryType } from '../../wiring/library.js';
import { builtin, literal, record, unknown, UNKNOWN, type Native } from '../../wiring/value.js';
import { makeContext } from '../web/context.js';
import { COOKIES, makeFetchRequest, makeFetchResponse } from '../web/fetch-api.js';
import { codeIn, HEADERS, pathValue } from '../web/web-request.js';
import type { Route } from './elysia-apps.js';

/** `set.status = 401` says how the handler or hook answers that returns next. */
const SET: LibraryType = {
  name: 'set',
  methods: {},
  set: (it, _self, name, value) => {
    const code = name === 'status' ? codeIn(value) : null;
    if (code !== null && code >= 400) it.answer({ how: 'answer', status: code });
    return false;
  },
};
/** What hooks and handlers of a route are given. https://elysiajs.com/essential/handler#context */
export function contextOf(it: Evaluator, route: Route): Native {
  const status = builtin('status', ([code, content]) => makeFetchResponse(it, content, code));
  return makeContext(it, {
    request: makeFetchRequest(it, { method: route.method === 'ALL' ? null : route.method, path: route.path }),
    params: unknown(['params']),
    query: unknown(['query']),
    body: unknown(['body']),
    headers: it.native(HEADERS, null),
    cookie: it.native({ ...COOKIES, get: () => unknown(['credential']) }, null),
    path: pathValue(route.path),
    route: route.path === null ? UNKNOWN : literal(route.path),
    set: it.native(SET, null),
    store: record([], UNKNOWN),
    status,
    error: status,
    redirect: builtin('redirect', () => makeFetchResponse(it, undefined, literal(302))),
    ...Object.fromEntries(route.decorations),
  });
}
