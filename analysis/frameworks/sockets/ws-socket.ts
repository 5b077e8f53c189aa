import type { Evaluator } from '../../wiring/evaluator.js';
import type { LibraryType, Method } from '../../wiring/library.js';
import { IDENTITY_NAME } from '../../wiring/members.js';
import { stringOf, UNDEFINED, unknown, type Native, type Site, type Value } from '../../wiring/value.js';
import { observeMessages } from './ws-messages.js';

/** What is known of a connection. */
export interface SocketState {
  path: string | null;
  registration: Site;
  /** Whose socket it is, where not ws's. */
  framework?: string;
}
/** What is known of one. */
export const connectionOf = (socket: Native): SocketState => socket.state as SocketState;
/** A connection that is taken up there. */
export const makeSocket = (it: Evaluator, path: string | null, registration: Site): Native =>
  it.native(SOCKET, { path, registration } satisfies SocketState);

/** Close codes by which applications say why: the registered policy violation, and HTTP statuses shifted by 4000. */
export function closeStatus(value: Value | undefined): number | null {
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
  if (event === 'message' && listener) observeMessages(it, connectionOf(self), listener, site);
  else if (listener) it.aside(() => void it.call(listener, [unknown(['request'])], UNDEFINED, site));
  return self;
};
/** A connection as its listeners have it. */
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
    if (name === 'onmessage') observeMessages(it, connectionOf(self), value, site);
    return name.startsWith('on');
  },
};
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
/** The raw socket that an upgrade hands over: ending it refuses the connection. */
export const makeRawSocket = (it: Evaluator, registration: Site): Native =>
  it.native(RAW_SOCKET, { path: null, registration } satisfies SocketState);
