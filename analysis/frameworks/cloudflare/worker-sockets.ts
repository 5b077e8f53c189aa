import type { Evaluator } from '../../wiring/evaluator.js';
import { record, type Site, type Value } from '../../wiring/value.js';
import { SOCKET } from '../sockets/ws-socket.js';
import { pathIn } from '../web/path-dispatch.js';

/** Paths at which connections are taken up. */
export const socketPaths = (it: Evaluator): Set<string> =>
  it.stateOf<Set<string>>('worker-sockets', () => new Set());
/** `new WebSocketPair()`: the second end is kept, and hears the caller. */
export function makeSocketPair(it: Evaluator, site: Site): Value {
  const path = pathIn(it.facts);
  socketPaths(it).add(path ?? '*');
  return record([
    ['0', it.native(SOCKET, { path, registration: site })],
    ['1', it.native(SOCKET, { path, registration: site })],
  ]);
}
