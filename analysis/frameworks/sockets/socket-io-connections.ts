import type { Evaluator } from '../../wiring/evaluator.js';
import type { Fact } from '../../wiring/fact.js';
import { isolated } from '../../wiring/isolation.js';
import { passedError, runLink, runMiddleware } from '../../wiring/middleware.js';
import { Recorder, type AppliedLink } from '../../wiring/recorder.js';
import { outcomes } from '../../wiring/tests.js';
import { builtin, UNDEFINED, UNKNOWN, type Native } from '../../wiring/value.js';
import { makeResponse } from '../web/web-request.js';
import { NOT_LET_IN, type Socket } from './socket-io-events.js';
import { CONNECTION_STEPS } from './socket-io-listeners.js';
import { namespaces, type Namespace, type Server } from './socket-io-server.js';
import { makeSocket } from './socket-io-socket.js';

/** Turns the connections of every namespace that has a listener for them into entry points, with the events that they register. */
export function observeConnections(it: Evaluator): void {
  for (const namespace of namespaces(it))
    if (namespace.listeners.length > 0)
      it.attempt(it.place(namespace.site), () => observeNamespace(it, namespace));
}
/** `allowRequest(request, callback)`, an option of the server: refuses by calling back with an error or with false. */
function allowRequest(it: Evaluator, { options, site }: Server, request: Native): AppliedLink[] {
  const option = options.flatMap((o) =>
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
  const socket = makeSocket(it, path, false);
  const state = socket.state as Socket;
  const recorder = new Recorder();
  let reached: readonly Fact[] = [];
  const complete = isolated(it, recorder, CONNECTION_STEPS, () => {
    const request = socket.type.get!(it, socket, 'request', site) as Native;
    const data = socket.type.get!(it, socket, 'data', site) as Native;
    recorder.inChain = true;
    const links = allowRequest(it, server, request);
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
