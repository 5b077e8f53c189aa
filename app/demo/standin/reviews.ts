import { Unprocessable, known, text } from './check-runs.js';
import type { Commentable } from './diff.js';

/** A comment on a line as the stand-in keeps it. */
export interface StandInComment {
  id: number;
  repositoryId: number;
  pullRequest: number;
  path: string;
  line: number;
  body: string;
  /** How often it was written anew. */
  edits: number;
  /** Its thread was resolved. */
  resolved: boolean;
}
export interface StandInReview {
  id: number;
  repositoryId: number;
  pullRequest: number;
  commit: string;
  body: string;
  comments: StandInComment[];
}

type Fields = Record<string, unknown>;
const REVIEW = ['commit_id', 'body', 'event', 'comments'];
const COMMENT = ['path', 'position', 'body', 'line', 'side', 'start_line', 'start_side'];
const MAX_BODY = 65_536;

/**
 * Refuses a review that GitHub would refuse, and answers it as the emulator takes it: with positions in the diff in place
 * of lines.
 * @throws Unprocessable
 */
export function acceptReview(body: Fields, lines: Commentable): Fields {
  known('the review', body, REVIEW);
  if (!['APPROVE', 'REQUEST_CHANGES', 'COMMENT'].includes(body['event'] as string))
    throw new Unprocessable(`event ${String(body['event'])}`);
  text('commit_id', body['commit_id'], 40);
  if (body['event'] !== 'APPROVE') text('body', body['body'], MAX_BODY);
  const comments = (body['comments'] ?? []) as Fields[];
  return {
    ...body,
    comments: comments.map((comment) => {
      known('a comment', comment, COMMENT);
      text('comment.path', comment['path'], 4096);
      text('comment.body', comment['body'], MAX_BODY);
      const { path, line, side = 'RIGHT' } = comment as { path: string; line: number; side?: string };
      if (!Number.isInteger(line) || line < 1) throw new Unprocessable('comment.line');
      if (side !== 'RIGHT') throw new Unprocessable('comments on removed lines are not played here');
      const position = lines.get(`${path}:${line}`);
      if (position === undefined)
        throw new Unprocessable('Unprocessable Entity: "Line could not be resolved"');
      return { path, position, body: comment['body'] };
    }),
  };
}
