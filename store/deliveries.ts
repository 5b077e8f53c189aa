import type { Database } from './database.js';

/**
 * `received`: to be worked; `working`: being worked, or its process died; `done`; `failed`: the world outside failed,
 * to be tried again; `abandoned`: not to be tried again.
 */
export type DeliveryState = 'received' | 'working' | 'done' | 'failed' | 'abandoned';

export interface NewDelivery {
  /** GitHub's id of the delivery; a redelivery has the same one. */
  guid: string;
  repositoryId: number;
  pullRequest: number | null;
  event: string;
  /** What is needed to do the work, as plain data. */
  payload: unknown;
}

export interface Delivery extends NewDelivery {
  /** Order of receipt. */
  id: number;
  state: DeliveryState;
  /** How often work on it was begun. */
  attempts: number;
  error: string | null;
}

interface Row {
  id: number;
  guid: string;
  repository_id: number;
  pull_request: number | null;
  event: string;
  payload: string;
  state: DeliveryState;
  attempts: number;
  error: string | null;
}

/** Webhook deliveries, kept from before they are acknowledged until they are worked: the App's queue. */
export class Deliveries {
  constructor(private readonly database: Database) {}

  /** Keeps a delivery; null when it is already known by its GUID. */
  receive(delivery: NewDelivery): Delivery | null {
    const row = this.database
      .prepare(
        `INSERT INTO delivery (guid, repository_id, pull_request, event, payload)
         VALUES (@guid, @repositoryId, @pullRequest, @event, @payload)
         ON CONFLICT (guid) DO NOTHING RETURNING *`,
      )
      .get({ ...delivery, payload: JSON.stringify(delivery.payload) });
    return row ? fromRow(row as Row) : null;
  }

  /** Whether a delivery came in under this GUID, as far back as they are kept. */
  isKnown(guid: string): boolean {
    return this.database.prepare('SELECT 1 FROM delivery WHERE guid = ?').get(guid) !== undefined;
  }

  get(id: number): Delivery | null {
    const row = this.database.prepare('SELECT * FROM delivery WHERE id = ?').get(id);
    return row ? fromRow(row as Row) : null;
  }

  /** Everything still to be worked, in order of receipt. */
  unfinished(): Delivery[] {
    const rows = this.database
      .prepare(`SELECT * FROM delivery WHERE state IN ('received', 'working', 'failed') ORDER BY id`)
      .all() as Row[];
    return rows.map(fromRow);
  }

  /** How many are not settled, by state. */
  depth(): Record<'received' | 'working' | 'failed', number> {
    const rows = this.database
      .prepare(
        `SELECT state, count(*) AS count FROM delivery WHERE state IN ('received', 'working', 'failed') GROUP BY state`,
      )
      .all() as { state: 'received' | 'working' | 'failed'; count: number }[];
    const depth = { received: 0, working: 0, failed: 0 };
    for (const { state, count } of rows) depth[state] = count;
    return depth;
  }

  /** True when a later delivery for the same pull request, of one of `events`, makes this one moot. */
  superseded(
    delivery: Pick<Delivery, 'id' | 'repositoryId' | 'pullRequest'>,
    events: readonly string[],
  ): boolean {
    if (delivery.pullRequest === null) return false;
    const later = this.database
      .prepare(
        `SELECT 1 FROM delivery WHERE repository_id = ? AND pull_request = ? AND id > ?
           AND event IN (SELECT value FROM json_each(?)) LIMIT 1`,
      )
      .get(delivery.repositoryId, delivery.pullRequest, delivery.id, JSON.stringify(events));
    return later !== undefined;
  }

  /** What the newest delivery of an event about a head left to do; null where none is kept. */
  ofHead(repositoryId: number, event: string, headSha: string): unknown {
    const payload = this.database
      .prepare(
        `SELECT payload FROM delivery WHERE repository_id = ? AND event = ? AND payload ->> 'headSha' = ?
         ORDER BY id DESC LIMIT 1`,
      )
      .pluck()
      .get(repositoryId, event, headSha);
    return payload === undefined ? null : (JSON.parse(payload as string) as unknown);
  }

  /** What deliveries about a pull request left to do, the newest first, as far as they are still kept. */
  ofPullRequest(repositoryId: number, pullRequest: number): unknown[] {
    return this.database
      .prepare('SELECT payload FROM delivery WHERE repository_id = ? AND pull_request = ? ORDER BY id DESC')
      .pluck()
      .all(repositoryId, pullRequest)
      .map((payload) => JSON.parse(payload as string) as unknown);
  }

  /**
   * Says which pull request a delivery is about, where that was left open when it was received. It becomes the newest: what
   * was received about it meanwhile was compared without it.
   */
  place(id: number, pullRequest: number): Delivery {
    const row = this.database
      .prepare(
        `UPDATE delivery SET pull_request = ?, id = (SELECT max(id) + 1 FROM delivery) WHERE id = ? RETURNING *`,
      )
      .get(pullRequest, id);
    return fromRow(row as Row);
  }

  /** Marks the beginning of an attempt and answers its number, from 1. */
  begin(id: number): number {
    return this.database
      .prepare(
        `UPDATE delivery SET state = 'working', attempts = attempts + 1 WHERE id = ? RETURNING attempts`,
      )
      .pluck()
      .get(id) as number;
  }

  finish(id: number): void {
    this.settle(id, 'done', null);
  }

  /** The attempt failed for a reason that may pass. */
  fail(id: number, error: string): void {
    this.settle(id, 'failed', error);
  }

  /** Puts an attempt back that was interrupted through no fault of the delivery, as if it had not been begun. */
  release(id: number): void {
    this.database
      .prepare(`UPDATE delivery SET state = 'received', attempts = attempts - 1 WHERE id = ?`)
      .run(id);
  }

  /** No further attempt is worth making. */
  abandon(id: number, error: string): void {
    this.settle(id, 'abandoned', error);
  }

  /** Keeps deliveries again that went with their repository, in their places. */
  restore(deliveries: readonly Delivery[]): void {
    const insert = this.database.prepare(
      `INSERT INTO delivery (id, guid, repository_id, pull_request, event, payload, state, attempts, error)
       VALUES (@id, @guid, @repositoryId, @pullRequest, @event, @payload, @state, @attempts, @error)`,
    );
    for (const delivery of deliveries) insert.run({ ...delivery, payload: JSON.stringify(delivery.payload) });
  }

  /** Forgets settled deliveries but for the newest `keep`, which are what GitHub may still send again. */
  prune(keep: number): void {
    this.database
      .prepare(
        `DELETE FROM delivery WHERE state IN ('done', 'abandoned')
           AND id <= (SELECT max(id) FROM delivery) - ?`,
      )
      .run(keep);
  }

  private settle(id: number, state: DeliveryState, error: string | null): void {
    this.database
      .prepare('UPDATE delivery SET state = ?, error = coalesce(?, error) WHERE id = ?')
      .run(state, error, id);
  }
}

function fromRow(row: Row): Delivery {
  return {
    id: row.id,
    guid: row.guid,
    repositoryId: row.repository_id,
    pullRequest: row.pull_request,
    event: row.event,
    payload: JSON.parse(row.payload) as unknown,
    state: row.state,
    attempts: row.attempts,
    error: row.error,
  };
}
