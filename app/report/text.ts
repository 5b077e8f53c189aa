import pc from 'picocolors';
import { visible } from './escape.js';
import { policyLines, waivedFindings, waiverText } from './policy.js';
import type { Report, ReportedEntryPoint, ReportedFinding } from './report.js';
import { conclusion, counted, isScan, protectionSummary, shownFindings, triggerName } from './wording.js';

type Colors = ReturnType<typeof pc.createColors>;

/** Rows of one kind before the rest is only counted: a terminal is no database. */
const LISTED = 50;
const PRECEDENTS = 5;

/** The report for a person at a terminal: what diverges first, then what was affected, then what is not known. */
export function toText(report: Report, options: { color?: boolean } = {}): string {
  const colors = pc.createColors(options.color ?? false);
  const sections = [
    shownFindings(report)
      .map((finding) => findingText(finding, report, colors))
      .join('\n\n'),
    waivedText(report, colors),
    entryPointTable(report, colors),
    gapText(report, colors),
    policyText(report, colors),
    notLookedAtText(report),
    closing(report, colors),
  ];
  return `${sections.filter(Boolean).join('\n\n')}\n`;
}

function findingText(finding: ReportedFinding, report: Report, colors: Colors): string {
  const level = { error: colors.red, warning: colors.yellow, note: colors.cyan }[finding.level](
    finding.level,
  );
  const trigger = triggerName(finding);
  const blocks = finding.blocking
    ? ' (blocking)'
    : report.policy?.spared?.findings.includes(finding.id)
      ? ' (would block)'
      : '';
  const lines = [
    `${colors.bold(place(finding))}  ${level} ${finding.rule}${blocks && colors.red(blocks)}${trigger && `  ${visible(trigger)}`}`,
    `  ${visible(finding.message)}`,
    `  ${colors.green('→')} ${visible(finding.remedy)}`,
    ...finding.precedents.slice(0, PRECEDENTS).map((precedent) => {
      const by = precedent.establishedBy ? ` (established in ${precedent.establishedBy})` : '';
      return colors.dim(`  compare ${place(precedent)}  ${visible(precedent.entryPoint)}${visible(by)}`);
    }),
    ...more(finding.precedents.length - PRECEDENTS, 'precedent', colors),
    ...finding.affects.slice(0, PRECEDENTS).map((id) => colors.dim(`  also affects ${visible(id)}`)),
    ...more(finding.affects.length - PRECEDENTS, 'affected entry point', colors),
    colors.dim(`  finding ${visible(finding.id)}`),
  ];
  return lines.join('\n');
}

function waivedText(report: Report, colors: Colors): string {
  const lines = waivedFindings(report).map((finding) => {
    const what = [place(finding), finding.rule, finding.missing, visible(triggerName(finding))];
    return `  ${what.filter(Boolean).join('  ')}\n    ${visible(waiverText(finding))}`;
  });
  return lines.length === 0 ? '' : [colors.bold('Waived'), ...lines].join('\n');
}

function policyText(report: Report, colors: Colors): string {
  const lines = policyLines(report).map((line) => `  ${visible(line)}`);
  return lines.length === 0 ? '' : [colors.bold('Policy'), ...lines].join('\n');
}

const more = (count: number, what: string, colors: Colors): string[] =>
  count > 0 ? [colors.dim(`  and ${counted(count, `more ${what}`)}`)] : [];

function entryPointTable(report: Report, colors: Colors): string {
  const listed = report.entryPoints.slice(0, isScan(report) ? Infinity : LISTED);
  if (listed.length === 0) return '';
  const severalPrograms = new Set(listed.map((entryPoint) => entryPoint.program)).size > 1;
  const rows = listed.map((entryPoint) => [
    ...(entryPoint.change ? [entryPoint.change] : []),
    visible(severalPrograms ? `${entryPoint.program}: ${triggerName(entryPoint)}` : triggerName(entryPoint)),
    visible(protectionSummary(entryPoint)),
    place(entryPoint),
  ]);
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const title = isScan(report) ? 'Entry points' : 'Affected entry points';
  const lines = rows.map((row, i) =>
    paint(
      row.map((text, column) => (column === row.length - 1 ? text : text.padEnd(widths[column]!))),
      listed[i]!,
      colors,
    ),
  );
  return [
    colors.bold(title),
    ...lines,
    ...more(report.entryPoints.length - listed.length, 'entry point', colors),
  ].join('\n');
}

function paint(columns: string[], entryPoint: ReportedEntryPoint, colors: Colors): string {
  const open = entryPoint.protections.length === 0 && entryPoint.public === null;
  const last = columns.length - 1;
  return `  ${columns.map((text, i) => (i === last ? colors.dim(text) : i === last - 1 && open ? colors.yellow(text) : text)).join('  ')}`;
}

function gapText(report: Report, colors: Colors): string {
  if (report.status === 'failed') return '';
  // In a check, what the change did not bring is only counted, by the closing line.
  const gaps = report.gaps.filter((gap) => isScan(report) || gap.introduced);
  if (gaps.length === 0) return '';
  const lines = gaps.slice(0, LISTED).map((gap) => `  ${place(gap)}  ${visible(gap.reason)}`);
  return [colors.bold('Not understood'), ...lines, ...more(gaps.length - LISTED, 'gap', colors)].join('\n');
}

function notLookedAtText(report: Report): string {
  const parts = report.notLookedAt.map(({ what, files }) => `${visible(what)} (${counted(files, 'file')})`);
  return parts.length > 0 ? `Not looked at: ${parts.join(', ')}` : '';
}

function closing(report: Report, colors: Colors): string {
  const line = visible(conclusion(report));
  if (report.findings.some((finding) => finding.blocking)) return colors.red(line);
  return report.status === 'complete' ? line : colors.yellow(line);
}

const place = ({ file, line }: { file: string; line: number }): string => visible(`${file}:${line}`);
