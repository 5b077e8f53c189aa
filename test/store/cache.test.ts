import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCache } from '../../store/cache.js';
import { openFile } from '../../store/database.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'postern-cache-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('keeps values across runs, and several may have it open', () => {
  const first = openCache(folder);
  const second = openCache(folder);
  first.setMany(new Map([['a', 'ä 1'], ['b', '2'], ['quote"\'', '']])); // prettier-ignore
  expect(second.getMany(['a', 'missing', 'quote"\''])).toEqual(new Map([['a', 'ä 1'], ['quote"\'', '']])); // prettier-ignore
  second.setMany(new Map([['a', 'newer']]));
  first.close();
  second.close();
  const third = openCache(folder);
  expect(third.getMany(['a', 'b'])).toEqual(new Map([['a', 'newer'], ['b', '2']])); // prettier-ignore
  expect(third.problem).toBeNull();
  third.close();
});

test('what was used longest ago goes first when it grows too large', () => {
  // Does not compress: each takes a little more than 1500 bytes.
  const value = (): string => randomBytes(1500).toString('base64');
  const fill = openCache(folder);
  fill.setMany(new Map([['old', value()], ['used', value()]])); // prettier-ignore
  fill.close();
  const touch = openCache(folder);
  touch.getMany(['used']);
  touch.close();
  const full = openCache(folder, { maxBytes: 4_000 });
  full.setMany(new Map([['new', value()]]));
  expect([...full.getMany(['old', 'used', 'new']).keys()].sort()).toEqual(['new', 'used']);
  full.close();
});

test('how much it holds is added up without reading what it holds', () => {
  openCache(folder).close();
  const file = openFile(join(folder, 'cache.sqlite'));
  const [step] = file.prepare('EXPLAIN QUERY PLAN SELECT sum(bytes) FROM entry').all() as {
    detail: string;
  }[];
  file.close();
  expect(step!.detail).toContain('COVERING INDEX');
});

test('a file with another layout is replaced', () => {
  const old = openFile(join(folder, 'cache.sqlite'));
  old.exec(`CREATE TABLE entry (key TEXT PRIMARY KEY, value BLOB NOT NULL, bytes INTEGER NOT NULL, used INTEGER NOT NULL) STRICT;
    CREATE INDEX entry_used ON entry (used);
    CREATE TABLE clock (tick INTEGER NOT NULL) STRICT;
    PRAGMA user_version = 1;`);
  old.close();
  const cache = openCache(folder);
  cache.setMany(new Map([['a', '1']]));
  expect(cache.getMany(['a']).get('a')).toBe('1');
  expect(cache.problem).toBeNull();
  cache.close();
});

test('a damaged file is set aside and begun anew', () => {
  writeFileSync(
    join(folder, 'cache.sqlite'),
    'this is not a database, but it is long enough to be mistaken for one'.repeat(50),
  );
  const cache = openCache(folder);
  expect(cache.problem).toBeNull();
  cache.setMany(new Map([['a', '1']]));
  expect(cache.getMany(['a']).get('a')).toBe('1');
  cache.close();
  expect(existsSync(join(folder, 'cache.sqlite.damaged'))).toBe(true);
  expect(statSync(join(folder, 'cache.sqlite')).size).toBeGreaterThan(0);
});

test('a place that cannot be used is a cache that keeps nothing and says why', () => {
  const file = join(folder, 'a file');
  writeFileSync(file, '');
  const cache = openCache(join(file, 'below'));
  cache.setMany(new Map([['a', '1']]));
  expect(cache.getMany(['a'])).toEqual(new Map());
  expect(cache.problem).toContain('cannot be used');
  cache.close();
});

test('a lock that another process does not give back costs the entry, not the run', () => {
  const cache = openCache(folder);
  const other = openFile(join(folder, 'cache.sqlite'));
  other.exec('BEGIN EXCLUSIVE');
  cache.setMany(new Map([['a', '1']]));
  expect(cache.problem).toContain('locked');
  other.exec('ROLLBACK');
  other.close();
  expect(cache.getMany(['a'])).toEqual(new Map());
  cache.close();
}, 30_000);
