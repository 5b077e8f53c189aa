import type { Atom, Fact } from '../../wiring/fact.js';
import type { Dispatch } from '../../wiring/observe.js';

/** Does a test compare a message, or a part of it, with a name? */
export const namesMessage = (atom: Atom): boolean =>
  (atom.test === 'equal' || atom.test === 'member') &&
  atom.arguments.length > 0 &&
  atom.sources.length > 0 &&
  atom.sources.every((s) => s.startsWith('message'));

/** What a message is called where these tests have been passed: the first that names it counts, and of several names the one it turns out to have. */
export function nameOfMessage(facts: readonly Fact[]): { name: string; isOneOfSeveral: boolean } | null {
  const named = facts.filter((f): f is Atom => f.k === 'atom' && namesMessage(f));
  const [first] = named;
  if (!first) return null;
  const isOfIt = (a: Atom): boolean => a.sources.join() === first.sources.join();
  const exact = named.find(
    (a) => a.arguments.length === 1 && isOfIt(a) && first.arguments.includes(a.arguments[0]!),
  );
  return { name: (exact ?? first).arguments[0]!, isOneOfSeveral: !exact };
}

/** One listener for all messages of a socket: each name that it compares them with is a message of its own. */
export const messageDispatch = (path: string | null): Dispatch => ({
  chooses: namesMessage,
  triggerOf: (facts: readonly Fact[]) => {
    const found = nameOfMessage(facts);
    return found && { kind: 'websocket', path, name: found.name };
  },
});
