import pc from 'picocolors';
import { cell, code, markdown, visible } from './escape.js';
import { placeText } from './links.js';
import type { ReportedEntryPoint } from './report.js';
import { changeLines, surfaceConclusion, type ReportedChange, type SurfaceReport } from './surface.js';
import { protectionSummary, triggerName } from './wording.js';

type Gaps = SurfaceReport['gaps'];

/** For a person at a terminal. */
export function surfaceText(report: SurfaceReport, options: { color?: boolean } = {}): string {
  const colors = pc.createColors(options.color ?? false);
  const titled = (title: string, lines: readonly string[]): string =>
    lines.length === 0 ? '' : [colors.bold(title), ...lines].join('\n');
  const name = namer(report);
  const whole = (e: ReportedEntryPoint): string[] => [
    `  ${visible(name(e))}  ${colors.dim(at(e))}`,
    `    ${visible(`${protectionSummary(e)}${does(e)}`)}`,
  ];
  const sections = [
    titled('Added', report.added.flatMap(whole)),
    titled('Removed', report.removed.flatMap(whole)),
    titled(
      'Changed',
      report.changed.flatMap((change) => [
        `  ${visible(name(change.entryPoint))}  ${colors.dim(at(change.entryPoint))}`,
        ...changeLines(change).map(({ text, opens }) => {
          const shown = `    ${visible(text.replaceAll('`', ''))}`;
          return opens === null ? shown : opens ? colors.red(shown) : colors.green(shown);
        }),
      ]),
    ),
    titled(
      'Not understood',
      oneSided(report.gaps).map((gap) => `  ${at(gap)}  ${visible(gapText(gap))}`),
    ),
    titled(
      'Policy',
      report.policy.map((line) => `  ${visible(line)}`),
    ),
    visible(surfaceConclusion(report)),
  ];
  return `${sections.filter(Boolean).join('\n\n')}\n`;
}

/** For a page on GitHub. Everything from the repository is escaped. */
export function surfaceMarkdown(report: SurfaceReport): string {
  const name = namer(report);
  const rows = (entryPoints: readonly ReportedEntryPoint[]): string[] => [
    '| Entry point | Protections | Does | Where |',
    '| --- | --- | --- | --- |',
    ...entryPoints.map((e) => {
      const operations = e.effects.map(({ effect, target }) => code(`${effect} ${target}`)).join(', ');
      const cells = [code(name(e)), markdown(protectionSummary(e)), operations, placeText(e)];
      return `| ${cells.map(cell).join(' | ')} |`;
    }),
  ];
  const section = (title: string, lines: readonly string[]): string =>
    `### ${title}\n\n${lines.join('\n')}\n`;
  const changed = report.changed.map((change) => changedItem(change, name));
  const gaps = oneSided(report.gaps).map((gap) => `- ${placeText(gap)}: ${markdown(gapText(gap))}`);
  return [
    `${markdown(surfaceConclusion(report))}\n`,
    report.added.length > 0 && section('Added', rows(report.added)),
    report.removed.length > 0 && section('Removed', rows(report.removed)),
    changed.length > 0 && section('Changed', changed),
    gaps.length > 0 && section('Not understood', gaps),
    report.policy.length > 0 &&
      section(
        'Policy',
        report.policy.map((line) => `- ${markdown(line)}`),
      ),
  ]
    .filter(Boolean)
    .join('\n');
}

function changedItem(change: ReportedChange, name: (e: ReportedEntryPoint) => string): string {
  const lines = changeLines(change).map(
    ({ text, opens }) => `  - ${opens ? `**${markdown(text)}**` : markdown(text)}`,
  );
  return [`- ${code(name(change.entryPoint))} at ${placeText(change.entryPoint)}`, ...lines].join('\n');
}

/** With the program in front where there are several. */
function namer({ added, removed, changed }: SurfaceReport): (e: ReportedEntryPoint) => string {
  const all = [...added, ...removed, ...changed.map(({ entryPoint }) => entryPoint)];
  const several = new Set(all.map((e) => e.program)).size > 1;
  return (e) => (several ? `${e.program}: ${triggerName(e)}` : triggerName(e));
}

const does = ({ effects }: ReportedEntryPoint): string =>
  effects.length === 0
    ? ''
    : `; does ${effects.map(({ effect, target }) => `${effect} ${target}`).join(', ')}`;
// What both trees have hides the same in both.
const oneSided = (gaps: Gaps): Gaps => gaps.filter(({ side, file }) => side !== 'both' && file !== '');
const gapText = ({ reason, side }: Gaps[number]): string =>
  `${reason} (${side === 'to' ? 'only after' : 'only before'})`;
const at = ({ file, line }: { file: string; line: number }): string => visible(`${file}:${line}`);
