import path from 'node:path';
import { gapKey } from './judge.js';
import type { Effect, EntryPoint, Gap, Model, Protection } from './model/model.js';
import { withNamesOf } from './model/renamed-programs.js';
import { withOrdinalsOf } from './model/same-handlers.js';
import { identityOf } from './model/trigger.js';

/** How what can be reached from outside differs between two trees. Nothing is judged: no peer is asked. */
export interface SurfaceChange {
  added: EntryPoint[];
  removed: EntryPoint[];
  changed: ChangedEntryPoint[];
  /** Entry points that are in both, and of which nothing differs that is told here. */
  unchanged: number;
  /** Beside each gap the trees that have it: one that only one has may be what makes them look different. */
  gaps: { gap: Gap; side: 'before' | 'after' | 'both' }[];
}

/** Two lists of the same kind of thing, without what both trees have. */
export interface Difference<T> {
  added: T[];
  removed: T[];
}

export interface Operation {
  effect: string;
  target: string;
}

export interface ChangedEntryPoint {
  before: EntryPoint;
  after: EntryPoint;
  gained: Protection[];
  lost: Protection[];
  /** It was there; now something stands in front that could not be followed. */
  noLongerKnown: Protection[];
  /** Something stood in front that could not be followed; now it is known to be there. */
  nowKnown: Protection[];
  effects: Difference<Operation>;
  /** Operations that are done in both trees, and in one not behind what the entry point still has. */
  coverage: (Operation & Difference<Protection>)[];
  /** Constants that guards ask for: roles, permissions. */
  asksFor: Difference<string>;
  /** Configuration under which a guard lets everyone pass. */
  bypasses: Difference<string>;
  /** Why it is open on purpose, before and after; null where that is the same. */
  public: { before: string | null; after: string | null } | null;
}

export function surfaceChange(compared: Model, after: Model): SurfaceChange {
  const before = withOrdinalsOf(after, withNamesOf(after, compared));
  const { pairs, added, removed } = matched(before.entryPoints, after.entryPoints);
  const changed = pairs.map(([old, now]) => changeOf(old, now)).filter(isChange);
  return {
    added,
    removed,
    changed,
    unchanged: pairs.length - changed.length,
    gaps: gapsOf(before.gaps, after.gaps),
  };
}

interface Matched {
  pairs: [EntryPoint, EntryPoint][];
  added: EntryPoint[];
  removed: EntryPoint[];
}

/**
 * What is the same entry point in both trees. Ids say so, which know no file; where the path is not known they do, and there
 * a handler of the same name is the same, or the only one that is left.
 */
function matched(before: readonly EntryPoint[], after: readonly EntryPoint[]): Matched {
  const pairs: Matched['pairs'] = [];
  let removed = [...before];
  let added = [...after];
  const pair = (keyOf: KeyOf): void => {
    const [old, now] = [byUniqueKey(removed, keyOf), byUniqueKey(added, keyOf)];
    const found = [...old].flatMap(([key, e]) => (now.has(key) ? [[e, now.get(key)!] as const] : []));
    pairs.push(...found.map(([a, b]): [EntryPoint, EntryPoint] => [a, b]));
    const taken = new Set<EntryPoint>(found.flat());
    removed = removed.filter((e) => !taken.has(e));
    added = added.filter((e) => !taken.has(e));
  };
  const withoutFile = (e: EntryPoint): string | null =>
    e.unmounted || ('path' in e.trigger && e.trigger.path === null)
      ? `${e.program}: ${identityOf(e.trigger)}`
      : null;
  pair((e) => e.id);
  pair((e) => withoutFile(e) && e.handler?.name && `${withoutFile(e)} ${e.handler.name}`);
  pair(withoutFile);
  return { pairs, added, removed };
}

type KeyOf = (e: EntryPoint) => string | null | undefined;
function byUniqueKey(entryPoints: readonly EntryPoint[], keyOf: KeyOf): Map<string, EntryPoint> {
  const found = new Map<string, EntryPoint | null>();
  for (const e of entryPoints) {
    const key = keyOf(e);
    if (key != null) found.set(key, found.has(key) ? null : e);
  }
  return new Map([...found].filter((each): each is [string, EntryPoint] => each[1] !== null));
}

function changeOf(before: EntryPoint, after: EntryPoint): ChangedEntryPoint {
  const isKnown = (e: EntryPoint, p: Protection): boolean =>
    !e.unknown.includes(p) || (e.assumed ?? []).some((a) => a.protection === p);
  const { added, removed } = differenceOf(before.protections, after.protections);
  const lost = removed.filter((p) => isKnown(after, p));
  const [covered, covers] = [coverageOf(before), coverageOf(after)];
  const effects = differenceOf([...covered.keys()], [...covers.keys()]);
  // What the entry point as a whole gained or lost is said of it once.
  const still = new Set(before.protections.filter((p) => after.protections.includes(p)));
  const coverage = [...covered].flatMap(([key, had]) => {
    const has = covers.get(key);
    if (has === undefined) return [];
    const difference = differenceOf([...had], [...has]);
    const told = {
      added: difference.added.filter((p) => still.has(p)),
      removed: difference.removed.filter((p) => still.has(p)),
    };
    return told.added.length + told.removed.length > 0 ? [{ ...operationOf(key), ...told }] : [];
  });
  return {
    before,
    after,
    gained: added.filter((p) => isKnown(before, p)),
    lost,
    noLongerKnown: removed.filter((p) => !isKnown(after, p)),
    nowKnown: added.filter((p) => !isKnown(before, p)),
    effects: { added: effects.added.map(operationOf), removed: effects.removed.map(operationOf) },
    coverage,
    asksFor: differenceOf(
      before.chain.flatMap((link) => link.arguments),
      after.chain.flatMap((link) => link.arguments),
    ),
    bypasses: differenceOf(bypassesOf(before), bypassesOf(after)),
    public: before.public === after.public ? null : { before: before.public, after: after.public },
  };
}

const bypassesOf = ({ chain }: EntryPoint): string[] => chain.flatMap(({ unless }) => unless ?? []);

/** What holds whenever an operation is done, wherever the handler does it. */
function coverageOf({ effects }: EntryPoint): Map<string, ReadonlySet<Protection>> {
  const found = new Map<string, ReadonlySet<Protection>>();
  for (const effect of effects) {
    const key = keyOf(effect);
    const known = found.get(key);
    found.set(key, new Set(effect.protections.filter((p) => !known || known.has(p))));
  }
  return found;
}
const keyOf = ({ operation, target }: Effect): string => `${operation}\0${target}`;
function operationOf(key: string): Operation {
  const [effect, target] = key.split('\0') as [string, string];
  return { effect, target };
}

function differenceOf<T extends string>(before: readonly T[], after: readonly T[]): Difference<T> {
  const [old, now] = [new Set(before), new Set(after)];
  return {
    added: [...now].filter((each) => !old.has(each)).sort(),
    removed: [...old].filter((each) => !now.has(each)).sort(),
  };
}

function isChange(c: ChangedEntryPoint): boolean {
  const lists = [c.gained, c.lost, c.noLongerKnown, c.nowKnown, c.coverage];
  const differences: Difference<unknown>[] = [c.effects, c.asksFor, c.bypasses];
  return (
    c.public !== null ||
    lists.some((list) => list.length > 0) ||
    differences.some(({ added, removed }) => added.length + removed.length > 0)
  );
}

function gapsOf(before: readonly Gap[], after: readonly Gap[]): SurfaceChange['gaps'] {
  const [old, now] = [new Set(before.map(gapKey)), new Set(after.map(gapKey))];
  const gone = before.filter((gap) => !now.has(gapKey(gap)));
  const come = after.filter((gap) => !old.has(gapKey(gap)));
  // What moved with its file is the same gap: where one is gone, and one of that kind has come in a file of that name.
  const moved = new Set<Gap>();
  for (const gap of gone) {
    const to = come.find((c) => !moved.has(c) && isOfMovedFile(gap, c));
    if (to) moved.add(gap).add(to);
  }
  return [
    ...after.map((gap) => ({
      gap,
      side: come.includes(gap) && !moved.has(gap) ? ('after' as const) : ('both' as const),
    })),
    ...gone.filter((gap) => !moved.has(gap)).map((gap) => ({ gap, side: 'before' as const })),
  ];
}
const isOfMovedFile = (a: Gap, b: Gap): boolean =>
  a.reason === b.reason && path.posix.basename(a.file) === path.posix.basename(b.file);
