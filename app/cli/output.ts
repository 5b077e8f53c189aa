import pc from 'picocolors';
import { toJson } from '../report/json.js';
import type { Report } from '../report/report.js';
import { toSarif } from '../report/sarif.js';
import { toText } from '../report/text.js';
import { packageVersion } from './package-version.js';

export type Format = 'text' | 'json' | 'sarif' | 'markdown' | 'github' | 'openapi' | 'csv' | 'jsonl';

/** The report in the format asked for. */
export async function render(report: Report, format: Format): Promise<string> {
  switch (format) {
    case 'json':
      return toJson(report);
    case 'sarif':
      return toSarif(report, packageVersion());
    case 'markdown':
      return (await import('../report/markdown.js')).toMarkdown(report);
    case 'github':
      return (await import('../report/github.js')).toGithub(report);
    case 'openapi':
      return (await import('../report/openapi.js')).toOpenApi(report);
    case 'csv':
      return (await import('../report/csv.js')).toCsv(report);
    case 'jsonl':
      return (await import('../report/json-lines.js')).toJsonLines(report);
    case 'text':
      return toText(report, { color: coloured() });
  }
}

/** Colour is for terminals; NO_COLOR (any value but the empty one) and TERM=dumb refuse it. */
export function coloured(): boolean {
  return (
    pc.isColorSupported &&
    process.stdout.isTTY === true &&
    !process.env['NO_COLOR'] &&
    process.env['TERM'] !== 'dumb'
  );
}

/** Writes to stdout, and waits until a slow reader has taken it. */
export function print(text: string): Promise<void> {
  return new Promise((resolve) => process.stdout.write(text, () => resolve()));
}
