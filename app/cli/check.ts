import { judgeUnderPolicy, type Judged } from '../../analysis/policy/judge-under-policy.js';
import { changeOf, type Change, type ChangeChoice } from '../git/change.js';
import { toReport, type Report } from '../report/report.js';
import { CommandError } from './failure.js';
import { defaultsFrom, today, warnOfMistakes, type PolicyOptions } from './policy.js';
import { withWorkspace, type CommonOptions, type Workspace } from './workspace.js';

export type CheckOptions = CommonOptions & ChangeChoice & PolicyOptions;

/** Judges a change: what merging it would produce, against what it would be merged into. */
export async function check(options: CheckOptions): Promise<Report> {
  if (options.staged && options.head !== undefined)
    throw new CommandError('--staged and --head exclude each other: what is staged is the head');
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
  const change = await changeOf(repository, options);
  const judged = await judgeUnderPolicy(
    {
      ...change,
      elsewhere: defaultsFrom(options.policy),
      today: today(),
      author: options.author ?? 'unknown',
    },
    (source, what) => models.of(source, what),
  );
  return { ...judged, change };
}
