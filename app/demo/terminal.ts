import colors from 'picocolors';
import type { StandInCheckRun } from './standin/check-runs.js';
import type { StandInComment } from './standin/reviews.js';

const CONCLUSION_COLOUR: Record<string, (text: string) => string> = {
  success: colors.green,
  failure: colors.red,
  neutral: colors.yellow,
  cancelled: colors.dim,
};
const MARK: Record<string, string> = { success: '✔', failure: '✘', neutral: '■', cancelled: '–' };

/** Finds the text of a line that an annotation stands at. */
export type LineOf = (path: string, line: number) => Promise<string | null>;

/** A check run as a person would see it on GitHub, for a terminal: what it says, then its notes on the code. */
export async function renderCheckRun(run: StandInCheckRun, lineOf: LineOf): Promise<string> {
  const conclusion = run.conclusion ?? run.status;
  const colour = CONCLUSION_COLOUR[conclusion] ?? String;
  const title = run.output.title ?? '';
  const notes = await Promise.all(run.annotations.map((annotation) => renderAnnotation(annotation, lineOf)));
  const lines = [
    `${colour(`${MARK[conclusion] ?? '…'} ${run.name}: ${conclusion}`)}  ${colors.bold(title)}`,
    '',
    renderMarkdown(run.output.summary ?? ''),
    ...(notes.length > 0 ? ['', colors.bold('Annotations'), ...notes] : []),
  ];
  return indent(lines.join('\n'), '  ');
}

/** The line and what is wrong with it; why is in the summary. */
async function renderAnnotation(annotation: Record<string, unknown>, lineOf: LineOf): Promise<string> {
  const { path, start_line, title } = annotation as { path: string; start_line: number; title: string };
  const line = await lineOf(path, start_line);
  const frame = line === null ? '' : `\n${colors.dim(`${start_line} │`)} ${line.trimEnd()}`;
  return `\n${colors.cyan(`${path}:${start_line}`)} ${colors.bold(title)}${frame}`;
}

/** A comment on a line of the diff, with that line. */
export async function renderComment(comment: StandInComment, lineOf: LineOf): Promise<string> {
  const { path, line, body } = comment;
  // Once it is dealt with, another line stands there.
  const text = body.includes('~~') ? null : await lineOf(path, line);
  const place = `${colors.bold('Comment')} on ${colors.cyan(`${path}:${line}`)}`;
  const frame = text === null ? [] : [`${colors.dim(`${line} │`)} ${text.trimEnd()}`];
  const said = body.replace(/<!--.*?-->\n?/g, '').replace(/<\/?sub>/g, '');
  return indent([place, ...frame, indent(renderMarkdown(said), `${colors.dim('│')} `)].join('\n'), '  ');
}

/** Enough of Markdown for the summaries that the App writes. */
function renderMarkdown(text: string): string {
  const lines = text.trim().split('\n');
  const widths = columnWidths(lines);
  return lines
    .filter((line) => !/^\|[ -|]*\|$/.test(line) || /[^-| ]/.test(line))
    .map((line) => {
      if (!line.startsWith('|')) return renderLine(line);
      return cells(line)
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd();
    })
    .join('\n');
}

function renderLine(line: string): string {
  const heading = /^#+ (.*)$/.exec(line);
  if (heading) return colors.bold(plain(heading[1]!));
  return plain(line.replace(/\\$/, ''))
    .replace(/\*\*(.+?)\*\*/g, (_, strong: string) => colors.bold(strong))
    .replace(/~~(.+)~~/g, (_, gone: string) => colors.strikethrough(gone));
}

function cells(line: string): string[] {
  return line
    .slice(1, -1)
    .split(/(?<!\\)\|/)
    .map((cell) => plain(cell.trim()));
}

/** Takes away escapes, entities and the marks around code. */
function plain(text: string): string {
  return (
    text
      .replaceAll('&#8203;', '')
      // Where a link leads says the text of it.
      .replace(/\[(`[^`]+`|[^\]]+)\]\(http[^)]*\)/g, '$1')
      .replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
      .replace(/\\([\\`*_{}[\]()#+\-.!|~$=<>])/g, '$1')
      .replace(/`([^`]+)`/g, (_, code: string) => code)
  );
}

function columnWidths(lines: readonly string[]): number[] {
  const widths: number[] = [];
  for (const line of lines) {
    if (!line.startsWith('|')) continue;
    cells(line).forEach((cell, at) => (widths[at] = Math.max(widths[at] ?? 0, cell.length)));
  }
  return widths;
}

function indent(text: string, by: string): string {
  return text.replace(/^(?=.)/gm, by);
}
