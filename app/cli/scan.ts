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

type Inspection = Pick<ScanOptions, 'rev' | 'policy'>;

/** Everything that can be said about one tree: its entry points, and what diverges among them. */
export function scan(options: ScanOptions): Promise<Report> {
  return withWorkspace(options, async (workspace) => (await scanned(workspace, options)).report);
}

/** The same, with the tree that it is about. */
export async function scanned(
  workspace: Workspace,
  options: Inspection,
): Promise<{ report: Report; source: TreeSource }> {
  const { source, commit } = await chosenTree(workspace.repository, options.rev);
  const { model, judgement } = await inspected(workspace, source, options);
  warnOfMistakes(judgement);
  return { report: toReport({ mode: 'scan', model, judgement, base: null, head: commit }), source };
}

/** A tree under its own policy, laid over the one given. */
export function inspected(
  { models }: Workspace,
  tree: TreeSource,
  { rev, policy }: Inspection,
): ReturnType<typeof inspectUnderPolicy> {
  return inspectUnderPolicy({ tree, elsewhere: defaultsFrom(policy), today: today() }, (source) =>
    models.of(source, rev ?? 'work tree'),
  );
}

/** A revision; without one the work tree, and the current commit where there is none. */
export async function chosenTree(
  repository: GitRepository,
  rev: string | undefined,
): Promise<{ source: TreeSource; commit: string | null }> {
  if (rev === undefined && repository.topLevel !== null)
    return { source: await repository.workTree(), commit: null };
  const commit = await repository.resolve(rev ?? 'HEAD');
  return { source: await repository.tree(commit), commit };
}
