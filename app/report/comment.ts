import type { Edit } from '../../analysis/divergences/finding.js';
import { code, fenceFor, markdown } from './escape.js';
import { placeText, type LinkOf } from './links.js';
import type { ReportedFinding } from './report.js';
import { counted } from './wording.js';

/** GitHub's bound on a comment, with room to spare. */
const MAX_COMMENT = 60_000;
const PLACES = 3;

/** What became of a finding that a comment was made on, and is not told as new any more. */
export type Fate = 'fixed' | 'waived' | 'existing' | 'unseen';

/** A comment of ours begins with this, which nobody sees: which finding it is about. */
const MARKER = /^<!-- postern:finding=(\S+) -->\n/;

function markerOf(fingerprint: string): string {
  // Nothing in it ends the HTML comment that it stands in.
  return `<!-- postern:finding=${encodeURIComponent(fingerprint).replaceAll('-', '%2D')} -->\n`;
}

/** The finding that a comment of ours is about; null for any other text. What is quoted further down is no marker. */
export function findingIn(body: string): string | null {
  const found = MARKER.exec(body.replaceAll('\r\n', '\n'));
  try {
    return found && decodeURIComponent(found[1]!);
  } catch {
    return null;
  }
}

/**
 * A finding as a comment on a line of the diff: what diverges, what to do, the evidence. Everything from the repository is
 * escaped, but for the text of `edit`, which is shown as code and can be committed with a button.
 */
export function toComment(finding: ReportedFinding, linkOf: LinkOf, edit: Edit | null): string {
  const kind = finding.blocking ? 'Blocking' : finding.level === 'error' ? 'Error' : 'Warning';
  const parts = [
    `**${kind}:** ${markdown(finding.message)}`,
    `**${finding.blocking ? 'What unblocks' : 'What to do'}:** ${markdown(finding.remedy)}`,
  ];
  if (edit) parts.push(suggestion(edit.replacement));
  const evidence = evidenceOf(finding.precedents, linkOf);
  if (finding.affects.length > 0)
    evidence.push(`- ${counted(finding.affects.length, 'other entry point')} affected`);
  if (evidence.length > 0) parts.push(evidence.join('\n'));
  parts.push(`<sub>${code(finding.rule)}, confidence ${finding.confidence}</sub>`);
  const body = markerOf(finding.id) + parts.join('\n\n');
  return body.length <= MAX_COMMENT ? body : `${markerOf(finding.id)}${parts[0]!.slice(0, MAX_COMMENT / 2)}`;
}

type Precedents = ReportedFinding['precedents'];

/** Where others have what is missing, and who brought it there: a place once, however many stand behind it. */
function evidenceOf(precedents: Precedents, linkOf: LinkOf): string[] {
  const byPlace = new Map<string, Precedents>();
  for (const precedent of precedents) {
    const place = placeText(precedent, linkOf);
    byPlace.set(place, [...(byPlace.get(place) ?? []), precedent]);
  }
  const lines = [...byPlace].slice(0, PLACES).map(([place, there]) => {
    const by = [...new Set(there.flatMap((precedent) => precedent.establishedBy ?? []))];
    const shown = by.map((each) => (/^#\d+$/.test(each) ? each : code(each))).join(', ');
    const names = there.map(({ entryPoint }) => code(entryPoint)).join(', ');
    return `- compare ${place}: ${names}${shown === '' ? '' : `; established in ${shown}`}`;
  });
  const more = byPlace.size - PLACES;
  return more > 0 ? [...lines, `- and ${counted(more, 'more place')}`] : lines;
}

/** The same comment once its finding is gone. One that says so already stays as it is. */
export function closedComment(body: string, fate: Fate, headSha: string): string {
  const text = body.replaceAll('\r\n', '\n');
  const [marker] = MARKER.exec(text) ?? [''];
  const [heading = ''] = text.slice(marker.length).split('\n');
  const bare = isStruck(heading) ? heading.slice(2, -2) : heading;
  const ending = {
    fixed: `Fixed in ${headSha.slice(0, 10)}.`,
    waived: 'Waived.',
    existing: 'The base branch has this too by now: it is not told of this pull request any more.',
    unseen: `Not found in ${headSha.slice(0, 10)} any more, parts of which could not be followed: see the check.`,
  }[fate];
  if (text.includes(fate === 'fixed' ? '\n\nFixed in ' : `\n\n${ending}`)) return body;
  return `${marker}${fate === 'unseen' ? bare : `~~${bare}~~`}\n\n${ending}`;
}

/** Commits in links move with each push; that alone is no reason to write a comment anew. */
export function saysTheSame(a: string, b: string): boolean {
  const bare = (text: string): string =>
    text
      .replaceAll('\r\n', '\n')
      .replace(/\/blob\/[0-9a-f]{40,64}\//g, '/blob/')
      .replace(/#L\d+\)/g, ')');
  return bare(a).trim() === bare(b).trim();
}

const isStruck = (heading: string): boolean => heading.startsWith('~~') && heading.endsWith('~~');

function suggestion(replacement: string): string {
  const fence = fenceFor(replacement, 3);
  return `${fence}suggestion\n${replacement}\n${fence}`;
}
