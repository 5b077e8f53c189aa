import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fingerprint } from '../../analysis/divergences/describe.js';
import { check as checkHere, type CheckOptions } from '../../app/cli/check.js';
import { replay, type ReplayedReport } from '../../app/cli/replay.js';
import { waive as waiveHere, type WaiveOptions } from '../../app/cli/waive.js';
import { exitStatus, type Report } from '../../app/report/report.js';
import type { Sandbox } from '../git/sandbox.js';
import { postern, type Run } from './cli.js';
import { lendingApplication, LOANS, OPEN_ROUTE, withRoutes } from './lending.js';

const POLICY = '.github/postern.yml';
const EXTEND = 'lending: http PATCH /loans/:id/extend';
const WAIVER = `waivers:
  - rule: missing-protection
    entryPoint: '${EXTEND}'
    who: Ada
    why: anybody may extend a loan
    effects: ['Loan: update']
`;

/** Of the route that `open` adds. */
const OPEN = fingerprint('missing-protection', 'authentication', EXTEND);

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = lendingApplication();
});
afterEach(() => sandbox.remove());

const run = (...args: string[]): Promise<Run> =>
  postern([args[0]!, '--repo', sandbox.dir, '--no-cache', ...args.slice(1)]);
/** Without the time that starting a process takes. */
async function check(options: Partial<CheckOptions> = {}): Promise<Report & { exit: number }> {
  const report = await checkHere({ repo: sandbox.dir, base: 'main', cache: false, ...options });
  return { ...report, exit: exitStatus(report) };
}
const waive = (finding: string, options: Partial<WaiveOptions> = {}): Promise<string> =>
  waiveHere(finding, { repo: sandbox.dir, cache: false, why: 'x', ...options });

test('a finding that the base waives does not block, and is listed', async () => {
  sandbox.commit('Waive', { [POLICY]: WAIVER });
  const report = await check({ head: 'open' });
  expect(report).toMatchObject({ exit: 0, summary: { new: 0, waived: 1 } });
  expect(report.findings).toEqual([
    expect.objectContaining({
      entryPoint: EXTEND,
      status: 'waived',
      blocking: false,
      waiver: { who: 'Ada', why: 'anybody may extend a loan', until: null, file: POLICY, line: 2 },
    }),
  ]);
  const { stdout } = await run('check', '--base', 'main', '--head', 'open');
  expect(stdout).toContain('waived by Ada: anybody may extend a loan');
  expect(stdout).toMatch(/No new divergences in 1 affected entry point; 1 waived\.\n$/);
});

test('where the change conflicts, the policy is still that of the tip of the base', async () => {
  sandbox.commit('Waive', { [POLICY]: WAIVER, [LOANS]: withRoutes('// something else\n') });
  const { base, summary } = await check({ head: 'open' });
  expect(base).toBe(sandbox.git('rev-parse', 'main~1'));
  expect(summary).toMatchObject({ new: 0, waived: 1 });
});

test('a change cannot waive what it brings, and is told what its policy would do', async () => {
  sandbox.git('checkout', '-q', 'open');
  sandbox.commit('Waive', { [POLICY]: `${WAIVER}  - finding: abcdef01\n` });
  const { exit, findings, policy } = await check({ head: 'open' });
  expect(exit).toBe(1);
  expect(findings[0]).toMatchObject({ status: 'new', blocking: true });
  expect(policy!.notes.map(({ kind, line }) => `${kind}:${line}`)).toEqual([
    'file-changed:1',
    'loosened:2',
    'mistake-in-change:7',
    'mistake-in-change:7',
  ]);
});

test('mistakes are said on stderr; what they would allow is not allowed', async () => {
  sandbox.commit('Waive', { [POLICY]: `${WAIVER.replace('    who: Ada\n', '')}block: nobdy\n` });
  const { status, stderr, stdout } = await run(
    'check',
    '--base',
    'main',
    '--head',
    'open',
    '--format',
    'json',
  );
  expect(status).toBe(1);
  expect(stderr).toBe(
    `postern: warning: ${POLICY}:2: waivers: \`who\` is missing; it does not count\n` +
      `postern: warning: ${POLICY}:6: \`block\` has to be one of everyone, agents, nobody; it does not count\n`,
  );
  expect((JSON.parse(stdout) as Report).policy!.mistakes).toHaveLength(2);
});

test('defaults come from a file, which has to be there', async () => {
  const defaults = path.join(sandbox.root, 'all.yml');
  writeFileSync(defaults, 'block: nobody\nrequire:\n  - protection: csrf\n    path: /loans/*/extend\n');
  const spared = await check({ head: 'guarded', policy: defaults });
  expect(spared.exit).toBe(0);
  expect(spared.findings).toEqual([
    expect.objectContaining({ missing: 'csrf', status: 'new', level: 'error' }),
  ]);
  expect(spared.findings[0]!.message).toContain(`which ${defaults}:3 requires of path`);
  expect(spared.policy!.spared).toEqual({
    because: 'the policy blocks nobody',
    findings: [spared.findings[0]!.id],
  });
  const lacking = await run('scan', '--policy', path.join(sandbox.root, 'none.yml'));
  expect(lacking).toMatchObject({ status: 2, stdout: '' });
  expect(lacking.stderr).toMatch(/^postern: the policy \S+none\.yml cannot be read: [^\n]+\n$/);
});

test('who wrote it is said with --author', async () => {
  sandbox.commit('Agents', { [POLICY]: 'block: agents\n' });
  expect((await check({ head: 'open', author: 'person' })).exit).toBe(0);
});

test('what cannot be followed ends with status 1 where the policy blocks it', async () => {
  const odd = {
    'src/app.js': "import './x.js';\nconst ((( = ;\nimport express from 'express';\nexpress().listen(1);\n",
  };
  sandbox.git('checkout', '-q', '-b', 'odd', 'main');
  sandbox.commit('Odd', odd);
  sandbox.git('checkout', '-q', 'main');
  sandbox.commit('Strict', { [POLICY]: 'onIncomplete: block\n' });
  expect(await check({ head: 'odd' })).toMatchObject({
    exit: 1,
    status: 'partial',
    policy: { blocksIncomplete: true },
  });
});

test('each commit of a replay is judged by the policy that it found, on its day', async () => {
  // The commits of the sandbox are of 2023-11-14.
  sandbox.commit('Waive', { [POLICY]: `${WAIVER}    until: 2023-11-14\n` });
  sandbox.commit('Extend (#7)', { [LOANS]: withRoutes(OPEN_ROUTE), [POLICY]: null });
  const reports: ReplayedReport[] = [];
  await replay({ repo: sandbox.dir, cache: false, limit: 1 }, async (report) => void reports.push(report));
  expect(reports[0]!.findings).toEqual([expect.objectContaining({ entryPoint: EXTEND, status: 'waived' })]);
});

describe('waive', () => {
  beforeEach(() => {
    sandbox.git('config', 'user.name', 'Bo');
    sandbox.git('config', 'user.email', 'bo@example.org');
    sandbox.git('checkout', '-q', 'open');
  });

  test('writes who, why and what it covers, and counts once it is in the base', async () => {
    sandbox.write(POLICY, '# Ours.\nblock: everyone # really\n');
    const said = await run('waive', OPEN.slice(0, 8), '--why', 'a trial', '--until', '2999-01-31');
    expect(said).toEqual({
      status: 0,
      stderr: '',
      stdout: `waived in ${POLICY}:4: it covers \`Loan: update\`, and counts once it is in the base branch\n`,
    });
    const text = readFileSync(path.join(sandbox.dir, POLICY), 'utf8');
    expect(text).toMatch(/^# Ours\.\nblock: everyone # really\nwaivers:\n/);
    expect(text).toContain(`who: Bo <bo@example.org>\n    why: a trial\n    until: 2999-01-31\n`);
    sandbox.git('checkout', '-q', 'main');
    sandbox.commit('Waive', { [POLICY]: text });
    expect(await check({ head: 'open' })).toMatchObject({ exit: 0, summary: { waived: 1 } });
  });

  test('finds what only the change brings, where it is told the base', async () => {
    sandbox.git('checkout', '-q', 'main');
    sandbox.commit('Open', {
      [LOANS]: withRoutes('').replace("loans.delete('/:id', signedIn, ", "loans.delete('/:id', "),
    });
    const id = fingerprint('guard-removed', 'authentication', 'lending: http DELETE /loans/:id');
    await expect(waive(id)).rejects.toThrow(/^there is no finding \w+ in the work tree; with --base /);
    expect(await waive(id, { base: 'main~1', who: 'Cy' })).toContain('`Loan: delete`');
    expect(readFileSync(path.join(sandbox.dir, POLICY), 'utf8')).toContain('who: Cy\n');
  });

  test.each<[string, Partial<WaiveOptions>, RegExp]>([
    ['abcdef01', {}, /there is no finding abcdef01/],
    [OPEN, { until: '2020-01-01' }, /is over already/],
    [OPEN, { why: ' ' }, /would not count: `why` must not be empty/],
  ])('%s with %j is refused', async (finding, options, message) => {
    await expect(waive(finding, options)).rejects.toThrow(message);
    expect(existsSync(path.join(sandbox.dir, POLICY))).toBe(false);
  });

  test('a file that it cannot add to is left alone', async () => {
    sandbox.write(POLICY, 'waivers: [\n');
    await expect(waive(OPEN)).rejects.toThrow(/cannot be added to: it is no YAML/);
    expect(readFileSync(path.join(sandbox.dir, POLICY), 'utf8')).toBe('waivers: [\n');
  });

  test('a day that is none, and a repository without a work tree, are refused', async () => {
    const { status, stderr } = await run('waive', OPEN, '--why', 'x', '--until', 'soon');
    expect([status, stderr]).toEqual([2, expect.stringMatching(/must be a date/)]);
    sandbox.git('clone', '-q', '--bare', '.', '../bare');
    await expect(waive(OPEN, { repo: path.join(sandbox.root, 'bare') })).rejects.toThrow(/no work tree/);
  });
});
