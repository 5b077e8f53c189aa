import { lineText } from '../../model/place.js';
import type { Evaluator } from '../../wiring/evaluator.js';
import { isolated } from '../../wiring/isolation.js';
import { Recorder } from '../../wiring/recorder.js';
import { observeEvent, type Event, type Socket } from './socket-io-events.js';

/** Events of sockets that no connection here hands over. */
const pending = (it: Evaluator): Event[] => it.stateOf<Event[]>('socket.io:events', () => []);
/** Lines at which a connection has put listeners on its socket. */
const connected = (it: Evaluator): Set<string> => it.stateOf('socket.io:connected', () => new Set<string>());

/** Puts a listener on a socket: what holds at that point of the connection stands in front of it. */
export function listenTo(it: Evaluator, event: Event): void {
  const { unmounted } = event.socket.state as Socket;
  if (it.recorder && !unmounted) {
    connected(it).add(lineText(it.place(event.site)));
    observeEvent(it, event);
  } else pending(it).push(event);
}
/**
 * What takes a socket and was called by nobody runs before connections do: those that hand it one are where it belongs, and
 * only what none of them has reached is an entry point of its own.
 */
export function observeUnconnected(it: Evaluator): void {
  for (const event of pending(it))
    if (!connected(it).has(lineText(it.place(event.site))))
      it.attempt(it.place(event.site), () => {
        isolated(it, new Recorder(), CONNECTION_STEPS, () => observeEvent(it, event));
      });
}
/** Steps for a connection with the events that it registers, or for an event without one. */
export const CONNECTION_STEPS = 1_500_000;
