import type { Effect, EntryPoint, Model } from '../model/model.js';
import { PUBLIC } from '../model/public.js';
import { fingerprint, nameOf, placesOf, sentence, weighed } from './describe.js';
import { STANDS_AS_NOTE } from './standing.js';
import type { Finding } from './finding.js';
import { byProgram } from './programs.js';

/** So many that ask before a change of the account make it likely that they would before its end. */
const ESTABLISHED = 2;

interface Change {
  entryPoint: EntryPoint;
  effect: Effect;
}

/**
 * Changes of one's own account that go by the session alone, where others ask for a password or a code again: whoever finds the
 * device open, or has taken over the session, takes over the account (OWASP ASVS 4.0.3, 2.5.5 and 3.7.1).
 *
 * Two things show that it is asked for: others that change the same columns ask, as turning a factor on does for turning it off;
 * or others change how somebody signs in, and so does this one. A second factor is set up in many ways; that it is
 * turned off is what is held to the latter.
 */
export function reAuthentication(model: Model): Finding[] {
  return byProgram(model.entryPoints).flatMap((entryPoints) => {
    const changes = entryPoints.flatMap((entryPoint) =>
      entryPoint.public === null
        ? entryPoint.effects.flatMap((effect) => (isOfOwn(effect) ? [{ entryPoint, effect }] : []))
        : [],
    );
    const accounts = accountsIn(entryPoints);
    const found = new Map<string, Finding>();
    for (const c of changes) {
      if (c.entryPoint.effects.some((x) => x.asksAgain) || found.has(c.entryPoint.id)) continue;
      const others = changes.filter(
        (o) => o.entryPoint !== c.entryPoint && o.effect.target === c.effect.target,
      );
      if (c.effect.operation === 'delete' && !accounts.has(c.effect.target)) continue;
      const having =
        ofSameColumns(
          c,
          others.filter((o) => !comesAlong(o, accounts)),
        ) ?? (isOfSignIn(c, accounts) ? others.filter(changesSignIn) : []);
      if (having.length >= (c.effect.operation === 'delete' ? ESTABLISHED : 1))
        found.set(c.entryPoint.id, findingOf(c, having));
    }
    return [...found.values()];
  });
}
/** Entities in which it is looked up who signs in. */
const accountsIn = (entryPoints: readonly EntryPoint[]): ReadonlySet<string> =>
  new Set(
    entryPoints
      .filter((e) => e.public === PUBLIC.exchanges)
      .flatMap((e) => e.effects.filter((x) => x.class === 'read').map((x) => x.target)),
  );
/** It changes what belongs to who calls, found by nothing else. */
const isOfOwn = (x: Effect): boolean =>
  x.class === 'write' &&
  x.own &&
  // Whoever has the link has no password, or is asked for none: that is what it was sent for.
  !x.byLink &&
  // Who has no second factor yet has no code that could be asked for, and is given none by its secret alone.
  !x.enrols &&
  x.operation !== 'create' &&
  x.subjects.length > 0 &&
  x.subjects.every((s) => s === 'identity' || s.startsWith('identity.') || s.startsWith('row:'));

/** Where the account itself is changed as well, that is what is asked for: sessions that end with an old password end without one elsewhere. */
const comesAlong = ({ entryPoint, effect }: Change, accounts: ReadonlySet<string>): boolean =>
  !accounts.has(effect.target) &&
  entryPoint.effects.some((x) => isOfOwn(x) && x.asksAgain && accounts.has(x.target));

/**
 * The sessions themselves, or a count or time that makes those worthless which are older: whoever ends their own gives nothing
 * away.
 */
const ENDS_SESSIONS =
  /(?:tokens|sessions)$|(?:token|session|credential)s?_?(?:version|epoch|generation|valid|revoked)|logged_?out|last_?log/i;
/** Those that ask before they change the same columns, if most that do change them ask; of a deletion, any that ask before a change. */
function ofSameColumns({ effect }: Change, others: readonly Change[]): Change[] | null {
  const isSame = (o: Change): boolean =>
    effect.operation === 'delete' ||
    (effect.sets ?? []).some((c) => !ENDS_SESSIONS.test(c) && o.effect.sets?.includes(c));
  const having = others.filter((o) => o.effect.asksAgain && isSame(o));
  const without = others.filter(
    (o) => !o.effect.asksAgain && o.effect.operation === effect.operation && isSame(o),
  );
  return having.length > without.length ? having : null;
}
const isOfSignIn = ({ effect }: Change, accounts: ReadonlySet<string>): boolean =>
  accounts.has(effect.target) && (effect.switches === 'factor-off' || effect.switches === 'address');
const changesSignIn = ({ effect }: Change): boolean =>
  effect.asksAgain === true && (effect.switches !== undefined || effect.replacesPassword === true);

const isOfFactor = ({ effect }: Change): boolean =>
  effect.switches === 'factor' || effect.switches === 'factor-off';
function doing({ effect }: Change, having: readonly Change[]): string {
  if (effect.operation === 'delete') return `deletes the ${effect.target} of who calls`;
  if (effect.switches === 'address') return 'changes the address of who calls';
  if (effect.switches === 'factor-off') return 'turns off the second factor of who calls';
  const shared = (effect.sets ?? []).filter((c) => having.some((h) => h.effect.sets?.includes(c)));
  return `changes ${shared.map((c) => `${effect.target}.${c}`).join(', ')} of who calls`;
}

function findingOf(change: Change, having: readonly Change[]): Finding {
  const { entryPoint: e, effect } = change;
  // Turned on with it, and off without: the counterpart says so itself.
  const counterpart = having.filter((h) => isOfFactor(h) && isOfFactor(change));
  const others = counterpart.length > 0 ? counterpart : having;
  const precedents = others.slice(0, 3).map((h) => {
    const { file, line } = h.entryPoint.handler ?? h.entryPoint.registration;
    return { entryPoint: h.entryPoint.id, file, line, guard: 'asks again' };
  });
  const [first] = precedents;
  const isShared = (effect.sets ?? []).some((c) => others.some((h) => h.effect.sets?.includes(c)));
  // Nobody else deletes it: that it is asked for before a change only suggests that it would be here.
  const isSure = effect.operation !== 'delete' && (isShared || counterpart.length > 0 || others.length > 1);
  return {
    id: fingerprint('re-authentication', 'authentication', e.id),
    rule: 're-authentication',
    ...weighed(isSure),
    ...(isSure ? {} : STANDS_AS_NOTE),
    missing: 'authentication',
    ...placesOf(e),
    place: e.handler ?? e.registration,
    message: `${sentence(nameOf(e))} ${doing(change, others)} without asking for a password or a code again; ${nameOf(others[0]!.entryPoint)} asks for one.`,
    remedy: `Compare the password, or a code, before it, as ${first!.file}:${first!.line} does.`,
    precedents,
    affects: [],
  };
}
