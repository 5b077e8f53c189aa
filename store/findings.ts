import type { Finding } from '../analysis/divergences/finding.js';
import type { Database } from './database.js';

export interface FindingRecord {
  fingerprint: string;
  rule: string;
  level: string;
  status: string;
  entryPoint: string | null;
  firstHead: string;
  lastHead: string;
}

/** Findings by fingerprint for each pull request: when a finding was first and last seen, and what became of it. */
export class Findings {
  constructor(private readonly database: Database) {}

  /**
   * Records what is said about a head. A finding that an earlier head had and this one has not becomes `resolved`.
   */
  record(repositoryId: number, pullRequest: number, headSha: string, findings: readonly Finding[]): void {
    const upsert = this.database.prepare(
      `INSERT INTO finding (repository_id, pull_request, fingerprint, rule, level, status, entry_point, first_head, last_head)
       VALUES (@repositoryId, @pullRequest, @fingerprint, @rule, @level, @status, @entryPoint, @headSha, @headSha)
       ON CONFLICT (repository_id, pull_request, fingerprint) DO UPDATE SET
         rule = excluded.rule, level = excluded.level, status = excluded.status, last_head = excluded.last_head`,
    );
    this.database
      .transaction(() => {
        for (const { id, rule, level, status, entryPoint } of findings) {
          upsert.run({
            repositoryId,
            pullRequest,
            headSha,
            fingerprint: id,
            rule,
            level,
            status,
            entryPoint,
          });
        }
        this.database
          .prepare(
            `UPDATE finding SET status = 'resolved'
           WHERE repository_id = ? AND pull_request = ? AND last_head <> ? AND status <> 'resolved'`,
          )
          .run(repositoryId, pullRequest, headSha);
      })
      .immediate();
  }

  of(repositoryId: number, pullRequest: number): FindingRecord[] {
    return this.database
      .prepare(
        `SELECT fingerprint, rule, level, status, entry_point AS entryPoint, first_head AS firstHead, last_head AS lastHead
         FROM finding WHERE repository_id = ? AND pull_request = ? ORDER BY fingerprint`,
      )
      .all(repositoryId, pullRequest) as FindingRecord[];
  }
}
