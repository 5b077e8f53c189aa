import type { Report } from './report.js';

/** The report as indented JSON, ending in a newline. */
export function toJson(report: Report): string {
  return `${JSON.stringify(report, null, 2)}\n`;
}
