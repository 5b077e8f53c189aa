import type { Evaluator } from '../../wiring/evaluator.js';
import type { LibraryModel, LibraryType, Method } from '../../wiring/library.js';
import { observeEntryPoint } from '../../wiring/observe.js';
import { isCallable, stringOf, UNDEFINED, type Native, type Site, type Value } from '../../wiring/value.js';
import { pathDispatch } from '../web/path-dispatch.js';
import { makeRequest, makeResponse } from '../web/web-request.js';

export interface ServerState {
  handler: Value | null;
  upgrade: { listener: Value; site: Site }[];
  requests: { listener: Value; site: Site }[];
  site: Site;
}
const servers = (it: Evaluator): Native[] => it.stateOf<Native[]>('http', () => []);

export function makeServer(it: Evaluator, handler: Value | null, site: Site): Native {
  const server = it.native(HTTP_SERVER, { handler, upgrade: [], requests: [], site } satisfies ServerState);
  servers(it).push(server);
  const isListener = handler?.k === 'function' || (handler?.k === 'native' && handler.type.handles);
  if (handler && isListener) (server.state as ServerState).requests.push({ listener: handler, site });
  return server;
}
const on: Method = (it, self, args, site) => {
  const state = self.state as ServerState;
  const event = args[0] && stringOf(args[0]);
  const listener = args[1];
  if (listener && event === 'upgrade') state.upgrade.push({ listener, site });
  else if (listener && event === 'request') state.requests.push({ listener, site });
  else it.handToUnknown(args, [], site);
  return self;
};
const same: Method = (it, self, args, site) => {
  it.handToUnknown(args, [], site);
  return self;
};
export const HTTP_SERVER: LibraryType = {
  name: 'http server',
  methods: {
    on,
    once: on,
    addListener: on,
    listen: same,
    close: same,
    setTimeout: same,
    address: () => UNDEFINED,
  },
};

const create = (it: Evaluator, args: readonly Value[], site: Site): Value => {
  const handler = args.find((a) => isCallable(a) || a.k === 'native') ?? null;
  return makeServer(it, handler, site);
};
/** Whether a server was made for it, or listens: it is reached by a port of its own. */
export const isServed = (it: Evaluator, application: Native): boolean =>
  servers(it).some((s) => (s.state as ServerState).handler === application);
/** A plain `(request, response)` listener: its own comparisons of path and method make the entry points. */
const observePlain = (it: Evaluator, listener: Value, site: Site): void =>
  void observeEntryPoint(it, {
    framework: 'http',
    trigger: { kind: 'http', method: 'ALL', path: '*' },
    registration: site,
    handler: listener,
    work: () => {
      const request = makeRequest(it, { method: null, path: null, base: '', application: null });
      void it.runHandler(listener, [request, makeResponse(it)], site);
    },
    dispatch: pathDispatch(),
  });

export const http: LibraryModel = {
  name: 'http-server',
  packages: ['http', 'https', 'http2', 'spdy'],
  about: {
    title: 'node `http`',
    registers:
      "`createServer(listener)`, `on('request')`: each path and method that the listener compares with is an entry point; else one for everything",
    guards: 'tests in the listener',
    answers: 'as Express, with `writeHead` and `statusCode`',
  },
  calls: { createServer: create, createSecureServer: create, Server: create },
  typed: (it, type) =>
    /^(http\.|https\.)?(Server|HttpServer|HTTPServer)(<.*>)?$/.test(type)
      ? it.stateOf('http:inferred', () => makeServer(it, null, it.modules.somewhere))
      : null,
  finish: (it) => {
    for (const server of servers(it))
      for (const { listener, site } of (server.state as ServerState).requests)
        observePlain(it, listener, site);
  },
};
/** Of an application that answers requests by itself: a server that it listens on, and its own events, which are not followed. */
export const LISTENING = {
  listen: (it, self, args, site) => {
    it.handToUnknown(args, [], site);
    return makeServer(it, self, site);
  },
  on: same,
} satisfies LibraryType['methods'];
/** Servers of this program whose `upgrade` event has listeners. */
export const upgradeListeners = (it: Evaluator): { listener: Value; site: Site }[] =>
  servers(it).flatMap((s) => (s.state as ServerState).upgrade);
