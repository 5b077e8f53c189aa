import type { Evaluator } from '../../wiring/evaluator.js';
import type { LibraryType } from '../../wiring/library.js';
import { isIdentity, isSent } from '../../wiring/fact.js';
import { unseenMember } from '../../wiring/marks.js';
import { IDENTITY_NAME, ROLE_NAME } from '../../wiring/members.js';
import { isNullish, optionsOf, sourcesOf, unknown, type Native, type Value } from '../../wiring/value.js';

/**
 * What a framework hands from middleware to handler: `ctx`, `locals`, `state`. A member that nobody here set is what
 * something unseen put there: who the caller is, where it is called so by convention of the ecosystem.
 */
export const CONTEXT: LibraryType = {
  name: 'context',
  methods: {},
  get: (it, self, name) =>
    self.members.get(name) ??
    unknown([
      IDENTITY_NAME.test(name)
        ? 'identity'
        : ROLE_NAME.test(name) || (self.state as Made | null)?.isCaller
          ? `identity.${name}`
          : unseenMember(it, name),
    ]),
};
/** A context with members that are known from the start. */
export function makeContext(
  it: Evaluator,
  members: Readonly<Record<string, Value>> = {},
  isCaller = false,
): Native {
  const context = it.native(CONTEXT, { members, isCaller } satisfies Made);
  for (const [name, value] of Object.entries(members)) context.members.set(name, value);
  return context;
}
/** Puts what middleware hands on under names into the context that is handed from one to the next. */
export function addToContext(it: Evaluator, context: Native, more: Value | undefined): void {
  if (more?.k === 'record')
    for (const [name, value] of more.members) it.journal.write(context.members, name, value);
}
/** What of a context that the program makes for each call is the same for all, or says who calls. */
export interface Made {
  members: Readonly<Record<string, Value>>;
  /** What else is in it was taken from whoever was found to call: `{ ...claims, agent }`. */
  isCaller: boolean;
}
/**
 * The services and functions that a context brings along: the database, settings, what looks up who calls. Who that is stays a
 * matter of convention under a name that says so, since sessions are often made by something unseen; under any other it is
 * who it was seen to be. What was made of the request is another with each.
 */
export function madeOf(context: Value): Made {
  const made = optionsOf(context).flatMap((o) => (o.value.k === 'record' ? [o.value] : []));
  const isCaller = made.some((r) => r.open !== null && sourcesOf(r.open).some(isIdentity));
  const members = new Map<string, Value>();
  for (const [name, value] of made.flatMap((r) => [...r.members])) {
    if (IDENTITY_NAME.test(name) || isNullish(value) || isOfPlatform(value)) continue;
    const isOfEach = isData(value);
    const sources = sourcesOf(value);
    if (sources.length === 0 ? !isOfEach : value.k !== 'unknown' && sources.every(isIdentity))
      members.set(name, value);
    else if (sources.length > 0 && sources.every(isIdentity)) members.set(name, unknown(sources));
    else if (isPresented(value)) members.set(name, unknown(sources));
    else if (isCaller && !members.has(name)) members.set(name, unknown([`request.${name}`]));
  }
  return { members: Object.fromEntries(members), isCaller };
}
/** `token: header.replace('Bearer ', '')`: what a caller presents as proof is that by whatever name it is handed on. */
const isPresented = (value: Value): boolean =>
  (value.k === 'unknown' || value.k === 'text' || value.k === 'choice') &&
  sourcesOf(value).includes('credential') &&
  sourcesOf(value).every(isSent);
/** `new Headers(request.headers)`: what the platform makes of a request, and no service. */
const isOfPlatform = (value: Value): boolean => value.k === 'unknown' && value.origin?.package === 'global';
/** No service: what a session says of the caller, or of a group of theirs, put together for each call: `{ id, role }`. */
function isData(value: Value): boolean {
  if (value.k === 'choice') return value.options.every((o) => isNullish(o.value) || isData(o.value));
  if (value.k !== 'record' || value.cls !== null) return false;
  const members = [...value.members];
  return (
    members.every(([, v]) => v.k === 'unknown' || v.k === 'literal' || v.k === 'text' || v.k === 'choice') &&
    members.some(([name, v]) => v.k === 'unknown' && (ROLE_NAME.test(name) || /^_?id$/i.test(name)))
  );
}
