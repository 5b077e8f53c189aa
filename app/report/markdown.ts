import { cell, code, markdown } from './escape.js';
import { placeText, type LinkOf } from './links.js';
import { policyLines, waivedFindings, waiverText } from './policy.js';
import type { Report, ReportedEntryPoint, ReportedFinding } from './report.js';
import {
  conclusion,
  counted,
  isScan,
  protectionSummary,
  shownFindings,
  tally,
  triggerName,
} from './wording.js';

const PRECEDENTS = 5;

/** A part of the page that may be left out as a whole, and how it is then counted. */
interface Block {
  text: string;
  what: string;
  /** Put in front of the first block of this kind that fits. */
  heading?: string;
}

export interface PageOptions {
  /** In bytes: the page is cut between blocks, most important first, and says what is missing. */
  limit?: number;
  /** Where lines are to be seen. */
  linkOf?: LinkOf;
  /** How many of the new findings stand on lines of the diff, and for how many of these there is a comment there. */
  onLines?: { standing: number; commented: number };
}

/** The report for a page on GitHub. Everything from the repository is escaped. */
export function toMarkdown(report: Report, options: PageOptions = {}): string {
  const limit = options.limit ?? Infinity;
  const room = limit - 400; // for saying what was cut
  let page = `${markdown(conclusion(report))}\n`;
  if (!isScan(report) && report.status !== 'failed')
    page += `\n**Divergences:** ${tally(report)}.${whereTheyStand(report, options.onLines)}\n`;
  const headings = new Set<string>();
  const cut = new Map<string, number>();
  for (const block of blocks(report, options.linkOf)) {
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

function whereTheyStand({ summary }: Report, onLines: PageOptions['onLines']): string {
  if (!onLines || summary.new === 0) return '';
  const { standing, commented } = onLines;
  const there = commented < standing ? `${standing}, of which ${commented} have a comment there` : standing;
  return ` Of the new ones, on lines of the diff: ${there}; only here: ${summary.new - commented}.`;
}

function* blocks(report: Report, linkOf?: LinkOf): Generator<Block> {
  for (const finding of shownFindings(report)) {
    yield { what: 'divergence', heading: '### What diverges', text: findingBlock(finding, report, linkOf) };
  }
  for (const line of policyLines(report))
    yield { what: 'note on the policy', heading: '### Policy', text: `- ${markdown(line)}\n` };
  for (const finding of waivedFindings(report)) {
    const subject = triggerName(finding);
    const text = `- ${finding.rule} (${markdown(finding.missing)})${subject ? ` ${code(subject)}` : ''} at ${placeText(finding, linkOf)}: ${markdown(waiverText(finding))}\n`;
    yield { what: 'waived divergence', heading: '### Waived', text };
  }
  const columns = isScan(report)
    ? '| Entry point | Protections | Where |\n| --- | --- | --- |'
    : '| Change | Entry point | Protections | Where |\n| --- | --- | --- | --- |';
  const title = isScan(report) ? '### Entry points' : `### Change of the model: ${changes(report)}`;
  const inOrder = report.entryPoints.toSorted((a, b) => rankOf(a) - rankOf(b));
  for (const entryPoint of inOrder) {
    // What is gone stands nowhere in the head.
    const place = placeText(entryPoint, entryPoint.change === 'removed' ? undefined : linkOf);
    const cells = [code(triggerName(entryPoint)), protectionsOf(entryPoint), place];
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
      text: `- ${placeText(gap, linkOf)}: ${markdown(gap.reason)}\n`,
    };
  }
  if (report.notLookedAt.length > 0) {
    const list = report.notLookedAt
      .map(({ what, files }) => `${markdown(what)} (${counted(files, 'file')})`)
      .join(', ');
    yield { what: 'note on what was not looked at', text: `\nNot looked at: ${list}.\n` };
  }
}

const rankOf = ({ change }: ReportedEntryPoint): number =>
  change === undefined ? 0 : ['added', 'changed', 'removed'].indexOf(change);

/** `2 added, 1 removed` */
function changes({ entryPoints }: Report): string {
  return (['added', 'changed', 'removed'] as const)
    .map((change) => ({ change, count: entryPoints.filter((e) => e.change === change).length }))
    .filter(({ count }) => count > 0)
    .map(({ change, count }) => `${count} ${change}`)
    .join(', ');
}

/** What stands in front of an entry point: what the change adds in bold, what it takes away struck through. */
function protectionsOf(entryPoint: ReportedEntryPoint): string {
  const before = entryPoint.protectionsBefore;
  const now = markdown(protectionSummary(entryPoint));
  if (!before) return now;
  const gained = entryPoint.protections.filter((p) => !before.includes(p));
  const lost = before.filter((p) => !entryPoint.protections.includes(p));
  const marked = gained.reduce((text, p) => text.replace(p, `**${p}**`), now);
  return [marked, ...lost.map((p) => `~~${p}~~`)].join(', ');
}

function findingBlock(finding: ReportedFinding, report: Report, linkOf?: LinkOf): string {
  const trigger = triggerName(finding);
  const subject = trigger ? `${code(trigger)} ` : '';
  const spared = report.policy?.spared?.findings.includes(finding.id) ?? false;
  const lines = [
    `- **${finding.level}${finding.blocking ? ', blocking' : spared ? ', would block' : ''}** ${subject}at ${placeText(finding, linkOf)}`,
    `  ${markdown(finding.message)}`,
    `  **${finding.blocking ? 'What unblocks' : 'What to do'}:** ${markdown(finding.remedy)}`,
  ];
  for (const precedent of finding.precedents.slice(0, PRECEDENTS)) {
    // A pull request of this repository is a useful link; anything else is text.
    const by = precedent.establishedBy;
    const shown = by === null ? '' : `, established in ${/^#\d+$/.test(by) ? by : code(by)}`;
    lines.push(`  - compare ${code(precedent.entryPoint)} at ${placeText(precedent, linkOf)}${shown}`);
  }
  if (finding.precedents.length > PRECEDENTS)
    lines.push(`  - and ${counted(finding.precedents.length - PRECEDENTS, 'more precedent')}`);
  for (const id of finding.affects.slice(0, PRECEDENTS)) lines.push(`  - also affects ${code(id)}`);
  if (finding.affects.length > PRECEDENTS)
    lines.push(`  - and ${counted(finding.affects.length - PRECEDENTS, 'more affected entry point')}`);
  lines.push(`  - finding ${code(finding.id)}`);
  return `\n${[lines[0], lines[1] + '\\', ...lines.slice(2)].join('\n')}\n`;
}
