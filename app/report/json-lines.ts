import type { Report } from './report.js';

/**
 * The report as JSON lines, for what reads one at a time: what was looked at first, then each entry point, finding and gap, as
 * the JSON of a report has them, with its `type`.
 */
export function toJsonLines(report: Report): string {
  const { entryPoints, findings, gaps, notLookedAt, ...scan } = report;
  const typed = (type: string, all: readonly object[]): object[] => all.map((each) => ({ type, ...each }));
  return [
    { type: 'scan', ...scan },
    ...typed('entryPoint', entryPoints),
    ...typed('finding', findings),
    ...typed('gap', gaps),
    ...typed('notLookedAt', notLookedAt),
  ]
    .map((line) => `${JSON.stringify(line)}\n`)
    .join('');
}
