import type { Effect, EntryPoint, Model } from '../model/model.js';
import { isSignIn, isSpending } from '../model/effects.js';
import { PUBLIC } from '../model/public.js';
import { fingerprint, nameOf, placesOf, sentence, weighed } from './describe.js';
import type { Finding } from './finding.js';
import { byProducts } from '../precedents/by-products.js';
import { byProgram } from './programs.js';

/**
 * Passwords that are replaced while sessions stay that were begun with the old one: whoever made the change necessary stays
 * signed in (OWASP ASVS 4.0.3, 3.3.3; 5.0, 7.4.3). Only where the program keeps sessions as records, and ends them elsewhere:
 * it is known then how.
 */
export function sessionsOutlivingPasswords(model: Model): Finding[] {
  const isByProduct = byProducts(model.entryPoints);
  return byProgram(model.entryPoints).flatMap((entryPoints) => {
    // A session that has run out is cleared away by whatever asks for one: that ends nobody's.
    const ends = (e: EntryPoint, name: string): boolean =>
      e.effects.some(
        (x) => isSpending(x, name) && !isByProduct(e, x) && !(replaces(e) && isTheOneSent(e, x)),
      );
    const kept = sessionRecords(entryPoints);
    if (!kept) return [];
    const ending = entryPoints.filter((e) => ends(e, kept.name) && !begins(e, kept.name));
    if (ending.length === 0) return [];
    const replacing = entryPoints.flatMap((e) => {
      const effect = e.effects.find((x) => x.replacesPassword && kept.accounts.has(x.target));
      // Who signs in may have their digest made anew on the way.
      return effect && !begins(e, kept.name) ? [{ entryPoint: e, effect }] : [];
    });
    const careful = replacing.filter((r) => ends(r.entryPoint, kept.name)).map((r) => r.entryPoint);
    return replacing
      .filter((r) => !ends(r.entryPoint, kept.name))
      .map((r) => findingOf(r, kept.name, careful.length > 0 ? careful : ending, careful.length > 0));
  });
}

/**
 * The records by which a program knows who has signed in: made where a credential is exchanged, and looked up by what the
 * caller presents, be it to let them on or to renew what they present.
 */
function sessionRecords(entryPoints: readonly EntryPoint[]): { name: string; accounts: Set<string> } | null {
  const held = new Set(
    entryPoints.flatMap((e) => e.effects.filter((x) => x.replacesPassword).map((x) => x.target)),
  );
  // What is made along with an account is there for good, as its group is, and begins with no sign-in.
  const signIns = entryPoints.filter(
    (e) =>
      e.public === PUBLIC.exchanges && !e.effects.some((x) => x.operation === 'create' && held.has(x.target)),
  );
  const made = new Set(signIns.flatMap((e) => e.effects.filter(isCreated).map((x) => x.target)));
  const isAsked = (name: string): boolean => entryPoints.some((e) => e.knownBy?.includes(name));
  const isKept = (name: string): boolean =>
    entryPoints.some((e) => e.effects.some((x) => x.target === name && isRenewed(x, e)));
  // Between the steps of a sign-in there is a token too: where something is looked up by a cookie or a header, that is it.
  // A group may have a key by which programs are known, and is changed for many reasons: a session is taken away, or marked by whoever has it.
  const isEnded = (x: Effect): boolean =>
    x.operation === 'delete' || (x.operation === 'update' && (x.bySecret === true || x.held === true));
  const isSession = (name: string): boolean =>
    /session|token/i.test(name) ||
    entryPoints.some((e) => e.effects.some((x) => x.target === name && isEnded(x)));
  const candidates = [...made].filter(isSession);
  for (const name of [...candidates.filter(isAsked), ...candidates.filter(isKept)]) {
    const accounts = signIns.flatMap((e) =>
      begins(e, name) ? e.effects.filter((x) => x.class === 'read').map((x) => x.target) : [],
    );
    if (accounts.length > 0) return { name, accounts: new Set(accounts) };
  }
  return null;
}
const isCreated = (x: Effect): boolean => x.operation === 'create' && !x.nested;
/** A token that is sent along is looked up, and renewed. */
const isRenewed = (x: Effect, e: EntryPoint): boolean =>
  x.own && x.subjects.some(isSent) && renews(e, x.target);
const isSent = (subject: string): boolean => /^(body|params|query|message|header|credential)/.test(subject);
const renews = (e: EntryPoint, name: string): boolean =>
  e.effects.some((x) => x.target === name && x.class === 'write') && e.effects.some(isSignIn);
const begins = (e: EntryPoint, name: string): boolean =>
  e.effects.some((x) => x.target === name && isCreated(x));

const replaces = (e: EntryPoint): boolean => e.effects.some((x) => x.replacesPassword);
/**
 * The one session that the request named beside whose it is, as that of a mailed link: those that were begun with the old password
 * are others. What was found as a list is all that there are, or all but one.
 */
function isTheOneSent(e: EntryPoint, { target, subjects }: Effect): boolean {
  if (subjects.join() !== `row:${target}`) return false;
  const found = e.effects.filter((x) => x.class === 'read' && x.target === target);
  return found.length > 0 && found.every((x) => x.operation === 'read' && isNamedBeside(x));
}
const isNamedBeside = ({ target, subjects }: Effect): boolean => {
  const naming = subjects.filter((s) => s === `row:${target}` || isSent(s) || s.startsWith('request.'));
  return naming.length > 0 && subjects.some((s) => /^(?:identity|row:)/.test(s) && !naming.includes(s));
};

function findingOf(
  { entryPoint: e, effect }: { entryPoint: EntryPoint; effect: Effect },
  sessions: string,
  others: readonly EntryPoint[],
  isKnown: boolean,
): Finding {
  const precedents = others.slice(0, 3).map((p) => {
    const { place } = p.effects.find((x) => x.target === sessions && x.class === 'write')!;
    return { entryPoint: p.id, file: place.file, line: place.line, guard: `ends ${sessions}` };
  });
  const [first] = precedents;
  const leaves = e.effects.some((x) => isSpending(x, sessions) && isTheOneSent(e, x))
    ? `ends no ${sessions} but the one that is named`
    : `leaves ${sessions} as it is`;
  return {
    id: fingerprint('inconsistent-token', 'session-outlives-password', e.id),
    rule: 'inconsistent-token',
    ...weighed(isKnown),
    missing: 'weakened',
    ...placesOf(e),
    place: effect.place,
    message: `${sentence(nameOf(e))} replaces a password of ${effect.target}, and ${leaves}: who signed in with the old one stays signed in. ${sentence(nameOf(others[0]!))} ends such sessions.`,
    remedy: `Delete or revoke the records of ${sessions} that belong to whose password it is, as ${first!.file}:${first!.line} does with one.`,
    precedents,
    affects: [],
  };
}
