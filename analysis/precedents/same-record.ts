import type { Effect, EntryPoint, Protection } from '../model/model.js';
import { linesWith } from '../model/chain.js';
import { isEntityEffect, isReading } from './acting.js';
import type { ByProducts } from './by-products.js';
import { limitsToOwn } from './whose.js';

/** A part of a path that names one of several: `/orders/:orderId/…` is about an order, whatever else it reaches. */
export interface NamedRecord {
  /** The program and the path up to it, its own name left out. */
  key: string;
  /** The path up to it, as it is written. */
  path: string;
  parameter: string;
}
/** `id` of `:id(\\d+)?`; null where the part of a path is no parameter. */
export const parameterOf = (segment: string): string | null =>
  segment.startsWith(':') ? segment.slice(1).replace(/\W.*$/, '') : null;
/** Records that stand in the path, and further below which the entry point is. */
export function recordsAbove(e: EntryPoint): NamedRecord[] {
  if (!('method' in e.trigger) || e.trigger.path === null || e.unmounted) return [];
  const segments = e.trigger.path.split('/');
  return segments.slice(0, -1).flatMap((segment, i): NamedRecord[] => {
    const parameter = parameterOf(segment);
    if (parameter === null || i === 0 || parameterOf(segments[i - 1]!) !== null) return [];
    const key = `${e.program}|${segments.slice(0, i).join('/')}`;
    return [{ key, path: segments.slice(0, i + 1).join('/'), parameter }];
  });
}

/**
 * Others that are about the same record of the path, and do to it what this one does: read it or change it. Whose it is, is asked
 * for the record, and not for each thing that hangs on it: they need not reach the same entity.
 *
 * @returns nothing where it is not seen that the record decides what is done here, or should, or where a role of its own lets in
 *   who needs to own nothing
 */
export function aboutTheSame(
  e: EntryPoint,
  protection: Protection,
  below: ReadonlyMap<string, readonly EntryPoint[]>,
  isByProduct: ByProducts,
): { path: string; others: EntryPoint[]; effect: Effect | null }[] {
  if (e.protections.includes(protection) || limitsToOwn(e, isByProduct)) return [];
  const roles = new Set(rolesAskedAt(e));
  return recordsAbove(e).flatMap(({ key, path, parameter }) => {
    const isAbout = e.effects.some(
      (x) => isEntityEffect(x) && !x.own && !isByProduct(e, x) && x.subjects.includes(`params.${parameter}`),
    );
    // What the caller has to do with the record was looked up: that the answer is not understood is no reason to doubt it.
    const isLookedUp = e.effects.some((x) => x.own && x.subjects.includes(`params.${parameter}`));
    const beside = (below.get(key) ?? []).filter((p) => p !== e);
    const effect = protection === 'ownership' ? leavesOut(e, path, beside, isByProduct) : null;
    if ((!isAbout || isLookedUp) && !effect) return [];
    const all = effect ? beside : beside.filter((p) => isReading(p) === isReading(e));
    if (protection !== 'ownership') return [{ path, others: all, effect }];
    const limited = all.filter((p) => p.protections.includes('ownership'));
    const common = new Set(limited.flatMap(rolesAskedAt));
    if ([...roles].some((at) => !common.has(at))) return [];
    return [
      {
        path,
        effect,
        others: all.filter((p) => limited.includes(p) || rolesAskedAt(p).every((at) => roles.has(at))),
      },
    ];
  });
}
/**
 * The path names the record, and what is done here is done to what a later part of it names, of any record: others below
 * the path that reach such a thing ask whose the record is.
 */
function leavesOut(
  e: EntryPoint,
  path: string,
  beside: readonly EntryPoint[],
  isByProduct: ByProducts,
): Effect | null {
  if (!('path' in e.trigger) || e.trigger.path === null) return null;
  const parameter = parameterOf(path.slice(path.lastIndexOf('/') + 1));
  // What is only planned stands on no line, and leaves nothing out yet: what it would need not to is asked for.
  const isPlanned = e.registration.line === 0;
  if (!isPlanned && e.effects.some((x) => x.subjects.includes(`params.${parameter}`))) return null;
  const later = e.trigger.path
    .slice(path.length)
    .split('/')
    .flatMap((s) => parameterOf(s) ?? []);
  const limited = beside.filter((p) => p.protections.includes('ownership'));
  if (!limited.some((p) => isReading(p) === isReading(e))) return null;
  return (
    e.effects.find(
      (x) =>
        isEntityEffect(x) &&
        !x.own &&
        !x.global &&
        !isByProduct(e, x) &&
        x.subjects.length > 0 &&
        (isPlanned || x.subjects.every((s) => later.some((l) => s === `params.${l}`))) &&
        limited.some((p) => p.effects.some((y) => isEntityEffect(y) && y.target === x.target)),
    ) ?? null
  );
}
/** Where it is asked what the caller may. */
const rolesAskedAt = (e: EntryPoint): string[] => linesWith(e, 'authorization');
