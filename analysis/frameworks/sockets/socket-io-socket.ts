import type { Evaluator } from '../../wiring/evaluator.js';
import { yieldsItself, type LibraryType, type Method } from '../../wiring/library.js';
import { IDENTITY_NAME } from '../../wiring/members.js';
import {
  isNullish,
  optionsOf,
  promise,
  record,
  textOf,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type Native,
} from '../../wiring/value.js';
import { makeContext } from '../web/context.js';
import { asIdentity, HEADERS, makeRequest } from '../web/web-request.js';
import { join, others } from './broadcasts.js';
import type { Socket } from './socket-io-events.js';
import { listenTo } from './socket-io-listeners.js';

/** What is sent to the socket itself: the answer of an event, unless its name says that nothing has come of it. */
const release: Method = (it, self, args) => {
  it.recorder?.gives(args);
  const event = args[0] && textOf(args[0]);
  if (!event || !FAILURE.test(event)) {
    it.touched++;
    it.recorder?.handed.push(it.facts);
  }
  return self;
};
const FAILURE =
  /err(?:or)?(?![a-z])|exception|denied|unauthori[sz]ed|forbidden|invalid|fail(?:ed|ure)?(?![a-z])/i;
const on: Method = (it, self, [event, listener], site) => {
  if (!listener || !event) return self;
  const name = textOf(event);
  if (name !== null && LIFECYCLE.has(name)) {
    it.aside(() => void it.call(listener, [UNKNOWN], UNDEFINED, site));
    return self;
  }
  for (const { value } of optionsOf(event)) listenTo(it, { socket: self, name: value, listener, site });
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
const onAny: Method = (it, self, [listener], site) => {
  if (listener) listenTo(it, { socket: self, name: null, listener, site });
  return self;
};
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
    leave: yieldsItself,
    timeout: yieldsItself,
    compress: yieldsItself,
    emitWithAck: (it, self, args, site) => promise(release(it, self, args, site)),
    removeAllListeners: yieldsItself,
    removeListener: yieldsItself,
    off: yieldsItself,
    disconnect: (it, self) => {
      it.answer({ how: 'close', status: null });
      return self;
    },
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
/** A socket in front of which nothing has run yet. */
export const makeSocket = (it: Evaluator, path: string | null, unmounted: boolean): Native =>
  it.native(SOCKET, { path, links: [], packets: [], unmounted } satisfies Socket);
/** A socket that something unseen hands over. */
export const inferredSocket = (it: Evaluator): Native =>
  it.stateOf('socket.io:socket', () => makeSocket(it, null, true));
