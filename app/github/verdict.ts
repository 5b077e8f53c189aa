import type { Usefulness } from '../../store/outcomes.js';
import { code, markdown, visible } from '../report/escape.js';
import type { LinkOf } from '../report/links.js';
import { toMarkdown } from '../report/markdown.js';
import { toReport, type Report, type ReportedFinding } from '../report/report.js';
import { counted } from '../report/wording.js';
import { buttonsFor } from './answers/buttons.js';
import { authorshipSentence } from './authorship.js';
import type { Annotation, Conclusion, Verdict } from './check-run-client.js';
import type { JudgedPullRequest } from './judge-pull-request.js';
import type { Placement } from './placement.js';
import { MAX_COMMENTS, type Remark } from './review.js';

/** GitHub's bound on a summary. */
const MAX_SUMMARY = 65_535;
/** GitHub's bound on an annotation's title, and ours on its text: the summary says the same at leisure. */
const MAX_ANNOTATION_TITLE = 255;
const MAX_ANNOTATION_MESSAGE = 8_000;

const ANNOTATION_LEVEL = { error: 'failure', warning: 'warning', note: 'notice' } as const;

/** What was found out about a pull request, as it is reported. */
export function reportOn(judged: JudgedPullRequest): Report {
  return toReport({
    mode: 'check',
    model: judged.head,
    judgement: judged.judgement,
    base: judged.comparedWith,
    head: judged.headSha,
    provenance: (entryPoint, protection) =>
      judged.provenance(entryPoint, protection as Parameters<typeof judged.provenance>[1]).establishedBy,
  });
}

/** What the check run of a judged pull request says. */
export function verdictOn(
  judged: JudgedPullRequest,
  report: Report,
  context: {
    earlierFailure: string | null;
    linkOf: LinkOf;
    /** What is said on lines; null where there are none to say it on. */
    remarks: readonly Remark[] | null;
    /** What became of earlier findings in this repository. */
    usefulness: readonly Usefulness[];
    /** Why code scanning does not have what it was to have; null or left out where it has, or was not to. */
    notUploaded?: string | null;
  },
): Verdict {
  const notes: string[] = [];
  if (judged.conflicted) {
    notes.push(
      'The pull request conflicts with its base branch: its head alone was judged, against the merge base.',
    );
  }
  if (judged.authorship) notes.push(authorshipSentence(judged.authorship));
  if (context.earlierFailure)
    notes.push(
      `This answer is late, because an earlier attempt failed: ${cut(context.earlierFailure, 1000)}`,
    );
  if (context.notUploaded)
    notes.push(`Code scanning does not have these findings: ${cut(context.notUploaded, 1000)}.`);
  const preface = notes.map((note) => `> ${markdown(note)}\n\n`).join('');
  const ending = usefulnessOf(report, context.usefulness);
  const limit = MAX_SUMMARY - Buffer.byteLength(preface + ending);
  const standing = context.remarks?.filter(({ place }) => place !== null).length ?? 0;
  const onLines = context.remarks ? { standing, commented: Math.min(standing, MAX_COMMENTS) } : undefined;
  const summary = toMarkdown(report, { limit, linkOf: context.linkOf, onLines });
  return {
    conclusion: conclusionOf(report),
    title: titleOf(report),
    summary: preface + summary + ending,
    annotations: report.findings
      .filter((finding) => finding.status === 'new')
      .map((finding) => toAnnotation(finding, judged.placement)),
    buttons: buttonsFor(report.findings.some((finding) => finding.status === 'new')),
  };
}

/** In small print, what people did about earlier findings of the rules that speak here. */
function usefulnessOf(report: Report, usefulness: readonly Usefulness[]): string {
  const speaking = new Set(report.findings.filter((f) => f.status === 'new').map((f) => f.rule as string));
  const parts = usefulness
    .filter(({ rule }) => speaking.has(rule))
    .map(
      ({ rule, fixed, accepted, ignored }) =>
        `${code(rule)} ${fixed} fixed, ${accepted} accepted, ${ignored} merged as they were`,
    );
  return parts.length === 0 ? '' : `\n<sub>What became of earlier ones here: ${parts.join('; ')}.</sub>\n`;
}

/**
 * The change could not be judged, for a reason that says nothing about it: neither green nor red. `stops`: the policy lets
 * nothing pass that was not judged.
 */
export function unjudgedVerdict(error: Error, stops = false): Verdict {
  return {
    conclusion: stops ? 'action_required' : 'neutral',
    title: 'This change was not judged',
    summary:
      `Postern could not judge this change: ${markdown(cut(error.message.replace(/[.\s]+$/, ''), 1000))}.\n\n` +
      'This says nothing about the change itself. Use **Re-run** to try again; when it keeps happening, ' +
      'the log of the installation says more.' +
      (stops ? ' The policy of the base branch (`onIncomplete: block`) does not let it pass like this.' : ''),
    annotations: [],
    buttons: buttonsFor(false),
  };
}

/** A newer commit is judged instead. */
export function supersededVerdict(): Verdict {
  return {
    conclusion: 'cancelled',
    title: 'Superseded by a newer commit',
    summary:
      'The pull request was updated or checked again before this commit had been judged; see the newer check.',
    annotations: [],
    buttons: [],
  };
}

/** Only what was analysed completely and shows nothing that blocks, or would if the policy let it, is a success. */
export function conclusionOf(report: Report): Conclusion {
  if (report.findings.some((finding) => finding.blocking)) return 'failure';
  if (report.policy?.blocksIncomplete) return 'action_required';
  return report.status === 'complete' && !report.policy?.spared ? 'success' : 'neutral';
}

function titleOf(report: Report): string {
  const blocking = report.findings.filter((finding) => finding.blocking).length;
  const advisory = report.findings.filter((finding) => finding.status === 'new' && !finding.blocking).length;
  const settings = report.findings.filter((f) => f.blocking && f.rule === 'untrusted-config').length;
  if (settings > 0 && settings === blocking)
    return `${counted(settings, 'dangerous setting')} for editors, agents or installation`;
  if (blocking > 0) return `${counted(blocking, 'divergence')} from established protections`;
  if (report.status !== 'complete') return 'Part of this change could not be judged';
  const spared = report.policy?.spared;
  if (spared)
    return `Nothing blocks: ${spared.because}; ${counted(spared.findings.length, 'divergence')} would`;
  if (advisory > 0) return `Nothing blocking; ${counted(advisory, 'remark')}`;
  const added = report.entryPoints.filter((entryPoint) => entryPoint.change === 'added').length;
  if (added > 0)
    return `${counted(added, 'new entry point')}, as protected as ${added === 1 ? 'its' : 'their'} peers`;
  return report.entryPoints.length > 0 ? 'Protections hold' : 'No entry point is affected';
}

function toAnnotation(finding: ReportedFinding, placement: Placement): Annotation {
  const sighting = placement[`${finding.file}:${finding.line}`];
  const line = sighting?.commit === 'head' ? sighting.line : finding.line;
  const precedents = finding.precedents.map(
    ({ entryPoint, file, line, establishedBy }) =>
      `  ${entryPoint} (${file}:${line}${establishedBy ? `, established in ${establishedBy}` : ''})`,
  );
  const message = [
    finding.message,
    finding.remedy,
    ...(precedents.length > 0 ? ['Precedents:', ...precedents] : []),
  ];
  return {
    path: finding.file,
    start_line: line,
    end_line: line,
    annotation_level: ANNOTATION_LEVEL[finding.level],
    title: cut(visible(`${finding.rule}: ${finding.missing}`), MAX_ANNOTATION_TITLE),
    // Annotations are plain text: nothing to escape, but nothing deceptive either.
    message: cut(message.map(visible).join('\n'), MAX_ANNOTATION_MESSAGE),
  };
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
