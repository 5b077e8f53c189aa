import { lineText } from '../../model/place.js';
import type { Evaluator } from '../../wiring/evaluator.js';
import { isConfigured } from '../../wiring/fact.js';
import { passedError, runLink, runMiddleware } from '../../wiring/middleware.js';
import { observeEntryPoint } from '../../wiring/observe.js';
import { builtin, optionsOf, UNDEFINED, type Native, type Value } from '../../wiring/value.js';
import { isServed } from '../node/http-server.js';
import { SOCKET } from '../sockets/ws-socket.js';
import { makeRequest, makeResponse } from '../web/web-request.js';
import { isRouter, routers, stateOf, type Layer } from './express-layers.js';
import { linksInFront, unseenInFront } from './express-links.js';
import { AT_THE_ROOT, flatten, isErrorHandler, type Route } from './express-routes.js';

/** Turns the routes of routers that no other one mounts into entry points. */
export function observeRouters(it: Evaluator): void {
  const all = routers(it);
  const done = new Set<string>();
  const reached = new Set<string>();
  const isAlone = servedAlone(it, all);
  for (const router of all) {
    if (stateOf(router).mounted) continue;
    const routes: Route[] = [];
    flatten(router, { chain: [], ...AT_THE_ROOT }, routes, new Set());
    for (const route of routes) {
      route.somewhere.forEach((path) => reached.add(path));
      const key = `${route.method} ${route.path} ${route.site.module.path}:${route.site.line} ${route.base}`;
      if (done.has(key)) continue;
      done.add(key);
      observe(it, route, router, isAlone(router));
    }
  }
  // Whatever is below one path is missed once.
  for (const layer of all.flatMap((r) => stateOf(r).layers)) {
    if (!isInFrontOfUnknown(layer) || reached.has(layer.somewhere ?? '')) continue;
    if (layer.somewhere) reached.add(layer.somewhere);
    it.gap(
      'what this middleware stands in front of is not known: its path is computed',
      it.place(layer.site),
    );
  }
}
/** Whether an application has a server, and others have one as well: what is in front of those is not in front of it. */
function servedAlone(it: Evaluator, all: readonly Native[]): (router: Native) => boolean {
  const isOuter = (r: Native): boolean => stateOf(r).isApplication && !stateOf(r).mounted && isServed(it, r);
  const made = new Set(all.filter(isOuter).map((r) => lineText(it.place(stateOf(r).site))));
  return (router) => made.size > 1 && isOuter(router);
}
const isInFrontOfUnknown = ({ kind, paths, handlers }: Layer): boolean =>
  kind === 'use' &&
  paths.includes(null) &&
  handlers.some((h) => !optionsOf(h.value).some((o) => isRouter(o.value)));
/** Made by a library of which nothing is known: no guard, and nothing that is known to do nothing. */
function isOfLibrary(it: Evaluator, value: Value): boolean {
  const origin = value.k === 'external' ? value : value.k === 'unknown' && !value.wraps ? value.origin : null;
  return origin !== null && it.knowledge.behaviour(origin) === null;
}
/** Runs one route's chain and handler, and takes down what it saw. */
function observe(it: Evaluator, route: Route, router: Native, isAlone: boolean): void {
  const { framework, isApplication, site } = stateOf(router);
  const request = makeRequest(it, {
    method: route.method,
    path: route.path,
    base: route.base,
    application: isApplication ? router : null,
  });
  for (const [name, value] of route.given ?? []) request.members.set(name, value);
  const response = makeResponse(it);
  const isSocket = route.method === 'WS';
  const socket = it.native(SOCKET, { path: route.path, registration: route.site });
  const handler = route.handlers.at(-1)!;
  let goesOnItself = false;
  const next = builtin('next', ([error]) => {
    goesOnItself ||= error === undefined;
    return UNDEFINED;
  });
  const { controller } = route;
  observeEntryPoint(it, {
    framework: controller?.framework ?? framework,
    trigger: isSocket
      ? { kind: 'websocket', path: route.path, name: null }
      : { kind: 'http', method: route.method, path: route.path },
    registration: route.site,
    handler: handler.value,
    ...(isAlone ? { application: site } : {}),
    unmounted: !isApplication || !route.known || controller?.unmounted === true,
    *chain() {
      if (!isApplication && !controller) yield unseenInFront(it, route);
      yield* linksInFront(it, route, request, response);
      if (controller) yield* controller.chain([request, response]);
      for (const installed of route.handlers.slice(0, -1))
        if (isSocket)
          yield runLink(it, installed, {
            args: (onward) => [socket, request, onward],
            carries: [request],
            onNext: ([error]) => passedError(error),
          });
        else if (!isErrorHandler(installed.value)) yield runMiddleware(it, installed, request, response);
    },
    work: () => {
      // What configuration it is registered under holds wherever it is asked for.
      it.learn(route.facts.filter(isConfigured));
      if (controller) return controller.work([request, response]);
      it.runHandler(
        handler.value,
        isSocket ? [socket, request, next] : [request, response, next],
        handler.site,
      );
    },
    // What only lets pass is a guard of the routes after it, not an entry point.
    // A library's handler is not run: whether it goes on is not known, and a route's last one answers.
    keep: (answers) =>
      isSocket ||
      controller !== undefined ||
      route.isFolder ||
      isOfLibrary(it, handler.value) ||
      !goesOnItself ||
      answers.some((a) => a.status === null || a.status < 400),
  });
}
