import { GRAVITY, type Finding } from './divergences/finding.js';
import { deadGuards, toldByDeadGuard } from './divergences/dead-guard.js';
import { guardsNotAwaited, toldByPromise } from './divergences/guard-not-awaited.js';
import { guardsWidened } from './divergences/guard-widened.js';
import { guardsLoosened } from './divergences/guard-loosened.js';
import { guardRemoved } from './divergences/guard-removed.js';
import { idleInstallations } from './divergences/idle-installation.js';
import { anyOrigin } from './divergences/any-origin.js';
import { bypassableGuards } from './divergences/bypassable-guard.js';
import { clientSideValues } from './divergences/client-side-value.js';
import { oneOfEach } from './divergences/distinct.js';
import { endlessTokens } from './divergences/endless-token.js';
import { inconsistentCookies } from './divergences/inconsistent-cookie.js';
import { grantedByRequest } from './divergences/granted-by-request.js';
import { lesserPermissions } from './divergences/lesser-permission.js';
import { keysForStrangers } from './divergences/keys-for-strangers.js';
import { minorityGuards } from './divergences/minority-guards.js';
import { againstPeers, missingProtection, withoutWhatFollows } from './divergences/missing-protection.js';
import { neverMounted, unused } from './divergences/never-mounted.js';
import { oauthState } from './divergences/oauth-state.js';
import { optOuts } from './divergences/opt-out.js';
import { reAuthentication } from './divergences/re-authentication.js';
import { plainSignatures } from './divergences/plain-signature.js';
import { secretFallbacks } from './divergences/secret-fallback.js';
import { tokenAlgorithms } from './divergences/token-algorithms.js';
import { asTheyStand } from './divergences/standing.js';
import { toldOnce } from './divergences/told-once.js';
import { secretsWithoutEnd } from './divergences/secret-without-end.js';
import { secretsSpentByNone } from './divergences/secret-spent-by-none.js';
import { sessionsOutlivingPasswords } from './divergences/session-outlives-password.js';
import { existingConfig, untrustedConfig } from './divergences/untrusted-config.js';
import { unsignedDeliveries, withoutWhatSignaturesSettle } from './divergences/unsigned-delivery.js';
import { unlimitedUploads } from './divergences/unlimited-uploads.js';
import { unthrottledCredentials, unthrottledPasswords } from './divergences/unthrottled-credentials.js';
import { unthrottledStrangers } from './divergences/unthrottled-strangers.js';
import { unverifiedAddresses } from './divergences/unverified-email.js';
import { weakerThanPeers } from './divergences/weaker-than-peers.js';
import { filesWithoutPermission } from './divergences/whole-file.js';
import type { Effect, EntryPoint, Gap, Model } from './model/model.js';
import { withServedOf } from './model/came-into-view.js';
import { withNamesOf } from './model/renamed-programs.js';
import { withOrdinalsOf } from './model/same-handlers.js';
import { PUBLIC } from './model/public.js';
import type { PolicyOutcome } from './policy/outcome.js';

export interface AffectedEntryPoint {
  change: 'added' | 'changed' | 'removed';
  entryPoint: EntryPoint;
  /** What a changed one had in front of it before. */
  had?: EntryPoint['protections'];
}

/** What a change does to a model, and what there is to say about it. Plain data. */
export interface Judgement {
  /** What the project's policy had to say; left out where there is none. */
  policy?: PolicyOutcome;
  status: 'complete' | 'partial';
  affected: AffectedEntryPoint[];
  findings: Finding[];
  gaps: (Gap & { introduced: boolean })[];
}

/**
 * Compares the model of a change's tree with the model of its base.
 * Findings on what base already had are `existing` and never blocking.
 */
export function judge(compared: Model, head: Model): Judgement {
  const base = withServedOf(head, withOrdinalsOf(head, withNamesOf(head, compared)));
  const affected = difference(base, head);
  const touched = new Set(affected.filter((a) => a.change !== 'removed').map((a) => a.entryPoint.id));
  const before = new Map(divergences(base).map((f) => [f.id, f]));
  const idle = unused(base);
  const earlier = new Map(base.entryPoints.map((e) => [e.id, e]));
  const after = new Map(head.entryPoints.map((e) => [e.id, e]));
  const isFault = toldAsFault(head);
  const removed = [...guardRemoved(base, head), ...guardsWidened(base, head)].filter((f) => !isFault(f));
  const hasLost = new Set(
    removed.flatMap((f) => (ASKED_LESS.has(f.missing) ? [f.entryPoint, ...f.affects] : [])),
  );
  removed.push(...guardsLoosened(base, head, (id) => hasLost.has(id)));
  const told = new Set(
    removed.flatMap((f) => [f.entryPoint, ...f.affects].map((id) => `${id}|${f.missing}`)),
  );
  const anonymous = removed
    .filter((f) => f.missing === 'authentication')
    .flatMap((f) => [f.entryPoint, ...f.affects]);
  const withoutCaller = (id: string): boolean =>
    anonymous.some((a) => a !== null && (id === a || id.startsWith(`${a}#`)));
  const findings: Finding[] = [];
  const byPeers = new Map<string, Finding>();
  const now = new Set<string>();
  const arrived = new Set([...after.keys()].filter((id) => !earlier.has(id)));
  for (const f of divergences(head, isFault, arrived, base)) {
    now.add(f.id);
    // What the change took away is said as such, once; should that not be certain, it is what peers say.
    if (f.entryPoint && told.has(`${f.entryPoint}|${f.missing}`)) {
      if (!before.has(f.id) && f.blocking && f.rule === 'missing-protection')
        byPeers.set(`${f.entryPoint}|${f.missing}`, f);
      continue;
    }
    if (isOfSeveral(f) && f.affects.some((id) => told.has(`${id}|${f.missing}`) || withoutCaller(id)))
      continue;
    // Whoever had the role needed to own nothing: that the role is not asked for any more is one fault.
    const isOfRole = f.rule === 'missing-protection' && f.missing === 'ownership' && !before.has(f.id);
    if (isOfRole && told.has(`${f.entryPoint}|authorization`)) continue;
    // Who lost their authentication lost what hangs on it: one remedy.
    if (f.rule === 'missing-protection' && f.entryPoint && withoutCaller(f.entryPoint)) continue;
    // A route that many share is told for what stands behind it.
    const about = f.entryPoint === null && f.rule === 'missing-protection' ? f.affects : [f.entryPoint];
    const isNew =
      !before.has(f.id) &&
      !idle.has(f.id) &&
      about.some((id) => id === null || (touched.has(id) && !wasSo(f, earlier.get(id), after.get(id))));
    findings.push(isNew ? f : { ...f, status: 'existing', blocking: false });
  }
  findings.unshift(
    ...removed.map((f) => {
      const otherwise = f.where && byPeers.get(`${f.entryPoint}|${f.missing}`);
      return otherwise ? { ...f, otherwise } : f;
    }),
  );
  for (const [id, f] of before) {
    if (now.has(id)) continue;
    const of = isOfSeveral(f) ? f.affects : [f.entryPoint];
    // An entry point is not mended by its peers becoming as bad.
    const open =
      f.rule === 'missing-protection' &&
      of.every((id) => {
        const still = id === null ? undefined : after.get(id);
        return (
          still &&
          (still.public === null || f.missing === 'rate-limit') &&
          !(still.protections as string[]).includes(f.missing)
        );
      });
    if (!open) findings.push({ ...f, status: 'resolved', blocking: false });
  }
  const spoken = new Set(
    findings.flatMap((f) =>
      f.status === 'new' && f.missing === 'authentication' && !isOfSeveral(f)
        ? [f.entryPoint, ...f.affects]
        : [],
    ),
  );
  findings.push(...optOuts(base, head, (id) => spoken.has(id)), ...untrustedConfig(base, head));
  const knownGaps = new Set(base.gaps.map(gapKey));
  const gaps = head.gaps.map((g) => ({ ...g, introduced: !knownGaps.has(gapKey(g)) }));
  return {
    status: gaps.some((g) => g.introduced) ? 'partial' : 'complete',
    affected,
    findings: asTold(findings, head),
    gaps,
  };
}
/** It is about what several entry points do, and no route that leads to all of them. */
const isOfSeveral = (f: Finding): boolean =>
  f.rule === 'missing-protection' && f.entryPoint === null && f.trigger === null;
/** Who is told of one of these is not told that callers are asked less besides. */
const ASKED_LESS: ReadonlySet<string> = new Set(['authentication', 'authorization']);

/**
 * The entry point lacked this before the change, and reaches nothing that it did not reach: that something worse was told
 * of it then, or that the change gives its peers what it lacks, makes it no fault of the change.
 */
function wasSo(f: Finding, was: EntryPoint | undefined, is: EntryPoint | undefined): boolean {
  if (f.rule !== 'missing-protection' || !was || !is || grantsMore(was, is)) return false;
  // It did nothing once there were accounts.
  if (was.public === PUBLIC.firstRun && is.public === null) return false;
  const reach = (e: EntryPoint): Set<string> => new Set(e.effects.map((x) => `${x.target}|${x.operation}`));
  const [had, lacking] = [reach(was), (e: EntryPoint) => e.effects.filter((x) => isWithout(x, f.missing))];
  return (
    [...reach(is)].every((key) => had.has(key)) &&
    lacking(is).every((x) =>
      lacking(was).some((w) => w.target === x.target && w.operation === x.operation),
    ) &&
    was.protections.every((p) => is.protections.includes(p))
  );
}
/** The request says of more columns what somebody may. */
const grantsMore = (was: EntryPoint, is: EntryPoint): boolean =>
  is.effects.some((x) =>
    x.grants?.some((c) => !was.effects.some((w) => w.target === x.target && w.grants?.includes(c))),
  );
const isWithout = (effect: Effect, missing: string): boolean =>
  !(effect.protections as string[]).includes(missing);

const asTold = (findings: readonly Finding[], model: Model): Finding[] =>
  sorted(toldOnce(asTheyStand(withoutWhatFollows(findings), model)));

/** Everything that diverges inside one tree; every finding `existing`, none blocking. */
export function inspect(model: Model): Judgement {
  const findings = [...divergences(model), ...existingConfig(model)].map(
    (f): Finding => ({ ...f, status: 'existing', blocking: false }),
  );
  return {
    status: model.gaps.length > 0 ? 'partial' : 'complete',
    affected: [],
    findings: asTold(findings, model),
    gaps: model.gaps.map((g) => ({ ...g, introduced: false })),
  };
}

const divergences = (
  model: Model,
  isFault = toldAsFault(model),
  arrived?: ReadonlySet<string>,
  base?: Model,
  against = againstPeers(model, arrived),
): Finding[] => [
  ...[
    ...withoutWhatSignaturesSettle([
      ...distinct([...missingProtection(model, arrived, against), ...grantedByRequest(model)]),
      ...unsignedDeliveries(model, arrived),
    ]),
    ...keysForStrangers(against),
    ...filesWithoutPermission(against, arrived),
    ...minorityGuards(against),
    ...distinct([...unthrottledCredentials(model, arrived), ...unthrottledStrangers(model, arrived)]),
    ...unthrottledPasswords(model),
    ...unlimitedUploads(model),
  ].filter((f) => !isFault(f)),
  ...guardsNotAwaited(model),
  ...deadGuards(model),
  ...bypassableGuards(model),
  ...neverMounted(model),
  ...idleInstallations(model),
  ...inconsistentCookies(model),
  ...secretFallbacks(model, base),
  ...distinct(tokenAlgorithms(model, base)),
  ...plainSignatures(model, base),
  ...oauthState(model),
  ...anyOrigin(model, base),
  ...unverifiedAddresses(model),
  ...sessionsOutlivingPasswords(model),
  ...secretsSpentByNone(model, base),
  ...secretsWithoutEnd(model),
  ...endlessTokens(model, base),
  ...distinct([...lesserPermissions(model), ...weakerThanPeers(model)]),
  ...clientSideValues(model),
  ...reAuthentication(model),
];
/** What peers show to be missing need not be told for what is written as well. */
const distinct = (findings: readonly Finding[]): Finding[] => oneOfEach(findings, (f) => f.id);
/** A guard that is not waited for, or does not run, is said to be that: what it would bring is not missing besides. */
function toldAsFault(model: Model): (f: Finding) => boolean {
  const [byPromise, byDeadGuard] = [toldByPromise(model), toldByDeadGuard(model)];
  return (f) => byPromise(f) || byDeadGuard(f);
}
/** Lines move; the same gap further down is not a new one. */
export const gapKey = (g: Gap): string =>
  `${g.reason.replace(/ \(and in .*\)$/, '')}|${g.reason.startsWith('entry points of ') ? '' : g.file}`;
const STATUS = { new: 0, existing: 1, waived: 2, resolved: 3 } as const;
/** What matters most comes first. */
export function sorted(findings: readonly Finding[]): Finding[] {
  return [...findings].sort(
    (a, b) =>
      STATUS[a.status] - STATUS[b.status] ||
      GRAVITY[a.level] - GRAVITY[b.level] ||
      (a.place.file < b.place.file ? -1 : a.place.file > b.place.file ? 1 : a.place.line - b.place.line) ||
      (a.id < b.id ? -1 : 1),
  );
}

/** Entry points that differ between two models: in what stands before them, what they reach, or whether they exist. */
export function difference(base: Model, head: Model): AffectedEntryPoint[] {
  const before = new Map(base.entryPoints.map((e) => [e.id, e]));
  const after = new Map(head.entryPoints.map((e) => [e.id, e]));
  const affected: AffectedEntryPoint[] = [];
  for (const e of head.entryPoints) {
    const old = before.get(e.id);
    if (!old) affected.push({ change: 'added', entryPoint: e });
    else if (essence(old) !== essence(e))
      affected.push({ change: 'changed', entryPoint: e, had: old.protections });
  }
  for (const e of base.entryPoints) if (!after.has(e.id)) affected.push({ change: 'removed', entryPoint: e });
  return affected;
}
/** What an entry point is, without the places where it stands. */
function essence(e: EntryPoint): string {
  return JSON.stringify([
    e.trigger,
    e.chain.map((l) => [l.name, l.protections, l.arguments, l.unless, l.position, l.covers, l.signed]),
    e.protections,
    e.unknown,
    e.asks?.name,
    e.withheld && [e.withheld.entity, e.withheld.protection],
    e.effects
      .map((x) => [
        x.operation,
        x.target,
        x.protections,
        x.authorization,
        x.demands,
        x.subjects,
        x.lifetime,
        x.believes,
        x.grants,
      ])
      .sort(),
    e.public,
    e.cookies?.map((c) => [c.name, c.attributes]) ?? null,
    e.codeExchange?.state ?? null,
    e.codeExchange?.address?.verified ?? null,
    e.neglected?.map((n) => [n.name, n.protections, n.how]),
    e.deadGuards?.map((d) => [d.name, d.protections, d.arguments]),
  ]);
}
