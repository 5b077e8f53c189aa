import type { Database } from './database.js';

/** What a person has decided about a finding, or about an entry point that is to be open. */
export interface NewAnswer {
  repositoryId: number;
  /** Where it was given. */
  pullRequest: number;
  kind: 'accept' | 'public';
  /** Fingerprint of the finding, or id of the entry point. */
  subject: string;
  /** The rule of the finding. */
  rule: string | null;
  who: string;
  whoId: number;
  why: string;
  /** What the entry points did when it was given: where they do more, it has lapsed. */
  effects: string[];
  /** The head that it was given of. */
  headSha: string;
  /** As 2027-01-31T12:00:00.000Z. */
  givenAt: string;
  /** The comment that gave it: the same one gives nothing twice. */
  source: string;
}
export interface Answer extends NewAnswer {
  id: number;
  /** Until the pull request is merged it counts there alone. */
  scope: 'pull-request' | 'repository';
  revokedBy: string | null;
  revokedAt: string | null;
}

const COLUMNS = `id, repository_id AS repositoryId, pull_request AS pullRequest, kind, subject, rule, who, who_id AS whoId, why,
  effects, head_sha AS headSha, given_at AS givenAt, source, scope, revoked_by AS revokedBy, revoked_at AS revokedAt`;

/** People's answers: each with who gave it, when and why. None is ever removed; one that no longer counts was revoked. */
export class Answers {
  constructor(private readonly database: Database) {}

  /** Keeps an answer; false where the same comment has given it before. */
  give(answer: NewAnswer): boolean {
    const { changes } = this.database
      .prepare(
        `INSERT OR IGNORE INTO answer (repository_id, pull_request, kind, subject, rule, who, who_id, why, effects, head_sha,
           given_at, source)
         VALUES (@repositoryId, @pullRequest, @kind, @subject, @rule, @who, @whoId, @why, @effects, @headSha,
           @givenAt, @source)`,
      )
      .run({ ...answer, effects: JSON.stringify(answer.effects) });
    return changes > 0;
  }

  /** What counts for pull requests, oldest first: what was given there, and what was merged into the default branch. */
  inForce(repositoryId: number, pullRequests: readonly number[] = []): Answer[] {
    return this.select(
      `revoked_at IS NULL AND (scope = 'repository' OR pull_request IN (SELECT value FROM json_each(@pullRequests)))`,
      repositoryId,
      { pullRequests: JSON.stringify(pullRequests) },
    );
  }

  /** Everything that was ever given in a repository, revoked or not, oldest first. */
  all(repositoryId: number): Answer[] {
    return this.select('1', repositoryId);
  }

  /**
   * A pull request was merged into the default branch: what was given there counts for the whole repository. Not where the
   * finding was gone by then: nobody has decided about one that comes back some day.
   */
  carry(repositoryId: number, pullRequest: number): void {
    this.database
      .prepare(
        `UPDATE answer SET scope = 'repository' WHERE repository_id = ? AND pull_request = ?
           AND NOT EXISTS (SELECT 1 FROM finding f WHERE f.repository_id = answer.repository_id
             AND f.pull_request = answer.pull_request AND f.fingerprint = answer.subject AND f.status = 'resolved')`,
      )
      .run(repositoryId, pullRequest);
  }

  /** Takes answers back, whoever gave them. @returns how many counted until now */
  revoke(repositoryId: number, ids: readonly number[], by: string, at: string): number {
    return this.database
      .prepare(
        `UPDATE answer SET revoked_by = ?, revoked_at = ?
         WHERE repository_id = ? AND id IN (SELECT value FROM json_each(?)) AND revoked_at IS NULL`,
      )
      .run(by, at, repositoryId, JSON.stringify(ids)).changes;
  }

  private select(where: string, repositoryId: number, more: Record<string, string> = {}): Answer[] {
    const rows = this.database
      .prepare(`SELECT ${COLUMNS} FROM answer WHERE repository_id = @repositoryId AND ${where} ORDER BY id`)
      .all({ repositoryId, ...more }) as (Omit<Answer, 'effects'> & { effects: string })[];
    return rows.map((row) => ({ ...row, effects: JSON.parse(row.effects) as string[] }));
  }
}
