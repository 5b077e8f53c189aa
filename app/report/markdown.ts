import { cell, code, markdown } from './escape.js';
import { policyLines, waivedFindings, waiverText } from './policy.js';
import type { Report, ReportedFinding } from './report.js';
import { conclusion, counted, isScan, protectionSummary, shownFindings, triggerName } from './wording.js';

const PRECEDENTS = 5;

/** A part of the page that may be left out as a whole, and how it is then counted. */
interface Block {
  text: string;
  what: string;
  /** Put in front of the first block of this kind that fits. */
  heading?: string;
}

/**
 * The report for a page on GitHub. Everything from the repository is escaped. With a `limit` in bytes the page is cut
 * between blocks, most important first, and says what is missing.
 */
export function toMarkdown(report: Report, options: { limit?: number } = {}): string {
  const limit = options.limit ?? Infinity;
  const room = limit - 400; // for saying what was cut
  let page = `${markdown(conclusion(report))}\n`;
  const headings = new Set<string>();
  const cut = new Map<string, number>();
  for (const block of blocks(report)) {
    const heading = block.heading && !headings.has(block.heading) ? `\n${block.heading}\n` : '';
    const text = heading + block.text;
    if (cut.size > 0 || Buffer.byteLength(page) + Buffer.byteLength(text) > room) {
      cut.set(block.what, (cut.get(block.what) ?? 0) + 1);
      continue;
    }
    if (block.heading) headings.add(block.heading);
    page += text;
  }
  if (cut.size > 0) {
    const list = [...cut].map(([what, count]) => counted(count, what)).join(', ');
    page += `\n_Cut because the page would be too long: ${list}. The command line shows everything: \`postern check\`._\n`;
  }
  return page;
}

function* blocks(report: Report): Generator<Block> {
  for (const finding of shownFindings(report)) {
    yield { what: 'divergence', heading: '### What diverges', text: findingBlock(finding, report) };
  }
  for (const line of policyLines(report))
    yield { what: 'note on the policy', heading: '### Policy', text: `- ${markdown(line)}\n` };
  for (const finding of waivedFindings(report)) {
    const subject = triggerName(finding);
    const text = `- ${finding.rule} (${markdown(finding.missing)})${subject ? ` ${code(subject)}` : ''} at ${placeOf(finding)}: ${markdown(waiverText(finding))}\n`;
    yield { what: 'waived divergence', heading: '### Waived', text };
  }
  const columns = isScan(report)
    ? '| Entry point | Protections | Where |\n| --- | --- | --- |'
    : '| Change | Entry point | Protections | Where |\n| --- | --- | --- | --- |';
  const title = isScan(report) ? '### Entry points' : '### Change of the model';
  for (const entryPoint of report.entryPoints) {
    const cells = [
      code(triggerName(entryPoint)),
      markdown(protectionSummary(entryPoint)),
      placeOf(entryPoint),
    ];
    if (entryPoint.change) cells.unshift(entryPoint.change);
    yield {
      what: 'entry point',
      heading: `${title}\n\n${columns}`,
      text: `| ${cells.map(cell).join(' | ')} |\n`,
    };
  }
  const gaps =
    report.status === 'failed' ? [] : report.gaps.filter((gap) => isScan(report) || gap.introduced);
  for (const gap of gaps) {
    yield {
      what: 'gap',
      heading: '### Not understood',
      text: `- ${placeOf(gap)}: ${markdown(gap.reason)}\n`,
    };
  }
  if (report.notLookedAt.length > 0) {
    const list = report.notLookedAt
      .map(({ what, files }) => `${markdown(what)} (${counted(files, 'file')})`)
      .join(', ');
    yield { what: 'note on what was not looked at', text: `\nNot looked at: ${list}.\n` };
  }
}

function findingBlock(finding: ReportedFinding, report: Report): string {
  const trigger = triggerName(finding);
  const subject = trigger ? `${code(trigger)} ` : '';
  const spared = report.policy?.spared?.findings.includes(finding.id) ?? false;
  const lines = [
    `- **${finding.level}${finding.blocking ? ', blocking' : spared ? ', would block' : ''}** ${subject}at ${placeOf(finding)}`,
    `  ${markdown(finding.message)}`,
    `  **What unblocks:** ${markdown(finding.remedy)}`.replace(
      'What unblocks',
      finding.blocking ? 'What unblocks' : 'What to do',
    ),
  ];
  for (const precedent of finding.precedents.slice(0, PRECEDENTS)) {
    // A pull request of this repository is a useful link; anything else is text.
    const by = precedent.establishedBy;
    const shown = by === null ? '' : `, established in ${/^#\d+$/.test(by) ? by : code(by)}`;
    lines.push(`  - compare ${code(precedent.entryPoint)} at ${placeOf(precedent)}${shown}`);
  }
  if (finding.precedents.length > PRECEDENTS)
    lines.push(`  - and ${counted(finding.precedents.length - PRECEDENTS, 'more precedent')}`);
  for (const id of finding.affects.slice(0, PRECEDENTS)) lines.push(`  - also affects ${code(id)}`);
  if (finding.affects.length > PRECEDENTS)
    lines.push(`  - and ${counted(finding.affects.length - PRECEDENTS, 'more affected entry point')}`);
  lines.push(`  - finding ${code(finding.id)}`);
  return `\n${[lines[0], lines[1] + '\\', ...lines.slice(2)].join('\n')}\n`;
}

const placeOf = ({ file, line }: { file: string; line: number }): string => code(`${file}:${line}`);
