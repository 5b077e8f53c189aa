import type { Database } from './database.js';

/** What became of the new findings of a rule in merged pull requests. */
export interface Usefulness {
  rule: string;
  /** Gone before the merge. */
  fixed: number;
  /** A person decided that they are intended. */
  accepted: number;
  /** Merged as they were. */
  ignored: number;
}

/** How useful the findings of each rule have been, by what people did about them. */
export class Outcomes {
  constructor(private readonly database: Database) {}

  /** A pull request was merged: keeps what became of what was new there. Doing it twice is doing it once. */
  settle(repositoryId: number, pullRequest: number): void {
    this.database
      .prepare(
        // What the base has too by now was nobody's decision here.
        `INSERT OR IGNORE INTO outcome (repository_id, pull_request, fingerprint, rule, outcome)
         SELECT repository_id, pull_request, fingerprint, rule,
           CASE status WHEN 'resolved' THEN 'fixed' WHEN 'waived' THEN 'accepted' ELSE 'ignored' END
         FROM finding
         WHERE repository_id = ? AND pull_request = ? AND was_new = 1 AND status IN ('resolved', 'waived', 'new')`,
      )
      .run(repositoryId, pullRequest);
  }

  /** By rule, for one repository or, with null, for all. */
  perRule(repositoryId: number | null): Usefulness[] {
    return this.database
      .prepare(
        `SELECT rule, sum(outcome = 'fixed') AS fixed, sum(outcome = 'accepted') AS accepted,
           sum(outcome = 'ignored') AS ignored
         FROM outcome WHERE @repositoryId IS NULL OR repository_id = @repositoryId GROUP BY rule ORDER BY rule`,
      )
      .all({ repositoryId }) as Usefulness[];
  }
}
