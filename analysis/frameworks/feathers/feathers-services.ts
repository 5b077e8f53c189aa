import type { Evaluator } from '../../wiring/evaluator.js';
import type { Fact } from '../../wiring/fact.js';
import { yieldsItself, type LibraryType } from '../../wiring/library.js';
import { BASE } from '../../wiring/classes.js';
import { memberOf } from '../../wiring/members.js';
import { definitionOf, runLink, runMiddleware, type Installed } from '../../wiring/middleware.js';
import { observeEntryPoint } from '../../wiring/observe.js';
import type { AppliedLink } from '../../wiring/recorder.js';
import { atom } from '../../wiring/tests.js';
import {
  literal,
  promise,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type Native,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { makeContext } from '../web/context.js';
import { linksInFront } from '../express/express-links.js';
import { routeAt } from '../express/express-routes.js';
import { hooksFor, hooksIn, isDisallowed, STRATEGIES, type Hook } from './feathers-hooks.js';
import { koaLinks } from '../koa/koa-links.js';
import { HEADERS, makeRequest, makeResponse } from '../web/web-request.js';

export interface Service {
  path: string;
  implementation: Value;
  hooks: Hook[];
  /** Middleware of its own, in front of it. */
  before: Installed[];
  /** Named by `methods`; null where all standard ones are served. */
  methods: string[] | null;
  site: Site;
  facts: readonly Fact[];
  /** Layers that were installed when it was. */
  position: number;
  isUsed: boolean;
}
export interface Application {
  /** Of Express or Koa, around which it is made. */
  inner: Native | null;
  services: Map<string, Service>;
  hooks: Hook[];
  /** Since version 5 services answer where `rest()` was configured, before where they were used. */
  isDove: boolean;
  rest: number | null;
  hasSockets: boolean;
  isInferred: boolean;
}
export const stateOf = (app: Native): Application => app.state as Application;
export interface Handle {
  app: Native;
  service: Service;
}
export const SERVICE: LibraryType = {
  name: 'service',
  methods: {
    hooks: (_it, self, [hooks], site) => {
      if (hooks) (self.state as Handle).service.hooks.push(...hooksIn(hooks, site));
      return self;
    },
    on: yieldsItself,
    publish: yieldsItself,
  },
  get: (it, self, name, site) => {
    if (name in SERVICE.methods) return null;
    const { implementation } = (self.state as Handle).service;
    return implementation.k === 'unknown' || implementation === self
      ? null
      : memberOf(it, implementation, name, site);
  },
};
/** https://feathersjs.com/api/services, https://feathersjs.com/api/client/rest: how methods are called from outside. */
const STANDARD: Readonly<Record<string, { verb: string; isOne: boolean; takes: readonly string[] }>> = {
  find: { verb: 'GET', isOne: false, takes: ['params'] },
  get: { verb: 'GET', isOne: true, takes: ['id', 'params'] },
  create: { verb: 'POST', isOne: false, takes: ['data', 'params'] },
  update: { verb: 'PUT', isOne: true, takes: ['id', 'data', 'params'] },
  patch: { verb: 'PATCH', isOne: true, takes: ['id', 'data', 'params'] },
  remove: { verb: 'DELETE', isOne: true, takes: ['id', 'params'] },
};
const AUTHENTICATES = ['create', 'remove'];
const baseOf = (value: Value): Value | undefined =>
  value.k === 'record' ? value.members.get(BASE) : undefined;
const isAuthentication = (value: Value): boolean =>
  [value, baseOf(value)].some((v) => v?.k === 'native' && v.type === STRATEGIES);
/** Is there something of a package below it, whose methods are not seen? */
function isAdapter(value: Value): boolean {
  if (value.k !== 'record') return true;
  let base: Value | null = value.cls;
  while (base?.k === 'class') base = base.base;
  return value.open !== null && (value.cls === null || base !== null);
}
/** Methods that can be called from outside, with what is known of them. */
export function methodsOf(it: Evaluator, { implementation, methods, site }: Service): [string, Value][] {
  const named = methods ?? (isAuthentication(implementation) ? AUTHENTICATES : Object.keys(STANDARD));
  return named.flatMap((name): [string, Value][] => {
    const own = implementation.k === 'record' ? memberOf(it, implementation, name, site) : UNKNOWN;
    if (own.k === 'function') return [[name, own]];
    return isAdapter(implementation) || isAuthentication(implementation) ? [[name, UNKNOWN]] : [];
  });
}
interface Call {
  app: Native;
  service: Service;
  method: string;
  handler: Value;
  provider: 'rest' | 'socketio';
}
export function observeMethod(
  it: Evaluator,
  { app, service, method, handler, provider }: Call,
  unmounted: boolean,
): void {
  const { inner, isDove, rest, hooks } = stateOf(app);
  const { site, implementation } = service;
  const chain = [...hooksFor(hooks, method), ...hooksFor(service.hooks, method)];
  if (chain.some((h) => isDisallowed(h.value, provider))) return;
  const standard = Object.hasOwn(STANDARD, method) ? STANDARD[method]! : null;
  const path = `/${service.path}${standard?.isOne ? '/:id' : ''}`;
  const verb = standard?.verb ?? 'POST';
  const params = makeContext(it, {
    query: unknown(['query']),
    provider: literal(provider),
    headers: it.native(HEADERS, null),
    authentication: unknown(['credential']),
    route: unknown(['params']),
  });
  const parts: Record<string, Value> = { params, id: unknown(['params.id']), data: unknown(['body']) };
  const context = makeContext(it, {
    ...(standard ? Object.fromEntries(standard.takes.map((t) => [t, parts[t]!])) : parts),
    app,
    service: it.native(SERVICE, { app, service } satisfies Handle),
    path: literal(service.path),
    method: literal(method),
    type: literal('before'),
    event: UNKNOWN,
  });
  if (method !== 'find' && method !== 'get' && !context.members.has('data'))
    context.members.set('data', UNDEFINED);
  if (!context.members.has('id')) context.members.set('id', UNDEFINED);
  let refused = false;
  const runHook = (hook: Hook): AppliedLink => {
    let wentOn = false;
    const onward = { carries: [context, params] };
    const link = runLink(
      it,
      { ...hook, isRoute: true },
      hook.type === 'around'
        ? {
            ...onward,
            args: (next) => [context, next],
            yields: promise(UNDEFINED),
            onNext: () => {
              wentOn = true;
              return null;
            },
          }
        : {
            ...onward,
            args: () => [context],
            goesOn: () => {
              wentOn = true;
              return [];
            },
          },
    );
    if (wentOn || (hook.value.k !== 'function' && hook.value.k !== 'native')) return link;
    const status = it.lastExit?.how === 'throw' ? it.lastExit.status : null;
    refused ||= status !== null && status >= 400 && status < 500;
    return { ...link, definition: definitionOf(hook.value), opaque: true };
  };
  observeEntryPoint(it, {
    framework: 'feathers',
    trigger:
      provider === 'socketio'
        ? { kind: 'websocket', path: '/', name: `${service.path}.${method}` }
        : standard
          ? { kind: 'http', method: verb, path }
          : { kind: 'rpc', name: `${service.path}.${method}` },
    registration: site,
    handler: handler.k === 'function' ? handler : null,
    unmounted: unmounted || !service.isUsed,
    *chain(): Iterable<AppliedLink> {
      if (provider === 'rest' && inner) {
        const probe = { method: verb, path, site, facts: service.facts };
        const position = isDove ? (rest ?? 0) : service.position;
        if (inner.type.name === 'koa application') yield* koaLinks(it, inner, position, probe);
        else {
          const request = makeRequest(it, { method: verb, path, base: '', application: null });
          const response = makeResponse(it);
          yield* linksInFront(it, routeAt(inner, position, probe), request, response);
          for (const installed of service.before) yield runMiddleware(it, installed, request, response);
        }
      }
      for (const hook of chain) yield runHook(hook);
    },
    work: () => {
      if (isAuthentication(implementation) && method === 'create')
        it.recorder?.act(it, 'token-issue', 'token', site);
      // It wants the authentication that it is to end.
      if (isAuthentication(implementation) && method === 'remove') {
        const known = { protection: 'authentication', library: '@feathersjs/authentication', arguments: [] };
        it.learn([atom(it, 'verified', [], site, { known })]);
      }
      if (handler.k !== 'function') return;
      const args = (standard?.takes ?? ['data', 'params']).map((t) => memberOf(it, context, t, site));
      return it.runHandler(handler, args, site, implementation);
    },
    // A hook that throws for every caller from outside: the method is there for the program itself.
    keep: () => !refused,
  });
}
