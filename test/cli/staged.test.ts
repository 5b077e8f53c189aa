import { chmodSync } from 'node:fs';
import path from 'node:path';
import type { Report } from '../../app/report/report.js';
import { Sandbox } from '../git/sandbox.js';
import { postern, PROGRAM } from './cli.js';
import { GUARDED_ROUTE, lendingApplication, LOANS, OPEN_ROUTE, withRoutes } from './lending.js';

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = lendingApplication();
});
afterEach(() => sandbox.remove());

async function check(...args: string[]): Promise<{ exit: number | null; new: number; report: Report }> {
  const { status, stdout, stderr } = await postern([
    'check',
    '--repo',
    sandbox.dir,
    '--cache',
    path.join(sandbox.root, 'cache'),
    '--format',
    'json',
    ...args,
  ]);
  if (stderr) throw new Error(stderr);
  const report = JSON.parse(stdout) as Report;
  return { exit: status, new: report.summary.new, report };
}

test('what is staged is judged, and not what lies beside it', async () => {
  sandbox.write(LOANS, withRoutes(OPEN_ROUTE));
  sandbox.git('add', LOANS);
  sandbox.write(LOANS, withRoutes(GUARDED_ROUTE));
  expect(await check('--staged')).toMatchObject({ exit: 1, new: 1 });
  expect(await check()).toMatchObject({ exit: 0, new: 0 });
  sandbox.git('add', LOANS);
  sandbox.write(LOANS, withRoutes(OPEN_ROUTE));
  expect(await check('--staged')).toMatchObject({ exit: 0, new: 0 });
  expect(await check()).toMatchObject({ exit: 1, new: 1 });
});

test('what an earlier commit brought is told by the branch, not by the next commit', async () => {
  sandbox.git('checkout', '-q', 'open');
  sandbox.write('README.md', 'more');
  sandbox.git('add', '-A');
  expect(await check('--staged')).toMatchObject({ exit: 0, new: 0 });
  expect(await check('--staged', '--base', 'main')).toMatchObject({ exit: 1, new: 1 });
  expect(await check()).toMatchObject({ exit: 1, new: 1 });
});

test('a conflict in the index, and a head beside it, are refused', async () => {
  sandbox.git('checkout', '-q', 'open');
  expect(() => sandbox.git('merge', '-q', 'guarded')).toThrow();
  await expect(check('--staged')).rejects.toThrow(/src\/loans.js has a conflict in the index/);
  await expect(check('--staged', '--head', 'open')).rejects.toThrow(/exclude each other/);
});

test('the default base is the remote’s default branch, of which only what is shared counts', async () => {
  sandbox.git('clone', '-q', '.', '../clone');
  const clone = path.join(sandbox.root, 'clone');
  // The remote goes on; here somebody works on what it was.
  sandbox.commit('A guard more', { [LOANS]: withRoutes(GUARDED_ROUTE) });
  sandbox.git('-C', clone, 'fetch', '-q');
  sandbox.git('-C', clone, 'branch', '-m', 'main', 'other');
  const { status, stdout } = await postern(['check', '--repo', clone, '--no-cache', '--format', 'json']);
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ base: sandbox.git('rev-parse', 'main~1'), entryPoints: [] });
});

test('before the first commit, everything is new', async () => {
  const fresh = new Sandbox();
  try {
    fresh.write('package.json', '{ "name": "first", "dependencies": { "express": "5.0.0" } }');
    fresh.write('app.js', "const app = require('express')();\napp.get('/x', (req, res) => res.end());\n");
    fresh.git('add', '-A');
    for (const args of [['--staged'], []]) {
      const run = await postern(['check', '--repo', fresh.dir, '--no-cache', '--format', 'json', ...args]);
      expect([run.status, run.stderr]).toEqual([0, '']);
      expect(JSON.parse(run.stdout).entryPoints).toEqual([
        expect.objectContaining({ change: 'added', path: '/x' }),
      ]);
    }
  } finally {
    fresh.remove();
  }
});

test('as a hook of git it judges what that commit will contain, however it is made', async () => {
  const hook = path.join(sandbox.dir, '.git/hooks/pre-commit');
  sandbox.write(
    '.git/hooks/pre-commit',
    `#!/bin/sh\nNODE_OPTIONS= exec '${process.execPath}' '${PROGRAM}' check --staged --no-cache\n`,
  );
  chmodSync(hook, 0o755);
  sandbox.write(LOANS, withRoutes(OPEN_ROUTE));
  // Nothing is staged: git makes an index of its own for these.
  expect(() => sandbox.git('commit', '-q', '-a', '-m', 'open')).toThrow(/missing-protection/);
  expect(() => sandbox.git('commit', '-q', '-m', 'open', LOANS)).toThrow(/missing-protection/);
  expect(sandbox.git('log', '-1', '--format=%s')).toBe('Lend things (#1)');
  sandbox.write(LOANS, withRoutes(GUARDED_ROUTE));
  sandbox.git('commit', '-q', '-a', '-m', 'guarded');
  expect(sandbox.git('log', '-1', '--format=%s')).toBe('guarded');
});
