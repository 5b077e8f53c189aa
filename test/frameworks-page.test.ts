import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { format } from 'prettier';
import { LIBRARY_MODELS } from '../analysis/frameworks/index.js';

/**
 * `docs/frameworks.md` is made from the models and their fixtures: a model without a row, a row that says something
 * else than its model, or a number of fixtures that has changed, fails. `UPDATE_DOCS=1` writes the table.
 */
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PAGE = path.join(ROOT, 'docs/frameworks.md');
const [BEGIN, END] = ['<!-- models -->', '<!-- end of models -->'];

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

test('every model with entry points is described, and has fixtures', () => {
  const bare = LIBRARY_MODELS.filter((m) => m.finish && (!m.about || fixturesOf(m.name) === 0));
  expect(bare.map((m) => m.name)).toEqual([]);
});

test('the page says what the models say', async () => {
  const page = readFileSync(PAGE, 'utf8');
  const [before, rest] = page.split(BEGIN);
  const after = rest?.split(END)[1];
  expect(after).toBeDefined();
  const made = await format(`${before}${BEGIN}\n\n${table()}\n\n${END}${after}`, {
    parser: 'markdown',
    printWidth: 120,
    proseWrap: 'preserve',
  });
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(PAGE, made);
  expect(readFileSync(PAGE, 'utf8')).toBe(made);
});
