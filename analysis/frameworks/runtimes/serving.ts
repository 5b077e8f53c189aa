import type { Evaluator } from '../../wiring/evaluator.js';
import type { Fact } from '../../wiring/fact.js';
import type { LibraryType } from '../../wiring/library.js';
import { callableName } from '../../wiring/naming.js';
import { observeEntryPoint } from '../../wiring/observe.js';
import { ownSite } from '../../wiring/own-site.js';
import { anyBoolean } from '../../wiring/tests.js';
import {
  isCallable,
  promise,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type Native,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { FETCH_REQUEST, type FetchRequestState } from '../web/fetch-api.js';
import { observeFetch } from '../web/fetch-handlers.js';
import { messageDispatch } from '../sockets/message-dispatch.js';
import { pathIn, type TriggerOf } from '../web/path-dispatch.js';
import { SOCKET } from '../sockets/ws-socket.js';

/** Where a handler made a WebSocket of a request, and what had been passed by then. */
interface Upgrade {
  facts: readonly Fact[];
  data: Value;
}
export interface Server {
  upgrades: Map<string, Upgrade>;
}
/** The path of a request that is being answered: what its route names, or what has been compared. */
export function pathOfRequest(it: Evaluator, request: Value | undefined): string {
  const fixed =
    request?.k === 'native' && request.type === FETCH_REQUEST
      ? (request.state as FetchRequestState).path
      : null;
  return fixed ?? pathIn(it.facts) ?? '*';
}
/** The server, as handlers get it. */
export const SERVER: LibraryType = {
  name: 'server',
  methods: {
    upgrade: (it, self, [request, options], site) => {
      const data = options?.k === 'record' ? options.members.get('data') : undefined;
      (self.state as Server).upgrades.set(pathOfRequest(it, request), {
        facts: it.facts,
        data: data ?? UNKNOWN,
      });
      return anyBoolean(it, [], site);
    },
    publish: () => UNDEFINED,
    requestIP: () => unknown(['request.ip']),
    timeout: () => UNDEFINED,
    stop: () => promise(UNDEFINED),
    reload: () => UNDEFINED,
  },
};
export const makeServer = (it: Evaluator): Native =>
  it.native(SERVER, { upgrades: new Map() } satisfies Server);

/** `fetch(request, server)`, and `routes` with a function or one for each method. */
export function observeServed(
  it: Evaluator,
  framework: string,
  { fetch, routes, site, server }: { fetch: Value | null; routes: Value | null; site: Site; server: Native },
): void {
  const { upgrades } = server.state as Server;
  const triggerOf: TriggerOf = (path, method) =>
    upgrades.has(path)
      ? { kind: 'websocket', path: path === '*' ? null : path, name: null }
      : { kind: 'http', method, path };
  const observe = (handler: Value, path: string | null, method?: string): void => {
    const at = ownSite(handler, site);
    observeFetch(it, {
      framework,
      handler,
      site: at,
      path,
      ...(method ? { method } : {}),
      triggerOf,
      args: (request) => {
        request.members.set('params', unknown(['params']));
        return [request, server];
      },
    });
  };
  const serves = (value: Value): boolean => isCallable(value) && value.k !== 'native';
  if (routes?.k === 'record')
    for (const [path, value] of routes.members) {
      if (serves(value)) observe(value, path);
      if (value.k !== 'record') continue;
      for (const [method, handler] of value.members) if (serves(handler)) observe(handler, path, method);
    }
  if (fetch && serves(fetch)) observe(fetch, null);
}
/** The handlers that all sockets of a server share: what let a connection in stands in front of its messages. */
export function observeSockets(
  it: Evaluator,
  framework: string,
  { websocket, site, server, by }: { websocket: Value; site: Site; server: Native; by: Value | null },
): void {
  const handler = websocket.k === 'record' ? websocket.members.get('message') : undefined;
  if (!handler || !isCallable(handler)) return;
  const at = ownSite(handler, site);
  for (const [found, { facts, data }] of (server.state as Server).upgrades) {
    const path = found === '*' ? null : found;
    observeEntryPoint(it, {
      framework,
      trigger: { kind: 'websocket', path, name: 'message' },
      registration: at,
      handler,
      *chain() {
        it.facts = [...it.facts, ...facts];
        yield {
          name: by ? callableName(by) : 'upgrade',
          arguments: [],
          place: it.place(site),
          definition: null,
          facts,
          opaque: false,
          isIncidental: true,
        };
      },
      work: () => {
        const socket = it.native(SOCKET, { path, registration: at });
        socket.members.set('data', data);
        return it.runHandler(handler, [socket, unknown(['message'])], at);
      },
      dispatch: messageDispatch(path),
    });
  }
}
