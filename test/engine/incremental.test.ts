import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { analyse } from '../../analysis/analyse.js';
import { inspect, judge } from '../../analysis/judge.js';
import { edited, edits, type Files } from './edits.js';
import { MemoryCache, treeOf } from './memory-tree.js';

/**
 * Incremental equals from scratch: whatever was edited, and whatever the cache has seen before, a warm analysis
 * gives the same bytes as a cold one. `FC_SEED=… FC_RUNS=…` look elsewhere, and longer.
 */
const FIXTURES = fileURLToPath(new URL('../fixtures', import.meta.url));
const SEED = Number(process.env['FC_SEED'] ?? 20_260_301);
const RUNS = Number(process.env['FC_RUNS'] ?? 12);

/** Whole programs, and cases with many files, sockets, schemas and SQL. */
const STARTS = [
  'programs/tool-library-class-based-server',
  'programs/cinema-plain-commonjs',
  'express/public-on-purpose',
  'express/base-controller-with-optional-permission',
  'express/one-file-per-route-factories',
  'prisma/authorise-one-act-on-another',
  'ws/upgrade-authenticates-and-emits-connection',
];

function filesIn(folder: string): Files {
  return Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name !== 'expected.txt')
      .map((entry) => path.join(entry.parentPath, entry.name))
      .map((file) => [path.relative(folder, file).split(path.sep).join('/'), readFileSync(file, 'utf8')]),
  );
}
const start = (name: string): Files => filesIn(path.join(FIXTURES, name));

describe('incremental equals from scratch', () => {
  const cache = new MemoryCache();

  test.each(STARTS)('%s', async (name) => {
    const original = start(name);
    const base = await analyse(treeOf(original), { cache });
    expect(base.entryPoints.length).toBeGreaterThan(2);
    await fc.assert(
      fc.asyncProperty(edits, async (sequence) => {
        let files = original;
        for (const edit of sequence) {
          files = edited(files, edit);
          const source = treeOf(files);
          const cold = await analyse(source);
          const warm = await analyse(source, { cache });
          expect(JSON.stringify(warm)).toBe(JSON.stringify(cold));
          expect(JSON.stringify(judge(base, warm))).toBe(JSON.stringify(judge(base, cold)));
        }
      }),
      { seed: SEED, numRuns: RUNS, endOnFailure: false },
    );
  });

  test('the cache was used', () => {
    expect(cache.hits).toBeGreaterThan(cache.misses);
  });
});

describe('the same input gives the same bytes', () => {
  test.each(STARTS)('%s', async (name) => {
    const files = start(name);
    const first = await analyse(treeOf(files));
    const reversed = Object.fromEntries(Object.entries(files).reverse());
    const second = await analyse(treeOf(reversed));
    expect(JSON.stringify(second)).toBe(JSON.stringify(first));
    expect(JSON.stringify(inspect(second))).toBe(JSON.stringify(inspect(first)));
  });

  test('a change taken back leaves nothing', async () => {
    const cache = new MemoryCache();
    const files = start(STARTS[0]!);
    await fc.assert(
      fc.asyncProperty(edits, async (sequence) => {
        const base = await analyse(treeOf(files), { cache });
        await analyse(treeOf(sequence.reduce(edited, files)), { cache });
        const again = await analyse(treeOf(files), { cache });
        expect(JSON.stringify(again)).toBe(JSON.stringify(base));
        const { affected, findings, status } = judge(base, again);
        expect(affected).toEqual([]);
        expect(findings.filter((finding) => finding.status !== 'existing')).toEqual([]);
        expect(status).toBe('complete');
      }),
      { seed: SEED, numRuns: RUNS },
    );
  });

  test('blank lines and comments above change no answer but lines', async () => {
    const files = start(STARTS[1]!);
    const shifted = Object.fromEntries(
      Object.entries(files).map(([file, text]) => [
        file,
        /\.[jt]s$/.test(file) ? `// one\n\n/* two\n */\n${text}` : text,
      ]),
    );
    const [base, head] = [await analyse(treeOf(files)), await analyse(treeOf(shifted))];
    expect(head.entryPoints.map((e) => e.id)).toEqual(base.entryPoints.map((e) => e.id));
    expect(judge(base, head)).toMatchObject({ affected: [], status: 'complete' });
  });
});
