import type { Effect, EntryPoint, Model } from '../model/model.js';
import { LEVELS, permissionIn, resourceOf, type Permission } from '../precedents/access-levels.js';
import { isEntityEffect, isReading } from '../precedents/acting.js';
import { apartFrom } from '../precedents/apart.js';
import { byProducts, type ByProducts } from '../precedents/by-products.js';
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

/** So many that ask for more put it beyond doubt, where not more ask for as little. */
const BEYOND_DOUBT = 2;

interface Asking {
  entryPoint: EntryPoint;
  effect: Effect;
  /** How much is asked of what may be done to each resource: whoever has less does not pass. */
  levels: ReadonlyMap<string, Permission & { name: string }>;
  /** What else is asked, such as a role. */
  besides: readonly string[];
}
interface Lesser {
  asking: Asking;
  asked: string;
  instead: string;
  having: readonly Asking[];
  alike: number;
}

/**
 * Entry points that change records and ask for the permission to look at such things, where others that change the same ask for the
 * permission to change them; or that take records away for the permission to change them, where others ask for that to delete.
 */
export function lesserPermissions(model: Model): Finding[] {
  const isByProduct = byProducts(model.entryPoints);
  const byEntity = new Map<string, Asking[]>();
  for (const entryPoint of model.entryPoints) {
    if (isReading(entryPoint) || entryPoint.public !== null) continue;
    for (const effect of entryPoint.effects) {
      if (!isChange(entryPoint, effect, isByProduct)) continue;
      const key = `${entryPoint.program}|${effect.target}`;
      byEntity.set(key, [...(byEntity.get(key) ?? []), askingOf(entryPoint, effect)]);
    }
  }
  const found = new Map<string, Finding>();
  for (const all of byEntity.values())
    for (const asking of all) {
      const lesser = lesserAt(asking, all);
      const finding = lesser && findingOf(lesser);
      if (finding && !found.has(finding.id)) found.set(finding.id, finding);
    }
  return [...found.values()];
}
/** Something becomes of records that somebody chose: not their numbers alone, and nothing that comes along. */
const isChange = (e: EntryPoint, x: Effect, isByProduct: ByProducts): boolean =>
  x.class === 'write' &&
  isEntityEffect(x) &&
  x.authorization.length > 0 &&
  !x.nested &&
  !x.own &&
  !x.tallies &&
  !x.raises &&
  !x.notes &&
  !x.fillsIn &&
  !x.unasked &&
  !isByProduct(e, x);

function askingOf(entryPoint: EntryPoint, effect: Effect): Asking {
  const levels = new Map<string, Permission & { name: string }>();
  const lists = effect.demands ?? effect.authorization.map((a) => [a]);
  for (const list of lists) {
    // Of one of which suffices, the least is what is asked; of several of which each has to be had, the most.
    const least = new Map<string, Permission & { name: string }>();
    for (const name of list) {
      const permission = permissionIn(name);
      const known = permission && least.get(permission.resource);
      if (permission && (!known || LEVELS[permission.level] < LEVELS[known.level]))
        least.set(permission.resource, { ...permission, name });
    }
    for (const [resource, permission] of least) {
      const known = levels.get(resource);
      if (!known || LEVELS[permission.level] > LEVELS[known.level]) levels.set(resource, permission);
    }
  }
  return { entryPoint, effect, levels, besides: effect.authorization.filter((a) => !permissionIn(a)) };
}

function lesserAt(a: Asking, all: readonly Asking[]): Lesser | null {
  const isDeletion = a.effect.operation === 'delete';
  for (const [resource, { level, name }] of a.levels) {
    if (level === 'remove' || (level === 'write' && !isForDeletion(a.entryPoint))) continue;
    // Somewhere else it is asked whether they may change something.
    if ([...a.levels].some(([of, other]) => of !== resource && other.level !== 'read')) continue;
    const others = all.filter(
      (p) =>
        p.entryPoint !== a.entryPoint &&
        p.levels.has(resource) &&
        (level === 'read' || p.effect.operation === 'delete'),
    );
    const asksMore = (p: Asking): boolean => LEVELS[p.levels.get(resource)!.level] > LEVELS[level];
    const having = distinct(others.filter((p) => asksMore(p) && asksNoLess(a, p)));
    const isOfEntity = resource === resourceOf(a.effect.target);
    const isAlike = (p: Asking): boolean => isDeletion || p.effect.operation === a.effect.operation;
    if (having.length === 0 || !(isOfEntity || having.some(isAlike))) continue;
    if (apartFrom(a.effect, entryPointsOf(having))) continue;
    const alike = new Set(others.filter((p) => !asksMore(p)).map((p) => p.entryPoint.id));
    for (const p of having) alike.delete(p.entryPoint.id);
    const instead = having[0]!.levels.get(resource)!.name;
    return { asking: a, asked: name, instead, having, alike: alike.size + 1 };
  }
  return null;
}
/** Taking away is what it is for, and not a step of changing something, as where parts of a whole are replaced by others. */
const isForDeletion = (e: EntryPoint): boolean =>
  e.effects.every((x) => x.class !== 'write' || !isEntityEffect(x) || x.nested || x.operation === 'delete');
/** It asks for all else that this one asks for, and whose something is where this one does. */
const asksNoLess = (a: Asking, p: Asking): boolean =>
  a.besides.every((role) => p.besides.includes(role)) &&
  (p.effect.protections.includes('ownership') || !a.effect.protections.includes('ownership'));
const distinct = (all: readonly Asking[]): Asking[] => [
  ...new Map(all.map((p) => [p.entryPoint.id, p])).values(),
];

const DOES: Readonly<Record<string, string>> = { create: 'creates', update: 'updates', delete: 'deletes' };
function findingOf({ asking, asked, instead, having, alike }: Lesser): Finding {
  const { entryPoint: e, effect } = asking;
  const link =
    e.chain.find((l) => l.protections.includes('authorization') && l.arguments.includes(asked)) ??
    linkWith(e, 'authorization');
  const others = entryPointsOf(having);
  const precedents = precedentsOf(others, 'authorization');
  const [model] = precedents;
  const { resource } = permissionIn(asked)!;
  const names = [...new Set(having.map((p) => p.levels.get(resource)!.name))].sort();
  const who = having.length === 1 ? 'another entry point' : `${having.length} other entry points`;
  return {
    id: fingerprint('weaker-than-peers', 'authorization', e.id),
    rule: 'weaker-than-peers',
    ...weighed(having.length >= BEYOND_DOUBT && having.length >= alike && !effect.settled),
    missing: 'authorization',
    ...placesOf(e),
    place: placeOfDemand(e, link, others),
    message: `${sentence(nameOf(e))} ${DOES[effect.operation]} ${effect.target} for whoever has ${asked}; ${who} that ${having.length === 1 ? 'writes' : 'write'} it ${having.length === 1 ? 'asks' : 'ask'} for ${listed(names.length > 3 ? [instead] : names)}.`,
    remedy: `Ask for ${instead}${model ? `, as \`${model.guard}\` at ${model.file}:${model.line} does` : ''}${link ? `, instead of \`${linkText(link)}\`` : ''}.`,
    precedents,
    affects: [],
  };
}
