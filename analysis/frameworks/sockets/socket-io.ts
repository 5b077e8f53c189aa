import type { LibraryModel } from '../../wiring/library.js';
import { observeConnections } from './socket-io-connections.js';
import { observeUnconnected } from './socket-io-listeners.js';
import { create, inferredServer } from './socket-io-server.js';
import { inferredSocket } from './socket-io-socket.js';

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
    observeConnections(it);
    observeUnconnected(it);
  },
};
