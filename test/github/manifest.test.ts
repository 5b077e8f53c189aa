import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const { default_permissions: permissions, default_events: events } = parse(
  readFileSync(join(ROOT, 'app.yml'), 'utf8'),
) as { default_permissions: Record<string, string>; default_events: string[] };

test('no more is asked for than the documentation gives a reason for, and written is only what is said', () => {
  const table = readFileSync(join(ROOT, 'docs/app.md'), 'utf8');
  const explained = [...table.matchAll(/^\| ([A-Z][a-z ]+): (read|write) /gm)].map(([, name, level]) => [
    name!.toLowerCase().replaceAll(' ', '_'),
    level,
  ]);
  expect(Object.fromEntries(explained)).toEqual(permissions);
  const written = Object.keys(permissions).filter((name) => permissions[name] !== 'read');
  expect(written.sort()).toEqual(['checks', 'pull_requests']);
});

test('what is listened to is subscribed to, and nothing else', () => {
  const folder = join(ROOT, 'app/github/events');
  const heard = readdirSync(folder)
    .map((file) => readFileSync(join(folder, file), 'utf8'))
    .flatMap((text) => [...text.matchAll(/\bon\(\s*(\[[^\]]*\]|'[^']+')/g)])
    .flatMap(([, names]) => [...names!.matchAll(/'(\w+)(?:\.\w+)?'/g)].map(([, name]) => name!));
  // GitHub tells every App of these, asked or not.
  const always = ['installation', 'installation_repositories'];
  expect([...new Set(heard)].filter((name) => !always.includes(name)).sort()).toEqual([...events].sort());
});
