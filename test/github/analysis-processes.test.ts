import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NOTHING_ELSE } from '../../analysis/policy-file/of-tree.js';
import { analyseHere } from '../../app/github/analysis-here.js';
import type { analyseInProcesses as InProcesses } from '../../app/github/analysis-processes.js';
import { openCache } from '../../store/cache.js';
import { lendingApplication } from '../cli/lending.js';
import type { Sandbox } from '../git/sandbox.js';
import { SLOW } from './setting.js';

/** The built one: a process is started from a file. */
const { analyseInProcesses } = (await import(
  new URL('../../dist/app/github/analysis-processes.js', import.meta.url).href
)) as { analyseInProcesses: typeof InProcesses };

let clone: Sandbox;
let folder: string;
beforeEach(() => {
  clone = lendingApplication();
  folder = mkdtempSync(join(tmpdir(), 'postern-processes-'));
});
afterEach(() => {
  clone.remove();
  rmSync(folder, { recursive: true, force: true });
});

test(
  'a process of its own finds out what this one does: a model, a change, and what diverges as it stands',
  async () => {
    const gitDirectory = clone.git('rev-parse', '--absolute-git-dir').trim();
    const [base, head] = clone.git('rev-parse', 'main', 'open').trim().split('\n') as [string, string];
    const signal = AbortSignal.timeout(60_000);
    const cache = openCache(join(folder, 'here'));
    const here = analyseHere(cache);
    const apart = analyseInProcesses({ cacheDir: join(folder, 'apart'), temporaryDir: join(folder, 'tmp') });
    const shared = {
      gitDirectory,
      elsewhere: NOTHING_ELSE,
      today: '2027-01-31',
      decided: { waivers: [], public: [] },
    };
    const look = { ...shared, commit: head };
    const change = { ...shared, base, head, author: 'unknown' as const };
    expect(await apart.model(look, signal)).toEqual(plain(await here.model(look, signal)));
    expect(await apart.judge(change, signal)).toEqual(plain(await here.judge(change, signal)));
    const inspected = await apart.inspect(look, signal);
    expect(inspected).toEqual(plain(await here.inspect(look, signal)));
    expect(inspected.judgement.findings.map(({ rule }) => rule)).toContain('missing-protection');
    cache.close();
  },
  SLOW,
);

test(
  'an answer counts though the end of its process is heard of before it',
  async () => {
    const apart = analyseInProcesses({ cacheDir: join(folder, 'apart'), temporaryDir: join(folder, 'tmp') });
    // Where the end of one process is looked for, that of another shows too, which has answered since the last look.
    const other = spawn('true', { stdio: ['ignore', 'pipe', 'ignore'] });
    other.stdout.resume().once('end', () => standStill(6_000));
    const usable = apart.usable!();
    standStill(300);
    await usable;
  },
  SLOW,
);

const standStill = (milliseconds: number): unknown =>
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value)) as unknown;
