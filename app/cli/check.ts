import { judgeUnderPolicy, type Judged } from '../../analysis/policy/judge-under-policy.js';
import type { TreeSource } from '../../analysis/source.js';
import { UnknownRevisionError } from '../git/errors.js';
import type { GitRepository } from '../git/repository.js';
import { toReport, type Report } from '../report/report.js';
import { defaultsFrom, today, warnOfMistakes, type PolicyOptions } from './policy.js';
import { withWorkspace, type CommonOptions, type Workspace } from './workspace.js';

export interface CheckOptions extends CommonOptions, PolicyOptions {
  base: string;
  /** Default: the work tree, uncommitted changes included. */
  head?: string;
}

/** Judges a change: what merging it would produce, against what it would be merged into. */
export function check(options: CheckOptions): Promise<Report> {
  return withWorkspace(options, async (workspace) => {
    const { change, head, judgement } = await judgedChange(workspace, options);
    warnOfMistakes(judgement);
    return toReport({ mode: 'check', model: head, judgement, base: change.base, head: change.head });
  });
}

/** The judgement of a change, under the policy of the tip of its base. */
export async function judgedChange(
  { repository, models }: Workspace,
  options: CheckOptions,
): Promise<Judged & { change: Change }> {
  const base = await repository.resolve(options.base);
  const change =
    options.head === undefined
      ? await workTreeChange(repository, base)
      : await commitChange(repository, base, options.head);
  const judged = await judgeUnderPolicy(
    {
      tip: await repository.tree(base),
      compared: await repository.tree(change.base),
      judged: change.judged,
      elsewhere: defaultsFrom(options.policy),
      today: today(),
      author: options.author ?? 'unknown',
    },
    (source, what) => models.of(source, what),
  );
  return { ...judged, change };
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
