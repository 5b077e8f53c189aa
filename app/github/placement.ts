import type { Judgement } from '../../analysis/judge.js';
import type { Place } from '../../analysis/model/model.js';
import type { TreeSource } from '../../analysis/source.js';
import { lineAfter, type ChangedFile } from '../git/changes.js';
import type { GitRepository } from '../git/repository.js';
import { lineAddress, type LinkOf } from '../report/links.js';

/** A line of the judged tree as GitHub has it. */
export interface Sighting {
  /** The commit that has the line: the head of the pull request or, where only the base brought it, the base. */
  commit: 'head' | 'base';
  line: number;
  /** GitHub takes a comment there: the line is in the diff of the pull request, or next to what changed. */
  inDiff: boolean;
}
/** By file and line of the judged tree, `src/a.ts:12`; a line that neither commit has is missing. */
export type Placement = Record<string, Sighting>;

/** GitHub shows this many unchanged lines around a change, and takes comments on them. */
const CONTEXT = 3;
/** Files for which lines are looked for. Each takes git a moment; what lies in others is told without a link. */
const MAX_FILES = 200;

export interface Trees {
  /** What was judged: what the merge would produce, or the head alone. */
  judged: TreeSource;
  /** Commits: what it was compared with, the head, and what GitHub shows the diff of the head from (null: nothing). */
  comparedWith: string;
  head: string;
  mergeBase: string | null;
}

/** Finds the lines that a judgement speaks of on GitHub. */
export async function placementOf(
  repository: GitRepository,
  judgement: Judgement,
  { judged, comparedWith, head, mergeBase }: Trees,
): Promise<Placement> {
  const wanted = new Map<string, Set<number>>();
  for (const { file, line } of placesIn(judgement)) {
    if (!wanted.has(file) && wanted.size >= MAX_FILES) continue;
    wanted.set(file, (wanted.get(file) ?? new Set()).add(line));
  }
  const placement: Placement = {};
  if (wanted.size === 0) return placement;
  const blobsIn = async (tree: TreeSource): Promise<Map<string, string>> =>
    new Map(tree.files.filter((f) => wanted.has(f.path)).map((f) => [f.path, f.id]));
  const inJudged = await blobsIn(judged);
  const inHead = await blobsIn(await repository.tree(head));
  const inBase = await blobsIn(await repository.tree(comparedWith));
  const changes = mergeBase === null ? [] : await repository.changes(mergeBase, head);
  const changed = new Map(changes.map((change) => [change.path, change]));
  for (const [file, lines] of wanted) {
    const blob = inJudged.get(file);
    if (blob === undefined) continue;
    const toHead = await lineMap(repository, blob, inHead.get(file));
    const commentable = await commentableIn(repository, changed.get(file));
    const lost: number[] = [];
    for (const at of lines) {
      const line = toHead(at);
      if (line === null) lost.push(at);
      else placement[`${file}:${at}`] = { commit: 'head', line, inDiff: commentable(line) };
    }
    const toBase = await lineMap(repository, blob, lost.length > 0 ? inBase.get(file) : undefined);
    for (const at of lost) {
      const line = toBase(at);
      if (line !== null) placement[`${file}:${at}`] = { commit: 'base', line, inDiff: false };
    }
  }
  return placement;
}

/** Every place that is shown of what is new and what changed, most important first. */
function placesIn({ findings, affected, gaps }: Judgement): Place[] {
  return [
    ...findings
      .filter((f) => f.status === 'new')
      .flatMap((f) => [f.place, f.edit ?? [], f.entryPointPlace ?? [], f.precedents].flat()),
    ...affected.filter((a) => a.change !== 'removed').map((a) => a.entryPoint.registration),
    ...gaps.filter((g) => g.introduced),
  ];
}

async function lineMap(
  repository: GitRepository,
  from: string,
  to: string | undefined,
): Promise<(line: number) => number | null> {
  if (to === undefined) return () => null;
  if (from === to) return (line) => line;
  const hunks = await repository.hunks(from, to, 0);
  return (line) => lineAfter(hunks, line);
}

/** Which lines of a file at head GitHub takes comments on. */
async function commentableIn(
  repository: GitRepository,
  change: ChangedFile | undefined,
): Promise<(line: number) => boolean> {
  if (!change || change.after === null) return () => false;
  // A file that is new is shown whole.
  if (change.before === null) return () => true;
  if (change.before === change.after) return () => false;
  const hunks = await repository.hunks(change.before, change.after, CONTEXT);
  return (line) => hunks.some(({ after }) => line >= after.start && line < after.start + after.count);
}

/** Finds the addresses of lines: at the head, or where only the base has them. */
export function linksOf(
  { placement, headSha, comparedWith }: { placement: Placement; headSha: string; comparedWith: string },
  repositoryUrl: string,
): LinkOf {
  return ({ file, line }) => {
    const sighting = placement[`${file}:${line}`];
    if (!sighting) return null;
    const commit = sighting.commit === 'head' ? headSha : comparedWith;
    return lineAddress(repositoryUrl, commit, { file, line: sighting.line });
  };
}
