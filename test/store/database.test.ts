import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseTooNewError, migrate, openDatabase, openFile } from '../../store/database.js';
import { MIGRATIONS } from '../../store/migrations.js';
import { openStore } from '../../store/store.js';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'postern-database-'));
  file = join(folder, 'deeper', 'postern.sqlite');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('opens in the modes that the App relies on', () => {
  const database = openDatabase(file);
  expect(database.pragma('journal_mode', { simple: true })).toBe('wal');
  expect(database.pragma('foreign_keys', { simple: true })).toBe(1);
  expect(database.pragma('busy_timeout', { simple: true })).toBeGreaterThan(0);
  expect(database.pragma('user_version', { simple: true })).toBe(MIGRATIONS.length);
  database.close();
});

test('a database of a newer release is refused, and left as it is', () => {
  const database = openDatabase(file);
  database.pragma(`user_version = ${MIGRATIONS.length + 1}`);
  database.close();
  expect(() => openStore(file)).toThrow(DatabaseTooNewError);
  const after = openFile(file);
  expect(after.pragma('user_version', { simple: true })).toBe(MIGRATIONS.length + 1);
  after.close();
});

test('later migrations are applied once, and a failing one leaves nothing behind', () => {
  const database = openFile(file);
  migrate(database, ['CREATE TABLE a (x)']);
  expect(() => migrate(database, ['', 'CREATE TABLE b (x)', 'CREATE TABLE b (x)'])).toThrow(/already exists/);
  expect(database.pragma('user_version', { simple: true })).toBe(1);
  migrate(database, ['', 'CREATE TABLE b (x)']);
  migrate(database, ['', 'CREATE TABLE b (x)']);
  const tables = database
    .prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name`)
    .pluck()
    .all();
  expect(tables).toEqual(['a', 'b']);
  database.close();
});

test('a database of the first release is brought up to date, with what is in it', () => {
  const first = openFile(file);
  migrate(first, MIGRATIONS.slice(0, 1));
  first.exec(`
    INSERT INTO repository VALUES (1, 2, 'library', 'tools', 'main', 'R_1');
    INSERT INTO delivery (guid, repository_id, pull_request, event, payload) VALUES ('g', 1, 5, 'pull_request.opened', '{}');
    INSERT INTO check_run (id, delivery_id, head_sha) VALUES (900, 1, 'h');
  `);
  first.close();
  const store = openStore(file);
  expect(store.checkRuns.ofDelivery(1)).toMatchObject({ id: 900, concluded: false, reviewed: false });
  expect(store.reviews.begun(1, 5)).toBe(false);
  store.close();
});
