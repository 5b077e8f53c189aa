import type { Classified, Context } from '../protections/atoms.js';
import { classify } from '../protections/classify.js';
import { saysWho } from '../protections/names.js';
import { GUARDING, type NeglectedCheck, type Protection } from '../model/model.js';
import { isIdentity, mentions, onEachWay, type Fact, type Source } from '../wiring/fact.js';
import type { Neglected } from '../wiring/neglect.js';
import type { Observation, RecordedEffect } from '../wiring/recorder.js';
import { foundAt } from './turned-away.js';

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
    const classified = n.facts
      .flatMap((f) => foundAt(o, f, context))
      .filter((c) => n.how !== 'unheard' || isAnswer(c));
    const told = n.refusal?.status ? BY_STATUS[n.refusal.status] : undefined;
    const brings = classified.map((c) => c.protection).filter((p) => GUARDING.includes(p));
    const all = brings.length > 0 ? brings : n.how !== 'dropped' && n.how !== 'unheard' && told ? [told] : [];
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
        n.how === 'unheard' ||
        n.facts.some(refusesAccess) ||
        classified.some((c) => open.includes(c.protection) && c.atom.known !== null),
      place: n.place,
      check: first?.atom.place ?? null,
    };
    found.set(`${n.place.file}:${n.place.line}:${n.name}`, check);
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, check]) => check);
}
/**
 * Of a function that is only known by its answer: that it is about what the caller may, or whose something is, and not that
 * something came of what was done for them.
 */
function isAnswer({ protection, atom }: Classified): boolean {
  if (atom.known !== null || atom.sources.includes(SECRET)) return true;
  if (protection !== 'authorization' && protection !== 'ownership') return false;
  const isAttribute = (s: Source): boolean => isIdentity(s) && !saysWho(s);
  switch (atom.test) {
    case 'exists':
      return true;
    case 'equal':
    case 'member':
    case 'compare':
      return (
        atom.arguments.length === 0 || atom.column !== undefined || atom.sources.some((s) => isAttribute(s))
      );
    case 'truthy':
      return atom.mark !== undefined || (atom.sources.length > 0 && atom.sources.every(isAttribute));
    default:
      return false;
  }
}
const refusesAccess = (fact: Fact): boolean =>
  onEachWay(fact, ({ refusal }) => refusal?.status != null && BY_STATUS[refusal.status] !== undefined);

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
  if (n.how === 'unheard') return later.some((e) => isUnasked(protection, e, context));
  if (later.length > 0) return later.some((e) => !holds(protection, e, context));
  // Nothing is known of what it does: that it ends well is all there is, where it is one handler and not a part of one.
  return (
    own.length === 0 && o.at === null && (n.inChain || n.refusal !== null) && !lets(protections, protection)
  );
}
/**
 * An answer that is not needed any more may be left where it was: something has to be changed for which nothing is asked that would
 * do in its place, such as whose it is in the place of what the caller may.
 */
function isUnasked(protection: Protection, e: RecordedEffect, context: Context): boolean {
  if (e.class !== 'write' || e.nested || holds(protection, e, context)) return false;
  const restricts = protection === 'authorization' || protection === 'ownership';
  return (
    !restricts ||
    !(e.scoped || e.bySecret || e.own || holds('ownership', e, context) || holds('authorization', e, context))
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
