import type { Answer } from '../../../store/answers.js';
import type { FindingRecord } from '../../../store/findings.js';
import { code, markdown } from '../../report/escape.js';
import { ruleText } from '../../report/rules.js';
import { counted } from '../../report/wording.js';

const LISTED = 20;
/** Longer beginnings of fingerprints are unique enough to be typed. */
const SHOWN = 12;

/** One finding in words: what is missing, by what that shows, what to do, and who may say that it is intended. */
export function explanation(finding: FindingRecord, standing: readonly Answer[]): string {
  const { fingerprint, rule, level, status, told } = finding;
  const { title, help } = ruleText(rule);
  const lines = [`**${markdown(title)}** (${code(rule)}, ${level}, ${status})`, markdown(help)];
  if (told) {
    const { message, remedy, place, precedents, effects } = told;
    lines.push(`${markdown(message)} It stands at ${code(`${place.file}:${place.line}`)}.`);
    lines.push(`**What to do:** ${markdown(remedy)}`);
    if (precedents.length > 0)
      lines.push(
        precedents.map((p) => `- compare ${code(p.entryPoint)} at ${code(`${p.file}:${p.line}`)}`).join('\n'),
      );
    if (effects.length > 0)
      lines.push(
        `What it does: ${effects.slice(0, LISTED).map(code).join(', ')}. An acceptance is about no more than that.`,
      );
  }
  const accepted = standing.filter((a) => a.subject === fingerprint);
  if (accepted.length > 0) lines.push(accepted.map(acceptance).join('\n'));
  else if (status !== 'resolved')
    lines.push(
      `If it is intended, a maintainer who did not open this pull request may write ${how(finding)}.`,
    );
  return lines.join('\n\n');
}

/** What was found on a pull request, and everything that is accepted there or in the repository. */
export function overview(findings: readonly FindingRecord[], standing: readonly Answer[]): string {
  const open = findings.filter(({ status }) => status === 'new');
  const parts = [
    open.length === 0
      ? 'Nothing new diverges in this pull request.'
      : `${counted(open.length, 'new divergence')}:\n\n${listed(open, (f) => `- ${code(f.rule)}: ${markdown(f.told?.message ?? f.entryPoint ?? '')} ${code(shortened(f.fingerprint))}`)}`,
  ];
  if (open.length > 0)
    parts.push(
      `\`/postern explain <finding>\` says more of one. If one is intended, a maintainer who did not open this pull request may write ${how(open[0]!)}.`,
    );
  if (standing.length > 0) parts.push(`**Accepted:**\n\n${listed(standing, acceptance)}`);
  return parts.join('\n\n');
}

function listed<T>(all: readonly T[], line: (each: T) => string): string {
  const lines = all.slice(0, LISTED).map(line);
  return (all.length > LISTED ? [...lines, `- and ${all.length - LISTED} more`] : lines).join('\n');
}

const how = ({ fingerprint }: FindingRecord): string =>
  code(`/postern accept ${shortened(fingerprint)} <reason>`);
const shortened = (fingerprint: string): string =>
  /^[0-9a-f]+$/.test(fingerprint) ? fingerprint.slice(0, SHOWN) : `"${fingerprint}"`;

function acceptance({ kind, subject, who, why, pullRequest, givenAt, scope }: Answer): string {
  const what = kind === 'public' ? 'open on purpose' : 'accepted';
  const where = scope === 'repository' ? `since #${pullRequest}` : 'on this pull request';
  return `- ${code(subject)} ${what} by ${markdown(`@${who}`)} on ${givenAt.slice(0, 10)}, ${where}: ${markdown(why)}`;
}
