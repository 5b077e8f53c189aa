// npm run bench -- --repo DIR [--rev REV] [--rounds N]
// npm run bench -- --synthetic FILES [--rounds N]
// npm run bench -- --answers --repo DIR | --synthetic FILES [--rounds N]
// npm run bench -- --page --repo DIR | --synthetic FILES [--rounds N]
// npm run bench -- --gaps --clones FOLDER [--only OWNER/NAME]
// npm run bench -- --app [--repositories 100] [--pull-requests 5] [--over SECONDS]
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
import { measureAnswers } from './answers.mjs';
import { measureApp } from './app.mjs';
import { countGaps } from './gaps.mjs';
import { measure } from './measure.mjs';
import { measurePage } from './page.mjs';
import { writeSyntheticRepository } from './synthetic.mjs';

const SOURCE = /\.(?:[cm]?[jt]s|[jt]sx)$/;
const CHANGED_FILES = 10;
const HISTORY = 2000;

const { values } = parseArgs({
  options: {
    repo: { type: 'string' },
    synthetic: { type: 'string' },
    rev: { type: 'string', default: 'HEAD' },
    rounds: { type: 'string', default: '3' },
    answers: { type: 'boolean', default: false },
    page: { type: 'boolean', default: false },
    app: { type: 'boolean', default: false },
    gaps: { type: 'boolean', default: false },
    clones: { type: 'string' },
    only: { type: 'string' },
    repositories: { type: 'string', default: '100' },
    'pull-requests': { type: 'string', default: '5' },
    over: { type: 'string', default: '0' },
  },
});
if (values.gaps && values.clones) {
  await countGaps(values.clones, values.only);
  process.exit(0);
}
if (!values.app && !values.repo === !values.synthetic) {
  process.stderr.write(
    'bench: say what to measure: npm run bench -- --repo DIR [--rev REV] [--rounds N], or --synthetic FILES, or --app, or --gaps --clones FOLDER\n',
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

const folder = mkdtempSync(path.join(tmpdir(), 'postern-bench-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));
if (values.app) {
  const options = {
    repositories: Number(values.repositories),
    pullRequests: Number(values['pull-requests']),
  };
  print(await measureApp(folder, { ...options, over: Number(values.over) }));
  process.exit(0);
}
const repo = values.repo ?? path.join(folder, 'synthetic');
if (values.synthetic) writeSyntheticRepository(repo, Number(values.synthetic));
if (values.answers) {
  print(await measureAnswers(repo, rounds));
  process.exit(0);
}
if (values.page) {
  print(await measurePage(repo, { folder, rounds }));
  process.exit(0);
}
const repository = await GitRepository.open(repo);
const head = await repository.resolve(values.rev);
const base = await ancestorWithChanges(head);
await repository.close();
const parse = best(
  await times(async () => {
    const script = fileURLToPath(new URL('./parse-all.mjs', import.meta.url));
    return JSON.parse((await measure([script, repo, head])).stdout);
  }),
);
const scan = (...args) =>
  measure([program, 'scan', '--repo', repo, '--rev', head, '--format', 'json', ...args]);
const cold = best(await times(() => scan('--no-cache')));
const start = best(await times(() => measure([program, '--version'])));
report({ parse, cold, start, warm: base && (await warmCheck()) });

/** The base is known, as it is whenever a second pull request is opened against it; the head is new each time. */
async function warmCheck() {
  const cache = path.join(folder, 'cache');
  const options = ['--repo', repo, '--format', 'json', '--cache'];
  await measure([program, 'scan', '--rev', base.sha, ...options, cache]);
  const runs = await times(() => {
    const copy = mkdtempSync(path.join(folder, 'copy-'));
    cpSync(cache, copy, { recursive: true });
    return measure([program, 'check', '--base', base.sha, '--head', head, ...options, copy]);
  });
  return best(runs);
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
  const { entryPoints, status, gaps } = JSON.parse(cold.stdout);
  const result = {
    revision: head,
    files: parse.files,
    megabytesOfSource: Number((parse.bytes / 1e6).toFixed(1)),
    entryPoints: entryPoints.length,
    status,
    gaps: gaps.length,
    parseCpuSeconds: round(parse.cpuSeconds),
    startCpuSeconds: round(start.cpuSeconds),
    coldScanCpuSeconds: round(cold.cpuSeconds),
    coldScanToParsing: round(cold.cpuSeconds / parse.cpuSeconds),
    warmCheckBase: base?.sha ?? null,
    warmCheckChangedFiles: base?.changed ?? null,
    warmCheckCpuSeconds: warm && round(warm.cpuSeconds),
    warmCheckToColdScan: warm && round(warm.cpuSeconds / cold.cpuSeconds),
    coldScanPeakMegabytes: cold.megabytes,
    warmCheckPeakMegabytes: warm && warm.megabytes,
  };
  print(result);
}

function print(result) {
  const width = Math.max(...Object.keys(result).map((name) => name.length));
  for (const [name, value] of Object.entries(result))
    process.stdout.write(`${name.padEnd(width)}  ${value ?? '–'}\n`);
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

function round(number) {
  return Number(number.toFixed(3));
}
