import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { analyse } from '../analysis/analyse.js';
import { inspectUnderPolicy, judgeUnderPolicy } from '../analysis/policy/judge-under-policy.js';
import { NOTHING_ELSE } from '../analysis/policy-file/of-tree.js';
import type { Model } from '../analysis/model/model.js';
import type { TreeSource } from '../analysis/source.js';
import { treeOf } from './engine/memory-tree.js';
import { KNOWN_WRONG } from './fixtures/known-wrong.js';
import { renderJudgement, renderModel } from './fixtures/render.js';

/**
 * Each folder `<framework>/<case>` is a small application whose answer is kept in `expected.txt`; with the folders
 * `base` and `head` it is a pull request. `UPDATE_FIXTURES=1` writes the answers: read what it changed.
 */
const FIXTURES = fileURLToPath(new URL('./fixtures', import.meta.url));
const EXPECTED = 'expected.txt';
const UPDATE = process.env['UPDATE_FIXTURES'] === '1';

const foldersIn = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
const CASES = foldersIn(FIXTURES).flatMap((framework) =>
  foldersIn(path.join(FIXTURES, framework)).map((name) => `${framework}/${name}`),
);

function filesIn(folder: string): Record<string, Buffer> {
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .filter((file) => file !== EXPECTED);
  return Object.fromEntries(
    paths.map((file) => [file.split(path.sep).join('/'), readFileSync(path.join(folder, file))]),
  );
}

/** The day on which fixtures are judged, and who wrote their changes: what a policy says of either is tested elsewhere. */
const CIRCUMSTANCES = { elsewhere: NOTHING_ELSE, today: '2027-01-15', author: 'unknown' } as const;
const treeIn = (folder: string): TreeSource => treeOf(filesIn(folder));

async function answer(folder: string): Promise<string> {
  if (!existsSync(path.join(folder, 'base'))) {
    const { model, judgement } = await inspectUnderPolicy(
      { tree: treeIn(folder), ...CIRCUMSTANCES },
      (tree) => analyse(tree),
    );
    if (judgement.gaps.length === 0) expect(unexplained(model)).toEqual([]);
    return renderModel(model, judgement);
  }
  const [base, head] = [treeIn(path.join(folder, 'base')), treeIn(path.join(folder, 'head'))];
  const change = { tip: base, compared: base, judged: head, ...CIRCUMSTANCES };
  return renderJudgement((await judgeUnderPolicy(change, (tree) => analyse(tree))).judgement);
}

/** Entry points of which it is not known whether they ask who calls: never without a gap that says why. */
const unexplained = (model: Model): string[] =>
  model.entryPoints.filter((e) => e.unknown.includes('authentication') && !e.assumed).map((e) => e.id);

test('there are cases, and the wrong ones are among them', () => {
  expect(CASES.length).toBeGreaterThan(50);
  expect(Object.keys(KNOWN_WRONG).filter((name) => !CASES.includes(name))).toEqual([]);
});

describe.each(foldersIn(FIXTURES))('%s', (framework) => {
  const cases = CASES.filter((name) => name.startsWith(`${framework}/`));

  test.each(cases)('%s', async (name) => {
    const folder = path.join(FIXTURES, name);
    const got = await answer(folder);
    const file = path.join(folder, EXPECTED);
    const wrong = KNOWN_WRONG[name];
    if (UPDATE && wrong === undefined) writeFileSync(file, got);
    const wanted = readFileSync(file, 'utf8');
    if (wrong === undefined) expect(got).toBe(wanted);
    else expect({ wrong, got }).not.toEqual({ wrong, got: wanted });
  });
});
