import type { Context } from '../protections/atoms.js';
import { classify } from '../protections/classify.js';
import { GUARDING, type NeglectedCheck, type Protection } from '../model/model.js';
import { mentions, type Fact } from '../wiring/fact.js';
import type { Neglected } from '../wiring/neglect.js';
import type { Observation, RecordedEffect } from '../wiring/recorder.js';

/** Where nothing more is known of a check: what it would be answered with says what it is about. */
const BY_STATUS: Readonly<Record<number, Protection>> = {
  401: 'authentication',
  403: 'authorization',
  429: 'rate-limit',
};

/** The checks of an entry point for which nothing waits, as far as something is done that they would have guarded. */
export function neglectedIn(
  o: Observation,
  protections: readonly Protection[],
  context: Context,
): NeglectedCheck[] {
  const found = new Map<string, NeglectedCheck>();
  for (const n of o.neglected ?? []) {
    const classified = n.facts.flatMap((f) => classify(f, context));
    const told = n.refusal?.status ? BY_STATUS[n.refusal.status] : undefined;
    const brings = classified.map((c) => c.protection).filter((p) => GUARDING.includes(p));
    const all = brings.length > 0 ? brings : n.how !== 'dropped' && told ? [told] : [];
    const asksAgain = classified.some((c) => c.atom.sources.includes(SECRET));
    const open = [...new Set(all)]
      .filter((p) => isOpen(p, n, o, protections, context) || (asksAgain && isAskedNowhere(n, o)))
      .sort();
    if (open.length === 0) continue;
    const [first] = classified.filter((c) => open.includes(c.protection));
    const check: NeglectedCheck = {
      name: n.name,
      protections: open,
      how: n.how,
      refuses:
        told !== undefined ||
        n.facts.some(refusesAccess) ||
        classified.some((c) => open.includes(c.protection) && c.atom.known !== null),
      place: n.place,
      check: first?.atom.place ?? null,
    };
    found.set(`${n.place.file}:${n.place.line}:${n.name}`, check);
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, check]) => check);
}
const refusesAccess = (fact: Fact): boolean =>
  fact.k === 'atom'
    ? fact.refusal?.status != null && BY_STATUS[fact.refusal.status] !== undefined
    : fact.alternatives.every((a) => a.some(refusesAccess));

/** Something is done after the check that nothing else guards in its place. */
function isOpen(
  protection: Protection,
  n: Neglected,
  o: Observation,
  protections: readonly Protection[],
  context: Context,
): boolean {
  const own = o.effects.filter((e) => !e.inChain);
  const later = n.inChain ? own : own.filter((e) => n.effects.includes(e) && n.effects.indexOf(e) >= n.after);
  if (later.length > 0) return later.some((e) => !holds(protection, e, context));
  // Nothing is known of what it does: that it ends well is all there is, where it is one handler and not a part of one.
  return (
    own.length === 0 && o.at === null && (n.inChain || n.refusal !== null) && !lets(protections, protection)
  );
}
/** That a password or a code is right was compared. */
const SECRET = 'secret-match';
/** Who calls is known, and was to be asked for a password once more before something is changed: nothing else asks for one. */
function isAskedNowhere(n: Neglected, o: Observation): boolean {
  const later = o.effects.filter((e) => !e.inChain && n.effects.indexOf(e) >= n.after);
  const changed = later.filter((e) => e.class === 'write');
  return changed.length > 0 && !changed.some((e) => e.facts.some((f) => mentions(f, SECRET)));
}
const holds = (protection: Protection, { facts }: RecordedEffect, context: Context): boolean =>
  lets(
    facts.flatMap((f) => classify(f, context)).map((c) => c.protection),
    protection,
  );
/** Whoever is asked what they may do is known. */
const lets = (protections: readonly Protection[], protection: Protection): boolean =>
  protections.includes(protection) ||
  (protection === 'authentication' &&
    (protections.includes('authorization') || protections.includes('ownership')));
