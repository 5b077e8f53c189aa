import type { Database } from './database.js';

/** A check run that was opened on GitHub. */
export interface CheckRunRecord {
  /** GitHub's id. */
  id: number;
  deliveryId: number;
  headSha: string;
  /** Annotations that GitHub has accepted already; they cannot be taken back or sent twice. */
  annotationsSent: number;
  concluded: boolean;
  /** What its verdict says is said on the lines of the pull request too. */
  reviewed: boolean;
}

interface Row {
  id: number;
  delivery_id: number;
  head_sha: string;
  annotations_sent: number;
  concluded: number;
  reviewed: number;
}

/** Check runs, kept so that whatever was opened is also concluded, by the next process if need be. */
export class CheckRuns {
  constructor(private readonly database: Database) {}

  opened(run: { id: number; deliveryId: number; headSha: string }): void {
    this.database
      .prepare('INSERT INTO check_run (id, delivery_id, head_sha) VALUES (@id, @deliveryId, @headSha)')
      .run(run);
  }

  ofDelivery(deliveryId: number): CheckRunRecord | null {
    const row = this.database.prepare('SELECT * FROM check_run WHERE delivery_id = ?').get(deliveryId);
    return row ? fromRow(row as Row) : null;
  }

  /** Open runs of earlier deliveries for the same pull request: a newer one supersedes them. */
  openBefore(repositoryId: number, pullRequest: number, deliveryId: number): CheckRunRecord[] {
    const rows = this.database
      .prepare(
        `SELECT check_run.* FROM check_run JOIN delivery ON delivery.id = check_run.delivery_id
         WHERE check_run.concluded = 0 AND delivery.repository_id = ? AND delivery.pull_request = ? AND delivery.id < ?
         ORDER BY delivery.id`,
      )
      .all(repositoryId, pullRequest, deliveryId) as Row[];
    return rows.map(fromRow);
  }

  annotated(id: number, sent: number): void {
    this.database.prepare('UPDATE check_run SET annotations_sent = ? WHERE id = ?').run(sent, id);
  }

  concluded(id: number): void {
    this.database.prepare('UPDATE check_run SET concluded = 1 WHERE id = ?').run(id);
  }

  reviewed(id: number): void {
    this.database.prepare('UPDATE check_run SET reviewed = 1 WHERE id = ?').run(id);
  }
}

function fromRow(row: Row): CheckRunRecord {
  return {
    id: row.id,
    deliveryId: row.delivery_id,
    headSha: row.head_sha,
    annotationsSent: row.annotations_sent,
    concluded: row.concluded === 1,
    reviewed: row.reviewed === 1,
  };
}
