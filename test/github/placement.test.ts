import fc from 'fast-check';
import type { Judgement } from '../../analysis/judge.js';
import type { Place } from '../../analysis/model/model.js';
import { commentableLines } from '../../app/demo/standin/diff.js';
import { GitRepository } from '../../app/git/repository.js';
import { placementOf, type Placement } from '../../app/github/placement.js';
import { Sandbox } from '../git/sandbox.js';
import { finding, judgement } from '../report/example.js';

let sandbox: Sandbox;
let repository: GitRepository;
beforeEach(() => (sandbox = new Sandbox()));
afterEach(async () => {
  await repository.close();
  sandbox.remove();
});

const lines = (from: number, to: number): string =>
  Array.from({ length: to - from + 1 }, (_, at) => `line ${from + at}\n`).join('');

function about(places: readonly Place[]): Judgement {
  const precedents: Judgement['findings'][number]['precedents'] = [];
  const findings = places.map((place) => finding({ place, entryPointPlace: null, precedents }));
  return judgement({ findings, affected: [] });
}

/** Where the lines of the merge of two commits are found. */
async function placed(base: string, head: string, places: readonly Place[]): Promise<Placement> {
  repository = await GitRepository.open(sandbox.dir);
  const { tree } = await repository.mergeTree(base, head);
  const judged = await repository.tree(tree);
  const mergeBase = await repository.mergeBase(base, head);
  return placementOf(repository, about(places), { judged, comparedWith: base, head, mergeBase });
}
const at = (file: string, ...numbers: number[]): Place[] => numbers.map((line) => ({ file, line }));

test('comments go on what changed and three lines around it, in a renamed file too', async () => {
  const base = sandbox.commit('one', { 'old.ts': lines(1, 30), 'b.ts': lines(1, 30), 'c.ts': lines(1, 3) });
  const head = sandbox.commit('two', {
    'old.ts': null,
    'new.ts': lines(1, 30).replace('line 15\n', 'changed\n'),
    'b.ts': lines(1, 30).replace('line 1\n', ''),
    'd.ts': 'new\n',
  });
  const found = await placed(base, head, [
    ...at('new.ts', 11, 12, 18, 19),
    ...at('b.ts', 3, 4),
    ...at('c.ts', 1),
    ...at('d.ts', 1),
  ]);
  expect(Object.keys(found).filter((place) => found[place]!.inDiff)).toEqual([
    'new.ts:12',
    'new.ts:18',
    'b.ts:3',
    'd.ts:1',
  ]);
  expect(Object.values(found).every(({ commit }) => commit === 'head')).toBe(true);
});

test('lines of the merge are those of the head where it has them, and of the base where only that has', async () => {
  const start = sandbox.commit('one', { 'a.ts': lines(1, 20) });
  sandbox.git('checkout', '-q', '-b', 'topic');
  const head = sandbox.commit('two', { 'a.ts': `${lines(1, 20)}last\n` });
  sandbox.git('checkout', '-q', 'main');
  const base = sandbox.commit('three', { 'a.ts': `first\n${lines(1, 20)}`, 'm.ts': 'm\n' });
  const found = await placed(base, head, [...at('a.ts', 1, 2, 22), ...at('m.ts', 1), ...at('gone.ts', 1)]);
  expect(start).not.toBe(base);
  expect(found).toEqual({
    'a.ts:1': { commit: 'base', line: 1, inDiff: false },
    'a.ts:2': { commit: 'head', line: 1, inDiff: false },
    'a.ts:22': { commit: 'head', line: 21, inDiff: true },
    'm.ts:1': { commit: 'base', line: 1, inDiff: false },
  });
});

test('it is the lines of the patch that comments are taken on, whatever changed', async () => {
  const text = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1, maxLength: 30 });
  repository = await GitRepository.open(sandbox.dir);
  await fc.assert(
    fc.asyncProperty(text, text, async (before, after) => {
      const base = sandbox.commit('before', { 'a.ts': before.join('\n') });
      const head = sandbox.commit('after', { 'a.ts': after.join('\n') });
      const places = after.map((_, index) => ({ file: 'a.ts', line: index + 1 }));
      await repository.close();
      const found = await placed(base, head, places);
      const patch = sandbox.git('diff', '--no-color', '-M', '--unified=3', base, head);
      const expected = [...commentableLines(patch).keys()];
      expect(Object.keys(found).filter((place) => found[place]!.inDiff)).toEqual(expected);
    }),
    { numRuns: 12 },
  );
});
