import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { MIGRATIONS } from './migrations.js';

export type Database = BetterSqlite3.Database;

/** How long a statement waits for another process that holds the write lock. */
const BUSY_TIMEOUT_MS = 5_000;

/** The file was written by a newer release; opening it with this one could destroy what it does not know about. */
export class DatabaseTooNewError extends Error {
  override readonly name = 'DatabaseTooNewError';
  constructor(file: string, found: number, known: number) {
    super(
      `${file} has schema version ${found}, but this release knows versions up to ${known}: ` +
        'start the release that wrote it, or move the file away to begin with an empty database',
    );
  }
}

/**
 * Opens a SQLite database, creating it and its directory where needed, with write-ahead logging, foreign keys and
 * a busy timeout. The schema is left alone: see {@link migrate}.
 */
export function openFile(file: string): Database {
  mkdirSync(dirname(file), { recursive: true });
  const database = new BetterSqlite3(file, { timeout: BUSY_TIMEOUT_MS });
  try {
    database.pragma('journal_mode = WAL');
    // With write-ahead logging this keeps the file consistent over a crash; only the last commits may be lost to a
    // power cut, and those are delivered or computed again.
    database.pragma('synchronous = NORMAL');
    database.pragma('foreign_keys = ON');
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * Brings the schema up to the newest of `migrations`, one transaction in all, so that a crash leaves either the old
 * schema or the new one. `user_version` counts the migrations applied.
 *
 * @throws DatabaseTooNewError when the file has more migrations than this release knows.
 */
export function migrate(database: Database, migrations: readonly string[] = MIGRATIONS): void {
  const upgrade = database.transaction(() => {
    const version = database.pragma('user_version', { simple: true }) as number;
    if (version > migrations.length) {
      throw new DatabaseTooNewError(database.name, version, migrations.length);
    }
    for (const statements of migrations.slice(version)) database.exec(statements);
    database.pragma(`user_version = ${migrations.length}`);
  });
  // Immediate: two processes that start together must not both find the old version.
  upgrade.immediate();
}

/** Opens the App's database at its newest schema. */
export function openDatabase(file: string): Database {
  const database = openFile(file);
  try {
    migrate(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * Writes a copy of a database that may be in use, as of one moment, into a file that is not there yet.
 * @throws when there is nothing to copy, or the copy cannot be written
 */
export function backUp(file: string, to: string): void {
  const database = new BetterSqlite3(file, { readonly: true, fileMustExist: true, timeout: BUSY_TIMEOUT_MS });
  try {
    database.prepare('VACUUM INTO ?').run(to);
    const copy = new BetterSqlite3(to, { readonly: true, fileMustExist: true });
    try {
      const found = copy.pragma('integrity_check', { simple: true }) as string;
      if (found !== 'ok') throw new Error(`the copy is damaged: ${found}`);
    } finally {
      copy.close();
    }
  } finally {
    database.close();
  }
}
