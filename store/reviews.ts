import type { Database } from './database.js';

/** What is said of a finding in its comment: `open`: that it is there; else why it is not any more. */
export type CommentState = 'open' | 'fixed' | 'waived' | 'existing' | 'unseen';

/** A comment on a line of a pull request. */
export interface ReviewComment {
  /** GitHub's id. */
  id: number;
  /** The finding that it is about. */
  fingerprint: string;
  state: CommentState;
}

/**
 * Reviews and their comments. GitHub is what decides whether a comment is there, for a process may end between writing it
 * and recording it; this says whether a pull request that was just opened is worth asking for, and which were there once, so that none that a person
 * removed comes back.
 */
export class Reviews {
  constructor(private readonly database: Database) {}

  /** A review of this head is about to be posted: from now on GitHub may have comments of ours on the pull request. */
  begin(repositoryId: number, pullRequest: number, headSha: string): void {
    this.database
      .prepare('INSERT OR IGNORE INTO review (repository_id, pull_request, head_sha) VALUES (?, ?, ?)')
      .run(repositoryId, pullRequest, headSha);
  }

  /** Whether a review of the pull request was ever begun. */
  begun(repositoryId: number, pullRequest: number): boolean {
    return (
      this.database
        .prepare('SELECT 1 FROM review WHERE repository_id = ? AND pull_request = ? LIMIT 1')
        .get(repositoryId, pullRequest) !== undefined
    );
  }

  posted(repositoryId: number, pullRequest: number, headSha: string, reviewId: number): void {
    this.database
      .prepare(
        'UPDATE review SET review_id = ? WHERE repository_id = ? AND pull_request = ? AND head_sha = ?',
      )
      .run(reviewId, repositoryId, pullRequest, headSha);
  }

  /** Keeps what comments there are and what they say. */
  keep(repositoryId: number, pullRequest: number, comments: readonly ReviewComment[]): void {
    const keep = this.database.prepare(
      `INSERT INTO review_comment (id, repository_id, pull_request, fingerprint, state)
       VALUES (@id, @repositoryId, @pullRequest, @fingerprint, @state)
       ON CONFLICT (id) DO UPDATE SET state = excluded.state`,
    );
    this.database
      .transaction(() => {
        for (const comment of comments) keep.run({ ...comment, repositoryId, pullRequest });
      })
      .immediate();
  }

  /** The finding that a comment of ours is about; null for any other comment. */
  findingOf(repositoryId: number, pullRequest: number, commentId: number): string | null {
    const fingerprint = this.database
      .prepare(
        'SELECT fingerprint FROM review_comment WHERE id = ? AND repository_id = ? AND pull_request = ?',
      )
      .pluck()
      .get(commentId, repositoryId, pullRequest);
    return (fingerprint as string | undefined) ?? null;
  }

  commentsOf(repositoryId: number, pullRequest: number): ReviewComment[] {
    return this.database
      .prepare(
        `SELECT id, fingerprint, state FROM review_comment
         WHERE repository_id = ? AND pull_request = ? ORDER BY id`,
      )
      .all(repositoryId, pullRequest) as ReviewComment[];
  }
}
