import { z } from 'zod';
import { conclusion, counted } from '../report/wording.js';
import { answer } from './answer.js';
import * as schemas from './schemas.js';
import { at, findingLines, findingOf, gapOf, summaryLine, summaryOf } from './shapes.js';
import { tool } from './tool.js';

const input = z.strictObject({
  base: schemas.revision
    .optional()
    .describe('revision to compare with; default: where the work left the default branch'),
  limit: z.number().int().min(1).max(50).default(20).describe('findings, and affected entry points, shown'),
});
const output = z.object({
  status: z
    .enum(['complete', 'partial'])
    .describe('partial: the change brought gaps that hide part of the answer'),
  blocking: z.boolean(),
  base: z.string(),
  findings: z.array(schemas.reportedFinding).describe('what the work would bring; the gravest first'),
  affected: z.array(schemas.entryPointSummary.extend({ change: z.enum(['added', 'changed', 'removed']) })),
  gaps: z.array(schemas.gap).describe('those that the work brings'),
  counts: z.object({
    new: z.number().int(),
    existing: z.number().int(),
    resolved: z.number().int(),
    affected: z.number().int(),
    gaps: z.number().int(),
  }),
  notShown: z.number().int().describe('findings and entry points beyond the limit'),
});

const SIGN = { added: '+', changed: '~', removed: '-' } as const;

export const checkChangesTool = tool({
  name: 'check_changes',
  title: 'Is what I wrote guarded as its peers are?',
  description:
    'Ask AFTER writing: judges the work tree, uncommitted and untracked files included, against its base as a pull request ' +
    'would be. Answers with new findings (what is missing, where, what to do, and the code to imitate), the entry points ' +
    'that the work affects, and the gaps that it brings. Ask until nothing blocks.',
  input,
  output,
  async answer({ base, limit }, subject) {
    const snapshot = await subject.snapshot(base);
    const report = snapshot.report();
    const { judgement } = snapshot;
    const fresh = judgement.findings.filter((f) => f.status === 'new');
    const findings = await Promise.all(fresh.slice(0, limit).map((f) => findingOf(f, snapshot)));
    const affected = judgement.affected.slice(0, limit);
    const gaps = judgement.gaps.filter((g) => g.introduced);
    const notShown = fresh.length - findings.length + (judgement.affected.length - affected.length);
    const blocking = fresh.some((f) => f.blocking);
    return answer(
      {
        status: judgement.status,
        blocking,
        base: snapshot.base,
        findings,
        affected: affected.map(({ change, entryPoint }) => ({ ...summaryOf(entryPoint), change })),
        gaps: gaps.slice(0, limit).map(gapOf),
        counts: {
          new: report.summary.new,
          existing: report.summary.existing,
          resolved: report.summary.resolved,
          affected: judgement.affected.length,
          gaps: gaps.length,
        },
        notShown,
      },
      `${conclusion(report)}${notShown > 0 ? ` Not shown: ${notShown}; ask with a higher limit.` : ''}`,
      [
        ...findings.flatMap(findingLines),
        ...affected.map(({ change, entryPoint }) => `${SIGN[change]} ${summaryLine(entryPoint)}`),
        ...gaps.slice(0, limit).map((g) => `not understood: ${at(g)}: ${g.reason}`),
        ...(gaps.length > limit ? [`and ${counted(gaps.length - limit, 'more gap')}`] : []),
      ],
    );
  },
});
