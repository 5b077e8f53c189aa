import type { ChainLink, Effect, EntryPoint, Protection } from '../model/model.js';
import { lineText } from '../model/place.js';
import { isEntityEffect, isInput } from './acting.js';
import { ACCOUNT } from './another-kind.js';
import type { ByProducts } from './by-products.js';
import { isAskedFor, type Evidence } from './evidence.js';
import { parameterOf } from './same-record.js';

/** What of an index is looked at here. */
interface Known {
  entryPoints: readonly EntryPoint[];
  arrived: ReadonlySet<string>;
  byTarget: ReadonlyMap<string, readonly EntryPoint[]>;
  isByProduct: ByProducts;
}

/**
 * The request names two records: it was asked whose the one is, and the other is acted on by its own key alone (CWE-639). Whoever
 * names one of theirs, and beside it one of others, passes. That the second hangs on the first is shown by others that find such
 * records by the key of the first, and ask whose that is: they need not do the like, for it is the record that is somebody's.
 */
export function byFirstRecord(e: EntryPoint, protection: Protection, index: Known): Evidence[] {
  // What is only planned stands on no line, and asks nothing yet: it would have to ask of both.
  const isPlanned = e.registration.line === 0;
  if (protection !== 'ownership' || !(isPlanned || e.protections.includes('ownership'))) return [];
  const seen = new Set<string>();
  return e.effects.flatMap((x): Evidence[] => {
    if (seen.has(x.target) || !(isPlanned ? isOfThoseThere(x) : isSecond(e, x, index.isByProduct))) return [];
    const others = (index.byTarget.get(x.target) ?? []).filter(
      (p) => p !== e && p.public === null && !index.arrived.has(p.id) && isAskedFor(p, 'ownership'),
    );
    const { name, having } = isPlanned ? foundByAny(x, others) : foundByFirst(e, x, others);
    if (name === null) return [];
    seen.add(x.target);
    return [
      {
        protection,
        having,
        peers: having.length,
        earlier: false,
        confidence: 'high',
        common: `that find ${x.target} by \`${name}\``,
        effect: x,
        first: name,
        byFirst: true,
      },
    ];
  });
}
/** What others that do the like show is told as before; that it is a second record is known of it besides. */
export function withFirstRecord(best: Evidence | null, byFirst: readonly Evidence[]): Evidence | null {
  const [second] = byFirst;
  if (!second) return best;
  if (!best || best.weak || best.confidence === 'low' || best.effect === null) return second;
  const same = byFirst.find((x) => x.effect?.target === best.effect?.target);
  return same ? { ...best, first: same.first! } : best;
}
/**
 * By its own key alone, and of something else that the request names it was asked whose it is: the answer is not about this.
 * Of what is read only where the path names both, for a value in a message may as well be what is looked for.
 */
export function isBesideTheFirst(e: EntryPoint, x: Effect): boolean {
  const asked = askedIn(e, x);
  return isByOwnKey(e, x) && !isTied(e, x, asked) && firstKeys(x, asked).length > 0;
}
/** It is asked whose something is, of nothing that is acted on: as where the caller says in the same request who they are. */
export const isAskedOfNothing = (e: EntryPoint, x: Effect): boolean =>
  isByOwnKey(e, x) && !e.effects.some((o) => isEntityEffect(o) && o.protections.includes('ownership'));

function isSecond(e: EntryPoint, x: Effect, isByProduct: ByProducts): boolean {
  if (!isEntityEffect(x) || x.check || x.nested || x.own) return false;
  // Whoever may do something to a group does it to people, who hang on nothing.
  if (x.protections.includes('ownership') || ACCOUNT.test(x.target) || isByProduct(e, x)) return false;
  if (x.bySecret || x.held || x.counted) return false;
  return isByOwnKey(e, x) && !isTied(e, x, askedIn(e, x));
}
/** Entity operations of which it was asked whose they are, on other records. */
const askedIn = (e: EntryPoint, x: Effect): Effect[] =>
  e.effects.filter((o) => isEntityEffect(o) && o !== x && o.protections.includes('ownership'));
/** Something ties it to the rest: the same value was asked about, what was found leads on to a check, or it was found by both at once. */
const isTied = (e: EntryPoint, x: Effect, asked: readonly Effect[]): boolean =>
  asked.some((o) => o.subjects.some((s) => x.subjects.includes(s))) ||
  e.effects.some((o) => o.check && o.subjects.includes(`row:${x.target}`)) ||
  e.effects.some(
    (o) =>
      o.target === x.target &&
      o.subjects.some((s) => x.subjects.includes(s)) &&
      o.subjects.some((s) => !x.subjects.includes(s)),
  );
/** Values of the request that say of other records which they are, and of which it was asked. */
const firstKeys = (x: Effect, asked: readonly Effect[]): string[] => [
  ...new Set(
    asked
      .filter((o) => o.target !== x.target)
      .flatMap((o) => o.subjects.filter((s) => isInput(s) && isKey(s) && !x.subjects.includes(s))),
  ),
];

/** What another does to such records, and asks whose they are. */
const ownedIn = (p: EntryPoint, x: Effect): Effect[] =>
  p.effects.filter((y) => isEntityEffect(y) && y.target === x.target && y.protections.includes('ownership'));
/** Others that find such records by what it was asked about here, and by what name they do. */
function foundByFirst(
  e: EntryPoint,
  x: Effect,
  others: readonly EntryPoint[],
): { name: string | null; having: EntryPoint[] } {
  const asked = askedIn(e, x);
  const first = firstKeys(x, asked);
  for (const key of first) {
    const known = identitiesOf(e, key);
    const having = others.filter((p) =>
      ownedIn(p, x).some((y) =>
        y.subjects.some((s) => isInput(s) && identitiesOf(p, s).some((i) => known.includes(i))),
      ),
    );
    if (having.length > 0) return { name: nameIn(key), having };
  }
  // What stands in front of it asks, and of what is not seen here: it is seen where the same stands in front of others.
  if (asked.some((o) => o.subjects.some(isInput))) return { name: null, having: [] };
  const guards = new Set(e.chain.flatMap(guardOf));
  const mine = new Set(x.subjects.map(nameIn));
  for (const p of others) {
    if (!p.chain.flatMap(guardOf).some((at) => guards.has(at))) continue;
    const key = ownedIn(p, x)
      .filter((y) => isByKeyAlone(y) && y.subjects.length === 1 && isSameFirst(p, e, y.subjects[0]!))
      .find((y) => !mine.has(nameIn(y.subjects[0]!)) || isInPath(e, x))?.subjects[0];
    if (key !== undefined) return { name: nameIn(key), having: [p] };
  }
  return foundThroughFirst(e, x, others, guards);
}
/**
 * What stands in front looks up the first by itself, and others behind it that reach such records all do by what was found of it,
 * and not by what the request says besides.
 */
function foundThroughFirst(
  e: EntryPoint,
  x: Effect,
  others: readonly EntryPoint[],
  guards: ReadonlySet<string>,
): { name: string | null; having: EntryPoint[] } {
  const [first] = keysInPath(e);
  const isThrough = (p: EntryPoint): boolean =>
    p.effects.every(
      (y) =>
        y.target !== x.target ||
        !isEntityEffect(y) ||
        (y.subjects.some((s) => s.startsWith('row:')) && !y.subjects.some(isInput)),
    );
  const behind = others.filter(
    (p) => first && keysInPath(p).has(first[0]) && p.chain.flatMap(guardOf).some((at) => guards.has(at)),
  );
  return first && isInPath(e, x) && behind.length >= SEVERAL && behind.every(isThrough)
    ? { name: first[1], having: behind }
    : { name: null, having: [] };
}
const SEVERAL = 2;
/** A record that is there, of whomever it is. */
const isOfThoseThere = (x: Effect): boolean => isEntityEffect(x) && x.operation !== 'create' && !x.own;
/** Others that find such records by the key of something else, whose they are asked. */
function foundByAny(x: Effect, others: readonly EntryPoint[]): { name: string | null; having: EntryPoint[] } {
  for (const p of others) {
    const key = ownedIn(p, x)
      .filter((y) => isByKeyAlone(y) && y.subjects.length === 1)
      .flatMap((y) => y.subjects)
      .find((s) => !BARE.test(nameIn(s)));
    if (key !== undefined) return { name: nameIn(key), having: [p] };
  }
  return { name: null, having: [] };
}
const guardOf = (l: ChainLink): string[] =>
  l.position === 'applied' && !l.aside && l.definition && l.protections.includes('ownership')
    ? [lineText(l.definition)]
    : [];
/** Where a path names it, both paths do, at the same place. */
function isSameFirst(p: EntryPoint, e: EntryPoint, subject: string): boolean {
  const at = pathKey(p, subject);
  return at === null ? !('method' in e.trigger) : keysInPath(e).has(at);
}

/**
 * A record that is there, found by nothing but what the request says it is. Of what is read only where the path names it and
 * another: a value in a message may as well be what is looked for.
 */
const isByOwnKey = (e: EntryPoint, x: Effect): boolean =>
  x.operation !== 'create' &&
  isByKeyAlone(x) &&
  (x.class === 'write' || (isInPath(e, x) && !isOfAnother(e, x)));
/** The same key finds a record of another kind, and what is read hangs on that. */
const isOfAnother = (e: EntryPoint, x: Effect): boolean =>
  e.effects.some(
    (o) => o.target !== x.target && !o.nested && x.subjects.every((s) => o.subjects.includes(s)),
  );
/** Found or changed by values that name one record each; what is found by a person alone is found among what was asked about. */
const isByKeyAlone = (x: Effect): boolean =>
  x.subjects.every((s) => isInput(s) && isKey(s)) && x.subjects.some((s) => !PERSON.test(nameIn(s)));
const nameIn = (subject: string): string => subject.slice(subject.lastIndexOf('.') + 1);
/** By its name it is the key of one record; a list of them is sifted more often than not. */
const isKey = (subject: string): boolean =>
  subject.includes('.') && /(?:id|uuid|slug|key)$/i.test(nameIn(subject));
const PERSON = /(?:user|account|person|people)_?(?:id|uuid|key)$/i;
/** A name that says nothing of what it is the key of. */
const BARE = /^(?:id|uuid|slug|key)$/i;
/** By what it is the same value in another entry point: its name, and the place in the path where it stands. */
function identitiesOf(e: EntryPoint, subject: string): string[] {
  const at = pathKey(e, subject);
  const name = nameIn(subject);
  return [...(BARE.test(name) || !isKey(subject) ? [] : [name]), ...(at === null ? [] : [at])];
}
/** The part of the path that names it; some frameworks give both parameters and the query as one. */
function pathKey(e: EntryPoint, subject: string): string | null {
  if (!/^(?:params|query)\./.test(subject)) return null;
  return [...keysInPath(e)].find(([, name]) => name === nameIn(subject))?.[0] ?? null;
}
function keysInPath({ program, trigger }: EntryPoint): Map<string, string> {
  const found = new Map<string, string>();
  if (!('method' in trigger) || trigger.path === null) return found;
  const segments = trigger.path.split('/');
  segments.forEach((segment, i) => {
    const name = parameterOf(segment);
    const before = segments.slice(0, i).map((s) => (parameterOf(s) === null ? s : ':'));
    if (name !== null) found.set(`${program}|${before.join('/')}/:`, name);
  });
  return found;
}
/** The path names it, and another before it. */
function isInPath(e: EntryPoint, x: Effect): boolean {
  const names = [...keysInPath(e).values()];
  return (
    names.length > 1 &&
    x.subjects.every((s) => pathKey(e, s) !== null) &&
    !x.subjects.every((s) => nameIn(s) === names[0])
  );
}
