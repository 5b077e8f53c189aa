import type { Effect, EntryPoint, Protection } from '../model/model.js';
import { PUBLIC } from '../model/public.js';
import { isActing, isEntityEffect, isInput, isReading, isWriting } from './acting.js';
import { apartFrom } from './apart.js';
import { byProducts, lineOf, type ByProducts } from './by-products.js';
import { doorsOf, doorsWithoutPermission, MANY, NEARLY_ALL, neighbourhood } from './doors.js';
import { maySayTheSame } from './every-role.js';
import { exemptions } from './exemptions.js';
import { COMPARED, isAskedFor, type Evidence } from './evidence.js';
import { byGround, byNeighbours, byRecord } from './further-peers.js';
import { recordsAbove } from './same-record.js';
import { byFirstRecord, withFirstRecord } from './second-record.js';
import { beginsSignIn } from './sign-in-steps.js';
import { bySameLine, onMachine } from './same-line.js';
import { isWeak } from './weak-evidence.js';
import { guards, isEither, isOpenedByRole, opensAll } from './whose.js';
import { heaviest, strongest } from './strongest.js';
import { evidenceOf, witnesses } from './witnesses.js';

/** Does every effect of the entry point on the same entity, in this class, stand behind the protection? */
function has(
  entryPoint: EntryPoint,
  of: Effect,
  kind: Effect['class'] | null,
  protection: Protection,
  isByProduct: ByProducts,
): boolean {
  const effects = entryPoint.effects.filter(
    (e) =>
      isEntityEffect(e) &&
      e.target === of.target &&
      (kind === null || e.class === kind) &&
      isCompared(e) &&
      isAsMuchOnes(e, of, protection) &&
      !isByProduct(entryPoint, e) &&
      !(protection === 'ownership' && (isAssumed(e) || makesOwn(e))),
  );
  return (
    effects.length > 0 &&
    effects.every((e) => guards(entryPoint, e, protection)) &&
    // Where whose it is suffices, no permission is asked of whom it belongs to.
    !(protection === 'authorization' && (of.own || isWhose(of)) && isEither(entryPoint, protection))
  );
}
/**
 * Nothing is known of which record it acts on, or nobody chooses it: that a check covers it was given to it, and shows
 * nobody a rule.
 */
const isAssumed = (e: Effect): boolean =>
  e.fixed === true ||
  (e.operation !== 'list' && !e.own && e.subjects.every((s) => s.startsWith('config:') || SHAPES.has(s)));
const isWhose = (e: Effect): boolean => e.protections.includes('ownership');
const isMine = (e: Effect): boolean =>
  isWhose(e) && e.subjects.some((s) => s === 'identity' || s.startsWith('identity.'));
/** It was asked whose it is, or for the secret of it, of whoever it was. */
const isHeld = (e: Effect): boolean =>
  e.own && isWhose(e) && !e.subjects.some((s) => s.startsWith('identity'));
/** Looked up by what the request says, and nobody was asked whose it is: it is for whoever was told. */
const isFoundBySecret = (e: Effect): boolean =>
  e.held === true && isHeld(e) && e.class === 'read' && e.subjects.some(isInput);
/** Written down as made by the caller: there is nobody whose it could be instead, so that nothing is asked, and nothing left out. */
const makesOwn = (e: Effect): boolean => e.operation === 'create' && e.own && !isWhose(e);
/** Whose the record is to which a field belongs was decided where that record was loaded. */
const isOfParent = (e: Effect): boolean =>
  e.subjects.length > 0 &&
  (e.class === 'read' ? e.subjects.includes('parent') : e.subjects.every((s) => s === 'parent'));
/** What a value was made with, rather than from. */
const SHAPES: ReadonlySet<string> = new Set(['hashed', 'count']);
/** What only serves a check, or comes along with something else, is not what an entry point is for. */
const isCompared = (e: Effect): boolean => !e.check && !e.fillsIn && !(e.nested && e.class === 'read');
/** What somebody may do with what is theirs says nothing of what they may do with what is not, nor the other way round. */
const isAsMuchOnes = (a: Effect, b: Effect, protection: Protection): boolean =>
  protection !== 'authorization' ||
  // Nor what who makes something is asked, of what they may do with it later.
  (a.own === b.own && (!b.own || (a.operation === 'create') === (b.operation === 'create')));
/** Of what is the caller's, the request says which, by no secret; and no permission is asked for, on no way. */
const isChosenOfOnes = (e: EntryPoint, effect: Effect): boolean =>
  !effect.bySecret &&
  !e.protections.includes('authorization') &&
  guards(e, effect, 'authentication') &&
  isWhose(effect) &&
  !effect.subjects.every((s) => s.startsWith('identity'));

export interface Index {
  entryPoints: readonly EntryPoint[];
  /** Ids of those that a change brings. */
  arrived: ReadonlySet<string>;
  isByProduct: ByProducts;
  byTarget: ReadonlyMap<string, readonly EntryPoint[]>;
  byNeighbourhood: ReadonlyMap<string, readonly EntryPoint[]>;
  /** Those that start a process or change a file, by the line that does. */
  byLine: ReadonlyMap<string, readonly EntryPoint[]>;
  /** What is further below a record of the path, by that. */
  below: ReadonlyMap<string, readonly EntryPoint[]>;
  /** Those that change something, by program and kind of trigger. */
  acting: ReadonlyMap<string, readonly EntryPoint[]>;
  /** A guard that asks others who they are was told not to ask here. */
  isExempt(e: EntryPoint): boolean;
  /** The same, however few it asks. */
  isToldApart(e: EntryPoint): boolean;
  /** It is reached by a route of which nothing behind it asks who calls. */
  isOpenRoute(e: EntryPoint): boolean;
  /** Doors that ask for no permission, and others that do, are meant for different callers. */
  askAlike(a: EntryPoint, b: EntryPoint): boolean;
  /** How many entry points reach the line of an effect. */
  reaching(effect: Effect): number;
  /** Which part of a neighbourhood has a protection. */
  share(neighbourhood: string, protection: Protection): number;
}
export function indexEntryPoints(
  entryPoints: readonly EntryPoint[],
  arrived: ReadonlySet<string> = new Set(),
): Index {
  const byTarget = new Map<string, EntryPoint[]>();
  const byNeighbourhood = new Map<string, EntryPoint[]>();
  const acting = new Map<string, EntryPoint[]>();
  const below = new Map<string, EntryPoint[]>();
  const byLine = new Map<string, EntryPoint[]>();
  const add = (map: Map<string, EntryPoint[]>, key: string, e: EntryPoint): void => {
    const list = map.get(key);
    if (!list) map.set(key, [e]);
    // One is added with all that it has before the next.
    else if (list.at(-1) !== e) list.push(e);
  };
  const isByProduct = byProducts(entryPoints);
  const reached = new Map<string, number>();
  for (const e of entryPoints) {
    // Whatever a message reaches, its connection does.
    if (!(e.trigger.kind === 'websocket' && e.trigger.name === null))
      for (const line of new Set(e.effects.map(lineOf))) reached.set(line, (reached.get(line) ?? 0) + 1);
    if (!hasCaller(e)) continue;
    for (const effect of e.effects) {
      if (isEntityEffect(effect)) add(byTarget, effect.target, e);
      else if (onMachine(effect)) add(byLine, lineOf(effect), e);
    }
    add(byNeighbourhood, neighbourhood(e), e);
    if (e.public === null) for (const { key } of recordsAbove(e)) add(below, key, e);
    if (isActing(e, isByProduct) && e.public === null) add(acting, doorsOf(e), e);
  }
  const spared = [...exemptions(entryPoints).values()];
  const exempt = new Set(spared.flatMap((x) => (x.share >= BY_DEFAULT ? x.covered : [])));
  const apart = new Set(spared.flatMap((x) => x.covered));
  const asked = new Set(entryPoints.filter((e) => e.protections.includes('authentication')).map(routeOf));
  const shares = new Map<string, number>();
  const share = (key: string, protection: Protection): number => {
    const name = `${protection}|${key}`;
    let known = shares.get(name);
    if (known === undefined) {
      const around = (byNeighbourhood.get(key) ?? []).filter(
        (e) => e.public === null && (!arrived.has(e.id) || e.protections.includes(protection)),
      );
      // For one class of operation it can be the rule where for all together it is not.
      const of = (list: readonly EntryPoint[]): number =>
        list.length === 0 ? 0 : list.filter((e) => e.protections.includes(protection)).length / list.length;
      shares.set(
        name,
        (known = Math.max(
          of(around),
          of(around.filter((e) => isWriting(e, isByProduct))),
          of(around.filter((e) => !isWriting(e, isByProduct))),
        )),
      );
    }
    return known;
  };
  const open = doorsWithoutPermission(acting, (p) => {
    const written = p.effects.filter((x) => isEntityEffect(x) && x.class === 'write' && !isByProduct(p, x));
    return written.length > 0 && written.every((x) => guards(p, x, 'authorization'));
  });
  return {
    entryPoints,
    arrived,
    isByProduct,
    askAlike: (a, b) => doorsOf(a) === doorsOf(b) || !(open.has(doorsOf(a)) || open.has(doorsOf(b))),
    byTarget,
    byNeighbourhood,
    acting,
    byLine,
    below,
    isExempt: (e) => exempt.has(e),
    isToldApart: (e) => apart.has(e),
    isOpenRoute: (e) => e.door !== undefined && !asked.has(routeOf(e)),
    reaching: (effect) => reached.get(lineOf(effect)) ?? 0,
    share,
  };
}
/** A job or a message is set off by the program itself, or by what it trusts: there is nobody to be asked who they are. */
export const hasCaller = (e: EntryPoint): boolean => e.trigger.kind !== 'job' && e.trigger.kind !== 'message';
/** The route that several are reached by, such as the fields of a schema; null for what has one of its own. */
const routeOf = ({ program, door }: EntryPoint): string | null =>
  door ? `${program}: ${door.method} ${door.path}` : null;

/**
 * What the peers of an entry point establish that it lacks. Peers share an entity and the class of operation; where
 * nobody else writes what it writes, those that read it count; where it reaches nothing known, its neighbours do.
 *
 * The ranking follows Engler, Chen, Hallem, Chou and Chelf, "Bugs as Deviant Behavior" (SOSP 2001): the more often
 * code behaves as if a rule held, and the more rarely not, the likelier an exception is an error. Changed: counts here
 * are small, so a rule needs no majority over a large sample; instead class of operation and stake move the level.
 */
export function evidenceAgainst(e: EntryPoint, index: Index): Evidence[] {
  const found: Evidence[] = [];
  if (!hasCaller(e)) return found;
  for (const protection of COMPARED) {
    if (!isAskedFor(e, protection)) continue;
    const peers = strongest([
      ...heaviest(byEffect(e, protection, index)),
      ...byNeighbours(e, protection, index),
      ...byRecord(e, protection, index),
      ...bySameLine(e, protection, index),
      ...byGround(e, protection, index.byNeighbourhood.get(neighbourhood(e)) ?? [], index),
      ...(protection === 'authentication' ? byProgram(e, index) : []),
    ]);
    const best = withFirstRecord(peers, byFirstRecord(e, protection, index));
    const isStep = best && protection === 'authentication' && beginsSignIn(e, index.entryPoints);
    if (best) found.push(isStep ? { ...best, weak: true } : best);
  }
  // Who need not be known is held to nothing that is asked of people.
  return found.some((x) => x.protection === 'authentication' && x.weak && x.confidence !== 'low')
    ? found.map((x) => ({ ...x, weak: true }))
    : found;
}
function byEffect(e: EntryPoint, protection: Protection, index: Index): Evidence[] {
  const found: Evidence[] = [];
  const seen = new Set<string>();
  const chooses = e.effects.some((x) => isEntityEffect(x) && x.class === 'write' && !x.fixed);
  const gives = isReading(e) && e.effects.some((x) => isEntityEffect(x) && isGiven(x));
  for (const effect of e.effects) {
    const key = `${effect.target}|${effect.class}`;
    if (!isEntityEffect(effect) || seen.has(key) || guards(e, effect, protection)) continue;
    // What is one's own, or held by a secret, needs no permission, unless others ask for one of whoever acts on what is theirs.
    if (effect.own && protection === 'ownership') continue;
    if (effect.own && protection === 'authorization' && !isChosenOfOnes(e, effect)) continue;
    // Whose it is was asked: that there is somebody is part of that.
    if (protection === 'authentication' && (isMine(effect) || isHeld(effect))) continue;
    if (protection === 'ownership' && (effect.global || isAssumed(effect))) continue;
    // Beside what the request is about, or a record that is made, what has to be kept in order for it needs no permission of its own.
    if (protection === 'authorization' && effect.fixed && (chooses || hangsOnMade(e, effect))) continue;
    // A request to read something is no request to change what is kept up to date along the way.
    if (effect.class === 'write' && gives) continue;
    if (protection === 'ownership' && isOfParent(effect)) continue;
    if (
      protection === 'ownership' &&
      opensAll(e, effect, index.byTarget.get(effect.target) ?? [], index.entryPoints, index.isByProduct)
    )
      continue;
    if (effect.counted || !isCompared(effect) || index.isByProduct(e, effect)) continue;
    seen.add(key);
    const writesIt = changes(e, effect.target, index);
    const others = (index.byTarget.get(effect.target) ?? []).filter(
      (p) =>
        p.id !== e.id &&
        (p.public === null || showsOpen(p, effect, protection)) &&
        isAskedFor(p, protection) &&
        !isPartOf(p, e) &&
        // What is reached by the same open route is the same exception, and not another.
        !(protection === 'authentication' && index.isOpenRoute(e) && routeOf(p) === routeOf(e)) &&
        (protection !== 'authorization' ||
          (index.askAlike(p, e) && !maySayTheSame(effect, p, (x) => x.target === effect.target))) &&
        p.effects.some((x) => x.target === effect.target && !index.isByProduct(p, x)) &&
        // Those whose role opens everybody's are no exception for those who have none.
        !(protection === 'ownership' && isOpenedByRole(p, effect, index.isByProduct)),
    );
    const begins = protection === 'authorization' && isBeginning(e, effect);
    const same = others.filter(
      (p) =>
        p.effects.some(
          (x) =>
            comparable(x, effect, protection) &&
            !index.isByProduct(p, x) &&
            !(begins && x.operation !== 'create'),
        ) && !(effect.class === 'read' && !writesIt && changes(p, effect.target, index)),
    );
    const evidence =
      byAll(protection, effect, same, others, index) ?? weigh(protection, effect, same, effect.class, index);
    if (!evidence) continue;
    found.push(isWeak(e, evidence, index) ? { ...evidence, weak: true } : evidence);
  }
  return found;
}
/** What it reads of these it reads in order to change them: that says nothing of who may look. */
const changes = (e: EntryPoint, target: string, index: Index): boolean =>
  !isReading(e) &&
  e.effects.some((x) => x.target === target && x.class === 'write' && !index.isByProduct(e, x));
function comparable(x: Effect, effect: Effect, protection: Protection): boolean {
  return (
    isEntityEffect(x) &&
    x.target === effect.target &&
    x.class === effect.class &&
    isCompared(x) &&
    isAsMuchOnes(x, effect, protection) &&
    !(protection !== 'authentication' && isPartOfNew(x)) &&
    // Nobody is asked there, and that says nothing of where somebody chooses among what there is.
    !(protection === 'ownership' && (makesOwn(x) || isOfParent(x) || isFoundBySecret(x))) &&
    // Who may do what in something that is theirs says nothing of who may begin something new.
    !(protection === 'authorization' && hangsOnNothing(effect) && x.operation !== 'create' && isWhose(x)) &&
    // A role that opens everybody's stands instead of whose it is: those who are held to their own need none to look.
    !(protection === 'authorization' && effect.class === 'read' && isWhose(effect) && !isWhose(x)) &&
    // Who decides about everybody's says nothing of who may begin one that hangs on what is theirs.
    !(
      protection === 'authorization' &&
      effect.operation === 'create' &&
      isWhose(effect) &&
      x.operation !== 'create' &&
      !isWhose(x) &&
      x.protections.includes('authorization')
    ) &&
    // What is shown to everybody alike says that reading is open.
    !(
      protection === 'ownership' &&
      isAssumed(x) &&
      (x.class === 'write' || x.protections.includes(protection))
    )
  );
}
/** It makes a record that is tied to no other but the caller. */
const hangsOnNothing = (e: Effect): boolean =>
  e.operation === 'create' &&
  e.subjects.every((s) => s.startsWith('config:') || s.startsWith('identity') || SHAPES.has(s));
/** It is noted of a record that the same request makes, or in it, that a letter was sent, say: whoever may have that made has it noted. */
const hangsOnMade = (e: EntryPoint, effect: Effect): boolean =>
  (effect.operation === 'create' || effect.operation === 'update') &&
  e.effects.some((x) => x.operation === 'create' && effect.subjects.includes(`row:${x.target}`));
/** What owners open to everybody, anybody may look at: it is no role that reading such records asks for. */
const showsOpen = (p: EntryPoint, effect: Effect, protection: Protection): boolean =>
  protection === 'authorization' &&
  effect.class === 'read' &&
  (p.public === PUBLIC.opened || p.public === PUBLIC.shared || p.public === PUBLIC.given);
/** Whoever makes it is put into it, as the first member of a group is: who may end it is another matter. */
const isBeginning = (e: EntryPoint, effect: Effect): boolean =>
  hangsOnNothing(effect) &&
  e.effects.some(
    (x) =>
      x.operation === 'create' &&
      x.own &&
      x.subjects.includes(`row:${effect.target}`) &&
      x.subjects.some((s) => s.startsWith('identity')),
  );
/** Made along with a record that is just made: it hangs on nothing that was there, of which anybody could be asked. */
const isPartOfNew = (e: Effect): boolean => e.operation === 'create' && e.nested && e.fixed === true;
/** Messages belong to their connection: one does not bear witness against the other. */
function isPartOf(a: EntryPoint, b: EntryPoint): boolean {
  return (
    a.trigger.kind === 'websocket' &&
    b.trigger.kind === 'websocket' &&
    a.program === b.program &&
    a.trigger.path === b.trigger.path &&
    (a.trigger.name === null) !== (b.trigger.name === null)
  );
}
/**
 * All that reach the entity are asked where nobody else writes what is written; and where one other reads it, for what is read
 * by a key that the request chooses: one reader is no rule, and one that is like all writers is.
 */
function byAll(
  protection: Protection,
  effect: Effect,
  same: readonly EntryPoint[],
  others: readonly EntryPoint[],
  index: Index,
): Evidence | null {
  if (protection === 'authorization') return null;
  if (effect.class === 'write')
    return same.length > 0 ? null : weigh(protection, effect, others, null, index);
  const [only] = same;
  if (!only || same.length > 1 || !effect.subjects.some(isInput)) return null;
  // To be known is asked for many reasons; whoever reads only what is theirs says that it is not for strangers.
  if (!has(only, effect, 'read', 'ownership', index.isByProduct)) return null;
  const all = weigh(protection, effect, others, null, index);
  return all?.confidence === 'high' && all.having.length === all.peers && all.having.includes(only)
    ? all
    : null;
}
function weigh(
  protection: Protection,
  effect: Effect,
  all: readonly EntryPoint[],
  kind: Effect['class'] | null,
  index: Index,
): Evidence | null {
  const { peers, having, earlier } = witnesses(
    all,
    (p) => has(p, effect, kind, protection, index.isByProduct),
    index,
  );
  if (having.length === 0) return null;
  const ratio = having.length / peers.length;
  const write = effect.class === 'write';
  // Reading is open to more roles than writing: only a rule nearly without exception is one.
  if (protection === 'authorization' && !write && (having.length < 3 || ratio < 0.9)) return null;
  const ofOnes = protection === 'authorization' && effect.own;
  if (ofOnes && (having.length < 2 || ratio < 0.75)) return null;
  const enough = having.length >= 2 || (write && ratio === 1);
  // Half of the writers are a rule, half of the readers are not: public reading of what its owner changes is common.
  const confidence =
    ratio >= 0.75 && enough ? 'high' : write && (ratio === 1 || (enough && ratio >= 0.5)) ? 'medium' : 'low';
  const apart = protection === 'authorization' ? apartFrom(effect, having) : undefined;
  return {
    protection,
    having,
    peers: peers.length,
    earlier,
    confidence: apart === 'settled' ? 'low' : confidence,
    common: `that ${kind === null ? 'reach' : kind} ${effect.target}`,
    effect,
    ...(apart && confidence !== 'low' ? { apart } : {}),
  };
}
/**
 * Nobody else does what it does, but hardly anything of its kind changes something for strangers: whole files were
 * forgotten, or what is reached is no record at all, such as a process. Only where there are many, and nearly all have it.
 */
function byProgram(e: EntryPoint, index: Index): Evidence[] {
  if (!isActing(e, index.isByProduct) || e.protections.includes('authentication') || e.effects.some(isMine))
    return [];
  if (index.isExempt(e) || e.effects.every((x) => x.class === 'read' || x.own || index.isByProduct(e, x)))
    return [];
  const asked = witnesses(
    (index.acting.get(doorsOf(e)) ?? []).filter(
      (p) => p.id !== e.id && !p.unknown.includes('authentication') && !isPartOf(p, e),
    ),
    (p) => p.protections.includes('authentication'),
    index,
  );
  if (asked.peers.length < MANY) return [];
  return evidenceOf(asked, NEARLY_ALL, {
    protection: 'authentication',
    // Whoever writes to those who run it is a stranger as a rule.
    confidence: e.effects.some((x) => x.class === 'write' && x.operation !== 'mail-send') ? 'medium' : 'low',
    common: `that change something in the same ${e.application ? 'application' : 'program'}`,
  });
}
/** A guard that asks nearly everybody lets pass whom it was told to; one that asks some may not have been told to ask. */
const BY_DEFAULT = 0.8;
const isGiven = (x: Effect): boolean => x.class === 'read' && !x.check && !x.nested;
