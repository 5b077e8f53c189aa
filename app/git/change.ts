import type { TreeSource } from '../../analysis/source.js';
import { UnknownRevisionError } from './errors.js';
import type { GitRepository } from './repository.js';

export interface ChangeChoice {
  /** What it would be merged into. Default: the default branch; for what is staged, the current commit. */
  base?: string;
  /** Default: the work tree, uncommitted changes included. */
  head?: string;
  /** What is staged, rather than the work tree. */
  staged?: boolean;
}

/** What a change is compared with. */
export interface Base {
  /** Commit to compare with; the empty tree where there is no commit yet. */
  base: string;
  compared: TreeSource;
  /** The tip of what it would be merged into: its policy holds. */
  tip: TreeSource;
}
/** What is compared with what. */
export interface Change extends Base {
  head: string | null;
  judged: TreeSource;
}

/**
 * The two trees of a change: what merging it would produce, and what it would be merged into. On a conflict, head and the
 * merge base.
 * @throws UnknownRevisionError
 */
export async function changeOf(repository: GitRepository, choice: ChangeChoice): Promise<Change> {
  if (choice.head !== undefined) {
    const base = choice.base ?? (await repository.defaultBase()) ?? 'HEAD';
    return commitChange(repository, await repository.resolve(base), choice.head);
  }
  const judged = await (choice.staged ? repository.index() : repository.workTree());
  // Of what is staged, what the next commit brings and no more: what earlier ones brought was said then.
  const base = choice.staged && choice.base === undefined ? 'HEAD' : choice.base;
  return { ...(await baseOfWork(repository, base)), head: null, judged };
}

/**
 * What uncommitted work is compared with. It cannot be merged: where base has gone on since, it is the commit both share.
 * Without a commit, it is a tree without files.
 */
export async function baseOfWork(repository: GitRepository, chosen: string | undefined): Promise<Base> {
  const head = await currentCommit(repository);
  if (head === null && (chosen === undefined || chosen === 'HEAD')) {
    const compared = await repository.emptyTree();
    return { base: compared.id, compared, tip: compared };
  }
  const base = await repository.resolve(chosen ?? (await repository.defaultBase()) ?? 'HEAD');
  const ancestor = head && (await repository.mergeBase(base, head));
  // A base that was named and is ahead is compared as it is, as a way back; of one that nobody named, only what is shared counts.
  const from = !ancestor || (ancestor === head && chosen !== undefined) ? base : ancestor;
  const [compared, tip] = [await repository.tree(from), await repository.tree(base)];
  return { base: from, compared, tip };
}

async function commitChange(repository: GitRepository, base: string, revision: string): Promise<Change> {
  const head = await repository.resolve(revision);
  const { tree, conflicted } = await repository.mergeTree(base, head);
  // Without a merge result, what base gained meanwhile must not look as if the change took it away.
  const from = conflicted ? ((await repository.mergeBase(base, head)) ?? base) : base;
  return {
    base: from,
    compared: await repository.tree(from),
    tip: await repository.tree(base),
    head,
    judged: await repository.tree(tree),
  };
}

/** Null before the first commit. */
async function currentCommit(repository: GitRepository): Promise<string | null> {
  try {
    return await repository.resolve('HEAD');
  } catch (error) {
    if (error instanceof UnknownRevisionError) return null;
    throw error;
  }
}
