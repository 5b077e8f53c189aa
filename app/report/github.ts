import { visible } from './escape.js';
import type { Report, ReportedFinding } from './report.js';
import { conclusion, isScan, shownFindings, triggerName } from './wording.js';

const COMMAND = { error: 'error', warning: 'warning', note: 'notice' } as const;

/**
 * The report as workflow commands of GitHub Actions, which show it at the lines of a change. The gravest come first: of each
 * kind GitHub shows ten a step.
 */
export function toGithub(report: Report): string {
  const gaps = report.gaps.filter((gap) => gap.introduced && report.status !== 'failed');
  const lines = [
    ...shownFindings(report).map(findingCommand),
    ...gaps.map((gap) =>
      command('warning', { file: gap.file, line: gap.line, title: 'Postern: not understood' }, gap.reason),
    ),
    report.status === 'failed'
      ? command('error', { title: 'Postern' }, conclusion(report))
      : plain(isScan(report) ? conclusion(report) : `Postern: ${conclusion(report)}`),
  ];
  return `${lines.join('\n')}\n`;
}

function findingCommand(finding: ReportedFinding): string {
  const trigger = triggerName(finding);
  const compare = finding.precedents
    .slice(0, 3)
    .map(({ file, line }) => `${file}:${line}`)
    .join(', ');
  return command(
    COMMAND[finding.level],
    {
      file: finding.file,
      line: finding.line,
      title: `Postern: ${finding.rule}${finding.blocking ? ' (blocking)' : ''}${trigger && ` ${trigger}`}`,
    },
    [finding.message, finding.remedy, compare && `Compare ${compare}.`].filter(Boolean).join(' '),
  );
}

function command(
  name: string,
  properties: { file?: string; line?: number; title: string },
  message: string,
): string {
  const { file, line, title } = properties;
  const given = [
    ...(file ? [`file=${property(file)}`, `line=${Math.max(1, line ?? 1)}`] : []),
    `title=${property(title)}`,
  ];
  return `::${name} ${given.join(',')}::${data(message)}`;
}

/** As the toolkit of GitHub Actions escapes them. What hides or reorders is written out before. */
const data = (text: string): string => visible(text).replaceAll('%', '%25');
const property = (text: string): string => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');

/** A line that is no command: the runner looks for its older form of commands anywhere in a line. */
const plain = (text: string): string =>
  visible(text)
    .replaceAll('##[', '## [')
    .replace(/^\s*::/, ': :');
