import type { Evaluator } from '../../wiring/evaluator.js';
import { isolated } from '../../wiring/isolation.js';
import type { LibraryModel } from '../../wiring/library.js';
import { Recorder } from '../../wiring/recorder.js';
import { optionIn, stringOf, UNDEFINED, UNKNOWN, type Native, type Site } from '../../wiring/value.js';
import { upgradeListeners } from '../node/http-server.js';
import { joinPaths } from '../web/paths.js';
import { makeRequest } from '../web/web-request.js';
import { observeConnection } from './ws-connections.js';
import { makeServer } from './ws-server-methods.js';
import { servers } from './ws-servers.js';
import { makeRawSocket, makeSocket } from './ws-socket.js';
import { verifyClient } from './ws-verify-client.js';

function attempt(it: Evaluator, site: Site, work: () => void): void {
  it.attempt(it.place(site), () => {
    if (!isolated(it, new Recorder(), STEPS, work))
      it.gap('following this WebSocket server took more steps than one is given', it.place(site));
  });
}
const STEPS = 150_000;
const upgradeRequest = (it: Evaluator): Native =>
  makeRequest(it, { method: 'GET', path: null, base: '', application: null });

/** https://github.com/websockets/ws/blob/master/doc/ws.md */
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
  calls: { Server: makeServer, WebSocketServer: makeServer },
  finish: (it) => {
    for (const { listener, site } of upgradeListeners(it)) {
      attempt(it, site, () => {
        const socket = makeRawSocket(it, site);
        it.awaiting(it.call(listener, [upgradeRequest(it), socket, UNKNOWN], UNDEFINED, site));
      });
    }
    for (const server of servers(it)) {
      const { reached, listeners, options, site } = server;
      if (reached || listeners.length === 0) continue;
      attempt(it, site, () => {
        const request = upgradeRequest(it);
        verifyClient(it, server, request);
        const fixed = optionIn(options, 'path');
        const socket = makeSocket(it, fixed ? joinPaths('', stringOf(fixed) ?? '*') : null, site);
        observeConnection(it, server, socket, request);
      });
    }
  },
};
