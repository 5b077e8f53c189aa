import type { EntryPoint, Model, Protection } from './model/model.js';
import { isEntityEffect } from './precedents/acting.js';
import { COMPARED } from './precedents/evidence.js';
import { hasCaller } from './precedents/precedents.js';
import { guards } from './precedents/whose.js';

/** A rule that holds in a tree without exception, as a policy requires it. */
export interface Established {
  protection: Protection;
  where:
    | { path: string; program?: string }
    | { name: string; program?: string }
    | { entity: string; effect: 'write'; program?: string };
  /** How many entry points it was seen on. */
  count: number;
}
export interface StartingPolicy {
  require: Established[];
  /** Folders of examples that have entry points, as globs. */
  ignore: string[];
  /** Names of what stands in front of entry points and could not be followed. */
  unfollowed: string[];
}

/** Fewer, and it may be chance. */
const ENOUGH_UNDER_A_PREFIX = 4;
const ENOUGH_ON_AN_ENTITY = 3;
const EXAMPLES = /^(?:.*\/)?(?:examples?|demos?|samples?)\//;
/** Parameters, and what a glob would take for more than a name. */
const NO_NAME = /[:*{}[\]()?+!@\\]/;

/**
 * What a policy may require from the first day: what holds already, everywhere, so that it is told of nothing that is there,
 * and of whatever will be the first exception.
 */
export function startingPolicy(model: Model): StartingPolicy {
  const judged = model.entryPoints.filter((e) => !EXAMPLES.test(e.registration.file));
  const programs = [...new Set(judged.map((e) => e.program))].sort();
  const several = programs.length > 1;
  return {
    require: programs.flatMap((program) => {
      const own = judged.filter((e) => e.program === program && hasCaller(e));
      const named = several ? { program } : {};
      const covered = new Set<string>();
      return [...underPrefixes(own, named, covered), ...onEntities(own, named, covered)];
    }),
    ignore: [
      ...new Set(
        model.entryPoints.flatMap((e) => {
          const folder = EXAMPLES.exec(e.registration.file)?.[0];
          return folder === undefined || NO_NAME.test(folder) ? [] : [`${folder}**`];
        }),
      ),
    ].sort(),
    unfollowed: [
      ...new Set(
        model.gaps.flatMap((g) => /^what `([^`]+)` does in front of entry points/.exec(g.reason)?.[1] ?? []),
      ),
    ].sort(),
  };
}

const keyOf = (protection: Protection, e: EntryPoint): string => `${protection}|${e.id}`;

/** The shortest paths and names under which nothing lacks it. */
function underPrefixes(
  entryPoints: readonly EntryPoint[],
  named: { program?: string },
  covered: Set<string>,
): Established[] {
  const found: Established[] = [];
  const under = new Map<string, EntryPoint[]>();
  for (const e of entryPoints)
    for (const prefix of prefixesOf(e)) under.set(prefix, [...(under.get(prefix) ?? []), e]);
  const shortest = [...under].sort(([a], [b]) => a.length - b.length || (a < b ? -1 : 1));
  for (const protection of ['authentication', 'authorization'] as const) {
    const taken: string[] = [];
    for (const [prefix, all] of shortest) {
      if (taken.some((each) => prefix.startsWith(each)) || all.length < ENOUGH_UNDER_A_PREFIX) continue;
      if (!all.every((e) => e.protections.includes(protection) && e.public === null)) continue;
      taken.push(prefix);
      for (const e of all) covered.add(keyOf(protection, e));
      const where = prefix.startsWith('/') ? { path: `${prefix}**` } : { name: `${prefix}*` };
      found.push({ protection, where: { ...where, ...named }, count: all.length });
    }
  }
  return found;
}
/** `/`, `/api/`, `/api/loans/` for `/api/loans/:id`, as far as it consists of names; `loans.` for `loans.extend`. */
function prefixesOf({ trigger }: EntryPoint): string[] {
  if (!('path' in trigger)) {
    const group = /^[\w$]+\./.exec(trigger.name)?.[0];
    return group === undefined ? [] : [group];
  }
  if (!trigger.path?.startsWith('/')) return [];
  const prefixes = ['/'];
  for (const segment of trigger.path.split('/').slice(1)) {
    if (segment === '' || NO_NAME.test(segment)) break;
    prefixes.push(`${prefixes.at(-1)}${segment}/`);
  }
  return prefixes;
}

/** Entities that nothing changes without it. */
function onEntities(
  entryPoints: readonly EntryPoint[],
  named: { program?: string },
  covered: ReadonlySet<string>,
): Established[] {
  const writers = new Map<string, Set<EntryPoint>>();
  for (const e of entryPoints)
    for (const x of e.effects)
      if (isEntityEffect(x) && x.class === 'write' && !NO_NAME.test(x.target))
        writers.set(x.target, (writers.get(x.target) ?? new Set()).add(e));
  const found: Established[] = [];
  for (const [entity, all] of [...writers].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (all.size < ENOUGH_ON_AN_ENTITY) continue;
    for (const protection of COMPARED) {
      if ([...all].every((e) => covered.has(keyOf(protection, e)))) continue;
      const holds = [...all].every(
        (e) =>
          e.public === null &&
          e.effects.every(
            (x) =>
              x.target !== entity || x.class !== 'write' || !isEntityEffect(x) || guards(e, x, protection),
          ),
      );
      if (holds) found.push({ protection, where: { entity, effect: 'write', ...named }, count: all.size });
    }
  }
  return found;
}
