import type { LibraryType, Method, Operation } from '../../wiring/library.js';
import { stringOf, UNDEFINED, UNKNOWN, type Native } from '../../wiring/value.js';
import { observeConnection } from './ws-connections.js';
import { servers, type ServerState } from './ws-servers.js';
import { makeSocket, SOCKET } from './ws-socket.js';

const stateOf = (server: Native): ServerState => server.state as ServerState;
const handleUpgrade: Method = (it, self, args, site) => {
  const [request, , , callback] = args;
  if (!it.recorder || !callback) return UNDEFINED;
  const state = stateOf(self);
  const given = request ?? UNKNOWN;
  const socket = makeSocket(it, null, site);
  // `emit('connection')` inside the callback runs the listeners; without it the callback is the connection handler.
  const emits = state.listeners.length > 0;
  if (emits) it.aside(() => void it.call(callback, [socket, given], UNDEFINED, site));
  else observeConnection(it, state, socket, given, () => void it.runHandler(callback, [socket, given], site));
  return UNDEFINED;
};
const SERVER: LibraryType = {
  name: 'websocket server',
  methods: {
    on: (it, self, args, site) => {
      if (args[0] && stringOf(args[0]) === 'connection' && args[1])
        stateOf(self).listeners.push({ listener: args[1], site });
      else it.handToUnknown(args.slice(1), [], site);
      return self;
    },
    once: (it, self, args, site) => SERVER.methods.on!(it, self, args, site),
    addListener: (it, self, args, site) => SERVER.methods.on!(it, self, args, site),
    handleUpgrade,
    emit: (it, self, args, site) => {
      if (args[0] && stringOf(args[0]) === 'connection' && it.recorder) {
        const socket =
          args[1]?.k === 'native' && args[1].type === SOCKET ? args[1] : makeSocket(it, null, site);
        observeConnection(it, stateOf(self), socket, args[2] ?? UNKNOWN, () => {}, args.slice(3));
      }
      return UNDEFINED;
    },
    close: () => UNDEFINED,
  },
};
/** `new WebSocketServer(options)` */
export const makeServer: Operation = (it, [options], site) => {
  const state: ServerState = { options: options ?? UNDEFINED, listeners: [], site, reached: false };
  servers(it).push(state);
  return it.native(SERVER, state);
};
