import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Report } from '../../app/report/report.js';
import type { Sandbox } from '../git/sandbox.js';
import { postern, program } from './cli.js';
import { GUARDED_ROUTE, lendingApplication, LOANS, OPEN_RENEWAL, OPEN_ROUTE, withRoutes } from './lending.js';

let sandbox: Sandbox;
let cache: string;
beforeEach(() => {
  sandbox = lendingApplication();
  cache = path.join(sandbox.root, 'cache');
});
afterEach(() => sandbox.remove());

async function json(...args: string[]): Promise<Report & { exit: number | null }> {
  const [command, ...rest] = args;
  const { stdout, stderr, status } = await postern([
    command!,
    '--repo',
    sandbox.dir,
    '--cache',
    cache,
    '--format',
    'json',
    ...rest,
  ]);
  if (stderr) throw new Error(stderr);
  return { ...JSON.parse(stdout), exit: status };
}
const EXTEND = { method: 'PATCH', path: '/loans/:id/extend' };
const raised = (report: Report) =>
  report.findings.filter((finding) => finding.status === 'new' && finding.blocking);

describe('scan', () => {
  test('the work tree, changes included; a revision; a bare repository', async () => {
    expect((await json('scan')).entryPoints).toHaveLength(4);
    sandbox.write(LOANS, withRoutes(OPEN_ROUTE));
    const changed = await json('scan');
    expect(changed.entryPoints).toContainEqual(expect.objectContaining({ ...EXTEND, protections: [] }));
    expect(changed).toMatchObject({ exit: 0, base: null, head: null });
    expect(changed.findings.every((finding) => finding.status === 'existing' && !finding.blocking)).toBe(
      true,
    );
    const main = await json('scan', '--rev', 'main');
    expect(main.entryPoints).toHaveLength(4);
    expect(main.head).toBe(sandbox.git('rev-parse', 'main'));
    sandbox.git('clone', '-q', '--bare', '.', '../bare');
    const bare = await postern([
      'scan',
      '--repo',
      path.join(sandbox.root, 'bare'),
      '--no-cache',
      '--format',
      'json',
    ]);
    expect(JSON.parse(bare.stdout)).toEqual(JSON.parse(JSON.stringify({ ...main, exit: undefined })));
  });
});

describe('check', () => {
  test('a route without the guard of its peers blocks, the guarded one passes', async () => {
    const open = await json('check', '--base', 'main', '--head', 'open');
    expect(open.exit).toBe(1);
    expect(raised(open)).toEqual([expect.objectContaining({ ...EXTEND, missing: 'authentication' })]);
    expect(open.entryPoints).toEqual([expect.objectContaining({ ...EXTEND, change: 'added' })]);
    const guarded = await json('check', '--base', 'main', '--head', 'guarded');
    expect(guarded.exit).toBe(0);
    expect(raised(guarded)).toEqual([]);
  });

  test('without --head, uncommitted work is judged', async () => {
    sandbox.write(LOANS, withRoutes(OPEN_ROUTE));
    expect(raised(await json('check', '--base', 'main'))).toHaveLength(1);
  });

  test('what base gained meanwhile is not taken for removed, neither by a merge nor by the work tree', async () => {
    sandbox.commit('Rate limit', {
      'src/more.js': '// base goes on\n',
      [LOANS]: withRoutes('')
        .replace("'/:id/return', ", "'/:id/return', express.json(), ")
        .replace('{ Router }', 'express, { Router }'),
    });
    sandbox.git('checkout', '-q', 'guarded');
    sandbox.write('src/note.txt', 'work');
    for (const args of [['--head', 'guarded'], []]) {
      const report = await json('check', '--base', 'main', ...args);
      expect(report.entryPoints).toEqual([expect.objectContaining({ ...EXTEND, change: 'added' })]);
    }
  });

  test('on conflict, head is compared with the merge base', async () => {
    const shared = sandbox.git('rev-parse', 'main');
    sandbox.commit('Conflict', { [LOANS]: withRoutes('// something else\n') });
    const report = await json('check', '--base', 'main', '--head', 'open');
    expect(report.base).toBe(shared);
    expect(raised(report)).toHaveLength(1);
  });

  test('a head behind base is judged as going back', async () => {
    sandbox.git('checkout', '-q', 'guarded');
    sandbox.commit('Open it', { [LOANS]: withRoutes(OPEN_ROUTE) });
    const report = await json('check', '--base', 'guarded~1', '--head', 'guarded');
    const back = await json('check', '--base', 'guarded', '--head', 'guarded~1');
    expect(raised(report)).toHaveLength(1);
    expect(back.exit).toBe(0);
    expect(back.entryPoints).toEqual([expect.objectContaining({ ...EXTEND, change: 'changed' })]);
  });
});

describe('replay', () => {
  test('each merge in order, with who established what', async () => {
    sandbox.git('merge', '-q', '--no-ff', '-m', 'Merge pull request #2 from x/guarded', 'guarded');
    sandbox.commit('One more (#3)', { [LOANS]: withRoutes(GUARDED_ROUTE + OPEN_RENEWAL) });
    sandbox.commit('One guard less (#4)', { [LOANS]: withRoutes(OPEN_ROUTE + OPEN_RENEWAL) });
    const { stdout, status } = await postern(['replay', '--repo', sandbox.dir, '--cache', cache]);
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(status).toBe(0);
    expect(lines.map((line) => [line.pullRequest, line.status])).toEqual([
      [1, expect.any(String)],
      [2, expect.any(String)],
      [3, expect.any(String)],
      [4, expect.any(String)],
    ]);
    expect(lines[0].entryPoints).toHaveLength(4);
    expect(lines[1].entryPoints).toEqual([expect.objectContaining({ ...EXTEND, change: 'added' })]);
    expect(lines[2].sha).toBe(sandbox.git('rev-parse', 'HEAD~1'));
    const [missing] = raised(lines[2]);
    expect(missing).toMatchObject({ path: '/loans/:id/renew', missing: 'authentication' });
    expect(
      missing!.precedents.map(({ entryPoint, establishedBy }) => [
        entryPoint.replace('lending: http ', ''),
        establishedBy,
      ]),
    ).toEqual([
      ['DELETE /loans/:id', '#1'],
      ['PATCH /loans/:id/extend', '#2'],
      ['PATCH /loans/:id/return', '#1'],
      ['POST /loans', '#1'],
      ['PUT /loans/:id', '#1'],
    ]);
    expect(raised(lines[3])).toEqual([
      expect.objectContaining({ ...EXTEND, rule: 'guard-removed', missing: 'authentication' }),
    ]);
    const last = await postern(['replay', '--repo', sandbox.dir, '--cache', cache, '--limit', '1']);
    expect(JSON.parse(last.stdout)).toMatchObject({ pullRequest: 4 });
  });
});

describe('surroundings', () => {
  test('cached or not, the bytes are the same; --no-cache writes nothing', async () => {
    const args = ['check', '--repo', sandbox.dir, '--base', 'main', '--head', 'open', '--format', 'json'];
    const env = { XDG_CACHE_HOME: path.join(sandbox.root, 'xdg') };
    const uncached = await postern([...args, '--no-cache'], { env });
    expect(existsSync(path.join(sandbox.root, 'xdg'))).toBe(false);
    const cold = await postern(args, { env });
    const warm = await program(args, { env });
    expect(readdirSync(path.join(sandbox.root, 'xdg/postern'))).not.toHaveLength(0);
    expect(uncached.stdout).not.toBe('');
    expect(cold.stdout).toBe(uncached.stdout);
    expect(warm.stdout).toBe(uncached.stdout);
  });

  test('a cache that cannot be used is a warning', async () => {
    writeFileSync(cache, 'a file where a folder should be');
    const { status, stdout, stderr } = await postern([
      'scan',
      '--repo',
      sandbox.dir,
      '--cache',
      cache,
      '--format',
      'json',
    ]);
    expect(status).toBe(0);
    expect(JSON.parse(stdout).entryPoints).toHaveLength(4);
    expect(stderr).toMatch(/^postern: warning: [^\n]*cache[^\n]*\n$/);
  });

  test('a reader that stops reading is no error', async () => {
    const { status, stderr } = await program(['scan', '--repo', sandbox.dir, '--cache', cache], {
      stopReading: true,
    });
    expect(status).toBe(0);
    expect(stderr).toBe('');
  });

  test('the repository is left as it was, and nothing stays in the temporary folder', async () => {
    const temporary = path.join(sandbox.root, 'tmp');
    mkdirSync(temporary);
    // Of a process that was killed; process ids end far below.
    mkdirSync(path.join(temporary, 'postern-999999999-aB3dE6'));
    sandbox.commit('main goes on', { 'other.txt': 'x' });
    const state = (): string =>
      sandbox.git('count-objects', '-v') + sandbox.git('status', '--porcelain') + sandbox.git('for-each-ref');
    const before = state();
    const objects = path.join(sandbox.dir, '.git/objects');
    chmodSync(objects, 0o555);
    const { status } = await program(
      ['check', '--repo', sandbox.dir, '--base', 'main', '--head', 'open', '--no-cache'],
      { env: { TMPDIR: temporary } },
    );
    chmodSync(objects, 0o755);
    expect(status).toBe(1);
    expect(state()).toBe(before);
    expect(readdirSync(temporary)).toEqual([]);
    rmSync(temporary, { recursive: true });
  });

  test('an answer of git that ends late is waited for', async () => {
    const folder = path.join(sandbox.root, 'late');
    mkdirSync(folder);
    const script = path.join(folder, 'git.cjs');
    const real = execFileSync('which', ['git'], { encoding: 'utf8' }).trim();
    // Holds back the newline behind the last content until its input ends, and stays a while after. What is only told about an
    // object is a line by itself.
    writeFileSync(
      script,
      `const { spawn } = require('node:child_process');
const args = process.argv.slice(2);
const reads = args.includes('cat-file');
const child = spawn(${JSON.stringify(real)}, args, { stdio: reads ? ['pipe', 'pipe', 'inherit'] : 'inherit' });
child.on('close', (status) => setTimeout(() => process.exit(status ?? 1), reads ? 200 : 0));
if (reads) {
  let held = Buffer.alloc(0);
  child.stdout.on('data', (chunk) => {
    const all = Buffer.concat([held, chunk]);
    const told = /(?:^|\\n)[0-9a-f]{40} \\w+ \\d+\\n$/.test(all.toString('latin1'));
    held = told ? Buffer.alloc(0) : all.subarray(-1);
    process.stdout.write(told ? all : all.subarray(0, -1));
  });
  process.stdin.on('data', (chunk) => child.stdin.write(chunk));
  process.stdin.on('end', () => {
    process.stdout.write(held);
    child.stdin.end();
  });
}
`,
    );
    writeFileSync(path.join(folder, 'git'), `#!/bin/sh\nexec "${process.execPath}" "${script}" "$@"\n`, {
      mode: 0o755,
    });
    const env = { PATH: `${folder}${path.delimiter}${process.env['PATH']}` };
    const run = await program(['scan', '--repo', sandbox.dir, '--rev', 'main', '--no-cache'], { env });
    expect([run.status, run.stderr]).toEqual([0, '']);
  });
});
