import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { LIBRARY_MODELS } from '../analysis/frameworks/index.js';
import { UNMODELLED_SERVERS } from '../analysis/protections/unmodelled.js';
import { expectToSay } from './generated-page.js';

/**
 * `docs/frameworks.md` is made from the models and their fixtures: a model without a row, a row that says something
 * else than its model, or a number of fixtures that has changed, fails. `UPDATE_DOCS=1` writes the table.
 */
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PAGE = path.join(ROOT, 'docs/frameworks.md');

const fixturesOf = (name: string): number => {
  const folder = path.join(ROOT, 'test/fixtures', name);
  return existsSync(folder) ? readdirSync(folder).length : 0;
};

function table(): string {
  const rows = LIBRARY_MODELS.flatMap(({ name, packages, about }) => {
    if (!about) return [];
    const known = packages.filter((p) => p !== 'global').map((p) => `\`${p}\``);
    return `| ${[
      about.title,
      known.join(', '),
      about.registers,
      about.guards,
      about.answers,
      about.limits ?? '',
      `\`${name}/\` (${fixturesOf(name)})`,
    ]
      .map((cell) => cell.replaceAll('|', '\\|'))
      .join(' | ')} |`;
  });
  return [
    '| Library | Packages | What registers | What guards | How an answer is sent | Not followed | Fixtures |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}

/** Packages that a model has learnt to understand are no longer in the list. */
function unmodelled(): string {
  const known = new Set(LIBRARY_MODELS.flatMap((m) => m.packages));
  const byTitle = new Map<string, string[]>();
  for (const [name, title] of Object.entries(UNMODELLED_SERVERS))
    if (!known.has(name)) byTitle.set(title, [...(byTitle.get(title) ?? []), `\`${name}\``]);
  return [...byTitle].map(([title, names]) => `${title} (${names.join(', ')})`).join(' · ');
}
test('every model with entry points is described, and has fixtures', () => {
  const bare = LIBRARY_MODELS.filter((m) => m.finish && (!m.about || fixturesOf(m.name) === 0));
  expect(bare.map((m) => m.name)).toEqual([]);
});

test('the page says what the models say', () =>
  expectToSay(PAGE, { models: table(), unmodelled: unmodelled() }));
