import { GUARDING, type ChainLink, type EntryPoint, type Protection } from '../../analysis/model/model.js';
import { random, shuffled, type Mutant, type Remover, type Site } from './mutant.js';
import type { Project } from './project.js';
import { builder, decorator, routeArgument, wrapper } from './remove-applied.js';
import { inlineCheck } from './remove-check.js';

const REMOVERS: Record<string, Remover> = {
  'remove-argument': routeArgument,
  'remove-decorator': decorator,
  'remove-wrapper': wrapper,
  'remove-builder': builder,
  'remove-check': inlineCheck,
};
/** Mutants that take one guard away, in random order, of each kind in turn; and what was left out, by reason. */
export function removals(
  project: Project,
  seed: number,
): { mutants: Mutant[]; skipped: Map<string, number> } {
  const next = random(seed);
  const skipped = new Map<string, number>();
  const skip = (why: string): void => void skipped.set(why, (skipped.get(why) ?? 0) + 1);
  const sites = project.model.entryPoints.flatMap((entryPoint) =>
    entryPoint.chain.flatMap((link): Site[] => (gives(link) ? [{ entryPoint, link }] : [])),
  );
  const kinds = new Map<string, Mutant[]>(Object.keys(REMOVERS).map((name) => [name, []]));
  const seen = new Set<string>();
  for (const site of shuffled(sites, next)) {
    if (onlyFrom(site).length === 0) {
      skip('something else gives the same protection');
      continue;
    }
    const found = Object.entries(REMOVERS)
      .map(([name, remover]) => [name, remover(site, project)] as const)
      .find(([, outcome]) => outcome !== null);
    if (!found) {
      skip('it is installed for more than one registration, or in a way that is not read');
      continue;
    }
    const [mutator, outcome] = found;
    if (!outcome) continue;
    if ('skipped' in outcome) {
      skip(outcome.skipped);
      continue;
    }
    const key = JSON.stringify(outcome.edits);
    if (seen.has(key)) continue;
    seen.add(key);
    const loses = (e: EntryPoint): boolean =>
      e.chain.some((l) => isSame(l, site.link) && onlyFrom({ entryPoint: e, link: l }).length > 0);
    const expected = outcome.scope.filter(loses).map((e) => e.id);
    if (expected.length === 0) {
      skip('something else gives the same protection');
      continue;
    }
    kinds.get(mutator)!.push({
      mutator,
      file: site.link.place.file,
      line: site.link.place.line,
      what: `${site.link.name} (${onlyFrom(site).join(', ')}) of ${site.entryPoint.id}`,
      edits: outcome.edits,
      expected,
      allowed: dependents(outcome.scope, project),
    });
  }
  return { mutants: inTurn([...kinds.values()]), skipped };
}
const gives = (link: ChainLink): boolean => link.protections.some((p) => GUARDING.includes(p));
const isSame = (a: ChainLink, b: ChainLink): boolean =>
  a.name === b.name && a.place.file === b.place.file && a.place.line === b.place.line;

/** What an entry point has from this guard alone: only that is lost with it. */
function onlyFrom({ entryPoint, link }: Site): Protection[] {
  return link.protections.filter(
    (p) =>
      GUARDING.includes(p) &&
      !entryPoint.chain.some((l) => l !== link && l.protections.includes(p)) &&
      !(p === 'ownership' && entryPoint.effects.some((e) => e.own)),
  );
}
/**
 * Entry points in whose answer the change may show without being claimed: what was in scope and keeps another guard,
 * the messages of a connection, and what is reached through what a field answers.
 */
function dependents(scope: readonly EntryPoint[], project: Project): string[] {
  const isField = (e: EntryPoint): boolean =>
    e.trigger.kind === 'graphql' && !/^(?:Query|Mutation|Subscription)\./.test(e.trigger.name);
  const leadsOn = scope.some((s) => s.trigger.kind === 'graphql');
  return project.model.entryPoints
    .filter((e) => scope.some((s) => s.id === e.id || e.id.startsWith(`${s.id}#`)) || (leadsOn && isField(e)))
    .map((e) => e.id);
}
/** One of each list, then the second of each. */
export function inTurn<T>(lists: readonly (readonly T[])[]): T[] {
  const longest = Math.max(0, ...lists.map((l) => l.length));
  return Array.from({ length: longest }, (_, i) =>
    lists.flatMap((l) => (i < l.length ? [l[i]!] : [])),
  ).flat();
}
