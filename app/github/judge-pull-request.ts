import type { Judgement } from '../../analysis/judge.js';
import type { EntryPoint, Model, Protection } from '../../analysis/model/model.js';
import { effectsOfAll } from '../../analysis/policy/select.js';
import { byId, effectsOf } from '../../analysis/policy/waivers.js';
import type { ProvenanceLookup } from '../../store/base-models.js';
import type { OverlayEntry } from '../../store/pull-requests.js';
import type { Store } from '../../store/store.js';
import { withRepository } from '../git/repository.js';
import { decidedFor } from './answers/decided.js';
import { authorOf, NOTHING_SHOWN, type Authorship } from './authorship.js';
import type { ShownTraces } from './jobs.js';
import type { Analyst, ChangeRequest, JudgedChange } from './analysis.js';
import { SupersededError } from './failure.js';

/** What a judgement depends on beside the commits. */
export type Circumstances = Pick<ChangeRequest, 'elsewhere' | 'today'>;

export interface PullRequestHead {
  repositoryId: number;
  number: number;
  headSha: string;
  baseRef: string;
  /** What the event showed of who made it. */
  shown?: ShownTraces;
}

export interface JudgedPullRequest extends JudgedChange {
  baseSha: string;
  headSha: string;
  provenance: ProvenanceLookup;
  /** The agent that shows to have written it; null where none shows. */
  authorship: Authorship | null;
}

/**
 * Judges the head of a pull request in a git directory that holds it and its base branch, and keeps the outcome as
 * the pull request's overlay.
 *
 * @throws SupersededError when the head is no longer to be had: it was replaced by a forced push
 */
export async function judgePullRequest(
  store: Store,
  analyst: Analyst,
  gitDirectory: string,
  head: PullRequestHead,
  circumstances: Circumstances,
  signal: AbortSignal,
): Promise<JudgedPullRequest> {
  const { baseSha, authorship } = await commits(gitDirectory, {
    ...head,
    base: `refs/heads/${head.baseRef}`,
  });
  // Where only commits are to be seen, a branch or an account of an agent is not: that is no evidence of a person.
  const author = authorship ? 'agent' : head.shown ? 'person' : 'unknown';
  const { repositoryId, number, headSha } = head;
  const decided = decidedFor(store, repositoryId, [number]);
  const change = await analyst.judge(
    { gitDirectory, base: baseSha, head: headSha, ...circumstances, author, decided },
    signal,
  );
  const inHead = byId(change.head);
  store.transaction(() => {
    store.pullRequests.judged(repositoryId, number, {
      headSha,
      baseSha,
      judgedTree: change.tree,
      overlay: overlayOf(change.judgement, change.base),
    });
    store.findings.record(repositoryId, number, headSha, change.judgement.findings, (finding) =>
      effectsOf(finding, inHead),
    );
  });
  return { ...change, baseSha, headSha, authorship, provenance: store.baseModels.provenanceOf(repositoryId) };
}

/** What a merge queue is about to merge. */
export interface MergeGroup {
  repositoryId: number;
  /** The pull request that it adds to what stands in front of it; null where that cannot be told. */
  pr: number | null;
  headSha: string;
  baseSha: string;
  /** What was shown of who made the pull request. */
  shown?: ShownTraces;
}

/**
 * Judges a group of a merge queue against what it will be merged onto. What people have accepted on its pull request counts.
 *
 * @throws SupersededError when the group is no longer to be had
 */
export async function judgeMergeGroup(
  store: Store,
  analyst: Analyst,
  gitDirectory: string,
  { repositoryId, pr, headSha, baseSha, shown }: MergeGroup,
  circumstances: Circumstances,
  signal: AbortSignal,
): Promise<JudgedPullRequest> {
  const { authorship } = await commits(gitDirectory, { headSha, base: baseSha, shown });
  const author = authorship ? 'agent' : shown ? 'person' : 'unknown';
  const decided = decidedFor(store, repositoryId, pr === null ? [] : [pr]);
  const change = await analyst.judge(
    { gitDirectory, base: baseSha, head: headSha, ...circumstances, author, decided },
    signal,
  );
  return { ...change, baseSha, headSha, authorship, provenance: store.baseModels.provenanceOf(repositoryId) };
}

/** The tip of the base branch, once it is certain that the head is there too, and who made what lies between them. */
async function commits(
  gitDirectory: string,
  { headSha, base, shown }: Pick<PullRequestHead, 'headSha' | 'shown'> & { base: string },
): Promise<{ baseSha: string; authorship: Authorship | null }> {
  return withRepository(gitDirectory, async (repository) => {
    const baseSha = await repository.resolve(base);
    await repository.resolve(headSha).catch(() => {
      throw new SupersededError();
    });
    const made = await repository.authored(baseSha, headSha);
    return { baseSha, authorship: authorOf({ ...(shown ?? NOTHING_SHOWN), commits: made }) };
  });
}

function overlayOf(judgement: Judgement, base: Model): OverlayEntry[] {
  const before = new Map<string, EntryPoint>(
    base.entryPoints.map((entryPoint) => [entryPoint.id, entryPoint]),
  );
  return judgement.affected.map(({ change, entryPoint }) => {
    const had = new Set<Protection>(before.get(entryPoint.id)?.protections ?? []);
    const gained =
      change === 'removed' ? [] : entryPoint.protections.filter((protection) => !had.has(protection));
    return { change, entryPoint: entryPoint.id, gained, effects: effectsOfAll([entryPoint]) };
  });
}
