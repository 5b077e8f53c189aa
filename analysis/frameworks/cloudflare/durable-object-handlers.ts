import type { Evaluator } from '../../wiring/evaluator.js';
import { observeEntryPoint } from '../../wiring/observe.js';
import { siteOfFunction } from '../../wiring/own-site.js';
import type { AppliedLink } from '../../wiring/recorder.js';
import { unknown } from '../../wiring/value.js';
import { addJob } from '../jobs/jobs.js';
import { messageDispatch } from '../sockets/message-dispatch.js';
import { SOCKET } from '../sockets/ws-socket.js';
import { observeFetch } from '../web/fetch-handlers.js';
import { FRAMEWORK } from './deployed-workers.js';
import { boundTo, type WorkerInstance } from './worker-instance.js';

/** Nobody reaches an object's `fetch` but a Worker that holds its binding: it is a call, whatever its paths. */
export function observeObjectFetch(
  it: Evaluator,
  { called, made, method }: WorkerInstance,
  inFront: readonly AppliedLink[],
): void {
  const fetch = method('fetch');
  if (!fetch) return;
  observeFetch(it, {
    framework: FRAMEWORK,
    handler: fetch,
    site: siteOfFunction(fetch),
    self: made,
    path: null,
    chain: () => inFront,
    args: (request) => [request],
    triggerOf: (path, method) => ({
      kind: 'rpc',
      name: `${called}.fetch${path === '*' ? '' : ` ${method} ${path}`}`,
    }),
  });
}
/** What the object has set for later. */
export function observeAlarm(it: Evaluator, of: WorkerInstance): void {
  const alarm = of.method('alarm');
  if (!alarm) return;
  addJob(it, FRAMEWORK, {
    kind: 'job',
    name: `${of.called}.alarm`,
    handler: boundTo(alarm, of),
    site: siteOfFunction(alarm),
    arguments: [],
  });
}
/** Messages on connections that the object has accepted. */
export function observeMessages(
  it: Evaluator,
  { called, made, method }: WorkerInstance,
  inFront: readonly AppliedLink[],
): void {
  const message = method('webSocketMessage');
  if (!message) return;
  const site = siteOfFunction(message);
  observeEntryPoint(it, {
    framework: FRAMEWORK,
    trigger: { kind: 'websocket', path: called, name: 'message' },
    registration: site,
    handler: message,
    chain: () => inFront,
    work: () => {
      const socket = it.native(SOCKET, { path: null, registration: site });
      return it.runHandler(message, [socket, unknown(['message'])], site, made);
    },
    dispatch: messageDispatch(called),
  });
}
