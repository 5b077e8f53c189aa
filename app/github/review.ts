import type { Store } from '../../store/store.js';
import type { CommentState } from '../../store/reviews.js';
import { closedComment, findingIn, saysTheSame, toComment, type Fate } from '../report/comment.js';
import type { LinkOf } from '../report/links.js';
import type { Report, ReportedFinding } from '../report/report.js';
import { counted } from '../report/wording.js';
import type { Placement } from './placement.js';
import type { Comment, NewComment, ReviewClient } from './review-client.js';

/** At most as many findings of a pull request are told on its lines; all of them are in the check run. */
export const MAX_COMMENTS = 20;

/** A new finding as it is told on the lines of a pull request. */
export interface Remark {
  finding: ReportedFinding;
  /** The line at head, in the diff; null where GitHub takes no comment. */
  place: { path: string; line: number } | null;
  body: string;
}

/** What there is to say on lines, most important first. Notes are told in the check run alone. */
export function remarksOn(report: Report, placement: Placement, linkOf: LinkOf): Remark[] {
  const rank = { error: 0, warning: 1, note: 2 };
  return report.findings
    .filter((finding) => finding.status === 'new' && finding.level !== 'note')
    .sort((a, b) => Number(b.blocking) - Number(a.blocking) || rank[a.level] - rank[b.level])
    .map((finding) => {
      const edit = finding.edit ?? null;
      // GitHub puts a suggestion in place of the lines that are commented on.
      const editable = edit && commentable(edit, placement);
      const place = editable ?? commentable(finding, placement);
      return { finding, place, body: toComment(finding, linkOf, editable ? edit : null) };
    });
}

function commentable(
  { file, line }: { file: string; line: number },
  placement: Placement,
): { path: string; line: number } | null {
  const sighting = placement[`${file}:${line}`];
  return sighting?.commit === 'head' && sighting.inDiff ? { path: file, line: sighting.line } : null;
}

export interface ReviewInput {
  store: Store;
  client: ReviewClient;
  repositoryId: number;
  number: number;
  headSha: string;
  report: Report;
  remarks: readonly Remark[];
  /** The pull request was opened just now: only this head can have been spoken of. */
  fresh: boolean;
  /** Where the check run is shown. */
  checkUrl: string;
  signal: AbortSignal;
  warn(message: string): void;
}

/**
 * Brings what is said on the lines of a pull request up to date: one review for what is new there, edits for what was said
 * before. Doing it twice is doing it once: GitHub is asked first what is there already, so that a process which ended
 * between posting and recording does not make the next one repeat it.
 */
export async function reviewPullRequest(input: ReviewInput): Promise<void> {
  const { store, client, repositoryId, number, headSha, remarks, fresh, signal } = input;
  const here = remarks.filter((remark) => remark.place !== null);
  if (here.length === 0 && fresh && !store.reviews.begun(repositoryId, number)) return;
  const known = new Set(store.reviews.commentsOf(repositoryId, number).map((c) => c.fingerprint));
  const standing = byFinding(await client.own(number));
  const states = await bringUpToDate(input, standing);
  const open = [...states.values()].filter((state) => state === 'open').length;
  // One that was there and is not any more was removed by a person.
  const unsaid = here.filter(({ finding }) => !standing.has(finding.id) && !known.has(finding.id));
  const said = unsaid.slice(0, Math.max(0, MAX_COMMENTS - open));
  if (said.length === 0) return;
  signal.throwIfAborted();
  store.reviews.begin(repositoryId, number, headSha);
  const comments = said.map(({ place, body }): NewComment => ({ ...place!, body }));
  try {
    const body = opening(input, said.length);
    const id = await client.post(number, { commit: headSha, body, comments });
    store.reviews.posted(repositoryId, number, headSha, id);
    keep(input, byFinding(await client.commentsOf(number, id)), () => 'open');
  } catch (error) {
    if ((error as { status?: number }).status !== 422) throw error;
    // It has another idea of the diff, or the head is gone. Nothing is lost: the check run tells everything.
    input.warn(`GitHub took no comments on the lines of ${headSha}: ${(error as Error).message}`);
  }
}

/** Writes comments that are there anew where they say something else by now. @returns what each says then, by finding */
async function bringUpToDate(
  input: ReviewInput,
  standing: ReadonlyMap<string, Comment>,
): Promise<Map<string, CommentState>> {
  const { client, number, headSha, remarks, signal } = input;
  const bodies = new Map(remarks.map(({ finding, body }) => [finding.id, body]));
  const states = new Map<string, CommentState>();
  const changed = { open: new Set<number>(), closed: new Set<number>() };
  for (const [fingerprint, { id, body }] of standing) {
    const wanted = bodies.get(fingerprint);
    const fate = wanted === undefined ? fateOf(fingerprint, input.report) : null;
    states.set(fingerprint, fate ?? 'open');
    const text = wanted ?? closedComment(body, fate!, headSha);
    if (saysTheSame(text, body)) continue;
    signal.throwIfAborted();
    await client.edit(id, text);
    if (fate !== 'unseen') changed[fate === null ? 'open' : 'closed'].add(id);
  }
  keep(input, standing, (fingerprint) => states.get(fingerprint)!);
  if (changed.open.size + changed.closed.size > 0 && (await client.mayResolve())) {
    if (changed.closed.size > 0) await client.resolve(number, changed.closed, true);
    if (changed.open.size > 0) await client.resolve(number, changed.open, false);
  }
  return states;
}

function keep(
  { store, repositoryId, number }: ReviewInput,
  comments: ReadonlyMap<string, Comment>,
  stateOf: (fingerprint: string) => CommentState,
): void {
  const kept = [...comments].map(([fingerprint, { id }]) => ({
    id,
    fingerprint,
    state: stateOf(fingerprint),
  }));
  store.reviews.keep(repositoryId, number, kept);
}

/** Why a finding that was commented on is not new any more. */
function fateOf(fingerprint: string, report: Report): Fate {
  const found = report.findings.find((finding) => finding.id === fingerprint);
  if (found?.status === 'waived' || found?.status === 'existing') return found.status;
  // What is hidden by a gap is not mended by it.
  return report.status === 'complete' ? 'fixed' : 'unseen';
}

/** The oldest comment about each finding. */
function byFinding(comments: readonly Comment[]): Map<string, Comment> {
  const found = new Map<string, Comment>();
  for (const comment of comments) {
    const fingerprint = findingIn(comment.body);
    if (fingerprint !== null && !found.has(fingerprint)) found.set(fingerprint, comment);
  }
  return found;
}

function opening({ report, checkUrl }: ReviewInput, said: number): string {
  const others = report.findings.filter((f) => f.status === 'new').length - said;
  const rest = others > 0 ? ` ${counted(others, 'other')} in the [check](${checkUrl}).` : '';
  const blocking = report.findings.some((f) => f.blocking);
  return `${counted(said, 'divergence')} from what protects this project's other entry points.${rest}${
    blocking ? ' The check says which of them block.' : ''
  }`;
}
