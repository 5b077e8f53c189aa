import type { Evaluator } from '../wiring/evaluator.js';
import type { LibraryType } from '../wiring/library.js';
import { unseenMember } from '../wiring/marks.js';
import { IDENTITY_NAME } from '../wiring/members.js';
import { unknown, type Native, type Value } from '../wiring/value.js';

/**
 * What a framework hands from middleware to handler: `ctx`, `locals`, `state`. A member that nobody here set is what
 * something unseen put there: who the caller is, where it is called so by convention of the ecosystem.
 */
export const CONTEXT: LibraryType = {
  name: 'context',
  methods: {},
  get: (it, self, name) =>
    self.members.get(name) ?? unknown([IDENTITY_NAME.test(name) ? 'identity' : unseenMember(it, name)]),
};
/** A context with members that are known from the start. */
export function makeContext(it: Evaluator, members: Readonly<Record<string, Value>> = {}): Native {
  const context = it.native(CONTEXT, null);
  for (const [name, value] of Object.entries(members)) context.members.set(name, value);
  return context;
}
