import type { Protection } from '../analysis/model/model.js';
import type { Database } from './database.js';

/** What a pull request does to the model of its base, one entry point each. */
export interface OverlayEntry {
  change: 'added' | 'changed' | 'removed';
  entryPoint: string;
  /** Protections that it has with the pull request and did not have without. */
  gained: Protection[];
  /** What it does with the pull request; left out by earlier releases. */
  effects?: string[];
}

export interface Judged {
  headSha: string;
  baseSha: string;
  judgedTree: string;
  overlay: OverlayEntry[];
}

/** Finds the merged pull request that brought an entry point (`protection` null) or a protection, or null. */
export type Claims = (entryPointId: string, protection: Protection | null) => number | null;

/** What has changed in a base: entry points of these programs, or that act on these. */
export interface Concern {
  programs: readonly string[];
  targets: readonly string[];
}

/** At most as many pull requests are judged again for one reason. */
const MOST_AT_ONCE = 20;

/**
 * Pull requests as overlays on the base model. An open one changes nothing; a merged one lends its number to what
 * it brought; one that was closed unmerged is forgotten.
 */
export class PullRequests {
  constructor(private readonly database: Database) {}

  /** Records the newest head of an open pull request. A head other than the stored one unsettles the overlay. */
  open(repositoryId: number, number: number, headSha: string, baseRef: string): void {
    this.database
      .prepare(
        `INSERT INTO pull_request (repository_id, number, state, head_sha, base_ref) VALUES (?, ?, 'open', ?, ?)
         ON CONFLICT (repository_id, number) DO UPDATE SET
           state = 'open', head_sha = excluded.head_sha, base_ref = excluded.base_ref, merge_sha = NULL`,
      )
      .run(repositoryId, number, headSha, baseRef);
  }

  /** The newest head of an open pull request. */
  head(repositoryId: number, number: number): { headSha: string; baseRef: string } | null {
    const row = this.database
      .prepare(
        `SELECT head_sha AS headSha, base_ref AS baseRef FROM pull_request
         WHERE repository_id = ? AND number = ? AND state = 'open'`,
      )
      .get(repositoryId, number);
    return (row as { headSha: string; baseRef: string } | undefined) ?? null;
  }

  /** The open pull request whose newest head is `headSha`; null when there is none or it is no longer the newest. */
  byHead(repositoryId: number, headSha: string): number | null {
    const number = this.database
      .prepare(
        `SELECT number FROM pull_request WHERE repository_id = ? AND head_sha = ? AND state = 'open'
         ORDER BY number LIMIT 1`,
      )
      .pluck()
      .get(repositoryId, headSha);
    return (number as number | undefined) ?? null;
  }

  /** Open pull requests in which a finding was told, or an entry point is concerned. */
  openWith(repositoryId: number, subject: string): number[] {
    return this.database
      .prepare(
        `SELECT number FROM pull_request p WHERE repository_id = @repositoryId AND state = 'open' AND (
           EXISTS (SELECT 1 FROM finding f WHERE f.repository_id = p.repository_id AND f.pull_request = p.number
             AND (f.fingerprint = @subject OR f.entry_point = @subject) AND f.status <> 'resolved')
           OR EXISTS (SELECT 1 FROM json_each(p.overlay) WHERE value ->> 'entryPoint' = @subject))
         ORDER BY number DESC LIMIT ${MOST_AT_ONCE}`,
      )
      .pluck()
      .all({ repositoryId, subject }) as number[];
  }

  /** Numbers of open pull requests, newest first; so many at most. */
  openNumbers(repositoryId: number, most: number): number[] {
    return this.database
      .prepare(
        `SELECT number FROM pull_request WHERE repository_id = ? AND state = 'open' ORDER BY number DESC LIMIT ?`,
      )
      .pluck()
      .all(repositoryId, most) as number[];
  }

  /**
   * Marks the open pull requests of a base branch that a change of it concerns; null: it concerns all of them.
   * @returns how many
   */
  concerned(repositoryId: number, baseRef: string, concern: Concern | null): number {
    const rows = this.database
      .prepare(
        `SELECT number, overlay FROM pull_request
         WHERE repository_id = ? AND base_ref = ? AND state = 'open' AND overlay IS NOT NULL`,
      )
      .all(repositoryId, baseRef) as { number: number; overlay: string }[];
    const mark = this.database.prepare(
      'UPDATE pull_request SET reconsider = 1 WHERE repository_id = ? AND number = ?',
    );
    const isMeant = ({ change, entryPoint, effects = [] }: OverlayEntry): boolean =>
      change !== 'removed' &&
      (concern === null ||
        concern.programs.some((program) => entryPoint.startsWith(`${program}: `)) ||
        concern.targets.some((target) => effects.some((effect) => effect.startsWith(`${target}: `))));
    const numbers = rows
      .filter(({ overlay }) => (JSON.parse(overlay) as OverlayEntry[]).some(isMeant))
      .map(({ number }) => number);
    for (const number of numbers) mark.run(repositoryId, number);
    return numbers.length;
  }

  /** Marked ones, newest first; so many at most. */
  toReconsider(repositoryId: number, most: number): number[] {
    return this.database
      .prepare(
        `SELECT number FROM pull_request WHERE repository_id = ? AND reconsider = 1 AND state = 'open'
         ORDER BY number DESC LIMIT ?`,
      )
      .pluck()
      .all(repositoryId, most) as number[];
  }

  /** Repositories with marked ones. */
  withReconsidered(): number[] {
    return this.database
      .prepare(`SELECT DISTINCT repository_id FROM pull_request WHERE reconsider = 1 AND state = 'open'`)
      .pluck()
      .all() as number[];
  }

  /** What its base has changed for it is looked at, or about to be. */
  reconsidered(repositoryId: number, number: number): void {
    this.database
      .prepare('UPDATE pull_request SET reconsider = 0 WHERE repository_id = ? AND number = ?')
      .run(repositoryId, number);
  }

  /** Stores the overlay of the head that was judged. */
  judged(repositoryId: number, number: number, judged: Judged): void {
    this.database
      .prepare(
        `UPDATE pull_request SET base_sha = ?, judged_tree = ?, overlay = ?, reconsider = 0
         WHERE repository_id = ? AND number = ? AND head_sha = ?`,
      )
      .run(
        judged.baseSha,
        judged.judgedTree,
        JSON.stringify(judged.overlay),
        repositoryId,
        number,
        judged.headSha,
      );
  }

  overlay(repositoryId: number, number: number): Judged | null {
    const row = this.database
      .prepare(
        `SELECT head_sha AS headSha, base_sha AS baseSha, judged_tree AS judgedTree, overlay
         FROM pull_request WHERE repository_id = ? AND number = ? AND overlay IS NOT NULL`,
      )
      .get(repositoryId, number) as (Omit<Judged, 'overlay'> & { overlay: string }) | undefined;
    return row ? { ...row, overlay: JSON.parse(row.overlay) as OverlayEntry[] } : null;
  }

  /**
   * Records that a pull request was merged as `mergeSha`: from now on what its overlay brought carries its number,
   * including what the base model took up under a bare commit because the push was seen before the merge.
   */
  promote(repositoryId: number, number: number, mergeSha: string | null): void {
    const nameEntryPoint = this.database.prepare(
      `UPDATE entry_point SET added_by = @by
       WHERE repository_id = @repositoryId AND id = @entryPoint AND added_by NOT LIKE '#%'`,
    );
    const nameProtection = this.database.prepare(
      `UPDATE protection SET established_by = @by
       WHERE repository_id = @repositoryId AND entry_point_id = @entryPoint AND protection = @protection
         AND established_by NOT LIKE '#%'`,
    );
    this.database
      .transaction(() => {
        this.database
          .prepare(
            `UPDATE pull_request SET state = 'merged', merge_sha = ? WHERE repository_id = ? AND number = ?`,
          )
          .run(mergeSha, repositoryId, number);
        const by = `#${number}`;
        if (mergeSha !== null) this.nameCommit(repositoryId, mergeSha, by);
        for (const { change, entryPoint, gained } of this.overlay(repositoryId, number)?.overlay ?? []) {
          if (change === 'removed') continue;
          if (change === 'added') nameEntryPoint.run({ by, repositoryId, entryPoint });
          for (const protection of gained) nameProtection.run({ by, repositoryId, entryPoint, protection });
        }
      })
      .immediate();
  }

  /** The base model now holds what a merged pull request brought, with its number: the overlay has served. */
  absorbed(repositoryId: number, number: number): void {
    this.database
      .prepare(
        `UPDATE pull_request SET overlay = NULL WHERE repository_id = ? AND number = ? AND state = 'merged'`,
      )
      .run(repositoryId, number);
  }

  /** Forgets a pull request that was closed without being merged, its findings included. */
  drop(repositoryId: number, number: number): void {
    this.database
      .prepare('DELETE FROM pull_request WHERE repository_id = ? AND number = ?')
      .run(repositoryId, number);
  }

  /** The pull request that was merged as this commit. */
  mergedAs(repositoryId: number, commit: string): number | null {
    const number = this.database
      .prepare('SELECT number FROM pull_request WHERE repository_id = ? AND merge_sha = ?')
      .pluck()
      .get(repositoryId, commit);
    return (number as number | undefined) ?? null;
  }

  /** What the overlays of merged pull requests claim to have brought; the latest merged wins. */
  claims(repositoryId: number): Claims {
    const rows = this.database
      .prepare(
        `SELECT number, overlay FROM pull_request
         WHERE repository_id = ? AND state = 'merged' AND overlay IS NOT NULL ORDER BY number`,
      )
      .all(repositoryId) as { number: number; overlay: string }[];
    const brought = new Map<string, number>();
    for (const { number, overlay } of rows) {
      for (const { change, entryPoint, gained } of JSON.parse(overlay) as OverlayEntry[]) {
        if (change === 'added') brought.set(claim(entryPoint, null), number);
        for (const protection of gained) brought.set(claim(entryPoint, protection), number);
      }
    }
    return (entryPointId, protection) => brought.get(claim(entryPointId, protection)) ?? null;
  }

  private nameCommit(repositoryId: number, commit: string, by: string): void {
    this.database
      .prepare('UPDATE entry_point SET added_by = ? WHERE repository_id = ? AND added_by = ?')
      .run(by, repositoryId, commit);
    this.database
      .prepare('UPDATE protection SET established_by = ? WHERE repository_id = ? AND established_by = ?')
      .run(by, repositoryId, commit);
  }
}

function claim(entryPointId: string, protection: string | null): string {
  return JSON.stringify([entryPointId, protection]);
}
