import type { Evaluator } from '../../wiring/evaluator.js';
import type { Fact } from '../../wiring/fact.js';
import { isolated } from '../../wiring/isolation.js';
import type { LibraryModel, LibraryType, Method, Operation } from '../../wiring/library.js';
import { IDENTITY_NAME } from '../../wiring/members.js';
import { passedError, runLink, runMiddleware, type Installed } from '../../wiring/middleware.js';
import { Recorder, type AppliedLink } from '../../wiring/recorder.js';
import { outcomes } from '../../wiring/tests.js';
import {
  builtin,
  isNullish,
  optionsOf,
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
import { lineText } from '../../model/place.js';
import { BROADCASTING, join, others } from './broadcasts.js';
import { makeContext } from '../web/context.js';
import { NOT_LET_IN, observeEvent, type Event, type Socket } from './socket-io-events.js';
import { asIdentity, HEADERS, makeRequest, makeResponse } from '../web/web-request.js';

interface Server {
  namespaces: Map<string, Native>;
  options: Value[];
  /** Express middleware in front of the handshake. */
  engine: Installed[];
  site: Site;
}
interface Namespace {
  server: Server;
  path: string;
  links: Installed[];
  listeners: { listener: Value; site: Site }[];
  site: Site;
}
const servers = (it: Evaluator): Server[] => it.stateOf<Server[]>('socket.io', () => []);
/** Events of sockets that no connection here hands over. */
const pending = (it: Evaluator): Event[] => it.stateOf<Event[]>('socket.io:events', () => []);
/** Lines at which a connection has put listeners on its socket. */
const connected = (it: Evaluator): Set<string> => it.stateOf('socket.io:connected', () => new Set<string>());

function makeServer(it: Evaluator, args: readonly Value[], site: Site): Native {
  const server: Server = { namespaces: new Map(), options: [...args], engine: [], site };
  servers(it).push(server);
  return namespaceOf(it, server, '/', site);
}
function namespaceOf(it: Evaluator, server: Server, path: string, site: Site): Native {
  let known = server.namespaces.get(path);
  if (!known) {
    known = it.native(NAMESPACE, { server, path, links: [], listeners: [], site } satisfies Namespace);
    server.namespaces.set(path, known);
  }
  return known;
}
const chained: Method = (_it, self) => self;
const release: Method = (it, self, args) => {
  it.recorder?.gives(args);
  const event = args[0] && textOf(args[0]);
  if (!event || !FAILURE.test(event)) {
    it.touched++;
    it.recorder?.handed.push(it.facts);
  }
  return self;
};
/** Names of events that say that nothing has come of it. */
const FAILURE =
  /err(?:or)?(?![a-z])|exception|denied|unauthori[sz]ed|forbidden|invalid|fail(?:ed|ure)?(?![a-z])/i;
const listen: Method = (it, self, [event, listener], site) => {
  const name = event && textOf(event);
  if (listener && (name === 'connection' || name === 'connect'))
    (self.state as Namespace).listeners.push({ listener, site });
  else it.handToUnknown(listener ? [listener] : [], [], site);
  return self;
};
/** The server is its main namespace, `/`. */
const NAMESPACE: LibraryType = {
  name: 'namespace',
  methods: {
    ...BROADCASTING,
    on: listen,
    once: listen,
    addListener: listen,
    use: (_it, self, [value], site) => {
      if (value) (self.state as Namespace).links.push({ value, site });
      return self;
    },
    of: (it, self, [name], site) =>
      namespaceOf(
        it,
        (self.state as Namespace).server,
        name?.k === 'native'
          ? `(${(name.state as { pattern: string }).pattern})`
          : ((name && textOf(name)) ?? '*'),
        site,
      ),
    attach: (_it, self, args) => {
      (self.state as Namespace).server.options.push(...args);
      return self;
    },
    listen: (_it, self, args) => {
      (self.state as Namespace).server.options.push(...args);
      return self;
    },
    adapter: chained,
    fetchSockets: () => promise(UNKNOWN),
    close: () => UNDEFINED,
  },
  get: (it, self, name) =>
    name === 'sockets' || name === 'local' || name === 'volatile'
      ? self
      : name === 'engine'
        ? it.native(ENGINE, (self.state as Namespace).server)
        : null,
};
const ENGINE: LibraryType = {
  name: 'engine',
  methods: {
    use: (_it, self, [value], site) => {
      if (value) (self.state as Server).engine.push({ value, site });
      return self;
    },
    on: chained,
  },
};

const disconnect: Method = (it, self) => {
  it.answer({ how: 'close', status: null });
  return self;
};
const on: Method = (it, self, [event, listener], site) => {
  if (!listener || !event) return self;
  const name = textOf(event);
  if (name !== null && LIFECYCLE.has(name)) {
    it.aside(() => void it.call(listener, [UNKNOWN], UNDEFINED, site));
    return self;
  }
  for (const { value } of optionsOf(event)) add(it, { socket: self, name: value, listener, site });
  return self;
};
const onAny: Method = (it, self, [listener], site) => {
  if (listener) add(it, { socket: self, name: null, listener, site });
  return self;
};
const LIFECYCLE = new Set([
  'disconnect',
  'disconnecting',
  'error',
  'connect',
  'connect_error',
  'newListener',
]);
const SOCKET: LibraryType = {
  name: 'socket',
  methods: {
    emit: release,
    send: release,
    write: release,
    to: others,
    in: others,
    except: others,
    on,
    once: on,
    addListener: on,
    onAny,
    prependAny: onAny,
    use: (_it, self, [value], site) => {
      if (value) (self.state as Socket).packets.push({ value, site });
      return self;
    },
    join,
    leave: chained,
    timeout: chained,
    compress: chained,
    emitWithAck: (it, self, args, site) => promise(release(it, self, args, site)),
    removeAllListeners: chained,
    removeListener: chained,
    off: chained,
    disconnect,
  },
  set: (it, self, name, value, site) => {
    if (!IDENTITY_NAME.test(name)) return false;
    it.journal.write(self.members, name, asIdentity(it, value));
    // Outside of middleware this is how a socket is signed in.
    if (it.recorder && !it.recorder.inChain && !isNullish(value))
      it.recorder.act(it, 'session-set', 'session', site);
    return true;
  },
  get: (it, self, name) => {
    const assigned = self.members.get(name);
    if (assigned) return assigned;
    switch (name) {
      case 'broadcast':
        return others(it);
      case 'volatile':
      case 'local':
        return self;
      case 'conn':
      case 'request':
      case 'data': {
        const made =
          name === 'data'
            ? makeContext(it)
            : makeRequest(it, { method: 'GET', path: null, base: '', application: null });
        it.journal.write(self.members, name, made);
        return made;
      }
      case 'handshake':
        return record(
          [
            ['auth', unknown(['credential'])],
            ['headers', it.native(HEADERS, null)],
            ['query', it.native(HEADERS, null)],
            ['address', unknown(['request.ip'])],
            ['session', unknown(['session'])],
            ['issued', UNKNOWN],
          ],
          unknown(['request']),
        );
      case 'id':
        return unknown(['request.id']);
      default:
        return SOCKET.methods[name] ? null : IDENTITY_NAME.test(name) ? unknown(['identity']) : null;
    }
  },
};

function add(it: Evaluator, event: Event): void {
  const { unmounted } = event.socket.state as Socket;
  if (it.recorder && !unmounted) {
    connected(it).add(lineText(it.place(event.site)));
    observeEvent(it, event);
  } else pending(it).push(event);
}
/** `allowRequest(request, callback)`, an option of the server: refuses by calling back with an error or with false. */
function allowRequest(it: Evaluator, server: Server, request: Native, site: Site): AppliedLink[] {
  const option = server.options.flatMap((o) =>
    o.k === 'record' && o.members.has('allowRequest') ? [o.members.get('allowRequest')!] : [],
  );
  return option.map((value) =>
    runLink(
      it,
      { value, site },
      {
        args: (next) => [
          request,
          builtin('callback', ([error, ok], _self, at) => {
            const refusal = passedError(error, NOT_LET_IN);
            if (refusal) it.answer(refusal);
            else {
              const passed = outcomes(it, ok ?? UNDEFINED, at).whenTrue;
              if (passed) {
                const before = it.facts;
                it.learn(passed);
                it.call(next, [], UNDEFINED, at);
                it.facts = before;
              }
            }
            return UNDEFINED;
          }),
        ],
        carries: [request],
      },
    ),
  );
}
function observeNamespace(it: Evaluator, namespace: Namespace): void {
  const { server, path, listeners, site } = namespace;
  const socket = it.native(SOCKET, { path, links: [], packets: [], unmounted: false } satisfies Socket);
  const state = socket.state as { links: readonly AppliedLink[] };
  const recorder = new Recorder();
  let reached: readonly Fact[] = [];
  const complete = isolated(it, recorder, STEPS, () => {
    const request = SOCKET.get!(it, socket, 'request', site) as Native;
    const data = SOCKET.get!(it, socket, 'data', site) as Native;
    recorder.inChain = true;
    const links = allowRequest(it, server, request, server.site);
    for (const installed of server.engine)
      links.push(runMiddleware(it, installed, request, makeResponse(it)));
    for (const installed of namespace.links)
      links.push(
        runLink(it, installed, {
          args: (next) => [socket, next],
          carries: [socket, request, data],
          onNext: ([error]) => passedError(error, NOT_LET_IN),
        }),
      );
    recorder.inChain = false;
    state.links = links;
    for (const { listener, site: at } of listeners) {
      it.answered = null;
      it.calls = [];
      it.quietly(() => void it.runHandler(listener, [socket, UNKNOWN], at));
    }
    reached = it.facts;
  });
  if (!complete) it.gap('following this server took more steps than one is given', it.place(site));
  const first = listeners[0];
  it.observations.push({
    framework: 'socket.io',
    trigger: { kind: 'websocket', path, name: null },
    registration: it.place(first?.site ?? site),
    handler: first?.listener ?? null,
    at: null,
    links: state.links,
    effects: [],
    released: recorder.released,
    reached,
    unmounted: false,
  });
}
const STEPS = 1_500_000;

/** `new Server(…)`. */
export const create: Operation = (it, args, site) => makeServer(it, args, site);
/** A socket that something unseen hands over. */
const inferredSocket = (it: Evaluator): Native =>
  it.stateOf('socket.io:socket', () =>
    it.native(SOCKET, { path: null, links: [], packets: [], unmounted: true } satisfies Socket),
  );
const inferredServer = (it: Evaluator): Native =>
  it.stateOf('socket.io:server', () => makeServer(it, [], it.modules.somewhere));

/** Socket.IO, from version 1. https://socket.io/docs/v4/server-api/ */
export const socketIo: LibraryModel = {
  name: 'socket-io',
  packages: ['socket.io'],
  about: {
    title: 'Socket.IO',
    registers:
      '`connection` of the server and of its namespaces; each event that a listener on a socket names, wherever it is registered; with `onAny` each name that is compared or looked up in a table',
    guards:
      '`use` of server, namespace and socket, `engine.use`, `allowRequest`; tests in the connection before the event is registered, and in the listener',
    answers: 'acknowledgements (`{ ok: false }`, an error first), `next(error)`, `disconnect`',
    limits: 'dynamic namespaces are named by their pattern',
  },
  calls: { '': create, Server: create, listen: create },
  typed: (it, type) =>
    /^(?:socketio\.|SocketIO\.)?Socket(?:<.*>)?$/s.test(type)
      ? inferredSocket(it)
      : /^(?:SocketIO\.|SocketIOServer|IOServer)/.test(type)
        ? inferredServer(it)
        : null,
  parameter: (it, name) =>
    /^(?:socket|client)$/i.test(name) ? inferredSocket(it) : /^io$/.test(name) ? inferredServer(it) : null,
  finish: (it) => {
    for (const server of servers(it))
      for (const { state } of server.namespaces.values()) {
        const namespace = state as Namespace;
        if (namespace.listeners.length > 0)
          it.attempt(it.place(namespace.site), () => observeNamespace(it, namespace));
      }
    // What takes a socket and was called by nobody runs before connections do: those that hand it one are where it belongs.
    for (const event of pending(it))
      if (!connected(it).has(lineText(it.place(event.site))))
        it.attempt(it.place(event.site), () => {
          isolated(it, new Recorder(), STEPS, () => observeEvent(it, event));
        });
  },
};
