import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Cache } from '../analysis/source.js';
import { compress, decompress } from './compression.js';
import { openFile, type Database } from './database.js';

/** The cache's layout; a file with another one is replaced, since everything in it can be computed again. */
const LAYOUT = 2;
const FILE_NAME = 'cache.sqlite';
const DEFAULT_MAX_BYTES = 512 * 1024 * 1024;
/** Evicting a little more than needed keeps a full cache from evicting on every write. */
const KEEP_AFTER_EVICTION = 0.8;

export interface CacheOptions {
  /** Bound on the stored values' bytes, compressed. What was used longest ago goes first. */
  maxBytes?: number;
}

export type ClosableCache = Cache & {
  close(): void;
  /** Why nothing is cached, in one sentence, or null when all is well. */
  readonly problem: string | null;
};

/**
 * Opens the cache of derived data in `dir`. Several processes may have it open at once.
 *
 * Never throws: a damaged file is set aside as `cache.sqlite.damaged` and begun anew; where that does not help
 * either (read-only folder, locked file) the answer is a cache that keeps nothing and says so in `problem`.
 */
export function openCache(dir: string, options: CacheOptions = {}): ClosableCache {
  const file = join(dir, FILE_NAME);
  const maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
  try {
    return new SqliteCache(prepare(file), maxBytes, file);
  } catch (error) {
    if (!isDamage(error)) return new NoCache(describe(file, error));
  }
  try {
    setAside(file);
    return new SqliteCache(prepare(file), maxBytes, file);
  } catch (error) {
    return new NoCache(describe(file, error));
  }
}

function prepare(file: string): Database {
  const database = openFile(file);
  try {
    database
      .transaction(() => {
        const layout = database.pragma('user_version', { simple: true }) as number;
        if (layout === LAYOUT) return;
        database.exec(`
        DROP TABLE IF EXISTS entry;
        DROP TABLE IF EXISTS clock;
        CREATE TABLE entry (key TEXT PRIMARY KEY, value BLOB NOT NULL, bytes INTEGER NOT NULL, used INTEGER NOT NULL) STRICT;
        -- With the bytes in it: in the table they stand behind the values, all of which would be read to add them up.
        CREATE INDEX entry_used ON entry (used, bytes);
        -- Runs are counted, not timed: one tick for each opening says what was used last just as well.
        CREATE TABLE clock (tick INTEGER NOT NULL) STRICT;
        INSERT INTO clock VALUES (0);
        PRAGMA user_version = ${LAYOUT};
      `);
      })
      .immediate();
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

class SqliteCache implements ClosableCache {
  problem: string | null = null;
  private readonly tick: number;
  private bytes: number;

  constructor(
    private readonly database: Database,
    private readonly maxBytes: number,
    private readonly file: string,
  ) {
    try {
      this.tick = database.prepare('UPDATE clock SET tick = tick + 1 RETURNING tick').pluck().get() as number;
      this.bytes = this.storedBytes();
    } catch (error) {
      database.close();
      throw error;
    }
  }

  getMany(keys: readonly string[]): Map<string, string> {
    const found = new Map<string, string>();
    if (keys.length === 0 || !this.database.open) return found;
    this.attempt(() => {
      const asked = JSON.stringify(keys);
      const rows = this.database
        .prepare(
          'SELECT entry.key, entry.value FROM json_each(?) AS asked JOIN entry ON entry.key = asked.value',
        )
        .all(asked) as { key: string; value: Buffer }[];
      for (const row of rows) found.set(row.key, decompress(row.value));
      this.database
        .prepare('UPDATE entry SET used = ? WHERE used < ? AND key IN (SELECT value FROM json_each(?))')
        .run(this.tick, this.tick, asked);
    });
    return found;
  }

  setMany(entries: ReadonlyMap<string, string>): void {
    if (entries.size === 0 || !this.database.open) return;
    this.attempt(() => {
      const insert = this.database.prepare(
        `INSERT INTO entry (key, value, bytes, used) VALUES (?, ?, ?, ?)
         ON CONFLICT (key) DO UPDATE SET value = excluded.value, bytes = excluded.bytes, used = excluded.used`,
      );
      this.database
        .transaction(() => {
          for (const [key, text] of entries) {
            const value = compress(text);
            this.bytes += value.length;
            insert.run(key, value, value.length, this.tick);
          }
          if (this.bytes > this.maxBytes) this.evict();
        })
        .immediate();
    });
  }

  close(): void {
    this.database.close();
  }

  private storedBytes(): number {
    return this.database.prepare('SELECT coalesce(sum(bytes), 0) FROM entry').pluck().get() as number;
  }

  /** Inside a transaction. The running total ignores replacements and other processes, hence the recount. */
  private evict(): void {
    this.bytes = this.storedBytes();
    if (this.bytes <= this.maxBytes) return;
    this.database
      .prepare(
        `DELETE FROM entry WHERE key IN (
           SELECT key FROM (SELECT key, sum(bytes) OVER (ORDER BY used DESC, rowid DESC) AS kept FROM entry) WHERE kept > ?)`,
      )
      .run(Math.floor(this.maxBytes * KEEP_AFTER_EVICTION));
    this.bytes = this.storedBytes();
  }

  /** A cache that fails costs time, never the run. */
  private attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.problem ??= describe(this.file, error);
    }
  }
}

class NoCache implements ClosableCache {
  constructor(readonly problem: string) {}
  getMany(): Map<string, string> {
    return new Map();
  }
  setMany(): void {}
  close(): void {}
}

function isDamage(error: unknown): boolean {
  const code = (error as { code?: string }).code ?? '';
  return code === 'SQLITE_NOTADB' || code.startsWith('SQLITE_CORRUPT');
}

function setAside(file: string): void {
  renameSync(file, `${file}.damaged`);
  // The write-ahead log belongs to the damaged file; beside a new one it would damage that too.
  for (const suffix of ['-wal', '-shm']) if (existsSync(file + suffix)) rmSync(file + suffix);
}

function describe(file: string, error: unknown): string {
  return `the cache ${file} cannot be used (${(error as Error).message}): everything is computed again`;
}
