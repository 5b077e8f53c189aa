import { whoHasIt, lackedBy, levelOf } from './divergences/missing-protection.js';
import { IN_THE_QUERY, INLINE, linkText, linkWith } from './divergences/describe.js';
import {
  confidenceOf,
  levelOf as levelOfLimit,
  unthrottled,
  whoIsLimited,
} from './divergences/unthrottled-credentials.js';
import type { Confidence, Level } from './divergences/finding.js';
import type { ChainLink, EntryPoint, Model, Place, Protection } from './model/model.js';
import { isSignIn } from './model/effects.js';
import { PUBLIC } from './model/public.js';
import { amongPeers, type Planned } from './precedents/planned.js';
import { isEntityEffect } from './precedents/acting.js';
import { COMPARED, type Evidence } from './precedents/evidence.js';
import { hasCaller, type Index } from './precedents/precedents.js';

/** How one entry point establishes a protection, as something to imitate. */
export interface Idiom {
  /** The guard as it is called there, or words for a test in the handler, or for a filter. */
  guard: string;
  how: 'in front of the handler' | 'inside the handler' | 'in the query';
  /** The line to look at, and the whole registration. */
  place: Place;
  /** Where the guard is defined, when that is in the repository. */
  definition: Place | null;
  /** The entry point that has it so, and where that is registered. */
  entryPoint: string;
  registration: Place;
  /** Several entry points have it from this one line: what is registered as they are has it too. */
  shared: boolean;
}
export interface Requirement {
  protection: Protection;
  /** That it was missing would be told at this level; an error blocks. */
  level: Level;
  confidence: Confidence;
  having: EntryPoint[];
  peers: number;
  why: string;
  idiom: Idiom | null;
  /** Whoever puts this protection there instead is not asked for this one. */
  notNeededWith: Protection[];
  /** What the planned entry point has already by where it stands, and from where. */
  given: Place | null;
}
export interface Requirements {
  required: Requirement[];
  /** What peers have besides; not compared, so that nothing is told where it is missing. */
  usual: { protection: Protection; having: number; peers: number; guard: string | null; place: Place }[];
  /** What this answer does not rest on, though it might matter. */
  notKnown: string[];
}

/**
 * What an entry point would have to carry for the judgement to say nothing of it. Asked are the rules themselves, about the
 * planned entry point as if it stood among the others without any protection.
 */
export function requiredProtections(planned: Planned, model: Model): Requirements {
  const signsIn = planned.effects.some(isSignIn);
  const plan = { ...planned, public: planned.public ?? (signsIn ? PUBLIC.exchanges : null) };
  const { entryPoint, index } = amongPeers(plan, model.entryPoints);
  const lacked = plan.public === null ? allLackedBy(entryPoint, index) : [];
  const allowed = lackedBy(withRole(entryPoint), index);
  const required = lacked.map((x): Requirement => {
    const needless = x.protection === 'ownership' && !allowed.some((o) => o.protection === 'ownership');
    return {
      protection: x.protection,
      level: levelOf(entryPoint, x),
      confidence: x.confidence,
      having: x.having,
      peers: x.peers,
      why: `${whoHasIt(x)}.`,
      idiom: idiomOf(x.having, x.protection, plan, targetOf(x)),
      notNeededWith:
        needless && lacked.some((o) => o.protection === 'authorization') ? ['authorization'] : [],
      given: givenTo(plan, x.protection, index.entryPoints),
    };
  });
  const throttled = throttling(plan, index.entryPoints, entryPoint);
  if (throttled) required.push(throttled);
  return {
    required,
    usual: usual(entryPoint, index.entryPoints),
    notKnown: notKnown(entryPoint, index.entryPoints),
  };
}
const targetOf = (x: Evidence): string | null => x.effect?.target ?? null;

/** The same with a role asked for in front of it: who may act on everybody's needs to own nothing. */
const withRole = (e: EntryPoint): EntryPoint => ({
  ...e,
  protections: ['authorization'],
  effects: e.effects.map((x) => ({ ...x, protections: ['authorization'] })),
});

/** What it lacks as it is; and the permission that others ask for beside whose something is. */
function allLackedBy(e: EntryPoint, index: Index): Evidence[] {
  const isPermission = (x: Evidence): boolean => x.protection === 'authorization';
  const bare = lackedBy(e, index);
  return bare.some(isPermission) ? bare : [...bare, ...lackedBy(asOnesOwn(e), index).filter(isPermission)];
}
/** The same on what is the caller's by a check. */
const asOnesOwn = (e: EntryPoint): EntryPoint => ({
  ...e,
  protections: ['authentication', 'ownership'],
  effects: e.effects.map((x) => ({ ...x, own: true, protections: ['authentication', 'ownership'] })),
});

/** Where strangers sign in, the rate limit that the others of that kind have. */
function throttling(
  planned: Planned,
  all: readonly EntryPoint[],
  entryPoint: EntryPoint,
): Requirement | null {
  const found = unthrottled(all).find((u) => u.entryPoint === entryPoint);
  if (!found) return null;
  const { having, others } = found;
  return {
    protection: 'rate-limit',
    level: levelOfLimit(found),
    confidence: confidenceOf(found),
    having,
    peers: others,
    why: `${whoIsLimited(found)}.`,
    idiom: idiomOf(having, 'rate-limit', planned, null),
    notNeededWith: [],
    given: null,
  };
}

/**
 * The example that is nearest to what is planned: of its kind, with the guard that most have, in the same file or folder,
 * on the same data.
 */
function idiomOf(
  having: readonly EntryPoint[],
  protection: Protection,
  planned: Planned,
  target: string | null,
): Idiom | null {
  const alike = having.filter((e) => e.trigger.kind === planned.trigger.kind);
  const candidates = (alike.length > 0 ? alike : having).map((e) => {
    const link = namedLink(e, protection) ?? linkWith(e, protection);
    return { e, link, guard: link ? linkText(link) : IN_THE_QUERY };
  });
  const counts = new Map<string, number>();
  // Tests that have no name are none that others have too.
  for (const c of candidates)
    counts.set(c.guard, c.link?.name.startsWith(INLINE) ? 0 : (counts.get(c.guard) ?? 0) + 1);
  const operations = new Set(planned.effects.map((x) => `${x.target}|${x.operation}`));
  const doesTheSame = (e: EntryPoint): number =>
    Number(e.effects.some((x) => operations.has(`${x.target}|${x.operation}`)));
  const best = candidates.toSorted(
    (a, b) =>
      counts.get(b.guard)! - counts.get(a.guard)! ||
      nearness(b.e, planned.file) - nearness(a.e, planned.file) ||
      doesTheSame(b.e) - doesTheSame(a.e) ||
      (a.e.id < b.e.id ? -1 : 1),
  )[0];
  if (!best) return null;
  const { e, link, guard } = best;
  const effect =
    e.effects.find((x) => x.target === target && x.protections.includes(protection)) ??
    e.effects.find((x) => x.protections.includes(protection));
  return {
    guard,
    how: !link
      ? 'in the query'
      : link.position === 'inline' || link.name.startsWith(INLINE)
        ? 'inside the handler'
        : 'in front of the handler',
    place: link?.place ?? effect?.place ?? e.registration,
    definition: link?.definition ?? null,
    entryPoint: e.id,
    registration: e.registration,
    shared: link !== null && isShared(link, e, having),
  };
}
/** What can be called again is more to imitate than a test that stands in one handler. */
const namedLink = (e: EntryPoint, protection: Protection): ChainLink | null =>
  linkWith({ ...e, chain: e.chain.filter((l) => !l.name.startsWith(INLINE)) }, protection);
function nearness(e: EntryPoint, file: string | null): number {
  if (file === null) return 0;
  if (e.registration.file === file) return 2;
  return e.registration.file.split('/').slice(0, -1).join('/') === file.split('/').slice(0, -1).join('/')
    ? 1
    : 0;
}
/** Installed once, in front of several that are registered elsewhere. */
const isShared = (link: ChainLink, e: EntryPoint, among: readonly EntryPoint[]): boolean =>
  link.position === 'applied' &&
  !isAt(e.registration, link.place) &&
  among.some((o) => o !== e && o.chain.some((l) => l.position === 'applied' && isAt(l.place, link.place)));
const isAt = (a: Place, b: Place): boolean => a.file === b.file && a.line === b.line;

/**
 * Where the planned entry point has a protection from by where it stands: a message from its connection, a route from what
 * is installed for all that its file registers.
 */
function givenTo(planned: Planned, protection: Protection, all: readonly EntryPoint[]): Place | null {
  const { trigger } = planned;
  if (trigger.kind === 'websocket' && trigger.name !== null) {
    const connection = all.find(
      (e) =>
        e.trigger.kind === 'websocket' &&
        e.trigger.name === null &&
        e.trigger.path === trigger.path &&
        e.program === planned.program,
    );
    return (connection && linkWith(connection, protection)?.place) ?? null;
  }
  if (planned.file === null) return null;
  const beside = all.filter(
    (e) =>
      e.registration.line > 0 &&
      e.registration.file === planned.file &&
      e.program === planned.program &&
      e.trigger.kind === trigger.kind,
  );
  const links = beside.map((e) => linkWith(e, protection));
  const first = links[0];
  if (!first || beside.length < 2 || !isShared(first, beside[0]!, beside)) return null;
  return links.every((l) => l && isAt(l.place, first.place)) ? first.place : null;
}

/** Protections of which nothing is demanded, and which half of those that do the same to the same data have. */
function usual(planned: EntryPoint, all: readonly EntryPoint[]): Requirements['usual'] {
  const keys = new Set(planned.effects.map((x) => `${x.target}|${x.class}`));
  const peers = all.filter(
    (e) =>
      e !== planned &&
      (keys.size > 0
        ? e.effects.some((x) => isEntityEffect(x) && keys.has(`${x.target}|${x.class}`))
        : e.registration.file === planned.registration.file),
  );
  const found: Requirements['usual'] = [];
  for (const protection of [...new Set(peers.flatMap((e) => e.protections))].sort()) {
    const having = peers.filter((e) => e.protections.includes(protection));
    if (COMPARED.includes(protection) || having.length < 2 || having.length * 2 < peers.length) continue;
    const link = linkWith(having[0]!, protection);
    found.push({
      protection,
      having: having.length,
      peers: peers.length,
      guard: link && linkText(link),
      place: link?.place ?? having[0]!.registration,
    });
  }
  return found;
}

function notKnown(planned: EntryPoint, all: readonly EntryPoint[]): string[] {
  const told: string[] = [];
  const targets = new Set(planned.effects.filter(isEntityEffect).map((x) => x.target));
  const reaching = all.filter(
    (e) => e !== planned && e.effects.some((x) => isEntityEffect(x) && targets.has(x.target)),
  );
  for (const target of targets)
    if (!reaching.some((e) => e.effects.some((x) => x.target === target)))
      told.push(`No other entry point is known to reach ${target}: nothing can be compared for it.`);
  const open = reaching.filter((e) => e.public !== null).length;
  if (open > 0)
    told.push(
      `Not counted: ${open} that ${open === 1 ? 'is' : 'are'} public on purpose, as far as behaviour shows.`,
    );
  const opaque = reaching.filter((e) => e.unknown.length > 0).length;
  if (opaque > 0)
    told.push(`Not counted for what is unknown of them: ${opaque} with a guard that could not be followed.`);
  if (planned.effects.length === 0)
    told.push(
      'Nothing is known of what it will reach: only what is registered beside it was compared. Name entity and operations.',
    );
  if (!hasCaller(planned)) told.push('Nobody calls a job or a message: no protection is asked of them.');
  return told;
}
