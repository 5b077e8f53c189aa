import {
  commonGuard,
  fingerprint,
  nameOf,
  placesOf,
  precedentsOf,
  sentence,
} from '../divergences/describe.js';
import type { Finding } from '../divergences/finding.js';
import { connection, remedyOf, wordFor } from '../divergences/missing-protection.js';
import type { Effect, EntryPoint, Gap, Model, Protection } from '../model/model.js';
import { listOf, type Policy } from '../policy-file/policy.js';
import { guards } from '../precedents/whose.js';
import { ACCESS, openedBy } from './as-declared.js';
import { effectText, effectsMeant, isMeant, isPerhapsMeant, selectionText } from './select.js';

type Requirement = Policy['require'][number];

/** An entry point without something that is required of it. */
interface Lack {
  e: EntryPoint;
  protection: Protection;
  requirement: Requirement;
  /** The effect that is not behind it; null where it is the entry point as a whole. */
  effect: Effect | null;
}
/** Nobody calls these, so that a requirement is about them only where it names them. */
const UNCALLED: readonly string[] = ['job', 'message'];

/**
 * What required protections are missing: new where the change brings it, existing where the base lacked it too, resolved
 * where the base alone did. Without a base, everything exists.
 */
export function requirementFindings(policy: Policy, base: Model | null, head: Model): Finding[] {
  if (policy.require.length === 0) return [];
  const now = lacksIn(head, policy);
  const before = new Map((base ? lacksIn(base, policy) : []).map((lack) => [idOf(lack), lack]));
  const ids = new Set(now.map(idOf));
  return [
    ...now.map((lack) =>
      findingOf(lack, head, base !== null && !before.has(idOf(lack)) ? 'new' : 'existing'),
    ),
    ...[...before.values()]
      .filter((lack) => !ids.has(idOf(lack)))
      .map((lack) => findingOf(lack, base!, 'resolved')),
  ];
}

/** Whether a requirement is met, or is about an entry point at all, that cannot be said of what a change brings. */
export function requirementGaps(
  policy: Policy,
  affected: readonly EntryPoint[],
): (Gap & { introduced: true })[] {
  const gaps = new Map<string, Gap & { introduced: true }>();
  for (const e of affected)
    for (const requirement of policy.require) {
      if (isExcused(requirement, e)) continue;
      const { file, line } = requirement.at;
      const tell = (what: string): void => {
        const reason = `${what}, so that nobody knows whether ${nameOf(e)} is as ${file}:${line} requires`;
        gaps.set(reason, { reason, ...e.registration, affects: [e.id], introduced: true });
      };
      if (isPerhapsMeant(requirement, e)) tell('the full path is not known');
      else if (isMeant(requirement, e))
        for (const protection of wanted(requirement, e, policy))
          if (standing(e, protection, requirement) === 'unknown')
            tell(`whether it has ${wordFor(protection)} could not be followed`);
    }
  return [...gaps.values()];
}

function lacksIn(model: Model, policy: Policy): Lack[] {
  const lacks = new Map<string, Lack>();
  for (const requirement of policy.require)
    for (const e of model.entryPoints) {
      if (!isMeant(requirement, e) || isExcused(requirement, e)) continue;
      for (const protection of wanted(requirement, e, policy)) {
        const found = standing(e, protection, requirement);
        if (found === 'there' || found === 'unknown') continue;
        const lack = { e, protection, requirement, effect: found };
        if (!lacks.has(idOf(lack))) lacks.set(idOf(lack), lack);
      }
    }
  // A message without authentication on a connection without it is one fault: the connection's.
  const all = [...lacks.values()];
  const isOpen = ({ e: { trigger }, protection }: Lack): boolean =>
    protection === 'authentication' && trigger.kind === 'websocket' && trigger.name === null;
  const open = new Set(all.filter(isOpen).map((l) => connection(l.e)));
  return all.filter(
    (l) =>
      isOpen(l) ||
      l.protection !== 'authentication' ||
      l.e.trigger.kind !== 'websocket' ||
      !open.has(connection(l.e)),
  );
}
const isExcused = (requirement: Requirement, e: EntryPoint): boolean =>
  UNCALLED.includes(e.trigger.kind) && !listOf(requirement.kind).includes(e.trigger.kind);
const wanted = (requirement: Requirement, e: EntryPoint, policy: Policy): Protection[] =>
  listOf(requirement.protection).filter((p) => !(ACCESS.includes(p) && openedBy(e, policy) !== undefined));

/** Is it there? If not: the effect that is not behind it, or null for all of the entry point. */
function standing(
  e: EntryPoint,
  protection: Protection,
  requirement: Requirement,
): 'there' | 'unknown' | Effect | null {
  const effects = effectsMeant(requirement, e);
  if (effects?.length === 0) return 'there';
  const isAssumed = e.assumed?.some((a) => a.protection === protection) ?? false;
  const isOwn = (x: Effect): boolean => protection === 'ownership' && x.own;
  const open = effects
    ? effects.find((x) => !guards(e, x, protection) && !isOwn(x))
    : e.protections.includes(protection)
      ? undefined
      : null;
  if (open === undefined || isAssumed) return 'there';
  return e.unknown.includes(protection) ? 'unknown' : open;
}

/** The same as that of a divergence from peers: it is one fault, and one decision to let it be. */
const idOf = ({ e, protection }: Lack): string => fingerprint('missing-protection', protection, e.id);

function findingOf(lack: Lack, model: Model, status: Finding['status']): Finding {
  const { e, protection, requirement, effect } = lack;
  const having = model.entryPoints.filter(
    (p) => p.protections.includes(protection) && isMeant(requirement, p) && p.public === null,
  );
  const precedents = precedentsOf(having, protection);
  const { file, line } = requirement.at;
  const does = effect ? ` does \`${effectText(effect)}\`` : ' is reached';
  const because = requirement.reason ? `: ${requirement.reason.replace(/[.\s]+$/, '')}` : '';
  return {
    id: idOf(lack),
    rule: 'missing-protection',
    level: 'error',
    confidence: 'high',
    status,
    blocking: status === 'new',
    missing: protection,
    ...placesOf(e),
    place: effect && effect.place.file === e.handler?.file ? effect.place : e.registration,
    message: `${sentence(nameOf(e))}${does} without ${wordFor(protection)}, which ${file}:${line} requires of ${selectionText(requirement)}${because}.`,
    remedy: remedyOf(commonGuard(precedents), protection, e.trigger.kind === 'websocket'),
    precedents,
    affects: [],
  };
}
