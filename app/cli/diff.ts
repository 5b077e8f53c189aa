import { judgeUnderPolicy } from '../../analysis/policy/judge-under-policy.js';
import { surfaceChange } from '../../analysis/surface.js';
import { mistakeText } from '../report/policy.js';
import { toSurfaceReport, type SurfaceReport } from '../report/surface.js';
import { surfaceMarkdown, surfaceText } from '../report/surface-text.js';
import { coloured } from './output.js';
import { defaultsFrom, today, type PolicyOptions } from './policy.js';
import { chosenTree } from './scan.js';
import { withWorkspace, type CommonOptions } from './workspace.js';

export interface DiffOptions extends CommonOptions, Pick<PolicyOptions, 'policy'> {
  format: DiffFormat;
}
export type DiffFormat = 'text' | 'json' | 'markdown';

/** Of what there is to say about a policy, what a change of the file itself does. */
const EDITS = ['file-changed', 'loosened', 'mistake-in-change'];

/** How the attack surface of `to` differs from that of `from`. Both are read under the policy of `to`. */
export function diff(from: string, to: string | undefined, options: DiffOptions): Promise<SurfaceReport> {
  return withWorkspace(options, async ({ repository, models }) => {
    const before = await chosenTree(repository, from);
    const after = await chosenTree(repository, to);
    const { base, head, judgement } = await judgeUnderPolicy(
      {
        tip: after.source,
        compared: before.source,
        judged: after.source,
        elsewhere: defaultsFrom(options.policy),
        today: today(),
        author: 'unknown',
      },
      (source, what) => models.of(source, what),
      // No rule is asked: this is about what there is, not about what there should be.
      () => ({ status: 'complete', affected: [], findings: [], gaps: [] }),
    );
    const { mistakes = [], notes = [] } = judgement.policy ?? {};
    return toSurfaceReport({
      change: surfaceChange(base, head),
      from: before.commit,
      to: after.commit,
      policy: [
        ...mistakes.map(mistakeText),
        ...notes.filter(({ kind }) => EDITS.includes(kind)).map(({ text }) => text),
      ],
    });
  });
}

export function renderDiff(report: SurfaceReport, format: DiffFormat): string {
  if (format === 'json') return `${JSON.stringify(report, null, 2)}\n`;
  return format === 'markdown' ? surfaceMarkdown(report) : surfaceText(report, { color: coloured() });
}
