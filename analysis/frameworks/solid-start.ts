import type { Evaluator } from '../wiring/evaluator.js';
import type { ModuleInstance } from '../wiring/instance.js';
import type { LibraryModel, LibraryType, Operation } from '../wiring/library.js';
import { runLink } from '../wiring/middleware.js';
import { observeEntryPoint } from '../wiring/observe.js';
import type { AppliedLink } from '../wiring/recorder.js';
import { isCallable, record, unknown, UNKNOWN, type Native, type Value } from '../wiring/value.js';
import { makeContext } from './web/context.js';
import { makeFetchRequest, redirect, respond } from './web/fetch-api.js';
import { below, bracketed, siteOf } from './web/file-routes.js';
import { observeActions } from './next/next-actions.js';
import { untilRedirect } from './web/leaving.js';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
const ROUTES = /^\/(?:[\w@.-]+\/){0,4}?src\/routes\//;
const MIDDLEWARE = /(?:^|\/)src\/middleware(?:\/index)?\.[cm]?[jt]sx?$/;

/** `createMiddleware({ onRequest })`, or a list since version 2. */
const CREATED: LibraryType = { name: 'middleware', methods: {} };
const create: Operation = (it, [given]) => {
  const value = given?.k === 'record' ? given.members.get('onRequest') : given;
  return it.native(CREATED, value?.k === 'list' ? value.elements : value ? [value] : []);
};
/** The event of the request that is being served. */
const current = (it: Evaluator): { event: Value } =>
  it.stateOf<{ event: Value }>('solid-start:event', () => ({ event: UNKNOWN }));
function makeEvent(it: Evaluator, method: string, path: string): Native {
  const event = makeContext(it, {
    request: makeFetchRequest(it, { method, path }),
    params: unknown(['params']),
    locals: makeContext(it),
    response: record([], UNKNOWN),
    clientAddress: unknown(['request.ip']),
  });
  event.members.set('nativeEvent', event);
  current(it).event = event;
  return event;
}
function* middlewareLinks(it: Evaluator, files: readonly string[], event: Native): Iterable<AppliedLink> {
  current(it).event = event;
  for (const file of files) {
    const instance = it.modules.instantiate(file);
    const made = instance ? it.modules.exported(instance, 'default') : UNKNOWN;
    if (!instance || made.k !== 'native' || made.type !== CREATED) continue;
    for (const value of made.state as readonly Value[])
      yield runLink(
        it,
        { value, site: siteOf(value, instance, 'default') },
        {
          args: (next) => [event, next],
          carries: [event, event.members.get('locals') as Native],
          goesOn: () => [],
        },
      );
  }
}
function observeRoute(
  it: Evaluator,
  instance: ModuleInstance,
  path: string,
  middleware: readonly string[],
): void {
  for (const method of METHODS) {
    const handler = it.modules.exported(instance, method);
    if (!(isCallable(handler) || handler.k === 'unknown')) continue;
    const site = siteOf(handler, instance, method);
    const event = makeEvent(it, method, path);
    observeEntryPoint(it, {
      framework: 'solid-start',
      trigger: { kind: 'http', method, path },
      registration: site,
      handler,
      chain: () => middlewareLinks(it, middleware, event),
      work: () => untilRedirect(it, () => it.runHandler(handler, [event], site)),
    });
  }
}
/** Groups in parentheses are no part of a path: `(shop)/carts/[id].ts`. */
function routePath(file: string, root: string): string | null {
  const inside = below(file, root, ROUTES);
  if (inside === null) return null;
  const segments = inside
    .split('/')
    .filter((s, i, all) => !/^\(.*\)$/.test(s) && !(s === 'index' && i === all.length - 1));
  return `/${segments.map((s) => bracketed(s)).join('/')}`;
}

/** https://docs.solidjs.com/solid-start */
export const solidStart: LibraryModel = {
  name: 'solid-start',
  packages: ['@solidjs/start', 'solid-start'],
  onlyByConvention: true,
  about: {
    title: 'SolidStart',
    registers:
      'exported methods of files in `src/routes/`; server functions by `use server`, at the top of a file or of a function, under the name of the variable around them',
    guards: '`onRequest` of `src/middleware`, in front of routes and server functions; tests in the handler',
    answers: 'a returned or thrown `Response`, `json`, `redirect`',
    limits: 'another middleware file than by convention; pages, `query` and `action` without `use server`',
  },
  calls: { '/middleware.createMiddleware': create },
  isEntry: ({ path, directives, exports }) =>
    directives.has('use server') ||
    MIDDLEWARE.test(path) ||
    (/(?:^|\/)src\/routes\//.test(path) && METHODS.some((m) => exports.has(m))),
  finish: (it) => {
    const files = it.loader.entryFiles('solid-start');
    const middleware = files.filter((f) => MIDDLEWARE.test(f));
    for (const file of files)
      it.attempt({ file, line: 1 }, () => {
        const instance = it.modules.instantiate(file);
        if (!instance || middleware.includes(file)) return;
        const path = routePath(file, it.loader.root);
        if (path !== null) observeRoute(it, instance, path, middleware);
        observeActions(it, instance, {
          framework: 'solid-start',
          chain: () => middlewareLinks(it, middleware, makeEvent(it, 'POST', '/_server')),
        });
      });
  },
};
/** What its router and its renderer offer to servers. */
export const solidRouter: LibraryModel = {
  name: 'solid-router',
  packages: ['@solidjs/router', 'solid-js'],
  calls: {
    redirect,
    json: respond,
    '/web.getRequestEvent': (it) => current(it).event,
  },
};
