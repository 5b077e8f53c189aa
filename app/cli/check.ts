import { judge } from '../../analysis/judge.js';
import { underPolicyOf } from '../../analysis/policy.js';
import type { TreeSource } from '../../analysis/source.js';
import { UnknownRevisionError } from '../git/errors.js';
import type { GitRepository } from '../git/repository.js';
import { toReport, type Report } from '../report/report.js';
import { withWorkspace, type CommonOptions } from './workspace.js';

export interface CheckOptions extends CommonOptions {
  base: string;
  /** Default: the work tree, uncommitted changes included. */
  head?: string;
}

/** Judges a change: what merging it would produce, against what it would be merged into. */
export function check(options: CheckOptions): Promise<Report> {
  return withWorkspace(options, async ({ repository, models }) => {
    const base = await repository.resolve(options.base);
    const change =
      options.head === undefined
        ? await workTreeChange(repository, base)
        : await commitChange(repository, base, options.head);
    const compared = await repository.tree(change.base);
    const before = await models.of(compared, 'base');
    const { judged } = change;
    const after = { ...(await models.of(underPolicyOf(compared, judged), 'head')), tree: judged.id };
    return toReport({
      mode: 'check',
      model: after,
      judgement: judge(before, after),
      base: change.base,
      head: change.head,
    });
  });
}

interface Change {
  /** Commit to compare with. */
  base: string;
  head: string | null;
  judged: TreeSource;
}

async function commitChange(repository: GitRepository, base: string, revision: string): Promise<Change> {
  const head = await repository.resolve(revision);
  const { tree, conflicted } = await repository.mergeTree(base, head);
  // Without a merge result, what base gained meanwhile must not look as if the change took it away.
  const compared = conflicted ? ((await repository.mergeBase(base, head)) ?? base) : base;
  return { base: compared, head, judged: await repository.tree(tree) };
}

/** Uncommitted work cannot be merged: where base has gone on since, it is compared with the commit both share. */
async function workTreeChange(repository: GitRepository, base: string): Promise<Change> {
  const judged = await repository.workTree();
  const ancestor = await ancestorOfHead(repository, base);
  return { base: ancestor ?? base, head: null, judged };
}

/** Null when HEAD itself is behind base or unborn: then the work tree is compared with base as it is. */
async function ancestorOfHead(repository: GitRepository, base: string): Promise<string | null> {
  try {
    const head = await repository.resolve('HEAD');
    const ancestor = await repository.mergeBase(base, head);
    return ancestor === head ? null : ancestor;
  } catch (error) {
    if (error instanceof UnknownRevisionError) return null;
    throw error;
  }
}
