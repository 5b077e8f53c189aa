import type { Effect, EntryPoint, Model } from '../model/model.js';
import { LEVELS, permissionIn, resourceOf } from '../precedents/access-levels.js';
import { byProducts, type ByProducts } from '../precedents/by-products.js';
import { thresholdIn } from '../precedents/demands.js';
import { apartFrom } from '../precedents/apart.js';
import { isEntityEffect } from '../precedents/acting.js';
import {
  entryPointsOf,
  fingerprint,
  linkText,
  linkWith,
  listed,
  nameOf,
  placeOfDemand,
  placesOf,
  precedentsOf,
  sentence,
  weighed,
} from './describe.js';
import type { Finding } from './finding.js';

/** So many entry points that admit the same callers make it the rule of an entity; from the second number on beyond doubt. */
const ESTABLISHED = 2;
const BEYOND_DOUBT = 3;
/** What is at least as grave as something else: who may not change a record has no business deleting it. */
const NO_GRAVER: Readonly<Record<string, readonly string[]>> = {
  create: ['create'],
  update: ['update'],
  delete: ['delete', 'update', 'create'],
};

interface Admission {
  entryPoint: EntryPoint;
  effect: Effect;
  admits: readonly string[];
}

/**
 * Entry points that admit all whom their peers admit, and more: `allow(ADMIN, GUEST)` in front of a deletion, where whatever
 * else deletes or changes such records admits `ADMIN` alone. Only writes; who may read is a matter of each page.
 */
export function weakerThanPeers(model: Model): Finding[] {
  const byEntity = new Map<string, Admission[]>();
  for (const entryPoint of model.entryPoints)
    for (const effect of entryPoint.effects) {
      if (!effect.admits || effect.class !== 'write' || effect.nested || effect.own) continue;
      const key = `${entryPoint.program}|${effect.target}`;
      byEntity.set(key, [...(byEntity.get(key) ?? []), { entryPoint, effect, admits: effect.admits }]);
    }
  const isByProduct = byProducts(model.entryPoints);
  const found = new Map<string, Finding>();
  for (const admissions of byEntity.values())
    for (const a of admissions) {
      const kinds = NO_GRAVER[a.effect.operation] ?? [];
      const others = admissions.filter(
        (p) =>
          p.entryPoint !== a.entryPoint && !doesMore(p, a, isByProduct) && !(isForAll(p) && isOfMembers(a)),
      );
      const alike = others.filter((p) => kinds.includes(p.effect.operation));
      // A single other one that changes such records shows the rule where whoever makes them or takes them away is asked the same.
      const isAlone = new Set(alike.map((p) => p.entryPoint.id)).size === 1;
      const peers = isAlone ? others : alike;
      const having = new Map(peers.map((p) => [p.entryPoint.id, p]));
      const allowed = peers[0]?.admits.join();
      if (having.size < ESTABLISHED || peers.some((p) => p.admits.join() !== allowed)) continue;
      const more = beyond(a.admits, peers[0]!.admits);
      if (more.length === 0 || (more.every((m) => isFor(m, a.effect)) && isGiven(a, model))) continue;
      const admitting = [...having.values()];
      if (apartFrom(a.effect, entryPointsOf(admitting))) continue;
      const finding = findingOf(a, more, admitting, isAlone);
      if (!found.has(finding.id)) found.set(finding.id, finding);
    }
  return [...found.values()];
}

/** Whom one admits beside all whom the others do; nobody where it leaves out any of those. */
function beyond(admits: readonly string[], others: readonly string[]): readonly string[] {
  const [a, b] = [admits, others].map((all) => (all.length === 1 ? thresholdIn(all[0]!) : null));
  if (a && b && a.of === b.of)
    return (a.of.endsWith('>') ? a.number < b.number : a.number > b.number) ? admits : [];
  return others.every((r) => admits.includes(r)) ? admits.filter((r) => !others.includes(r)) : [];
}
/** A permission to do just this to such records, as `board:modify` is where one is updated: who has it was meant. */
function isFor(admitted: string, { operation, target }: Effect): boolean {
  const permission = permissionIn(admitted);
  if (!permission || !['', resourceOf(target)].includes(permission.resource)) return false;
  return LEVELS[permission.level] >= LEVELS[operation === 'delete' ? 'remove' : 'write'];
}
/** The same are admitted to change something else as well: it is a degree that the program has, and no slip at one place. */
const isGiven = ({ entryPoint, admits }: Admission, model: Model): boolean =>
  model.entryPoints.some(
    (e) =>
      e !== entryPoint &&
      e.program === entryPoint.program &&
      e.effects.some((x) => isWrite(x) && x.admits?.join() === admits.join()),
  );
/** The request names nothing of it, as the settings of a whole installation: whoever may change that says little of what is one group's. */
const isForAll = ({ effect }: Admission): boolean =>
  effect.operation !== 'create' && effect.subjects.length === 0;
/** What they are there was looked up in what they belong to, which the request names, and which it is of that is changed. */
const isOfMembers = ({ entryPoint, effect }: Admission): boolean =>
  entryPoint.effects.some(
    (x) =>
      x.own && x.check && x.subjects.some((s) => effect.subjects.includes(s) && !s.startsWith('identity')),
  );
/** Whoever writes other things besides, as an import does, is asked for what all of them need. */
function doesMore(peer: Admission, a: Admission, isByProduct: ByProducts): boolean {
  const written = new Set(a.entryPoint.effects.filter(isWrite).map((x) => x.target));
  const besides = peer.entryPoint.effects.filter(
    (x) => isWrite(x) && !x.nested && !written.has(x.target) && !isByProduct(peer.entryPoint, x),
  );
  return new Set(besides.map((x) => x.target)).size >= SEVERAL;
}
const isWrite = (x: Effect): boolean => x.class === 'write' && isEntityEffect(x);
/** One thing more goes along with many a change, as its history does. */
const SEVERAL = 2;
const DOES: Readonly<Record<string, string>> = { create: 'creates', update: 'updates', delete: 'deletes' };

function findingOf(
  { entryPoint: e, effect }: Admission,
  more: readonly string[],
  peers: readonly Admission[],
  isOfAll: boolean,
): Finding {
  const isSure = peers.length >= BEYOND_DOUBT && !isOfAll;
  const does = isOfAll ? 'write' : effect.operation === 'delete' ? 'change or delete' : effect.operation;
  const link = linkWith(e, 'authorization');
  const others = entryPointsOf(peers);
  const precedents = precedentsOf(others, 'authorization');
  const [model] = precedents;
  return {
    id: fingerprint('weaker-than-peers', 'authorization', e.id),
    rule: 'weaker-than-peers',
    ...weighed(isSure),
    missing: 'authorization',
    ...placesOf(e),
    place: placeOfDemand(e, link, others),
    message: `${sentence(nameOf(e))} ${DOES[effect.operation]} ${effect.target} for ${listed(more)} as well; ${peers.length === 2 ? 'both' : `all ${peers.length}`} other entry points that ${does} it admit only ${listed(peers[0]!.admits)}.`,
    remedy: `Admit only ${listed(peers[0]!.admits)}${model ? `, as \`${model.guard}\` at ${model.file}:${model.line} does` : ''}${link ? `, instead of \`${linkText(link)}\`` : ''}.`,
    precedents,
    affects: [],
  };
}
