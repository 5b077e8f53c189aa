// npm run bench -- --repo DIR [--rev REV] [--rounds N]
//
// What the analysis costs, as ratios within one run, since processors differ: a cold scan against bare parsing of
// the same files, and a warm check of a ten-file change against the cold scan. Counted is Postern's own process; git's
// share is small. The build must be up to date.
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { GitRepository } from '../dist/app/git/repository.js';
import { measure } from './measure.mjs';

const SOURCE = /\.(?:[cm]?[jt]s|[jt]sx)$/;
const CHANGED_FILES = 10;
const HISTORY = 2000;

const { values } = parseArgs({
  options: {
    repo: { type: 'string' },
    rev: { type: 'string', default: 'HEAD' },
    rounds: { type: 'string', default: '3' },
  },
});
if (!values.repo) {
  process.stderr.write(
    'bench: --repo is missing; usage: npm run bench -- --repo DIR [--rev REV] [--rounds N]\n',
  );
  process.exit(2);
}
const program = fileURLToPath(new URL('../dist/app/cli.js', import.meta.url));
const rounds = Number(values.rounds);
const best = (runs) => runs.reduce((a, b) => (b.cpuSeconds < a.cpuSeconds ? b : a));
const times = async (work) => {
  const runs = [];
  for (let i = 0; i < rounds; i++) runs.push(await work());
  return runs;
};

const repository = await GitRepository.open(values.repo);
const head = await repository.resolve(values.rev);
const base = await ancestorWithChanges(head);
await repository.close();
const folder = mkdtempSync(path.join(tmpdir(), 'postern-bench-'));
try {
  const parse = best(
    await times(async () => {
      const script = fileURLToPath(new URL('./parse-all.mjs', import.meta.url));
      return JSON.parse((await measure([script, values.repo, head])).stdout);
    }),
  );
  const scan = (...args) =>
    measure([program, 'scan', '--repo', values.repo, '--rev', head, '--format', 'json', ...args]);
  const cold = best(await times(() => scan('--no-cache')));
  const start = best(await times(() => measure([program, '--version'])));
  let warm = null;
  if (base) {
    const cache = path.join(folder, 'cache');
    // The base is known, as it is whenever a second pull request is opened against it.
    await measure([
      program,
      'scan',
      '--repo',
      values.repo,
      '--rev',
      base.sha,
      '--format',
      'json',
      '--cache',
      cache,
    ]);
    const check = [
      'check',
      '--repo',
      values.repo,
      '--base',
      base.sha,
      '--head',
      head,
      '--format',
      'json',
      '--cache',
    ];
    const copies = await times(async () => {
      const copy = mkdtempSync(path.join(folder, 'copy-'));
      cpSync(cache, copy, { recursive: true });
      return measure([program, ...check, copy]);
    });
    warm = best(copies);
  }
  report({ parse, cold, start, warm });
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** The nearest first-parent ancestor from which at least ten source files differ. */
async function ancestorWithChanges(commit) {
  const ancestors = (await repository.firstParents({ to: commit, limit: HISTORY })).reverse().slice(1);
  for (const { sha } of ancestors) {
    const changed = (await repository.changedPaths(sha, commit)).filter((file) => SOURCE.test(file)).length;
    if (changed >= CHANGED_FILES) return { sha, changed };
  }
  return null;
}

function report({ parse, cold, start, warm }) {
  const { entryPoints, status } = JSON.parse(cold.stdout);
  const result = {
    revision: head,
    files: parse.files,
    megabytesOfSource: Number((parse.bytes / 1e6).toFixed(1)),
    entryPoints: entryPoints.length,
    status,
    parseCpuSeconds: round(parse.cpuSeconds),
    startCpuSeconds: round(start.cpuSeconds),
    coldScanCpuSeconds: round(cold.cpuSeconds),
    coldScanToParsing: round(cold.cpuSeconds / parse.cpuSeconds),
    warmCheckBase: base?.sha ?? null,
    warmCheckChangedFiles: base?.changed ?? null,
    warmCheckCpuSeconds: warm && round(warm.cpuSeconds),
    warmCheckToColdScan: warm && round(warm.cpuSeconds / cold.cpuSeconds),
    peakMegabytes: Math.max(cold.megabytes, warm?.megabytes ?? 0),
  };
  const width = Math.max(...Object.keys(result).map((name) => name.length));
  for (const [name, value] of Object.entries(result))
    process.stdout.write(`${name.padEnd(width)}  ${value ?? '–'}\n`);
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

function round(number) {
  return Number(number.toFixed(3));
}
