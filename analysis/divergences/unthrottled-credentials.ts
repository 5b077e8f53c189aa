import type { Effect, EntryPoint, Model } from '../model/model.js';
import { isSignIn } from '../model/effects.js';
import { PUBLIC } from '../model/public.js';
import { byProducts } from '../precedents/by-products.js';
import { commonGuard, fingerprint, nameOf, placesOf, precedentsOf, sentence } from './describe.js';
import type { Finding } from './finding.js';
import { byProgram } from './programs.js';

/** Fewer than this, and a limit is one route's own affair. */
const ESTABLISHED = 2;

export const unthrottledCredentials = (model: Model, arrived?: ReadonlySet<string>): Finding[] =>
  unthrottled(model.entryPoints, arrived).map(({ entryPoint, having, others }) =>
    findingOf(entryPoint, having, others),
  );
interface Unthrottled {
  entryPoint: EntryPoint;
  having: EntryPoint[];
  others: number;
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
  const isByProduct = byProducts(all);
  // A session that is kept fresh wherever somebody calls is nobody's sign-in.
  const issues = (e: EntryPoint): boolean => e.effects.some((x) => isSignIn(x) && !isByProduct(e, x));
  for (const entryPoints of byProgram(all)) {
    const issuing = entryPoints.filter((e) => isOpen(e) && issues(e));
    const sessions = new Set(issuing.flatMap(sessionsOf));
    const accounts = new Set(
      issuing
        .flatMap((e) => e.effects.filter((x) => x.operation === 'create' || x.operation === 'read'))
        .map((x) => x.target)
        .filter((target) => !sessions.has(target)),
    );
    const peers = entryPoints.filter((e) => isOpen(e) && (issues(e) || handlesCredentials(e, accounts)));
    for (const e of peers) {
      if (isLimited(e) || e.unknown.includes('rate-limit')) continue;
      // That nothing counts where a session is renewed says nothing, until something does where another is.
      if (isRenewal(e) && !peers.some((p) => p !== e && isRenewal(p) && isLimited(p))) continue;
      const others = peers.filter(
        (p) =>
          p !== e &&
          !p.unknown.includes('rate-limit') &&
          (isLimited(p) || !(isRenewal(p) || arrived.has(p.id))),
      );
      const having = others.filter(isLimited);
      if (having.length < ESTABLISHED || having.length * 2 < others.length) continue;
      found.push({ entryPoint: e, having, others: others.length });
    }
  }
  return found;
}
/** Who presents a session to have it renewed has signed in before: that nothing counts there says nothing of sign-ins. */
const isRenewal = (e: EntryPoint): boolean => e.public === null || e.public === PUBLIC.renews;
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
const isLimited = (e: EntryPoint): boolean => e.protections.includes('rate-limit');
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
  (e.public === PUBLIC.holdsSecret &&
    e.effects.some((x) => x.class === 'write' && accounts.has(x.target) && !isRevocation(x)));
/** The record of the secret itself is taken away: who guesses one has gained nothing. */
const isRevocation = (x: Effect): boolean =>
  x.operation === 'delete' && !x.subjects.some((s) => s.startsWith('row:'));

/** `both other entry points that strangers sign in or up with have one` */
export function whoIsLimited(having: number, others: number): string {
  const all = others === 2 ? 'both' : `all ${others}`;
  const count = having === others ? `${all} other entry points` : `${having} of ${others} other entry points`;
  return `${count} that strangers sign in or up with have one`;
}
function findingOf(e: EntryPoint, having: readonly EntryPoint[], others: number): Finding {
  const precedents = precedentsOf(having, 'rate-limit');
  const model = commonGuard(precedents);
  return {
    id: fingerprint('missing-protection', 'rate-limit', e.id),
    rule: 'missing-protection',
    level: 'error',
    confidence: having.length * 4 >= others * 3 ? 'high' : 'medium',
    status: 'new',
    blocking: true,
    missing: 'rate-limit',
    ...placesOf(e),
    place: e.registration,
    message: `${sentence(nameOf(e))} ${DOES[e.public ?? ''] ?? 'takes credentials'} without a rate limit; ${whoIsLimited(having.length, others)}.`,
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
