import { isConfigured, isIdentity, someAtom, type Atom, type Fact } from '../wiring/fact.js';

/**
 * Where a setting says that nobody signs in, somebody who is written in the code stands in for whoever calls:
 * `const me = OPEN ? NOBODY : session.user.id; if (record.owner === me)`. What is compared with them is compared with who calls
 * wherever the setting does not say so.
 *
 * @returns the settings under which it is so on this way; null where nobody stands in for the caller on it
 */
export function settingOfStandIn(alternative: readonly Fact[], tested: Fact): string | null {
  const settings = alternative.flatMap((f) => (f.k === 'atom' && isConfigured(f) ? f.sources : []));
  if (settings.length === 0) return null;
  const isStandIn = (a: Atom): boolean =>
    (a.test === 'equal' || a.test === 'member') &&
    a.arguments.length > 0 &&
    a.sources.every((s) => s.startsWith('row#')) &&
    isAskedOfCaller(a, tested);
  return alternative.some((f) => f.k === 'atom' && isStandIn(f))
    ? settings.map((s) => s.replace('config:', '')).join(', ')
    : null;
}
/** The same test, of the same record, compares it with who calls on another way. */
const isAskedOfCaller = (a: Atom, tested: Fact): boolean =>
  someAtom(
    tested,
    (b) =>
      b.test === a.test &&
      b.place.line === a.place.line &&
      b.place.file === a.place.file &&
      b.sources.some(isIdentity) &&
      a.sources.every((s) => b.sources.includes(s)),
  );
