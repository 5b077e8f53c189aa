import { EXTRACTOR_VERSION } from '../../analysis/extractor-version.js';
import { POLICY_FILE } from '../../analysis/policy-file/policy.js';
import { withRepository } from '../git/repository.js';
import type { Commit } from '../git/history.js';
import type { Store } from '../../store/store.js';
import type { Analyst } from './analysis.js';
import { concernOf } from './reconsideration.js';

/** A push with more merges than this is taken in one step, and attributed to its tip where no overlay claims it. */
const MAX_STEPS = 30;

export interface BaseBranch {
  store: Store;
  analyst: Analyst;
  repositoryId: number;
  gitDirectory: string;
  signal: AbortSignal;
  /** The branch, by name. */
  branch: string;
  /** Open pull requests are marked to be judged again, because of what has changed for them. */
  concerned(): void;
}

/**
 * Moves the stored model of the default branch to `tip`, one first-parent commit at a time, so that each entry point
 * and protection is attributed to the pull request that brought it. Doing it twice is doing it once.
 */
export async function advanceBase(
  { store, analyst, repositoryId, gitDirectory, signal, branch, concerned }: BaseBranch,
  tip: string,
): Promise<void> {
  const position = store.baseModels.position(repositoryId);
  if (position?.commit === tip && position.extractor === EXTRACTOR_VERSION) return;
  // Another extractor sees other things in the same code; crediting the next commit with them would be false.
  if (!position || position.extractor !== EXTRACTOR_VERSION) {
    store.baseModels.begin(repositoryId, tip, await analyst.model({ gitDirectory, commit: tip }, signal));
    return;
  }
  const decidesOtherwise = await isPolicyChanged(gitDirectory, position.commit, tip);
  const taken = await steps(gitDirectory, position.commit, tip);
  let marked = 0;
  for (const [at, { sha, pullRequest }] of taken.entries()) {
    const model = await analyst.model({ gitDirectory, commit: sha }, signal);
    store.transaction(() => {
      const before = store.baseModels.get(repositoryId);
      store.baseModels.advance(repositoryId, { commit: sha, pullRequest }, model);
      const concern = before && concernOf(before.model, model);
      const all = decidesOtherwise && at === taken.length - 1;
      if (all) marked += store.pullRequests.concerned(repositoryId, branch, null);
      else if (concern) marked += store.pullRequests.concerned(repositoryId, branch, concern);
    });
  }
  if (marked > 0) concerned();
}

/** Whether two commits have another policy; what cannot be read has not. */
async function isPolicyChanged(gitDirectory: string, from: string, to: string): Promise<boolean> {
  return withRepository(gitDirectory, async (repository) => {
    const idIn = async (commit: string): Promise<string | undefined> =>
      (await repository.tree(commit)).files.find(({ path }) => path === POLICY_FILE)?.id;
    return (await idIn(from)) !== (await idIn(to));
  }).catch(() => false);
}

async function steps(
  gitDirectory: string,
  from: string,
  tip: string,
): Promise<Pick<Commit, 'sha' | 'pullRequest'>[]> {
  const found = await withRepository(gitDirectory, (repository) =>
    repository.firstParents({ from, to: tip, limit: MAX_STEPS + 1 }).catch(() => null),
  );
  // A rewritten branch may have no commit that the stored one lacks; the tip is where it stands all the same.
  if (found && found.length > 0 && found.length <= MAX_STEPS) return found;
  return [{ sha: tip, pullRequest: null }];
}
