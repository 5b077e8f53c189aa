import { CALLER } from '../model/caller.js';
import type { Protection } from '../model/model.js';
import { isSignIn } from '../model/effects.js';
import { lineText } from '../model/place.js';
import { PUBLIC } from '../model/public.js';
import { isKeyedPassword, type Classified, type Context } from '../protections/atoms.js';
import { classify } from '../protections/classify.js';
import { isIdentity, isInput, onEachWay, someAtom, type Atom, type Fact } from '../wiring/fact.js';
import { passedIn, type AppliedLink, type Observation, type RecordedEffect } from '../wiring/recorder.js';
import { isOfFirstRun } from './first-run.js';
import { isForGuests } from './for-guests.js';
import { isOfHolder, isOfProof, isOfWhomSecretIs, mailsSecret, presentsSecret } from './held-secrets.js';
import { readsOnlyOpened } from './opened.js';
import { isRedeeming } from './redeeming.js';
import { actsOnShared, isGivenToAll, isOneOf } from './shared-by-link.js';
import { tearsUpTicket } from './tickets.js';

/** What the program as a whole shows to be for everybody. */
export interface Published {
  /** States in which records are open to everybody. */
  opened: ReadonlySet<string>;
  /** Entities that are shared by link. */
  shared: ReadonlySet<string>;
  /** Entities that are tickets to be shown once. */
  tickets: ReadonlySet<string>;
  /** Places of rate limits that were put in front of strangers alone. */
  forAll: ReadonlySet<string>;
}
/**
 * Where a rate limit was put in front of several entry points of the file that it stands in, none of which asks who calls:
 * whoever did so knew that anybody may call them. What stands in front of a whole program says nothing.
 */
export function limitersForStrangers(
  observations: readonly Observation[],
  context: Context,
): ReadonlySet<string> {
  const found = new Set<string>();
  const forSome = new Set<string>();
  for (const o of observations) {
    const limiters = o.links.filter((l) => isLimiter(l, context));
    if (limiters.length === 0) continue;
    const isKnown = passedIn(o).some((f) => asksCaller(f, context));
    for (const { place } of limiters)
      (isKnown || place.file !== o.registration.file ? forSome : found).add(lineText(place));
  }
  return new Set([...found].filter((place) => !forSome.has(place)));
}
/** Whoever passes was asked who they are, or what of them is right. */
const asksCaller = (f: Fact, context: Context): boolean =>
  classify(f, context).some((c) => CALLER.has(c.protection));
const isAskedInFront = ({ links }: Observation, context: Context): boolean =>
  links.some((l) => l.facts.some((f) => asksCaller(f, context)));
/** A password or code is right. */
const isOfSecret = (atom: Atom): boolean => atom.sources.includes('secret-match') || isKeyedPassword(atom);
const isLimiter = ({ facts }: AppliedLink, context: Context): boolean =>
  facts.some((f) => classify(f, context).some((c) => c.protection === 'rate-limit'));

/** Why an entry point is open on purpose, as far as what it does shows it. */
export function publicReason(
  o: Observation,
  protections: readonly Protection[],
  context: Context,
  { opened, shared, tickets, forAll }: Published,
): string | null {
  if (o.trigger.kind === 'message') return PUBLIC.message;
  if (o.trigger.kind === 'job') return PUBLIC.job;
  if (protections.includes('signature')) return PUBLIC.signed;
  if (isOfDevelopment(o)) return PUBLIC.developed;
  const established = [
    ...o.reached,
    ...o.effects.flatMap((e) => e.facts),
    ...o.links.flatMap((l) => l.facts),
  ].flatMap((f) => classify(f, context));
  const isKnown = (c: Classified): boolean => c.protection === 'authentication';
  // A record that is looked up for a caller whom nobody has asked is no more theirs than the host name makes it.
  const guarded =
    established.some(isKnown) ||
    established.some((c) => CALLER.has(c.protection) && c.atom.sources.some(isIdentity));
  const isAsked = (e: RecordedEffect): boolean => e.facts.some((f) => asksCaller(f, context));
  // Nobody is asked on the way there, whatever a layer before it asks of those whom it doesn't let pass.
  const isFree = (e: RecordedEffect): boolean => (e.inChain ? !guarded : !isAsked(e));
  const issued = o.effects.filter(isSignIn);
  const facts = [...o.effects.flatMap((e) => e.facts), ...o.reached];
  const checksSecret = facts.some((f) => someAtom(f, isOfSecret));
  // What is handed out may be a token that is signed, or one that is stored, or a cookie with whatever tells who it is.
  const handsOut = issued.length > 0 || (o.cookies ?? []).length > 0;
  const isProven = (c: Classified): boolean => isKnown(c) && !isOfSecret(c.atom);
  // Whoever has been let in by a secret is somebody from then on: what is asked later says nothing of who came.
  const isLetIn = issued.some(
    (e) =>
      !e.inChain &&
      e.facts.some((f) => someAtom(f, isOfSecret)) &&
      ![...e.facts, ...o.links.flatMap((l) => l.facts)].flatMap((f) => classify(f, context)).some(isProven),
  );
  const isKnownBefore = !isLetIn && established.some(isProven);
  // A session may be a record with a token that was made up, for nobody but whose password or passkey was right.
  const beginsSession = (e: RecordedEffect): boolean =>
    e.operation === 'create' && e.makesSecret === true && isOfWhomSecretIs(e, e.facts, context);
  // Whoever is known already, by a key say, and keeps a password has made somebody an account.
  const isExchange = isKnownBefore
    ? handsOut && !protections.includes('ownership')
    : handsOut || o.effects.some((e) => e.storesSecret || beginsSession(e));
  // Whoever sets a program up may be signed in at once.
  if (!guarded && !checksSecret && isOfFirstRun(o, context)) return PUBLIC.firstRun;
  if (checksSecret && isExchange) return PUBLIC.exchanges;
  if (issued.some((e) => !e.inChain && isFree(e))) return PUBLIC.exchanges;
  // Who calls is looked up by a secret too: that is no part of what it acts on.
  const own = o.effects.filter((e) => !e.inChain);
  const bySecret = own.filter((e) => e.bySecret);
  if (
    bySecret.length > 0 &&
    !guarded &&
    own.every(
      (e) =>
        e.bySecret ||
        (e.class === 'write' ? !isChosenBeside(e, bySecret) : e.row !== null && !o.released.has(e.row)) ||
        isOfOwnFile(e, own) ||
        e.keys.some((k) => isOfHolder(k, context)),
    )
  )
    return PUBLIC.holdsSecret;
  if (o.effects.some((e) => e.storesSecret && isFree(e))) return PUBLIC.setsUp;
  const isTold = (e: RecordedEffect): boolean => e.row !== null && o.released.has(e.row);
  const tells = own.some(isTold);
  const atStake = own.filter((e) => e.row !== null && (e.class === 'write' || isTold(e) || !tells));
  // Of what holds while a layer looks up who calls, if anybody, only what it lets nobody past without says who came.
  const held = [...own.flatMap((e) => e.facts), ...o.reached, ...o.links.flatMap((l) => l.facts)];
  if (!held.flatMap((f) => classify(f, context)).some(isKnown)) {
    if (atStake.length > 0 && atStake.every((e) => presentsSecret(e, o, context))) return PUBLIC.holdsSecret;
    if (!guarded && atStake.length > 0 && atStake.every(isOfProof)) return PUBLIC.holdsSecret;
    if (!guarded && tearsUpTicket(own, o, tickets, context)) return PUBLIC.holdsSecret;
    if (mailsSecret(own, context) && !tells) return PUBLIC.mails;
  }
  // Whoever previews what they have shared may be asked who they are; all else has to be what the link leads to.
  const free = o.effects.filter((e) => (!e.inChain || e.class === 'write') && !isAsked(e));
  if (!protections.includes('authentication')) {
    if (actsOnShared(o, free, isOneOf(shared), context)) return PUBLIC.shared;
    if (actsOnShared(o, free, isGivenToAll, context)) return PUBLIC.given;
  }
  if (renews(o, context)) return PUBLIC.renews;
  const isInvited = (e: RecordedEffect): boolean =>
    !e.inChain &&
    e.facts.every((f) =>
      classify(f, context).every((c) => !CALLER.has(c.protection) || isByCode(c, context)),
    );
  if (o.effects.some((e) => e.storesSecret && isInvited(e))) return PUBLIC.setsUp;
  if (!guarded && readsOnlyOpened(o, own, opened, context)) return PUBLIC.opened;
  const reads = o.effects.filter((e) => e.class === 'read');
  if (
    !guarded &&
    reads.length > 0 &&
    reads.length === o.effects.length &&
    reads.every((e) => e.projected) &&
    (hasOwnLimiter(o, context) || o.links.some((l) => forAll.has(lineText(l.place))))
  ) {
    return PUBLIC.readOnly;
  }
  if (!guarded && posesChallenge(own, isTold)) return PUBLIC.challenges;
  if (!guarded && isRedeeming(o, context)) return PUBLIC.redeems;
  if (!guarded && isForGuests(o)) return PUBLIC.guests;
  return null;
}
/**
 * It makes up what somebody answers who signs in by a passkey, and keeps that: nobody can be asked who they are yet. In a record that
 * is there already nothing else may be changed, and of all that is kept nothing is told but where the challenge is.
 */
function posesChallenge(own: readonly RecordedEffect[], isTold: (e: RecordedEffect) => boolean): boolean {
  const changed = own.filter((e) => e.class === 'write');
  const isKept = ({ operation, written }: RecordedEffect): boolean =>
    written?.challenge !== undefined && (operation === 'create' || written.challenge === 'alone');
  const kept = new Set(changed.filter(isKept).map((e) => e.target));
  // Of the like, what has run out is cleared away along with it.
  const isClearing = (e: RecordedEffect): boolean =>
    e.operation === 'delete' && kept.has(e.target) && e.keys.length === 0;
  return (
    kept.size > 0 &&
    changed.every((e) => isKept(e) || isClearing(e)) &&
    own.every((e) => !isTold(e) || (e.operation === 'create' && isKept(e)))
  );
}
/** Who comes back from another provider with a code is handed a session for it: who they are is what that provider says. */
export function signedInByCode(o: Observation, context: Context): string | null {
  const handsOut = o.effects.some(isSignIn) || (o.cookies ?? []).length > 0;
  return handsOut && !isAskedInFront(o, context) ? PUBLIC.exchanges : null;
}
/** Whoever says a code that is on record, as an invitation has one, is asked for that and not who they are. */
const isByCode = ({ atom: { sources } }: Classified, { rows }: Context): boolean =>
  sources.length > 0 &&
  sources.every((s) => {
    const row = rows.get(s);
    return row?.bySecret === true && row.keys.some(isInput) && !row.keys.includes('credential');
  });
/** It is registered, or does anything, only where a setting says that the program is being developed or tested. */
function isOfDevelopment(o: Observation): boolean {
  const isSaid = (fact: Fact): boolean =>
    onEachWay(
      fact,
      ({ test, sources, arguments: constants }) =>
        (test === 'equal' || test === 'member') &&
        sources.length > 0 &&
        sources.every((s) => ENVIRONMENT.test(s)) &&
        constants.length > 0 &&
        constants.every((a) => DEVELOPMENT.test(a)),
    );
  return o.reached.some(isSaid) || (o.effects.length > 0 && o.effects.every((e) => e.facts.some(isSaid)));
}
const ENVIRONMENT = /^config:(?:\w+_)?(?:env|environment|stage)$/i;
const DEVELOPMENT = /^(?:dev|develop|development|local|test|testing|ci|e2e)$/i;
/** What was sent is put into a file, and is looked at there. */
const isOfOwnFile = (e: RecordedEffect, own: readonly RecordedEffect[]): boolean =>
  e.operation === 'file-read' && own.slice(0, own.indexOf(e)).some((x) => x.operation === 'file-write');
/** The request names what is changed by itself, and not by the secret: whoever holds one of their own may name anybody's. */
const isChosenBeside = (e: RecordedEffect, bySecret: readonly RecordedEffect[]): boolean =>
  e.operation !== 'create' && e.keys.some((k) => isInput(k) && !bySecret.some((s) => s.keys.includes(k)));
/**
 * Who calls is known by the token alone that is exchanged here: it is looked up and spent, and one like it is kept instead; or it is told
 * in what the request says, as no session is, and another is signed. Whoever makes a key in a session looks that up as well,
 * and keeps something else.
 */
function renews(o: Observation, context: Context): boolean {
  if (isAskedInFront(o, context)) return false;
  const own = o.effects.filter((e) => !e.inChain);
  const presented = own.filter((e) => e.class === 'read' && e.bySecret);
  const isKeptAnew = (e: RecordedEffect): boolean =>
    own.some((x) => x.operation === 'create' && x.target === e.target) &&
    own.some((x) => /^(update|delete)$/.test(x.operation) && x.target === e.target);
  const isSaid = (e: RecordedEffect): boolean => e.keys.some(isInput) && !e.keys.includes('credential');
  return presented.some(
    (e) => isKeptAnew(e) || (isSaid(e) && own.some((x) => x.operation === 'token-issue')),
  );
}
/** A rate limit that was put in front of just this route: whoever did so knew that anybody may call it. */
function hasOwnLimiter(o: Observation, context: Context): boolean {
  return o.links.some(
    (l) =>
      l.place.file === o.registration.file && l.place.line === o.registration.line && isLimiter(l, context),
  );
}
