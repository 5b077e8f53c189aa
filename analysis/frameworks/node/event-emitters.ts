import type { Evaluator } from '../../wiring/evaluator.js';
import type { LibraryModel, LibraryType, Method } from '../../wiring/library.js';
import {
  isCallable,
  listed,
  optionsOf,
  promise,
  textOf,
  UNDEFINED,
  type Native,
  type Value,
} from '../../wiring/value.js';

/** Who listens, by event; `*` for what listens to all. */
type Listeners = Map<string, Value[]>;
const MAX_LISTENERS = 20;

const on: Method = (_it, self, [event, listener]) => {
  const listeners = self.state as Listeners;
  for (const name of listed(event)) {
    const text = textOf(name);
    if (!text || !listener || !isCallable(listener)) continue;
    const known = listeners.get(text) ?? [];
    if (known.length < MAX_LISTENERS && !known.includes(listener)) listeners.set(text, [...known, listener]);
  }
  return self;
};
/** Runs those who listen in place; that one of them goes wrong or leaves early is nothing to whoever tells them. */
const emit: Method = (it, self, [event, ...args], site) => {
  const listeners = self.state as Listeners;
  for (const { value } of event ? optionsOf(event) : []) {
    const name = textOf(value);
    for (const listener of name ? [...(listeners.get(name) ?? []), ...(listeners.get('*') ?? [])] : [])
      it.aside(() => void it.awaiting(it.call(listener, args, UNDEFINED, site)));
  }
  return promise(UNDEFINED);
};
const EMITTER: LibraryType = {
  name: 'event emitter',
  methods: { on, once: on, emit, emitSerial: emit },
};
export const emitter = (it: Evaluator): Native => it.native(EMITTER, new Map() satisfies Listeners);

/** What a program tells itself: https://github.com/developit/mitt, https://github.com/sindresorhus/emittery */
export const eventEmitters: LibraryModel = {
  name: 'event-emitters',
  packages: ['mitt', 'emittery'],
  calls: { '': emitter, default: emitter },
};
