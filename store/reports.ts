import { compress, decompress } from './compression.js';
import type { Database } from './database.js';

/**
 * What is shown of the newest judged head of each open pull request, as its shell wrote it: everything that a person may look
 * at, and nothing that is judged by.
 */
export class Reports {
  constructor(private readonly database: Database) {}

  /** Keeps the report of a head in place of an earlier one. Nothing where the pull request is known no more. */
  keep(repositoryId: number, pullRequest: number, headSha: string, report: unknown): void {
    this.database
      .prepare(
        `INSERT INTO pull_request_report (repository_id, pull_request, head_sha, report)
         SELECT repository_id, number, @headSha, @report FROM pull_request
         WHERE repository_id = @repositoryId AND number = @pullRequest
         ON CONFLICT (repository_id, pull_request) DO UPDATE SET head_sha = excluded.head_sha, report = excluded.report`,
      )
      .run({ repositoryId, pullRequest, headSha, report: compress(JSON.stringify(report)) });
  }

  get(repositoryId: number, pullRequest: number): { headSha: string; report: unknown } | null {
    const row = this.database
      .prepare(
        `SELECT head_sha AS headSha, report FROM pull_request_report WHERE repository_id = ? AND pull_request = ?`,
      )
      .get(repositoryId, pullRequest) as { headSha: string; report: Buffer } | undefined;
    return row ? { headSha: row.headSha, report: JSON.parse(decompress(row.report)) as unknown } : null;
  }

  /** The pull request is merged: what it brought is shown with the default branch. */
  forget(repositoryId: number, pullRequest: number): void {
    this.database
      .prepare('DELETE FROM pull_request_report WHERE repository_id = ? AND pull_request = ?')
      .run(repositoryId, pullRequest);
  }
}
