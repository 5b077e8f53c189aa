import { inspectUnderPolicy } from '../../analysis/policy/judge-under-policy.js';
import type { TreeSource } from '../../analysis/source.js';
import type { GitRepository } from '../git/repository.js';
import { toReport, type Report } from '../report/report.js';
import { defaultsFrom, today, warnOfMistakes, type PolicyOptions } from './policy.js';
import { withWorkspace, type CommonOptions, type Workspace } from './workspace.js';

export interface ScanOptions extends CommonOptions, Pick<PolicyOptions, 'policy'> {
  /** Default: the work tree as it lies on disk; HEAD where there is none. */
  rev?: string;
}

/** Everything that can be said about one tree: its entry points, and what diverges among them. */
export function scan(options: ScanOptions): Promise<Report> {
  return withWorkspace(options, async (workspace) => (await scanned(workspace, options)).report);
}

/** The same, with the tree that it is about. */
export async function scanned(
  { repository, models }: Workspace,
  options: Pick<ScanOptions, 'rev' | 'policy'>,
): Promise<{ report: Report; source: TreeSource }> {
  const { source, commit } = await chosenTree(repository, options.rev);
  const { model, judgement } = await inspectUnderPolicy(
    { tree: source, elsewhere: defaultsFrom(options.policy), today: today() },
    (tree) => models.of(tree, options.rev ?? 'work tree'),
  );
  warnOfMistakes(judgement);
  return { report: toReport({ mode: 'scan', model, judgement, base: null, head: commit }), source };
}

async function chosenTree(
  repository: GitRepository,
  rev: string | undefined,
): Promise<{ source: TreeSource; commit: string | null }> {
  if (rev === undefined && repository.topLevel !== null)
    return { source: await repository.workTree(), commit: null };
  const commit = await repository.resolve(rev ?? 'HEAD');
  return { source: await repository.tree(commit), commit };
}
