import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { Sandbox } from '../git/sandbox.js';
import { postern, program } from './cli.js';

let sandbox: Sandbox;
beforeAll(() => {
  sandbox = new Sandbox();
  sandbox.commit('one', { 'a.txt': 'a' });
});
afterAll(() => sandbox.remove());

test('help names commands, examples and exit statuses', async () => {
  const { status, stdout } = await postern(['--help']);
  expect(status).toBe(0);
  for (const part of [
    'scan',
    'check --base main',
    'check --staged',
    'replay',
    'watch',
    'mcp',
    'could not analyse',
  ])
    expect(stdout).toContain(part);
  expect((await postern(['check', '--help'])).stdout).toContain('uncommitted changes');
  expect((await program(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test.each([
  [['bogus'], /unknown command 'bogus'/],
  [['scan', '--nope'], /unknown option '--nope'/],
  [['mcp', '--port', '70000'], /must be a port/],
  [['scan', '--format', 'xml'], /Allowed choices are text, json, sarif/],
  [['replay', '--limit', '0'], /whole number above 0/],
])('%j is refused in one line, with status 2', async (args, message) => {
  const { status, stdout, stderr } = await postern(args);
  expect(status).toBe(2);
  expect(stdout).toBe('');
  expect(stderr).toMatch(message);
  expect(stderr).toMatch(/^postern: [^\n]+\n$/);
});

test('what cannot be analysed is said on stderr and, to programs, in the output', async () => {
  const outside = path.join(sandbox.root, 'outside');
  mkdirSync(outside);
  for (const [args, message] of [
    [['scan', '--repo', outside], /not a git repository/],
    [['scan', '--repo', path.join(outside, 'absent')], /there is no such folder/],
    [['scan', '--repo', sandbox.dir, '--rev', 'absent'], /"absent" is not a revision/],
    [['check', '--repo', sandbox.dir, '--base', '--help'], /cannot begin with "-"/],
    [['replay', '--repo', sandbox.dir, '--from', 'absent'], /"absent" is not a revision/],
  ] as const) {
    const { status, stderr } = await postern([...args]);
    expect(status).toBe(2);
    expect(stderr).toMatch(message);
    expect(stderr.split('\n')).toHaveLength(2);
  }
  const { stdout, status } = await program(['scan', '--repo', outside, '--format', 'json']);
  expect(status).toBe(2);
  expect(JSON.parse(stdout)).toMatchObject({ status: 'failed', findings: [], entryPoints: [] });
});

test('the place in the program is shown only when asked for', async () => {
  const args = ['scan', '--repo', sandbox.dir, '--rev', 'absent'];
  expect((await postern(args)).stderr).not.toContain('    at ');
  expect((await postern([...args, '--debug'])).stderr).toContain('    at ');
});
