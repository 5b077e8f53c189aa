import { judge } from '../../analysis/judge.js';
import { underPolicyOf } from '../../analysis/policy.js';
import { changeOf, type ChangeChoice } from '../git/change.js';
import { toReport, type Report } from '../report/report.js';
import { CommandError } from './failure.js';
import { withWorkspace, type CommonOptions } from './workspace.js';

export type CheckOptions = CommonOptions & ChangeChoice;

/** Judges a change: what merging it would produce, against what it would be merged into. */
export async function check(options: CheckOptions): Promise<Report> {
  if (options.staged && options.head !== undefined)
    throw new CommandError('--staged and --head exclude each other: what is staged is the head');
  return withWorkspace(options, async ({ repository, models }) => {
    const change = await changeOf(repository, options);
    const before = await models.of(change.compared, 'base');
    const under = underPolicyOf(change.compared, change.judged);
    const after = { ...(await models.of(under, 'head')), tree: change.judged.id };
    return toReport({
      mode: 'check',
      model: after,
      judgement: judge(before, after),
      base: change.base,
      head: change.head,
    });
  });
}
