import { judgeUnderPolicy } from '../../analysis/policy/judge-under-policy.js';
import type { TreeSource } from '../../analysis/source.js';
import type { Model } from '../../analysis/model/model.js';
import type { Commit } from '../git/history.js';
import { failedReport, toReport, type Report } from '../report/report.js';
import { Establishment } from './establishment.js';
import { inOneLine } from './failure.js';
import type { Models } from './models.js';
import { defaultsFrom, type PolicyOptions } from './policy.js';
import { withWorkspace, type CommonOptions, type Workspace } from './workspace.js';

export interface ReplayOptions extends CommonOptions, PolicyOptions {
  /** Commits after this one; default: from the beginning. */
  from?: string;
  /** Up to and including this one; default HEAD. */
  to?: string;
  /** At most so many, the newest. */
  limit?: number;
}

export type ReplayedReport = Report & { pullRequest: number | null; sha: string };

/**
 * Judges each first-parent commit against its first parent, oldest first, as if it were a pull request.
 * A commit that cannot be analysed is reported as failed, and the next one is taken.
 */
export function replay(
  options: ReplayOptions,
  emit: (report: ReplayedReport) => Promise<void>,
): Promise<void> {
  return withWorkspace(options, async (workspace) => {
    const establishment = new Establishment();
    const elsewhere = defaultsFrom(options.policy);
    const modelOf = rememberingLast(workspace.models);
    for (const commit of await workspace.repository.firstParents(options)) {
      const identity = { pullRequest: commit.pullRequest, sha: commit.sha };
      try {
        const compared = await parentTree(workspace, commit);
        const judged = await workspace.repository.tree(commit.sha);
        // On the day on which it was committed: a decision that holds today may not have been taken then.
        const change = { tip: compared, compared, judged, elsewhere, today: commit.date };
        const {
          base: before,
          head: after,
          judgement,
        } = await judgeUnderPolicy({ ...change, author: options.author ?? 'unknown' }, modelOf);
        const base = commit.parents[0] ?? before.tree;
        await emit({
          ...toReport({
            mode: 'check',
            model: after,
            judgement,
            base,
            head: commit.sha,
            provenance: establishment.lookUp,
          }),
          ...identity,
        });
        establishment.advance(
          before,
          after,
          commit.pullRequest === null ? commit.sha : `#${commit.pullRequest}`,
        );
      } catch (error) {
        await emit({
          ...failedReport(inOneLine(error), { base: commit.parents[0] ?? null, head: commit.sha }),
          ...identity,
        });
      }
    }
  });
}

/** What was the head is the base of what comes next, unless the policy has changed what it means. */
function rememberingLast(models: Models): (source: TreeSource, what: string) => Promise<Model> {
  let last: { id: string; model: Model } | null = null;
  return async (source, what) => {
    if (last?.id !== source.id) last = { id: source.id, model: await models.of(source, what) };
    return last.model;
  };
}
/** The first commit of a history is compared with nothing at all. */
function parentTree({ repository }: Workspace, { parents: [parent] }: Commit): Promise<TreeSource> {
  return parent === undefined ? repository.emptyTree() : repository.tree(parent);
}
