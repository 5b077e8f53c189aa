import type { ChainLink, EntryPoint, Model, Protection } from '../model/model.js';
import { lineText } from '../model/place.js';
import { isWriting } from '../precedents/acting.js';
import type { Evidence } from '../precedents/evidence.js';
import { isFirm } from '../precedents/firm.js';
import { evidenceAgainst, indexEntryPoints, type Index } from '../precedents/precedents.js';
import { isEither } from '../precedents/whose.js';
import {
  fingerprint,
  guardNear,
  IN_THE_QUERY,
  INLINE,
  nameOf,
  placesOf,
  precedentsOf,
  sentence,
} from './describe.js';
import { STANDS_AS_NOTE } from './standing.js';
import type { Finding, Level, Precedent } from './finding.js';
import { atSharedRoutes } from './shared-routes.js';
import { programOf } from './told-once.js';

/** What of each entry point that is not public on purpose is said by its peers, however few. */
export interface AgainstPeers {
  index: Index;
  all: { entryPoint: EntryPoint; evidence: Evidence[] }[];
}
/** @param arrived ids of entry points that the change brings */
export function againstPeers({ entryPoints }: Model, arrived?: ReadonlySet<string>): AgainstPeers {
  const index = indexEntryPoints(entryPoints, arrived);
  const judged = entryPoints.filter((e) => e.public === null);
  return {
    index,
    all: judged.map((entryPoint) => ({ entryPoint, evidence: evidenceAgainst(entryPoint, index) })),
  };
}

/**
 * Entry points without a protection that their peers have.
 *
 * @param arrived ids of entry points that the change brings
 */
export function missingProtection(
  model: Model,
  arrived?: ReadonlySet<string>,
  { all }: AgainstPeers = againstPeers(model, arrived),
): Finding[] {
  const findings: Finding[] = [];
  const open = new Set<string>();
  for (const { entryPoint: e, evidence: said } of all) {
    const evidence = said.filter(isTold);
    const told = (protection: Protection): boolean =>
      evidence.some((x) => x.protection === protection && x.confidence !== 'low' && !x.weak);
    // Where others ask whose it is of all but those who may anyway, that is what is told.
    const isWhose =
      told('ownership') &&
      evidence.some(
        (x) => x.protection === 'authorization' && x.having.every((p) => isEither(p, 'authorization')),
      );
    for (const x of evidence) {
      // Who may do it includes whose it is: one remedy, one finding.
      if (x.protection === 'ownership' && told('authorization') && !isWhose) continue;
      if (x.protection === 'authorization' && isWhose) continue;
      if (
        x.protection !== 'authentication' &&
        x.effect === null &&
        evidence.some((o) => o.protection === 'authentication')
      )
        continue;
      if (
        x.protection === 'authentication' &&
        x.confidence !== 'low' &&
        !x.weak &&
        e.trigger.kind === 'websocket' &&
        e.trigger.name === null
      )
        open.add(connection(e));
      findings.push({
        ...findingOf(e, x),
        ...(isFirm(e, x, model.entryPoints) ? {} : STANDS_AS_NOTE),
      });
    }
  }
  // A message without authentication on a connection without authentication is one fault: the connection's.
  const byId = new Map(model.entryPoints.map((e) => [e.id, e]));
  return atSharedRoutes(findings, model, arrived).filter((f) => {
    if (f.entryPoint === null) return true;
    const e = byId.get(f.entryPoint)!;
    if (e.trigger.kind !== 'websocket') return true;
    if (e.trigger.name === null)
      return (
        f.missing === 'authentication' ||
        !model.entryPoints.some(
          (m) => m.trigger.kind === 'websocket' && m.trigger.name !== null && connection(m) === connection(e),
        )
      );
    return f.missing !== 'authentication' || !open.has(connection(e));
  });
}
/** What peers have and an entry point lacks, as far as it is worth telling; each by itself, whether or not one includes another. */
export const lackedBy = (e: EntryPoint, index: Index): Evidence[] => evidenceAgainst(e, index).filter(isTold);
const isTold = (x: Evidence): boolean => x.confidence !== 'low' || x.effect === null || x.apart !== undefined;
/**
 * Of what is open already, that nobody is asked who they are says enough. What a change brings is told whole: who puts
 * authentication there only to hear of the next thing is not helped.
 */
export function withoutWhatFollows(findings: readonly Finding[]): Finding[] {
  const unasked = findings.filter((f) => isExisting(f, 'authentication'));
  const open = new Set(unasked.flatMap((f) => [f.entryPoint, ...f.affects]));
  // Whoever opens a connection is asked there or nowhere: what its messages lack besides follows from that.
  const connections = new Set(unasked.flatMap((f) => overConnection(f) ?? []));
  const follows = (f: Finding): boolean => open.has(f.entryPoint) || connections.has(overConnection(f) ?? '');
  return findings.filter((f) => !(isExisting(f, f.missing) && f.missing !== 'authentication' && follows(f)));
}
/** Over which connection what a finding is about is reached. */
const overConnection = ({ entryPoint, trigger }: Finding): string | null =>
  entryPoint !== null && trigger?.kind === 'websocket' && trigger.path !== null
    ? `${programOf(entryPoint)}|${trigger.path}`
    : null;
const isExisting = (f: Finding, missing: string): boolean =>
  f.rule === 'missing-protection' &&
  f.status === 'existing' &&
  f.missing === missing &&
  f.missing !== 'rate-limit' &&
  f.level !== 'note';
/** The connection that a message comes over. */
export const connection = (e: EntryPoint): string =>
  `${e.program}|${e.trigger.kind === 'websocket' ? e.trigger.path : ''}`;

/** How grave it is that an entry point lacks this: an `error` blocks the change that brings it. */
export function levelOf(e: EntryPoint, x: Evidence): Level {
  if (x.weak || x.apart === 'settled') return 'note';
  const write = x.effect ? x.effect.class === 'write' : isWriting(e);
  const isGrave = x.confidence === 'high' ? write || x.protection !== 'authorization' : write;
  const level =
    x.effect === null ? (x.confidence === 'medium' ? 'warning' : 'note') : isGrave ? 'error' : 'warning';
  return isToldNotToAsk(e, x) || isLenient(e, x) || x.apart || x.byFirst ? LOWER[level] : level;
}
const LOWER = { error: 'warning', warning: 'note', note: 'note' } as const;
/**
 * What asks most of the others stands in front of this one as well, put there for it alone, and was told to ask nothing:
 * `require(NONE)`. Whoever wrote that thought of it. A guard that reads what others are marked with is another matter, and so is
 * one in front of many.
 */
function isToldNotToAsk(e: EntryPoint, x: Evidence): boolean {
  const at = lineText(e.registration);
  const idle = e.chain.flatMap((l) =>
    l.told && l.definition && lineText(l.place) === at ? [lineText(l.definition)] : [],
  );
  const asks = (p: EntryPoint): boolean =>
    p.chain.some(
      (l) => l.protections.includes(x.protection) && l.definition && idle.includes(lineText(l.definition)),
    );
  return idle.length > 0 && x.having.filter(asks).length * 2 > x.having.length;
}
/**
 * What finds out who calls, and lets strangers pass, was put in front of this one alone, and stands in the file of what turns them away
 * from most of its neighbours: whoever wrote that chose between them. Of what others do to the same records it is no answer, since one
 * is easily taken for the other.
 */
function isLenient(e: EntryPoint, x: Evidence): boolean {
  if (x.protection !== 'authentication' || x.effect !== null) return false;
  const files = e.chain.flatMap((l) => (l.lenient && l.definition ? [l.definition.file] : []));
  const isBeside = (l: ChainLink): boolean =>
    l.position === 'applied' &&
    l.protections.includes('authentication') &&
    l.definition !== null &&
    files.includes(l.definition.file);
  return files.length > 0 && x.having.filter((p) => p.chain.some(isBeside)).length * 2 > x.having.length;
}
const DOES = {
  create: 'creates',
  update: 'updates',
  delete: 'deletes',
  read: 'reads',
  list: 'lists',
} as Readonly<Record<string, string>>;
const VERB = {
  authentication: 'authentication',
  authorization: 'a role or permission check',
  ownership: 'a check that it belongs to the caller',
} as Readonly<Record<string, string>>;

export const wordFor = (protection: string): string => VERB[protection] ?? protection;

/** `2 of 3 other entry points that write Loan have it` */
export function whoHasIt(x: Evidence): string {
  const single = x.peers === 1;
  const other = x.earlier ? 'earlier' : 'other';
  const all = single
    ? `the ${other} entry point`
    : x.peers === 2
      ? `both ${other} entry points`
      : `all ${x.peers} ${other} entry points`;
  const count = x.having.length === x.peers ? all : `${x.having.length} of ${x.peers} ${other} entry points`;
  const common = single
    ? x.common.replace(
        /^that (\w+)/,
        (_m, verb: string) => `that ${verb === 'reach' ? 'reaches' : `${verb}s`}`,
      )
    : x.common;
  const have = single ? 'has' : 'have';
  return `${count} ${common} ${have} it`;
}
function findingOf(e: EntryPoint, x: Evidence): Finding {
  const found = ofPeers(e, x);
  if (!e.unpaid || !x.effect) return found;
  // A redirect brings nothing of who comes back: they cannot be asked to sign in, as the others are.
  return {
    ...found,
    message: `${sentence(nameOf(e))} ${DOES[x.effect.operation] ?? x.effect.operation} ${x.effect.target} of a payment and does not look whether it was made: whoever has only begun to pay comes back with such an id as well.`,
    remedy: 'Refuse it where the service that takes the money does not answer that this was paid.',
    precedents: [],
  };
}
function ofPeers(e: EntryPoint, x: Evidence): Finding {
  const precedents = precedentsOf(x.having, x.protection, e);
  const model = guardNear(e, x.having, x.protection);
  const what = x.effect
    ? ` ${DOES[x.effect.operation] ?? x.effect.operation} ${x.effect.target}`
    : ' is reached';
  const level = levelOf(e, x);
  const inHandler =
    x.effect && x.protection !== 'authentication' && e.handler && x.effect.place.file === e.handler.file
      ? x.effect.place
      : null;
  return {
    id: fingerprint('missing-protection', x.protection, e.id),
    rule: 'missing-protection',
    level,
    confidence: x.confidence,
    status: 'new',
    blocking: level === 'error',
    missing: x.protection,
    ...placesOf(e),
    place: inHandler ?? (x.protection === 'authentication' ? e.registration : (e.handler ?? e.registration)),
    message: `${sentence(nameOf(e))}${what} without ${x.guard ? `the permission that \`${x.guard}\` asks for` : wordFor(x.protection)}; ${whoHasIt(x)}.`,
    remedy:
      x.effect && isInFrontOf(e, model)
        ? askedOfAnother(model!, x.effect.target)
        : remedyOf(model, x.protection, e.trigger.kind === 'websocket'),
    precedents,
    affects: [],
  };
}
/** The guard that others have stands in front of this one too, and vouches for another record than the one that it acts on. */
const isInFrontOf = (e: EntryPoint, model: Precedent | null): boolean =>
  e.chain.some((l) => l.name === model?.guard && l.name !== NAMELESS && l.position === 'applied');
const askedOfAnother = ({ guard }: Precedent, target: string): string =>
  `\`${guard}\` stands in front of it and asks about another record: look up ${target} by that one as well.`;
/** What a function without a name of its own is called in a chain. */
const NAMELESS = 'anonymous';
export function remedyOf(model: Precedent | null, protection: string, isSocket: boolean): string {
  if (!model) return `Require ${wordFor(protection)} before it.`;
  const where = `as ${model.file}:${model.line} does`;
  if (model.guard === IN_THE_QUERY) return `Limit its query to what belongs to the caller, ${where}.`;
  if (model.guard.startsWith(INLINE) || model.guard === NAMELESS)
    return `Make the same check before it, ${where}.`;
  return isSocket
    ? `Make the check of \`${model.guard}\` there, ${where} in front of its handler.`
    : `Put \`${model.guard}\` in front of it, ${where}.`;
}
