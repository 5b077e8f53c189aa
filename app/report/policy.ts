import type { PolicyOutcome } from '../../analysis/policy/outcome.js';
import type { Report, ReportedFinding } from './report.js';

type Mistake = PolicyOutcome['mistakes'][number];

/** `.github/postern.yml:12: waivers: \`who\` is missing` */
export function mistakeText({ file, line, key, reason }: Mistake): string {
  const subject = key === null || reason.startsWith(`\`${key}\``) ? '' : `${key}: `;
  return `${file}:${line}: ${subject}${reason}; ${key === null ? 'nothing in it counts' : 'it does not count'}`;
}

/** What there is to say about the policy, a line each: mistakes first. */
export function policyLines(report: Report): string[] {
  const { policy } = report;
  if (!policy) return [];
  // What hides part of the code is a gap too, and is listed there.
  const isGap = (m: Mistake): boolean =>
    report.base === null &&
    report.gaps.some((g) => g.file === m.file && g.line === m.line && g.reason === m.reason);
  return [
    ...policy.mistakes.filter((m) => !isGap(m)).map(mistakeText),
    ...policy.notes.map(({ file, line, text }) => `${file === '' ? '' : `${file}:${line}: `}${text}`),
  ];
}

/** Findings that somebody has decided to be intended. */
export const waivedFindings = (report: Report): ReportedFinding[] =>
  report.findings.filter((finding) => finding.status === 'waived');

/** `waived by Robin: an open form (until 2027-01-31)`; what was said in a comment is accepted. */
export function waiverText({ waiver }: ReportedFinding): string {
  if (!waiver) return '';
  return `${waiver.file === '' ? 'accepted' : 'waived'} by ${waiver.who}: ${waiver.why}${waiver.until === null ? '' : ` (until ${waiver.until})`}`;
}
