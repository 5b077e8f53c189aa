import type { Evaluator } from '../../wiring/evaluator.js';
import { yieldsItself, type LibraryType, type Method } from '../../wiring/library.js';
import { sourcesOf, textOf, type Native, type Site, type Value } from '../../wiring/value.js';

/** Something is sent to whoever listens for it, and not only back to who sent something: the effect is named by the event. */
export function broadcast(it: Evaluator, [event, ...given]: readonly Value[], site: Site): void {
  it.recorder?.gives(given);
  it.recorder?.act(it, 'broadcast', (event && textOf(event)) ?? ANY, site);
}
/** From now on whoever asks hears what is sent to a room, or of a topic, which the request may name. */
export function subscribe(it: Evaluator, target: string, named: Value | undefined, site: Site): void {
  it.recorder?.effect(it, {
    operation: 'subscribe',
    class: 'read',
    target,
    keys: named ? sourcesOf(named) : [],
    scoped: false,
    roles: [],
    site,
  });
}
/** `socket.join(room)`, of whatever keeps rooms. */
export const join: Method = (it, self, [room], site) => {
  subscribe(it, 'room', room, site);
  return self;
};
const ANY = '*';
const emit: Method = (it, self, args, site) => {
  broadcast(it, args, site);
  return self;
};
/** Names to whom something is sent, and sends it: `io.to(room).emit(event, …)`, `socket.broadcast.emit(event, …)`. */
export const BROADCASTING = {
  emit,
  send: emit,
  write: emit,
  to: yieldsItself,
  in: yieldsItself,
  except: yieldsItself,
  compress: yieldsItself,
  timeout: yieldsItself,
} satisfies LibraryType['methods'];
/** All but who sent something, or all in a room. https://socket.io/docs/v4/server-api/#flag-broadcast */
const OTHERS: LibraryType = {
  name: 'broadcast operator',
  methods: BROADCASTING,
  get: (_it, self, name) => (name === 'volatile' || name === 'local' || name === 'broadcast' ? self : null),
};
export const others = (it: Evaluator): Native => it.native(OTHERS, null);
