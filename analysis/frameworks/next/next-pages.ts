import type { Evaluator } from '../../wiring/evaluator.js';
import { joinFacts } from '../../wiring/fact.js';
import type { ModuleInstance } from '../../wiring/instance.js';
import { observeEntryPoint } from '../../wiring/observe.js';
import type { AppliedLink } from '../../wiring/recorder.js';
import { choice, literal, optionsOf, record, unknown, UNKNOWN, type Value } from '../../wiring/value.js';
import { isServed, methodsOf, OTHER_METHOD } from '../web/method-dispatch.js';
import { apiRoutes } from './next-connect.js';
import type { NextMiddleware } from './next-middleware.js';
import { untilRedirect } from '../web/leaving.js';
import { nextRequest } from './next-server.js';
import { makeRequest, makeResponse, type RequestState } from '../web/web-request.js';
import { siteOf } from '../web/file-routes.js';

/** A file of `pages/`: an API route, or a page that is rendered for each request. */
export function observePage(
  it: Evaluator,
  instance: ModuleInstance,
  path: string,
  middleware: NextMiddleware | null,
): void {
  if (path === '/api' || path.startsWith('/api/')) observeApi(it, instance, path, middleware);
  else observeProps(it, instance, path, middleware);
}
function observeApi(
  it: Evaluator,
  instance: ModuleInstance,
  path: string,
  middleware: NextMiddleware | null,
): void {
  const handler = it.modules.exported(instance, 'default');
  if (handler.k === 'literal') return;
  const site = siteOf(handler, instance, 'default');
  const state: RequestState = { method: null, path, base: '', application: null };
  const chain = function* (method: string): Iterable<AppliedLink> {
    if (middleware) yield* middleware(path, method, nextRequest(it, method === 'ALL' ? null : method, path));
  };
  const routes = apiRoutes(it, handler);
  if (routes) {
    for (const route of routes)
      observeEntryPoint(it, {
        framework: 'next',
        trigger: { kind: 'http', method: route.method, path },
        registration: route.site,
        handler: route.handler,
        *chain() {
          yield* chain(route.method);
          yield* route.chain({ ...state, method: route.method });
        },
        work: () => void route.work({ ...state, method: route.method }),
      });
    return;
  }
  const methods = methodsOf(
    it,
    site,
    () => void it.runHandler(handler, [makeRequest(it, state), makeResponse(it)], site),
  );
  for (const method of methods.length > 0 ? [...methods, null] : ['ALL']) {
    const request = makeRequest(it, { ...state, method: method ?? OTHER_METHOD });
    observeEntryPoint(it, {
      framework: 'next',
      trigger: { kind: 'http', method: method ?? 'ALL', path },
      registration: site,
      handler,
      chain: () => chain(method ?? 'ALL'),
      work: () => {
        void untilRedirect(it, () => it.runHandler(handler, [request, makeResponse(it)], site));
      },
      // What refuses every method but those that it compares with is no entry point for others.
      keep: (answers, done) => method === 'ALL' || isServed(answers, done, method !== null),
    });
  }
}
function observeProps(
  it: Evaluator,
  instance: ModuleInstance,
  path: string,
  middleware: NextMiddleware | null,
): void {
  const handler = it.modules.exported(instance, 'getServerSideProps');
  if (handler.k === 'literal') return;
  const site = siteOf(handler, instance, 'getServerSideProps');
  const request = makeRequest(it, { method: 'GET', path, base: '', application: null });
  const context = record(
    [
      ['req', request],
      ['res', makeResponse(it)],
      ['params', unknown(['params'])],
      ['query', unknown(['query'])],
      ['resolvedUrl', unknown(['request.path'])],
      ['locale', literal('en')],
    ],
    UNKNOWN,
  );
  observeEntryPoint(it, {
    framework: 'next',
    trigger: { kind: 'http', method: 'GET', path },
    registration: site,
    handler,
    *chain() {
      if (middleware) yield* middleware(path, 'GET', nextRequest(it, 'GET', path));
    },
    work: () =>
      rendered(
        it,
        untilRedirect(it, () => it.runHandler(handler, [context], site)),
      ),
  });
}
/** What it returns is rendered, unless it sends the caller elsewhere: what then holds is what lets a page be seen. */
function rendered(it: Evaluator, result: Value): Value {
  const elsewhere = (v: Value): boolean =>
    v.k === 'record' && (v.members.has('redirect') || v.members.has('notFound'));
  const shown = optionsOf(result).filter((o) => !elsewhere(o.value));
  if (shown.length === 0) return UNKNOWN;
  it.learn(shown.map((o) => o.facts).reduce(joinFacts));
  return choice(shown);
}
