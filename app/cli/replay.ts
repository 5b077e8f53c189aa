import { underPolicyOf } from '../../analysis/policy.js';
import type { TreeSource } from '../../analysis/source.js';
import { judge } from '../../analysis/judge.js';
import type { Model } from '../../analysis/model/model.js';
import type { Commit } from '../git/history.js';
import { failedReport, toReport, type Report } from '../report/report.js';
import { Establishment } from './establishment.js';
import { inOneLine } from './failure.js';
import { withWorkspace, type CommonOptions, type Workspace } from './workspace.js';

export interface ReplayOptions extends CommonOptions {
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
    let previous: { sha: string; model: Model } | null = null;
    for (const commit of await workspace.repository.firstParents(options)) {
      const identity = { pullRequest: commit.pullRequest, sha: commit.sha };
      try {
        const before =
          previous && previous.sha === commit.parents[0]
            ? previous.model
            : await parentModel(workspace, commit);
        const judged = await workspace.repository.tree(commit.sha);
        const under = underPolicyOf(await parentTree(workspace, commit), judged);
        const after = await workspace.models.of(under, commit.sha.slice(0, 10));
        const base = commit.parents[0] ?? before.tree;
        const judgement = judge(before, after);
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
        // What comes next is judged by what this one declares.
        previous = under === judged ? { sha: commit.sha, model: after } : null;
      } catch (error) {
        await emit({
          ...failedReport(inOneLine(error), { base: commit.parents[0] ?? null, head: commit.sha }),
          ...identity,
        });
      }
    }
  });
}

/** The first commit of a history is compared with nothing at all. */
const parentModel = async (workspace: Workspace, commit: Commit): Promise<Model> =>
  workspace.models.of(await parentTree(workspace, commit), 'parent');
function parentTree({ repository }: Workspace, { parents: [parent] }: Commit): Promise<TreeSource> {
  return parent === undefined ? repository.emptyTree() : repository.tree(parent);
}
