import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { serveGit } from '../../app/demo/standin/git-http.js';
import { lendingApplication, LOANS } from '../cli/lending.js';
import type { Sandbox } from '../git/sandbox.js';

/** The steps of action.yml that are scripts, run as GitHub runs them, in a checkout as actions/checkout makes it. */
const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
const ACTION = parse(readFileSync(path.join(ROOT, 'action.yml'), 'utf8')) as {
  inputs: Record<string, { description: string; default?: string }>;
  outputs: Record<string, { value: string }>;
  runs: { steps: Step[] };
};
interface Step {
  id?: string;
  uses?: string;
  run?: string;
  env?: Record<string, string>;
  'working-directory'?: string;
}
const TOKEN = 'ghs_ofThisWorkflow0000000000';

let sandbox: Sandbox;
let server: Server;
let url: string;
/** What requests for objects were authorised by. */
let authorised: (string | undefined)[];
beforeAll(async () => {
  sandbox = lendingApplication();
  for (const [number, branch] of [
    ['1', 'open'],
    ['2', 'guarded'],
  ] as const) {
    sandbox.git('checkout', '-q', '--detach', 'main');
    sandbox.git('merge', '-q', '--no-ff', '-m', `Merge ${branch} into main`, branch);
    sandbox.git('update-ref', `refs/pull/${number}/merge`, 'HEAD');
  }
  sandbox.git('checkout', '-q', 'main');
  sandbox.git('clone', '-q', '--mirror', '.', '../lending/loans.git');
  sandbox.git('--git-dir', '../lending/loans.git', 'config', 'uploadpack.allowAnySHA1InWant', 'true');
  server = createServer((request, response) => {
    const expected = `Basic ${Buffer.from(`x-access-token:${TOKEN}`).toString('base64')}`;
    authorised.push(request.headers.authorization);
    if (request.headers.authorization === expected) void serveGit(sandbox.root, request, response);
    else response.writeHead(401, { 'www-authenticate': 'Basic realm="GitHub"' }).end();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
  sandbox.remove();
});
beforeEach(() => (authorised = []));

let checkouts = 0;
/** `fetch-depth: 1` of the merge, as it is for pull requests, unless told otherwise. */
function checkout(number: string, depth: string[] = ['--depth=1']): { folder: string; sha: string } {
  const folder = path.join(sandbox.root, `checkout-${(checkouts += 1)}`);
  mkdirSync(folder);
  const sha = sandbox.git('rev-parse', `refs/pull/${number}/merge`);
  const git = (...args: string[]): string => sandbox.git('-C', folder, ...args);
  git('init', '-q');
  git('remote', 'add', 'origin', `${url}/lending/loans.git`);
  const refspec = `+${sha}:refs/remotes/pull/${number}/merge`;
  git(
    '-c',
    'protocol.file.allow=always',
    'fetch',
    '-q',
    '--no-tags',
    ...depth,
    `file://${sandbox.root}/lending/loans.git`,
    refspec,
  );
  git('checkout', '-q', '--force', `refs/remotes/pull/${number}/merge`);
  // As actions/checkout leaves the token behind for later steps.
  git('config', `http.${url}/.extraheader`, 'AUTHORIZATION: basic b2Ygbm8gdXNl');
  return { folder, sha };
}

interface Run {
  status: number | null;
  output: string;
  summary: string;
  outputs: Record<string, string>;
  folder: string;
}

async function run(
  number: string,
  options: {
    inputs?: Record<string, string>;
    depth?: string[];
    event?: string;
    payload?: object;
    sha?: string;
    env?: Record<string, string>;
  } = {},
): Promise<Run> {
  const { folder, sha } = checkout(number, options.depth);
  const file = (name: string): string => path.join(sandbox.root, `${name}-${checkouts}`);
  writeFileSync(
    file('event'),
    JSON.stringify(
      options.payload ?? {
        pull_request: {
          number: Number(number),
          body: '',
          user: { login: 'ada', id: 5 },
          head: { ref: 'topic' },
        },
      },
    ),
  );
  const inputs = Object.fromEntries(
    Object.entries(ACTION.inputs).map(([name, { default: value }]) => [name, value ?? '']),
  );
  const expressions: Record<string, string> = { 'github.action_path': ROOT, 'runner.temp': sandbox.root };
  for (const [name, value] of Object.entries({ ...inputs, token: TOKEN, ...options.inputs }))
    expressions[`inputs.${name}`] = value;
  const evaluated = (text: string): string =>
    text.replace(/\$\{\{ ([\w.-]+) \}\}/g, (_, expression: string) => expressions[expression]!);
  const result: Run = { status: 0, output: '', summary: '', outputs: {}, folder };
  for (const step of ACTION.runs.steps.filter(
    ({ id, run: script }) => script !== undefined && id !== undefined,
  )) {
    writeFileSync(file('output'), '');
    const child = spawn('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', step.run!], {
      cwd: step['working-directory'] ? evaluated(step['working-directory']) : folder,
      env: {
        PATH: process.env['PATH'],
        HOME: sandbox.root,
        GITHUB_ACTIONS: 'true',
        GITHUB_EVENT_NAME: options.event ?? 'pull_request',
        GITHUB_EVENT_PATH: file('event'),
        GITHUB_BASE_REF: 'main',
        GITHUB_SHA: options.sha ?? sha,
        GITHUB_SERVER_URL: url,
        GITHUB_REPOSITORY: 'lending/loans',
        GITHUB_WORKSPACE: folder,
        GITHUB_STEP_SUMMARY: file('summary'),
        GITHUB_OUTPUT: file('output'),
        ...Object.fromEntries(
          Object.entries(step.env ?? {}).map(([name, value]) => [name, evaluated(value)]),
        ),
        ...options.env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => (result.output += String(chunk)));
    result.status = await new Promise((resolve) => child.on('close', resolve));
    for (const line of readFileSync(file('output'), 'utf8').split('\n').filter(Boolean)) {
      const at = line.indexOf('=');
      result.outputs[line.slice(0, at)] = line.slice(at + 1);
    }
    if (result.status !== 0) break;
  }
  if (existsSync(file('summary'))) result.summary = readFileSync(file('summary'), 'utf8');
  return result;
}

test('a diverging pull request fails in a checkout of depth 1, with annotation, summary, outputs and SARIF', async () => {
  const { status, output, summary, outputs, folder } = await run('1', {
    inputs: { 'sarif-file': 'postern.sarif' },
  });
  expect({ status, output }).toMatchObject({ status: 1 });
  expect(output).toMatch(
    new RegExp(`^::error file=${LOANS},line=\\d+,title=Postern%3A missing-protection`, 'm'),
  );
  expect(summary).toContain('## Postern');
  const sha = sandbox.git('rev-parse', 'refs/pull/1/merge');
  expect(summary).toContain(`${url}/lending/loans/blob/${sha}/${LOANS}#L`);
  expect(outputs).toMatchObject({
    outcome: 'blocked',
    blocking: '1',
    new: '1',
    'sarif-file': 'postern.sarif',
  });
  expect(outputs['key']).toMatch(/^[0-9a-f]{20}$/);
  const sarif = JSON.parse(readFileSync(path.join(folder, 'postern.sarif'), 'utf8')) as {
    runs: { results: object[] }[];
  };
  expect(sarif.runs[0]!.results).toHaveLength(1);
  // One header, and not the one that the checkout left; and the token is in nothing that is shown.
  expect(authorised).not.toHaveLength(0);
  expect(`${output}${summary}`).not.toContain(TOKEN);
});

test('a healthy one passes, with nothing to fetch where the history is there', async () => {
  const { status, outputs, summary } = await run('2', { depth: [] });
  expect(status).toBe(0);
  expect(outputs).toMatchObject({ outcome: 'passed', blocking: '0' });
  expect(summary).toContain('1 affected entry point');
  expect(authorised).toEqual([]);
});

test('where nothing can be fetched it fails, and says what to set', async () => {
  const { status, output, summary, outputs } = await run('1', { inputs: { token: 'ghs_withoutAnyRights0' } });
  expect(status).toBe(2);
  expect(outputs).toMatchObject({ outcome: 'failed' });
  for (const text of [output, summary]) expect(text).toContain('fetch-depth: 0');
  expect(`${output}${summary}`).not.toContain('ghs_withoutAnyRights0');
});

test('what fails the step is chosen: never, and a mistake in the choice is no green', async () => {
  expect(await run('1', { inputs: { 'fail-on': 'never' } })).toMatchObject({
    status: 0,
    outputs: expect.objectContaining({ outcome: 'blocked' }) as object,
  });
  const mistaken = await run('2', { inputs: { 'fail-on': 'polcy' } });
  expect(mistaken.status).toBe(2);
  expect(mistaken.output).toContain('must be one of policy, incomplete, never');
});

test('a merge group and a push are judged between their commits, fetched as far as both go', async () => {
  const head = sandbox.git('rev-parse', 'refs/pull/1/merge');
  const base = sandbox.git('rev-parse', 'main');
  const group = await run('1', { event: 'merge_group', payload: { merge_group: { base_sha: base } } });
  expect(group).toMatchObject({ status: 1 });
  const push = await run('1', { event: 'push', payload: { before: base }, sha: head });
  expect(push).toMatchObject({ status: 1 });
});

test('an event without a change says what to do, and a base may be given', async () => {
  const scheduled = await run('1', { event: 'schedule', payload: {} });
  expect(scheduled.status).toBe(2);
  expect(scheduled.output).toContain('the input base');
  const given = await run('1', { event: 'schedule', payload: {}, depth: [], inputs: { base: 'HEAD^1' } });
  expect(given.status).toBe(1);
});

test('what an attacker names is data: refs and paths reach no shell and lead nowhere else', async () => {
  const target = await run('1', { event: 'pull_request_target' });
  expect(target.status).toBe(2);
  const odd = await run('2', {
    event: 'schedule',
    payload: {},
    inputs: { base: '--output=/tmp/x $(touch pwned)' },
  });
  expect(odd.status).toBe(2);
  expect(existsSync(path.join(odd.folder, 'pwned'))).toBe(false);
  const out = await run('2', { inputs: { 'sarif-file': '../../elsewhere.sarif' } });
  expect(out.status).toBe(2);
  expect(out.output).toContain('leads out of the checkout');
});

test('the action interpolates nothing into scripts, and documents each input', () => {
  const page = readFileSync(path.join(ROOT, 'docs/action.md'), 'utf8');
  for (const { run: script } of ACTION.runs.steps) expect(script ?? '').not.toContain('${{');
  for (const name of [...Object.keys(ACTION.inputs), ...Object.keys(ACTION.outputs)])
    expect(page).toContain(`\`${name}\``);
});
