import { GitError } from './errors.js';
import { runGit } from './process.js';

export interface MergeResult {
  /** Tree that the merge would produce; head's own tree when there is no such thing. */
  tree: string;
  /** The merge has conflicts, the histories are unrelated, or objects it needs are missing. */
  conflicted: boolean;
}

/** What git says when there is nothing that a merge could produce: an answer, not a failure of ours. */
const UNMERGEABLE =
  /unrelated histories|unable to read|missing|promisor|could not (?:fetch|read)|bad object/i;

/** Merges two commits without a work tree, writing objects into the repository that `args` name: the id of the tree, or null when git cannot merge them cleanly. */
export async function trialMerge(
  args: readonly string[],
  ours: string,
  theirs: string,
): Promise<string | null> {
  const command = ['merge-tree', '--write-tree', '-z', '--name-only', '--no-messages', ours, theirs];
  try {
    const { status, stdout } = await runGit([...args, ...command], { accept: [0, 1] });
    return status === 0 ? stdout.toString('latin1').split('\0')[0]!.trim() : null;
  } catch (error) {
    if (error instanceof GitError && error.status === 129) {
      throw new GitError(
        'this git cannot merge without a work tree: install git 2.38 or newer',
        129,
        error.stderr,
      );
    }
    if (error instanceof GitError && UNMERGEABLE.test(error.stderr)) return null;
    throw error;
  }
}
