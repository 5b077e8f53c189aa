import { isSignIn } from '../model/effects.js';
import type { Context } from '../protections/atoms.js';
import { hasNobody, isOfAll } from '../protections/nobody-yet.js';
import type { Atom, Fact } from '../wiring/fact.js';
import type { Observation } from '../wiring/recorder.js';

/**
 * It changes and gives away nothing unless nobody has an account yet: `if ((await people.count()) > 0) return refuse()`. Whoever
 * sets up a program has none. Beside that may stand what the program keeps of how far it has been set up:
 * `if (settings.done && people > 0)`.
 */
export function isOfFirstRun(o: Observation, context: Context): boolean {
  const acted = o.effects.filter(
    (e) => !e.inChain && (isSignIn(e) || (e.row !== null && (e.class === 'write' || o.released.has(e.row)))),
  );
  return (
    acted.some((e) => e.class === 'write') && acted.every((e) => e.facts.some((f) => isAsked(f, context)))
  );
}
function isAsked(fact: Fact, context: Context): boolean {
  if (fact.k === 'atom') return isOfNobody(fact, context);
  const asked = fact.alternatives.filter((a) => a.some((f) => isAsked(f, context)));
  return (
    asked.length > 0 &&
    fact.alternatives.every((a) => asked.includes(a) || a.every((f) => isOfSettings(f, context)))
  );
}
/** Of all people on record there are none, and others are turned away. */
const isOfNobody = (atom: Atom, context: Context): boolean =>
  atom.refusal !== null && !atom.refusal.isInner && hasNobody(atom, context);
const isOfSettings = (fact: Fact, context: Context): boolean =>
  fact.k === 'any'
    ? fact.alternatives.every((a) => a.every((f) => isOfSettings(f, context)))
    : fact.sources.length > 0 &&
      fact.sources.every((s) => s.startsWith('config:') || s === 'count' || isOfAll(s, context));
