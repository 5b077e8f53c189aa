import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { parse } from 'yaml';
import { TOOLS } from '../../app/mcp/server.js';
import type { Sandbox } from '../git/sandbox.js';
import { PROGRAM } from './cli.js';
import { GUARDED_ROUTE, lendingApplication, LOANS, OPEN_ROUTE, withRoutes } from './lending.js';

/** Everything on the page that can be run is run, as its reader would run it. */
const PAGE = readFileSync(fileURLToPath(new URL('../../docs/agents.md', import.meta.url)), 'utf8');
const BLOCKS = [...PAGE.matchAll(/^```(\w+)(?: (\S+))?\n([\s\S]*?)^```$/gm)].map(
  ([, language, file, text]) => ({ language, file, text: text! }),
);
const block = (file: string): string => BLOCKS.find((each) => each.file === file)!.text;

let sandbox: Sandbox;
let env: Record<string, string>;
beforeAll(() => {
  sandbox = lendingApplication();
  // As `npm link` would put it there.
  const bin = path.join(sandbox.root, 'bin');
  mkdirSync(bin);
  writeFileSync(path.join(bin, 'postern'), `#!/bin/sh\nexec '${process.execPath}' '${PROGRAM}' "$@"\n`);
  chmodSync(path.join(bin, 'postern'), 0o755);
  env = {
    ...(process.env as Record<string, string>),
    NODE_OPTIONS: '',
    PATH: `${bin}:${process.env['PATH']}`,
    XDG_CACHE_HOME: path.join(sandbox.root, 'cache'),
    CLAUDE_PROJECT_DIR: sandbox.dir,
  };
});
afterAll(() => sandbox.remove());
beforeEach(() => {
  sandbox.git('reset', '-q', '--hard', 'main');
  sandbox.git('clean', '-q', '-f', '-d');
});

function shell(command: string, input = ''): { status: number | null; stdout: string; stderr: string } {
  return spawnSync('sh', ['-c', command], { cwd: sandbox.dir, env, input, encoding: 'utf8' });
}

test.each([
  ['.mcp.json', (text: string) => JSON.parse(text).mcpServers.postern],
  ['.cursor/mcp.json', (text: string) => JSON.parse(text).mcpServers.postern],
  [
    '~/.codex/config.toml',
    (text: string) => ({
      command: JSON.parse(/^command = (.*)$/m.exec(text)![1]!),
      args: JSON.parse(/^args = (.*)$/m.exec(text)![1]!),
    }),
  ],
])('%s starts a server that answers', async (file, read) => {
  const { command, args } = read(block(file)) as { command: string; args: string[] };
  const transport = new StdioClientTransport({
    command,
    args: args.map((each) => each.replace(/\$\{workspaceFolder\}|\/path\/to\/your\/repository/, sandbox.dir)),
    cwd: sandbox.dir,
    env,
  });
  const client = new Client({ name: 'test', version: '1.0.0' });
  await client.connect(transport);
  const answer = await client.callTool({ name: 'list_entry_points', arguments: {} });
  expect(answer.structuredContent).toMatchObject({ total: 4 });
  await client.close();
});

test('the hook of Claude Code sends the agent back once, and says why', () => {
  for (const file of ['.claude/settings.json', '.claude/hooks/postern.sh']) sandbox.write(file, block(file));
  const [{ hooks }] = JSON.parse(block('.claude/settings.json')).hooks.Stop;
  const stop = (again: boolean) =>
    shell(hooks[0].command, JSON.stringify({ hook_event_name: 'Stop', stop_hook_active: again }));
  expect(stop(false).status).toBe(0);
  sandbox.write(LOANS, withRoutes(OPEN_ROUTE));
  const refused = stop(false);
  expect(refused.status).toBe(2);
  expect(refused.stderr).toContain('→ Put `signedIn` in front of it');
  expect(stop(true).status).toBe(0);
  sandbox.write(LOANS, withRoutes(GUARDED_ROUTE));
  expect(stop(false).status).toBe(0);
});

test.each([
  ['.husky/pre-commit', (text: string) => text],
  ['.pre-commit-config.yaml', (text: string) => parse(text).repos[0].hooks[0].entry as string],
])('%s lets a guarded route be committed, and an open one not', (file, read) => {
  const hook = path.join(sandbox.dir, '.git/hooks/pre-commit');
  sandbox.write('.git/hooks/pre-commit', `#!/bin/sh\n${read(block(file))}\n`);
  chmodSync(hook, 0o755);
  const commit = () => shell('git -c user.name=T -c user.email=t@example.org commit -q -m Extend');
  sandbox.git('checkout', '-q', '--detach', 'main');
  sandbox.write(LOANS, withRoutes(OPEN_ROUTE));
  sandbox.git('add', '-A');
  expect(commit()).toMatchObject({ status: 1, stderr: expect.stringContaining('missing-protection') });
  sandbox.write(LOANS, withRoutes(GUARDED_ROUTE));
  sandbox.git('add', '-A');
  expect(commit().status).toBe(0);
  sandbox.git('checkout', '-q', 'main');
  writeFileSync(hook, '#!/bin/sh\n');
});

test('the workflow puts findings at their lines', () => {
  const { jobs } = parse(block('.github/workflows/postern.yml'));
  const { run } = jobs.postern.steps.at(-1);
  sandbox.git('update-ref', 'refs/remotes/origin/main', 'main');
  sandbox.git('checkout', '-q', '--detach', 'open');
  const { status, stdout } = shell(`export GITHUB_BASE_REF=main\n${run}`);
  expect(status).toBe(1);
  expect(stdout).toMatch(/^::error file=src\/loans\.js,line=\d+,title=Postern%3A missing-protection/);
  sandbox.git('checkout', '-q', 'main');
  sandbox.git('update-ref', '-d', 'refs/remotes/origin/main');
});

const COMMANDS = BLOCKS.filter(({ language, file }) => language === 'sh' && file === undefined)
  .flatMap(({ text }) => text.split('\n'))
  .map((line) => line.replace(/\s*#.*/, ''))
  .filter(Boolean);

test('there are commands', () => expect(COMMANDS.length).toBeGreaterThan(4));

test.each(COMMANDS)('%s', async (command) => {
  const child = spawn('sh', ['-c', `exec ${command.replace('7337', '0').replace('main~3', 'main')}`], {
    cwd: sandbox.dir,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  const ready = new Promise<void>((resolve) => {
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        said += text;
        if (/listening on|Watching\./.test(said)) resolve();
      });
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  if (/--http|watch/.test(command)) {
    await ready;
    child.kill();
    await ended;
  } else
    expect([await ended, said]).toEqual([0, expect.stringMatching(/No entry point|"status": "complete"/)]);
});

test('what agents are told to ask is what there is', () => {
  const names = TOOLS.map((each) => each.name);
  for (const file of ['AGENTS.md', '.cursor/rules/postern.mdc'])
    expect(names).toEqual(expect.arrayContaining(block(file).match(/\b[a-z]+_[a-z_]+\b/g)!));
  const listed = [...PAGE.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name);
  expect(listed.sort()).toEqual([...names].sort());
});
