import type { Probot } from 'probot';
import { commandsIn, MAX_COMMENT } from '../answers/command.js';
import type { Intake } from '../intake.js';

interface Comment {
  id: number;
  body: string;
  created_at: string;
  user: { login: string; id: number; type?: string } | null;
  performed_via_github_app?: object | null;
  in_reply_to_id?: number;
}

/** Somebody has written a comment on a pull request; those with commands are for us. */
export function onComment(probot: Probot, intake: Intake): void {
  probot.on('issue_comment.created', ({ id, payload }) => {
    if (!payload.issue.pull_request) return;
    const { repository, installation, issue } = payload;
    const asking = askingOf(payload.comment as Comment, 'conversation');
    if (!asking) return;
    const job = { kind: 'answer', number: issue.number, asking } as const;
    intake.accept({ guid: id, event: 'issue_comment.created', repository, installation, job });
  });
  probot.on('pull_request_review_comment.created', ({ id, payload }) => {
    const { repository, installation, pull_request } = payload;
    const asking = askingOf(payload.comment as Comment, 'line');
    if (!asking) return;
    const job = { kind: 'answer', number: pull_request.number, asking } as const;
    intake.accept({ guid: id, event: 'pull_request_review_comment.created', repository, installation, job });
  });
}

/** What a comment asks for; null for one without commands. */
function askingOf(comment: Comment, on: 'conversation' | 'line') {
  // The sender of the event may be another; who has written it is who asks.
  const { user, body } = comment;
  if (!user || !body || commandsIn(body).length === 0) return null;
  const viaApp = Boolean(comment.performed_via_github_app);
  return {
    by: { login: user.login, id: user.id, type: user.type ?? '', viaApp },
    at: comment.created_at,
    how: {
      comment: comment.id,
      on,
      thread: comment.in_reply_to_id ?? null,
      text: body.slice(0, MAX_COMMENT),
    },
  };
}
