import type { Evaluator } from '../../wiring/evaluator.js';
import type { Atom, Fact } from '../../wiring/fact.js';
import { Recorder } from '../../wiring/recorder.js';
import { optionIn, stringOf, type Native, type Value } from '../../wiring/value.js';
import type { ServerState } from './ws-servers.js';
import { connectionOf } from './ws-socket.js';

/** A connection has been accepted: its listeners run, and the connection becomes an entry point. */
export function observeConnection(
  it: Evaluator,
  server: ServerState,
  socket: Native,
  request: Value,
  /** What whoever accepts it does before the listeners run. */
  work: () => void = () => {},
  /** What else is handed over with the socket, such as who was found to be calling. */
  more: readonly Value[] = [],
): void {
  const connection = connectionOf(socket);
  const fixed = optionIn(server.options, 'path');
  const path = (fixed && stringOf(fixed)) ?? pathFrom(it.facts) ?? connection.path;
  connection.path = path;
  server.reached = true;
  const outer = it.recorder;
  const recorder = new Recorder(outer);
  let reached: readonly Fact[] = it.facts;
  it.recorder = recorder;
  const { listeners } = server;
  it.aside(() => {
    it.quietly(work);
    for (const { listener, site } of listeners) {
      it.answered = null;
      it.quietly(() => void it.runHandler(listener, [socket, request, ...more], site));
    }
    reached = it.facts;
  });
  it.recorder = outer;
  const site = listeners[0]?.site ?? connection.registration;
  it.observations.push({
    framework: 'ws',
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
/** The path that the tests passed so far leave: `if (url.pathname !== '/live') return`. */
function pathFrom(facts: readonly Fact[]): string | null {
  for (const fact of facts)
    if (fact.k === 'atom' && isPathDispatch(fact) && fact.arguments[0]!.startsWith('/'))
      return fact.arguments[0]!;
  return null;
}
const isPathDispatch = (atom: Atom): boolean =>
  atom.test === 'equal' && atom.arguments.length > 0 && atom.sources.includes('request.path');
