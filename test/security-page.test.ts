import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** A claim of security is as good as the test that it names. */
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PAGE = readFileSync(path.join(ROOT, 'docs/security.md'), 'utf8');
const FILES = ['app', 'store', 'analysis', 'test'].flatMap((folder) =>
  readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => !file.includes('fixtures'))
    .map((file) => `${folder}/${file}`.split(path.sep).join('/')),
);

test('every row of the threat model has a test, and what it names is there', () => {
  const rows = [...PAGE.matchAll(/^\| (?!What holds|What  |---)(.+) \|$/gm)].map(([, row]) =>
    row!.split(' | '),
  );
  const claims = rows.filter((cells) => cells.some((cell) => cell.includes('test')));
  expect(claims.length).toBeGreaterThan(15);
  const named = [...PAGE.matchAll(/`([\w/.-]+\.(?:ts|yml|md)|[\w/-]+\/|Dockerfile)`/g)].map(
    ([, name]) => name!,
  );
  const missing = named.filter((name) => {
    const found = name.replace(/\/$/, '');
    return (
      !existsSync(path.join(ROOT, found)) &&
      !FILES.some((file) => file.endsWith(`/${found}`) || file === found)
    );
  });
  expect(missing).toEqual([]);
});
