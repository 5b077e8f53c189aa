import type { Finding } from '../analysis/divergences/finding.js';
import type { Database } from './database.js';

/** What was said of a finding, for whoever asks about it later. */
export interface Told {
  message: string;
  remedy: string;
  missing: string;
  place: { file: string; line: number };
  precedents: { entryPoint: string; file: string; line: number }[];
  /** What its entry points do, as a waiver of it records. */
  effects: string[];
}

export interface FindingRecord {
  fingerprint: string;
  rule: string;
  level: string;
  status: string;
  entryPoint: string | null;
  firstHead: string;
  lastHead: string;
  /** Null for what was recorded by a release that did not keep it. */
  told: Told | null;
}

const PRECEDENTS = 5;

/** Findings by fingerprint for each pull request: when a finding was first and last seen, and what became of it. */
export class Findings {
  constructor(private readonly database: Database) {}

  /**
   * Records what is said about a head. A finding that an earlier head had and this one has not becomes `resolved`.
   *
   * @param effects what the entry points of a finding do
   */
  record(
    repositoryId: number,
    pullRequest: number,
    headSha: string,
    findings: readonly Finding[],
    effects: (finding: Finding) => string[] = () => [],
  ): void {
    const upsert = this.database.prepare(
      `INSERT INTO finding (repository_id, pull_request, fingerprint, rule, level, status, entry_point, first_head, last_head,
         told, was_new)
       VALUES (@repositoryId, @pullRequest, @fingerprint, @rule, @level, @status, @entryPoint, @headSha, @headSha,
         @told, @isNew)
       ON CONFLICT (repository_id, pull_request, fingerprint) DO UPDATE SET
         rule = excluded.rule, level = excluded.level, status = excluded.status, last_head = excluded.last_head,
         told = excluded.told, was_new = max(was_new, excluded.was_new)`,
    );
    this.database
      .transaction(() => {
        for (const finding of findings) {
          const { id, rule, level, status, entryPoint } = finding;
          upsert.run({
            told: JSON.stringify(toTold(finding, effects(finding))),
            isNew: status === 'new' ? 1 : 0,
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
    const rows = this.database
      .prepare(
        `SELECT fingerprint, rule, level, status, entry_point AS entryPoint, first_head AS firstHead, last_head AS lastHead,
           told
         FROM finding WHERE repository_id = ? AND pull_request = ? ORDER BY fingerprint`,
      )
      .all(repositoryId, pullRequest) as (Omit<FindingRecord, 'told'> & { told: string | null })[];
    return rows.map((row) => ({ ...row, told: row.told === null ? null : (JSON.parse(row.told) as Told) }));
  }
}

function toTold({ message, remedy, missing, place, precedents }: Finding, effects: string[]): Told {
  return {
    message,
    remedy,
    missing,
    place: { file: place.file, line: place.line },
    precedents: precedents
      .slice(0, PRECEDENTS)
      .map(({ entryPoint, file, line }) => ({ entryPoint, file, line })),
    effects,
  };
}
