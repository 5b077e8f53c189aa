import type { EntryPoint } from '../model/model.js';
import { isReading, isWriting } from '../precedents/acting.js';
import { doorsOf } from '../precedents/doors.js';
import { isAskedFor } from '../precedents/evidence.js';
import type { Index } from '../precedents/precedents.js';
import { fingerprint, guardNear, nameOf, placesOf, precedentsOf } from './describe.js';
import type { Finding } from './finding.js';
import { remedyOf, type AgainstPeers } from './missing-protection.js';

/** What one file registers, for somebody who is known. */
interface RoutesFile {
  path: string;
  all: EntryPoint[];
  /** Those that change something. */
  acting: EntryPoint[];
}

/**
 * A file of routes none of which asks what callers may do, where nearly all other such files of the program do: what a whole file
 * reaches has no peers that would show it, as a service of others that only this file calls. One finding for the file.
 *
 * @param arrived ids of entry points that the change brings: the files that were there before it show the rule
 */
export function filesWithoutPermission(
  { index, all }: AgainstPeers,
  arrived: ReadonlySet<string> = new Set(),
): Finding[] {
  const told = new Set(
    all.flatMap(({ entryPoint, evidence }) =>
      evidence.some((x) => x.protection === 'authorization') ? [entryPoint] : [],
    ),
  );
  return [...filesByDoors(index)].flatMap((files) =>
    files.flatMap((file) => {
      if (file.all.some((e) => asks(e) || told.has(e))) return [];
      const others = files.filter((f) => f !== file && !f.all.every((e) => arrived.has(e.id)));
      const asking = others.filter((f) => f.acting.filter(asks).length * 2 >= f.acting.length);
      const isRule =
        others.length >= MANY
          ? asking.length >= others.length * SHARE
          : others.length >= FEW && asking.length === others.length;
      return isRule ? [findingOf(file, asking, others.length)] : [];
    }),
  );
}
/** Of so many other files this part makes a rule; of fewer, all. */
const MANY = 6;
const SHARE = 0.8;
const FEW = 4;
const asks = (e: EntryPoint): boolean => e.protections.includes('authorization');

/** Files by program and kind of trigger. What is done with one's own needs no permission, and a file of one route is compared as that route is. */
function* filesByDoors(index: Index): Iterable<RoutesFile[]> {
  const doors = new Map<string, Map<string, RoutesFile>>();
  for (const e of index.entryPoints) {
    if (!isCompared(e, index)) continue;
    const files = doors.get(doorsOf(e)) ?? new Map<string, RoutesFile>();
    doors.set(doorsOf(e), files);
    const path = e.registration.file;
    const file = files.get(path) ?? { path, all: [], acting: [] };
    files.set(path, file);
    file.all.push(e);
    if (changes(e, index)) file.acting.push(e);
  }
  for (const files of doors.values())
    yield [...files.values()].filter(
      ({ all, acting }) =>
        acting.length > 0 && new Set(all.map(routeOf)).size > 1 && (all.some(asks) || !all.some(isOfOnes)),
    );
}
const isCompared = (e: EntryPoint, { isExempt }: Index): boolean =>
  (e.trigger.kind === 'http' || e.trigger.kind === 'rpc' || e.trigger.kind === 'graphql') &&
  e.public === null &&
  e.protections.includes('authentication') &&
  isAskedFor(e, 'authorization') &&
  !isExempt(e);
/** What a request to read something brings up to date along the way is no change that anybody asked for. */
const changes = (e: EntryPoint, { isByProduct }: Index): boolean =>
  !isReading(e) && isWriting(e, isByProduct);
const isOfOnes = (e: EntryPoint): boolean =>
  e.protections.includes('ownership') || e.effects.some((x) => x.own && !x.check);
const routeOf = ({ trigger }: EntryPoint): string =>
  'path' in trigger && trigger.path !== null ? trigger.path : 'name' in trigger ? (trigger.name ?? '') : '';

function findingOf(file: RoutesFile, rule: readonly RoutesFile[], others: number): Finding {
  const inOrder = file.acting.toSorted(
    (a, b) => a.registration.line - b.registration.line || (a.id < b.id ? -1 : 1),
  );
  // One that says which record it is about shows best what is at stake.
  const e = inOrder.find((o) => routeOf(o).includes(':')) ?? inOrder[0]!;
  const rest = inOrder.filter((o) => o !== e);
  const having = rule.flatMap((f) => f.all.filter(asks));
  const model = guardNear(e, having, 'authorization');
  const change = ['changes', 'and one more change'][rest.length] ?? `and ${rest.length} more change`;
  return {
    id: fingerprint('missing-protection', 'authorization', e.id),
    rule: 'missing-protection',
    level: 'warning',
    confidence: 'medium',
    status: 'new',
    blocking: false,
    missing: 'authorization',
    ...placesOf(e),
    place: e.registration,
    message: `Nothing in ${file.path} asks for a role or permission: ${nameOf(e)} ${change} something without. In ${rule.length} of ${others} other files of the program it is asked for.`,
    remedy: remedyOf(model, 'authorization', false),
    precedents: precedentsOf(having, 'authorization', e),
    affects: rest.map((o) => o.id),
  };
}
