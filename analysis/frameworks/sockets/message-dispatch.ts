import type { Atom, Fact } from '../../wiring/fact.js';
import type { Dispatch } from '../../wiring/observe.js';

/** Does a test compare a message, or a part of it, with a name? */
export const namesMessage = (atom: Atom): boolean =>
  (atom.test === 'equal' || atom.test === 'member') &&
  atom.arguments.length > 0 &&
  atom.sources.length > 0 &&
  atom.sources.every((s) => s.startsWith('message'));

/** One listener for all messages of a socket: each name that it compares them with is a message of its own. */
export const messageDispatch = (path: string | null): Dispatch => ({
  chooses: namesMessage,
  triggerOf: (facts: readonly Fact[]) => {
    const name = facts.find((f): f is Atom => f.k === 'atom' && namesMessage(f))?.arguments[0];
    return name === undefined ? null : { kind: 'websocket', path, name };
  },
});
