import type { Trigger } from '../../model/model.js';
import { dispatched } from '../../wiring/dispatch.js';
import type { Evaluator } from '../../wiring/evaluator.js';
import type { Atom, Fact } from '../../wiring/fact.js';
import { isolated } from '../../wiring/isolation.js';
import type { LibraryModel, LibraryType, Method } from '../../wiring/library.js';
import { Recorder, type DispatchArm, type Observation } from '../../wiring/recorder.js';
import { IDENTITY_NAME } from '../../wiring/members.js';
import { outcomes } from '../../wiring/tests.js';
import {
  builtin,
  record,
  stringOf,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type Native,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { upgradeListeners } from '../node/http-server.js';
import { joinPaths } from '../web/paths.js';
import { makeRequest } from '../web/web-request.js';

interface ServerState {
  options: Value;
  listeners: { listener: Value; site: Site }[];
  site: Site;
  reached: boolean;
}
interface SocketState {
  path: string | null;
  registration: Site;
  /** Whose socket it is, where not ws's. */
  framework?: string;
}

const servers = (it: Evaluator): Native[] => it.stateOf<Native[]>('ws', () => []);
const option = (state: ServerState, name: string): Value | null =>
  state.options.k === 'record' ? (state.options.members.get(name) ?? null) : null;
const isMessageDispatch = (atom: Atom): boolean =>
  (atom.test === 'equal' || atom.test === 'member') &&
  atom.arguments.length > 0 &&
  atom.sources.length > 0 &&
  atom.sources.every((s) => s.startsWith('message'));
/** `if (message.login)`: which member a message has may say what it is. */
const presentIn = (atom: Atom): string | null =>
  atom.test === 'truthy' && atom.sources.length === 1
    ? (/^message\.(\w+)$/.exec(atom.sources[0]!)?.[1] ?? null)
    : null;
const isPathDispatch = (atom: Atom): boolean =>
  atom.test === 'equal' && atom.arguments.length > 0 && atom.sources.includes('request.path');

/** The path that the tests passed so far leave: `if (url.pathname !== '/live') return`. */
function pathFrom(facts: readonly Fact[]): string | null {
  for (const fact of facts)
    if (fact.k === 'atom' && isPathDispatch(fact) && fact.arguments[0]!.startsWith('/'))
      return fact.arguments[0]!;
  return null;
}
/** Close codes by which applications say why: the registered policy violation, and HTTP statuses shifted by 4000. */
function closeStatus(value: Value | undefined): number | null {
  const code = value?.k === 'literal' && typeof value.value === 'number' ? value.value : null;
  if (code === null) return null;
  return code >= 4400 && code < 4600
    ? code - 4000
    : code === 4001
      ? 401
      : code === 4003
        ? 403
        : code === 4008 || code === 1008
          ? 403
          : null;
}
const close: Method = (it, self, args) => {
  it.answer({ how: 'close', status: closeStatus(args[0]) });
  return self;
};
const on: Method = (it, self, args, site) => {
  const event = args[0] && stringOf(args[0]);
  const listener = args[1];
  if (event === 'message' && listener) observeMessages(it, self, listener, site);
  else if (listener) it.aside(() => void it.call(listener, [unknown(['request'])], UNDEFINED, site));
  return self;
};
export const SOCKET: LibraryType = {
  name: 'socket',
  methods: {
    on,
    once: on,
    addEventListener: on,
    addListener: on,
    close,
    terminate: close,
    destroy: close,
    end: close,
    send: (it, _self, args) => {
      it.recorder?.gives(args);
      return UNDEFINED;
    },
    ping: () => UNDEFINED,
    write: () => UNDEFINED,
    removeListener: () => UNDEFINED,
  },
  // What one message stores on the socket, another reads: who the caller is, once logged in.
  get: (_it, self, name) =>
    self.members.has(name) ||
    SOCKET.methods[name] ||
    !(IDENTITY_NAME.test(name) || /^(is_?)?(auth(ed|enticated|orized)?|logged_?in)$/i.test(name))
      ? null
      : unknown(['identity']),
  set: (it, self, name, value, site) => {
    if (name === 'onmessage') observeMessages(it, self, value, site);
    return name.startsWith('on');
  },
};
/** The raw socket that an upgrade hands over: ending it refuses the connection. */
const RAW_SOCKET: LibraryType = {
  name: 'raw socket',
  methods: {
    ...SOCKET.methods,
    on: (_it, self) => self,
    once: (_it, self) => self,
    end: refuse,
    write: refuse,
  },
};
function refuse(it: Evaluator, self: Native, args: readonly Value[]): Value {
  const text =
    args[0]?.k === 'literal'
      ? String(args[0].value)
      : args[0]?.k === 'text' && typeof args[0].parts[0] === 'string'
        ? args[0].parts[0]
        : '';
  const status = /HTTP\/1\.[01] (\d{3})/.exec(text)?.[1];
  it.answer({ how: 'close', status: status ? Number(status) : null });
  return self;
}

/**
 * One member that is asked for is a check of the message; several tell messages apart, unless a name does. What is asked
 * first counts: what a message of one kind is compared with afterwards is a detail of it.
 */
function isToldByMembers(arms: readonly DispatchArm[]): boolean {
  const choices = arms.map((arm) =>
    arm.facts.filter((f): f is Atom => f.k === 'atom' && (isMessageDispatch(f) || presentIn(f) !== null)),
  );
  const first = choices.flatMap(
    (atoms) => atoms.find((a) => !choices.every((others) => others.some((o) => isSameTest(o, a)))) ?? [],
  );
  const members = new Set(first.map(presentIn).filter((name) => name !== null));
  const names = new Set(first.filter(isMessageDispatch).map((a) => a.arguments[0]));
  return members.size >= 2 && members.size > names.size;
}
const isSameTest = (a: Atom, b: Atom): boolean =>
  a.test === b.test && a.sources.join() === b.sources.join() && a.arguments.join() === b.arguments.join();

/** Runs a message listener once; what it compares the message with makes the entry points. */
function observeMessages(it: Evaluator, socket: Native, listener: Value, site: Site): void {
  if (!it.recorder) return;
  const { path, framework = 'ws' } = socket.state as SocketState;
  const outer = it.recorder;
  const recorder = new Recorder(outer, (atom) => isMessageDispatch(atom) || presentIn(atom) !== null);
  let reached: readonly Fact[] = it.facts;
  const answered = it.answered;
  it.answered = null;
  // What an earlier message left, such as the room that somebody joined, is what this one finds.
  it.recorder = new Recorder();
  it.aside(() => void it.runHandler(listener, [unknown(['memory']), UNKNOWN], site));
  it.recorder = recorder;
  it.answered = null;
  it.aside(() => {
    const data = unknown(['message']);
    it.runHandler(listener, [data, UNKNOWN], site);
    reached = it.facts;
  });
  it.recorder = outer;
  it.answered = answered;
  const compared = (facts: readonly Fact[]): string | null =>
    facts.find((f): f is Atom => f.k === 'atom' && isMessageDispatch(f))?.arguments[0] ?? null;
  const present = (facts: readonly Fact[]): string | null =>
    facts.map((f) => (f.k === 'atom' ? presentIn(f) : null)).find((n) => n !== null) ?? null;
  const nameOf = isToldByMembers(recorder.arms) ? present : compared;
  const { arms: messages, rest } = dispatched(recorder, nameOf);
  const common: Omit<Observation, 'trigger' | 'effects' | 'reached' | 'at'> = {
    framework,
    registration: it.place(site),
    handler: listener,
    links: [],
    released: recorder.released,
    neglected: recorder.neglected,
    unmounted: false,
  };
  const trigger = (name: string): Trigger => ({ kind: 'websocket', path, name });
  for (const [name, m] of messages)
    it.observations.push({
      ...common,
      registration: m.at,
      trigger: trigger(name),
      effects: m.effects,
      reached: m.facts,
      at: m.at,
    });
  if (messages.size === 0 && rest.length > 0)
    it.observations.push({ ...common, trigger: trigger('message'), effects: rest, reached, at: null });
}

/** A connection has been accepted: its listeners run, and the connection becomes an entry point. */
function observeConnection(
  it: Evaluator,
  server: Native | null,
  socket: Native,
  request: Value,
  work: () => void,
  framework = 'ws',
  more: readonly Value[] = [],
): void {
  const state = server?.state as ServerState | undefined;
  const fixed = state && option(state, 'path');
  const path = (fixed && stringOf(fixed)) ?? pathFrom(it.facts) ?? (socket.state as SocketState).path;
  (socket.state as SocketState).path = path;
  if (state) state.reached = true;
  const outer = it.recorder;
  const recorder = new Recorder(outer);
  let reached: readonly Fact[] = it.facts;
  it.recorder = recorder;
  const listeners = state?.listeners ?? [];
  it.aside(() => {
    it.quietly(work);
    for (const { listener, site } of listeners) {
      it.answered = null;
      it.quietly(() => void it.runHandler(listener, [socket, request, ...more], site));
    }
    reached = it.facts;
  });
  it.recorder = outer;
  const site = listeners[0]?.site ?? (socket.state as SocketState).registration;
  it.observations.push({
    framework,
    trigger: { kind: 'websocket', path, name: null },
    registration: it.place(site),
    handler: listeners[0]?.listener ?? null,
    at: null,
    links: [],
    effects: recorder.effects,
    released: recorder.released,
    neglected: recorder.neglected,
    reached,
    unmounted: false,
  });
}
const handleUpgrade: Method = (it, self, args, site) => {
  const [request, , , callback] = args;
  if (!it.recorder) return UNDEFINED;
  const state = self.state as ServerState;
  const socket = it.native(SOCKET, { path: null, registration: site } satisfies SocketState);
  if (!callback) return UNDEFINED;
  // `emit('connection')` inside the callback runs the listeners; without it the callback is the connection handler.
  const emits = state.listeners.length > 0;
  if (emits) it.aside(() => void it.call(callback, [socket, request ?? UNKNOWN], UNDEFINED, site));
  else
    observeConnection(
      it,
      self,
      socket,
      request ?? UNKNOWN,
      () => void it.runHandler(callback, [socket, request ?? UNKNOWN], site),
    );
  return UNDEFINED;
};
const SERVER: LibraryType = {
  name: 'websocket server',
  methods: {
    on: (it, self, args, site) => {
      if (args[0] && stringOf(args[0]) === 'connection' && args[1])
        (self.state as ServerState).listeners.push({ listener: args[1], site });
      else it.handToUnknown(args.slice(2), [], site);
      return self;
    },
    once: (it, self, args, site) => SERVER.methods.on!(it, self, args, site),
    addListener: (it, self, args, site) => SERVER.methods.on!(it, self, args, site),
    handleUpgrade,
    emit: (it, self, args, site) => {
      if (args[0] && stringOf(args[0]) === 'connection' && it.recorder) {
        const socket =
          args[1]?.k === 'native' && args[1].type === SOCKET
            ? args[1]
            : it.native(SOCKET, { path: null, registration: site } satisfies SocketState);
        // What else is handed over with the socket, such as who was found to be calling, the listeners are given too.
        observeConnection(it, self, socket, args[2] ?? UNKNOWN, () => {}, 'ws', args.slice(3));
      }
      return UNDEFINED;
    },
    close: () => UNDEFINED,
  },
};
const create = (it: Evaluator, args: readonly Value[], site: Site): Value => {
  const server = it.native(SERVER, {
    options: args[0] ?? UNDEFINED,
    listeners: [],
    site,
    reached: false,
  } satisfies ServerState);
  servers(it).push(server);
  return server;
};

function withRecorder(it: Evaluator, site: Site, work: () => void): void {
  if (!isolated(it, new Recorder(), STEPS, work))
    it.gap('following this WebSocket server took more steps than one is given', it.place(site));
}
const attempt = (it: Evaluator, site: Site, work: () => void): void =>
  it.attempt(it.place(site), () => withRecorder(it, site, work));
const STEPS = 150_000;
const upgradeRequest = (it: Evaluator): Native =>
  makeRequest(it, { method: 'GET', path: null, base: '', application: null });

/** `verifyClient` refuses by answering false, or by calling back with it. */
function verifyClient(it: Evaluator, state: ServerState, request: Native): void {
  const verify = option(state, 'verifyClient');
  if (!verify) return;
  let allowed: readonly Fact[][] = [];
  const callback = builtin('verified', ([ok], _self, site) => {
    const sides = outcomes(it, ok ?? UNDEFINED, site);
    if (sides.whenTrue) allowed = [...allowed, [...it.facts, ...sides.whenTrue]];
    return UNDEFINED;
  });
  const info = record([
    ['req', request],
    ['origin', unknown(['header.origin'])],
    ['secure', unknown(['request.ip'])],
  ]);
  it.aside(() => {
    const result = it.call(verify, [info, callback], UNDEFINED, state.site);
    const sides = outcomes(it, it.awaiting(result), state.site);
    if (allowed.length === 0 && sides.whenTrue) allowed = [[...it.facts, ...sides.whenTrue]];
  });
  if (allowed.length > 0) it.facts = allowed.reduce((a, b) => a.filter((f) => b.includes(f)));
}

export const ws: LibraryModel = {
  name: 'ws',
  // The package `uws` of old served as ws does.
  packages: ['ws', 'uws'],
  about: {
    title: 'ws',
    registers:
      "`on('connection')`, `handleUpgrade`, `upgrade` listeners of a server; each name that a message is compared with, in `if`, `switch`, a table or a map of handlers",
    guards: 'tests on the way to `handleUpgrade`, `verifyClient`, tests in the connection and in the message',
    answers:
      '`close`, `terminate`, `destroy`, `end` (close codes 1008, 4001, 4003, 4008, 44xx and 45xx count as refusals of the caller)',
  },
  calls: { Server: create, WebSocketServer: create },
  finish: (it) => {
    for (const { listener, site } of upgradeListeners(it)) {
      attempt(it, site, () => {
        const socket = it.native(RAW_SOCKET, { path: null, registration: site } satisfies SocketState);
        it.awaiting(it.call(listener, [upgradeRequest(it), socket, UNKNOWN], UNDEFINED, site));
      });
    }
    for (const server of servers(it)) {
      const state = server.state as ServerState;
      if (state.reached || state.listeners.length === 0) continue;
      attempt(it, state.site, () => {
        const request = upgradeRequest(it);
        verifyClient(it, state, request);
        const fixed = option(state, 'path');
        const socket = it.native(SOCKET, {
          path: fixed ? joinPaths('', stringOf(fixed) ?? '*') : null,
          registration: state.site,
        } satisfies SocketState);
        observeConnection(it, server, socket, request, () => {});
      });
    }
  },
};
