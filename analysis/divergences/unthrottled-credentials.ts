import type { Effect, EntryPoint, Model } from '../model/model.js';
import { linesWith } from '../model/chain.js';
import { isSignIn } from '../model/effects.js';
import { PUBLIC } from '../model/public.js';
import { byProducts } from '../precedents/by-products.js';
import { fingerprint, guardNear, nameOf, placesOf, precedentsOf, sentence } from './describe.js';
import type { Finding, Level } from './finding.js';
import { byProgram } from './programs.js';

/** Fewer than this, and a limit is one route's own affair. */
const ESTABLISHED = 2;

export const unthrottledCredentials = (model: Model, arrived?: ReadonlySet<string>): Finding[] =>
  unthrottled(model.entryPoints, arrived).map(findingOf);
/**
 * Entry points at which who is signed in says their password again before they change how they sign in, without the limit that
 * nearly all have at which strangers try one: whoever has got hold of a session tries passwords there.
 */
export const unthrottledPasswords = (model: Model): Finding[] =>
  byProgram(model.entryPoints).flatMap((entryPoints) => {
    const hasOwn = limitedBut(entryPoints, isForMany);
    const others = credentialsOf(entryPoints, model.entryPoints).filter(
      (p) => !isRenewal(p) && !p.unknown.includes('rate-limit'),
    );
    const having = others.filter(hasOwn);
    if (having.length < ESTABLISHED || having.length * 4 < others.length * 3) return [];
    return entryPoints
      .filter((e) => asksAgain(e) && !hasOwn(e) && !e.unknown.includes('rate-limit'))
      .map((entryPoint) => findingOf({ entryPoint, having, others: others.length, kind: 'again' }));
  });
interface Unthrottled {
  entryPoint: EntryPoint;
  having: EntryPoint[];
  others: number;
  /**
   * `alike`: others of its kind have a limit; `elsewhere`: they need not, and others of the program have one; `again`: it is
   * known who calls.
   */
  kind: 'alike' | 'elsewhere' | 'again';
}
/**
 * Entry points at which strangers try secrets, or have them sent, without the rate limit that others of their kind have.
 * There is no account yet to be held to anything: the limit is the only thing in front of them.
 *
 * @param arrived ids of entry points that a change brings: without the limit they are no evidence against it
 */
export function unthrottled(
  all: readonly EntryPoint[],
  arrived: ReadonlySet<string> = new Set(),
): Unthrottled[] {
  const found: Unthrottled[] = [];
  for (const entryPoints of byProgram(all)) {
    const isLimited = limitedBut(entryPoints, isForEverybody);
    const peers = credentialsOf(entryPoints, all);
    const elsewhere = entryPoints.filter((p) => hasLimit(p) && !arrived.has(p.id));
    for (const e of peers) {
      if (isLimited(e) || e.unknown.includes('rate-limit')) continue;
      // That nothing counts where a session is renewed says nothing, until something does where another is.
      // A second step of signing in, where a code is tried, is limited for that.
      if (isRenewal(e) && !peers.some((p) => p !== e && isRenewal(p) && !triesSecret(p) && isLimited(p)))
        continue;
      if (isNothingToGuess(e)) continue;
      const others = peers.filter(
        (p) =>
          p !== e &&
          !p.unknown.includes('rate-limit') &&
          (isLimited(p) || !(isRenewal(p) || isNothingToGuess(p) || arrived.has(p.id))),
      );
      const having = others.filter(isLimited);
      if (having.length >= ESTABLISHED && having.length * 2 >= others.length)
        found.push({ entryPoint: e, having, others: others.length, kind: 'alike' });
      // One sign-in is all that there is: a program that limits anything has no reason to let passwords be tried.
      if (having.length < ESTABLISHED && triesPassword(e) && !hasLimit(e) && elsewhere.length >= ESTABLISHED)
        found.push({ entryPoint: e, having: elsewhere, others: elsewhere.length, kind: 'elsewhere' });
    }
  }
  return found;
}
/** Where strangers try secrets, or have them sent. */
function credentialsOf(entryPoints: readonly EntryPoint[], all: readonly EntryPoint[]): EntryPoint[] {
  const isByProduct = byProducts(all);
  // A session that is kept fresh wherever somebody calls is nobody's sign-in.
  const issues = (e: EntryPoint): boolean =>
    (e.public === PUBLIC.exchanges && !knowsCaller(e)) ||
    e.effects.some((x) => isSignIn(x) && !isByProduct(e, x));
  const issuing = entryPoints.filter((e) => isOpen(e) && issues(e));
  const sessions = new Set(issuing.flatMap(sessionsOf));
  const accounts = new Set(
    issuing
      .flatMap((e) => e.effects.filter((x) => x.operation === 'create' || x.operation === 'read'))
      .map((x) => x.target)
      .filter((target) => !sessions.has(target)),
  );
  // What does something once, while there is nobody yet, is nothing that is tried again and again.
  return entryPoints.filter(
    (e) => isOpen(e) && e.public !== PUBLIC.firstRun && (issues(e) || handlesCredentials(e, accounts)),
  );
}
/** Somebody is signed in for a password, or a code. */
const triesPassword = (e: EntryPoint): boolean =>
  !isRenewal(e) && e.effects.some((x) => isSignIn(x) && x.asksAgain);
const triesSecret = (e: EntryPoint): boolean => e.effects.some((x) => x.asksAgain);
/** What another service has issued, and says whose it is. Where a password or a key is taken as well, that is tried. */
const isNothingToGuess = (e: EntryPoint): boolean =>
  e.vouchedElsewhere === true &&
  e.public !== PUBLIC.setsUp &&
  !triesSecret(e) &&
  !e.effects.some((x) => x.bySecret);
const asksAgain = (e: EntryPoint): boolean =>
  e.public === null &&
  e.protections.includes('authentication') &&
  e.effects.some((x) => x.asksAgain && x.own && (x.replacesPassword || x.switches !== undefined));
/** Something is done for who calls already: what they are given is no way in. */
const knowsCaller = (e: EntryPoint): boolean =>
  e.effects.some((x) => x.subjects.some((s) => /^identity\b/.test(s)));
/** Who presents a session to have it renewed has signed in before: that nothing counts there says nothing of sign-ins. */
const isRenewal = (e: EntryPoint): boolean =>
  (e.public === null && !resetsByLink(e)) || e.public === PUBLIC.renews;
const resetsByLink = (e: EntryPoint): boolean => e.effects.some((x) => x.byLink && x.replacesPassword);
/** What signing in makes beside an account that was there: whoever ends one holds the long secret of it, and no password. */
const sessionsOf = (e: EntryPoint): string[] => {
  const made = e.effects.filter((x) => x.operation === 'create');
  return made.flatMap((x) => {
    const of = x.subjects.flatMap((s) => (s.startsWith('row:') ? [s.slice('row:'.length)] : []));
    return of.length > 0 && of.every((o) => o !== x.target && !made.some((m) => m.target === o))
      ? [x.target]
      : [];
  });
};
/**
 * Which of a program's entry points have a rate limit, but for those that are too general: one that stands in front of many counts
 * far more than anybody needs to guess a password.
 *
 * @param isGeneral of a limit: how many of how many entry points are behind it
 */
function limitedBut(
  entryPoints: readonly EntryPoint[],
  isGeneral: (behind: number, all: number) => boolean,
): (e: EntryPoint) => boolean {
  const behind = new Map<string, number>();
  for (const e of entryPoints)
    for (const at of new Set(limitsOf(e))) behind.set(at, (behind.get(at) ?? 0) + 1);
  return (e) =>
    hasLimit(e) &&
    (limitsOf(e).length === 0 ||
      limitsOf(e).some((at) => !isGeneral(behind.get(at) ?? 0, entryPoints.length)));
}
const hasLimit = (e: EntryPoint): boolean => e.protections.includes('rate-limit');
const limitsOf = (e: EntryPoint): string[] => linesWith(e, 'rate-limit');
/** It keeps the program running. */
const isForEverybody = (behind: number, all: number): boolean => all >= 8 && behind >= all * 0.75;
/** So many entry points behind one limit are no matter of signing in. */
const isForMany = (behind: number): boolean => behind >= 12;
/** Somebody can call it without being known. */
const isOpen = (e: EntryPoint): boolean =>
  (e.trigger.kind === 'http'
    ? e.trigger.method !== 'GET' && e.trigger.method !== 'HEAD'
    : HAS_CALLER.has(e.trigger.kind)) &&
  !e.protections.includes('signature') &&
  !e.chain.some((l) => l.position === 'applied' && l.protections.includes('authentication'));
const HAS_CALLER: ReadonlySet<string> = new Set(['graphql', 'rpc', 'server-action']);
/** It sets up a secret, or mails one, or changes an account for whoever holds one. */
const handlesCredentials = (e: EntryPoint, accounts: ReadonlySet<string>): boolean =>
  e.public === PUBLIC.setsUp ||
  e.public === PUBLIC.mails ||
  resetsByLink(e) ||
  (e.public === PUBLIC.holdsSecret &&
    e.effects.some((x) => x.class === 'write' && accounts.has(x.target) && !isRevocation(x)));
/** The record of the secret itself is taken away: who guesses one has gained nothing. */
const isRevocation = (x: Effect): boolean =>
  x.operation === 'delete' && !x.subjects.some((s) => s.startsWith('row:'));

/** `both other entry points that strangers sign in or up with have one` */
export function whoIsLimited({ having, others, kind }: Unthrottled): string {
  const [count, other] = [having.length, kind === 'again' ? '' : 'other '];
  if (kind === 'elsewhere') return `${count} other entry points of the program have one`;
  const all = others === 2 ? 'both' : `all ${others}`;
  const which =
    count === others ? `${all} ${other}entry points` : `${count} of ${others} ${other}entry points`;
  return `${which} that strangers sign in or up with have one`;
}
export const confidenceOf = ({ having, others, kind }: Unthrottled): 'high' | 'medium' =>
  kind === 'alike' && having.length * 4 >= others * 3 ? 'high' : 'medium';
export const levelOf = ({ kind }: Unthrottled): Level => (kind === 'alike' ? 'error' : 'warning');
function findingOf(u: Unthrottled): Finding {
  const { entryPoint: e, having, kind } = u;
  const precedents = precedentsOf(having, 'rate-limit', e);
  const model = kind === 'elsewhere' ? null : guardNear(e, having, 'rate-limit');
  const does =
    kind === 'again' ? 'compares a password of who calls' : (DOES[e.public ?? ''] ?? 'takes credentials');
  return {
    id: fingerprint('missing-protection', 'rate-limit', e.id),
    rule: 'missing-protection',
    level: levelOf(u),
    confidence: confidenceOf(u),
    status: 'new',
    blocking: levelOf(u) === 'error',
    missing: 'rate-limit',
    ...placesOf(e),
    place: e.registration,
    message: `${sentence(nameOf(e))} ${does} without a rate limit${hasLimit(e) ? ' of its own' : ''}; ${whoIsLimited(u)}.`,
    remedy: model
      ? `Put \`${model.guard}\` in front of it, as ${model.file}:${model.line} does.`
      : 'Put a rate limit in front of it.',
    precedents,
    affects: [],
  };
}
const DOES: Readonly<Record<string, string>> = {
  [PUBLIC.exchanges]: 'takes credentials',
  [PUBLIC.setsUp]: 'sets up a credential for whoever asks',
  [PUBLIC.mails]: 'mails a secret for whoever asks',
  [PUBLIC.holdsSecret]: 'acts on an account for whoever knows a secret',
};
