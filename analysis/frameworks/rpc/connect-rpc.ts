import type { Evaluator } from '../../wiring/evaluator.js';
import type { LibraryModel, LibraryType, Operation } from '../../wiring/library.js';
import { runLink, type Installed } from '../../wiring/middleware.js';
import { observeEntryPoint } from '../../wiring/observe.js';
import { ownSite } from '../../wiring/own-site.js';
import {
  builtin,
  literal,
  promise,
  record,
  textOf,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type Native,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { declareMethods, GRPC_STATUS, isProto, methodsOf, serviceName } from './grpc-services.js';
import { HEADERS } from '../web/web-request.js';

interface Router {
  interceptors: Installed[];
  services: { name: string; implementation: Value; site: Site }[];
}
const routers = (it: Evaluator): Router[] => it.stateOf<Router[]>('connect-rpc', () => []);

/** Context values, by the keys that were made for them. */
const VALUES: LibraryType = {
  name: 'context values',
  methods: {
    get: (_it, self, [key]) => self.members.get(memberOf(self, key)) ?? UNKNOWN,
    set: (it, self, [key, value]) => {
      it.journal.write(self.members, memberOf(self, key), value ?? UNDEFINED);
      return self;
    },
  },
};
function memberOf(self: Native, key: Value | undefined): string {
  const keys = self.state as (Value | undefined)[];
  const known = keys.indexOf(key);
  return `key ${known >= 0 ? known : keys.push(key) - 1}`;
}
const ROUTER: LibraryType = {
  name: 'connect router',
  methods: {
    service: (it, self, [service, implementation], site) => {
      const { services } = self.state as Router;
      if (implementation) services.push({ name: serviceName(it, service), implementation, site });
      return self;
    },
    rpc: (it, self, args, site) => {
      const implementation = args.at(-2);
      const method = args.find((a) => a.k === 'unknown' || a.k === 'external');
      if (implementation)
        (self.state as Router).services.push({
          name: serviceName(it, args[0]),
          implementation: record([[serviceName(it, method), implementation]]),
          site,
        });
      return self;
    },
  },
};
function makeRouter(it: Evaluator, options: Value | undefined, site: Site): Native {
  const given = options?.k === 'record' ? options.members.get('interceptors') : undefined;
  const interceptors = given?.k === 'list' ? given.elements.map((value) => ({ value, site })) : [];
  const router: Router = { interceptors, services: [] };
  routers(it).push(router);
  return it.native(ROUTER, router);
}
/** An adapter calls `routes` with a router of its own. */
const adapter: Operation = (it, [options], site) => {
  const routes = options?.k === 'record' ? options.members.get('routes') : undefined;
  if (routes) it.call(routes, [makeRouter(it, options, site)], UNDEFINED, site);
  return UNKNOWN;
};
const error: Operation = (_it, [message, code]) => {
  const name = code ? textOf(code) : null;
  return record(
    [
      ['message', message ?? UNDEFINED],
      ['code', code ?? UNKNOWN],
      ['status', name === null ? UNKNOWN : literal(GRPC_STATUS[name] ?? 500)],
    ],
    UNKNOWN,
  );
};

function observe(it: Evaluator, router: Router, name: string, handler: Value, site: Site): void {
  const headers = it.native(HEADERS, null);
  const values = it.native(VALUES, []);
  const context = record(
    [
      ['requestHeader', headers],
      ['values', values],
      ['signal', UNKNOWN],
    ],
    UNKNOWN,
  );
  const request = record(
    [
      ['header', headers],
      ['contextValues', values],
      ['message', unknown(['body'])],
      ['service', UNKNOWN],
      ['method', UNKNOWN],
    ],
    UNKNOWN,
  );
  observeEntryPoint(it, {
    framework: 'connect-rpc',
    trigger: { kind: 'rpc', name },
    registration: ownSite(handler, site),
    handler,
    *chain() {
      // `(next) => async (request) => …`: each makes a function around the next one.
      for (const installed of router.interceptors)
        yield runLink(
          it,
          {
            ...installed,
            value: builtin(nameOf(installed.value), ([next], _self, at) =>
              it.call(it.call(installed.value, [next ?? UNDEFINED], UNDEFINED, at), [request], UNDEFINED, at),
            ),
          },
          { args: (next) => [next], carries: [values], yields: promise(UNKNOWN) },
        );
    },
    work: () => it.runHandler(handler, [unknown(['body']), context], site),
  });
}
const nameOf = (value: Value): string =>
  value.k === 'function' ? (value.fn.name ?? value.madeBy?.name ?? 'interceptor') : 'interceptor';

/** Services of Connect for Node. https://connectrpc.com/docs/node/implementing-services */
export const connectRpc: LibraryModel = {
  name: 'connect-rpc',
  packages: [
    '@connectrpc/connect',
    '@connectrpc/connect-node',
    '@connectrpc/connect-express',
    '@connectrpc/connect-fastify',
    '@connectrpc/connect-next',
  ],
  about: {
    title: 'Connect',
    registers: '`router.service(Service, implementation)`, each method; `router.rpc`',
    guards: '`interceptors` of the router or adapter, in order; tests in the method',
    answers: 'by returning; `ConnectError` by its code',
    limits: 'what stands in front of the adapter',
  },
  calls: {
    createConnectRouter: (it, [options], site) => makeRouter(it, options, site),
    connectNodeAdapter: adapter,
    expressConnectMiddleware: adapter,
    nextJsApiRouter: adapter,
    ConnectError: error,
  },
  member: (_it, path) => (path.length === 2 && path[0] === 'Code' ? literal(path[1]!) : null),
  typed: (it, type) =>
    /^ConnectRouter\b/.test(type) && it.modules.size > 0
      ? it.stateOf('connect-rpc:inferred', () => makeRouter(it, undefined, it.modules.somewhere))
      : null,
  reads: isProto,
  prepare: declareMethods,
  finish: (it) => {
    for (const router of routers(it))
      for (const { name, implementation, site } of router.services)
        for (const [method, handler] of methodsOf(it, implementation, site))
          observe(it, router, `${name}.${method}`, handler, site);
  },
};
