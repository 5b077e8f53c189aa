import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Sandbox } from '../git/sandbox.js';
import { postern, PROGRAM } from './cli.js';
import { GUARDED_ROUTE, lendingApplication, LOANS, OPEN_ROUTE, withRoutes } from './lending.js';

/**
 * Commands that the documentation shows are run as its reader would: what stands in blocks of `sh`. A block with a file's name
 * behind its language is that file; after a command, `# status 1` says how it ends.
 */
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** They are run elsewhere, or need a server or a set of repositories. */
const NOT_HERE = {
  'docs/adding-a-framework.md': 'test/framework-in-an-evening.test.ts follows it',
  'docs/agents.md': 'test/cli/agents-page.test.ts runs them',
  'docs/app.md': 'it starts the App, which test/github does',
  'docs/evaluation.md': 'it judges whole histories of public repositories',
  'docs/operating.md': 'it works on an App that runs: test/github/backup.test.ts',
};
const HERE = ['docs/exports.md', 'docs/report.md', 'docs/policy.md', 'docs/tutorial.md', 'README.md'];

interface Block {
  language: string;
  file: string | undefined;
  text: string;
}
const blocksOf = (page: string): Block[] =>
  [...readFileSync(path.join(ROOT, page), 'utf8').matchAll(/^```(\w+)(?: (\S+))?\n([\s\S]*?)^```$/gm)].map(
    ([, language, file, text]) => ({ language: language!, file, text: text! }),
  );
const commandsOf = (page: string): string[] =>
  blocksOf(page)
    .filter(({ language, file }) => language === 'sh' && file === undefined)
    .flatMap(({ text }) => text.split('\n'))
    .map((line) => line.replace(/\s+#.*/, ''))
    .filter(Boolean);

const folder = mkdtempSync(path.join(tmpdir(), 'postern-pages-'));
const who = { NAME: 'Ada', EMAIL: 'ada@example.org' };
const place = {
  XDG_CACHE_HOME: path.join(folder, 'cache'),
  GIT_CONFIG_GLOBAL: path.join(folder, 'gitconfig'),
  ...Object.fromEntries(
    Object.entries(who).flatMap(([key, value]) => [
      [`GIT_AUTHOR_${key}`, value],
      [`GIT_COMMITTER_${key}`, value],
    ]),
  ),
};
const env = {
  ...(process.env as Record<string, string>),
  NODE_OPTIONS: '',
  PATH: `${path.join(folder, 'bin')}:${process.env['PATH']}`,
  ...place,
};
let sandbox: Sandbox;
beforeAll(() => {
  mkdirSync(path.join(folder, 'bin'));
  writeFileSync(
    path.join(folder, 'bin/postern'),
    `#!/bin/sh\nexec '${process.execPath}' '${PROGRAM}' "$@"\n`,
  );
  chmodSync(path.join(folder, 'bin/postern'), 0o755);
  // In its place, one that notes what it is asked.
  mkdirSync(path.join(folder, 'asked'));
  writeFileSync(path.join(folder, 'asked/postern'), `#!/bin/sh\nprintf '%s\\0' "$@"\n`, { mode: 0o755 });
  writeFileSync(place.GIT_CONFIG_GLOBAL, `[user]\nname = ${who.NAME}\nemail = ${who.EMAIL}\n`);
  // What the pages take for given: releases, a branch, a repository beside this one.
  sandbox = lendingApplication();
  sandbox.git('tag', 'v1.0');
  sandbox.commit('Extend (#2)', { [LOANS]: withRoutes(GUARDED_ROUTE) });
  for (const tag of ['v2.0', 'v2.1']) sandbox.git('tag', tag);
  sandbox.git('branch', 'topic');
  sandbox.git('clone', '-q', '.', '../shop');
});
afterAll(() => {
  sandbox.remove();
  rmSync(folder, { recursive: true, force: true });
});
const run = (script: string, cwd: string) => {
  const { status, stdout, stderr } = spawnSync('sh', ['-c', script], { cwd, env, encoding: 'utf8' });
  return { status, said: stdout + stderr };
};
/**
 * A command by itself is read by the shell and answered here, without a process; the tutorial, pipes and what needs the
 * compiled page are run as they are.
 */
async function type(command: string): Promise<{ status: number | null; said: string }> {
  if (/[|<>&;$`]|^(?!postern )|^postern report/.test(command)) return run(command, sandbox.dir);
  const { stdout } = spawnSync('sh', ['-c', command], {
    env: { ...env, PATH: `${path.join(folder, 'asked')}:${env.PATH}` },
    encoding: 'utf8',
  });
  const { status, ...said } = await postern(stdout.split('\0').slice(0, -1), {
    cwd: sandbox.dir,
    env: place,
  });
  return { status, said: said.stdout + said.stderr };
}

test('every page with commands is run, or says where', () => {
  const pages = [
    'README.md',
    ...readdirSync(path.join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' }).map(
      (name) => `docs/${name}`,
    ),
  ].filter((page) => page.endsWith('.md') && commandsOf(page).length > 0);
  expect(pages.sort()).toEqual([...HERE, ...Object.keys(NOT_HERE)].sort());
});

test('every page is reached from the first one, and every link leads to a file', () => {
  const reached = new Set<string>();
  const follow = (page: string): void => {
    if (reached.has(page)) return;
    reached.add(page);
    const text = readFileSync(path.join(ROOT, page), 'utf8');
    for (const [, target] of text.replace(/`[^`]*`/g, '').matchAll(/\]\((?!\w+:|#)([^)#\s]+)[^)]*\)/g)) {
      const file = path.join(path.dirname(page), target!);
      expect([page, file, existsSync(path.join(ROOT, file))]).toEqual([page, file, true]);
      if (file.startsWith('docs/') && file.endsWith('.md')) follow(file);
    }
  };
  follow('docs/README.md');
  const pages = readdirSync(path.join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' });
  expect([...reached].sort()).toEqual(
    pages
      .filter((name) => name.endsWith('.md'))
      .map((name) => `docs/${name}`)
      .sort(),
  );
  // The list of contents has each of them itself, but for the rules, which it lists under their names.
  const first = readFileSync(path.join(ROOT, 'docs/README.md'), 'utf8');
  for (const page of reached)
    if (page !== 'docs/README.md') expect(first).toContain(`(${page.slice('docs/'.length)})`);
});

describe.each(['docs/exports.md', 'docs/report.md', 'docs/policy.md'])('%s', (page) => {
  test.each(commandsOf(page).map((command) => [command]))('%s', async (command) => {
    if (command.includes(' waive ')) return expectWaiver(command);
    expect(await type(command)).toMatchObject({ status: 0 });
  });
});

describe('README.md', () => {
  const commands = commandsOf('README.md').filter((command) => command.startsWith('node dist/app/cli.js '));
  test('has commands', () => expect(commands.length).toBeGreaterThan(8));
  test.each(commands.map((command) => [command]))('%s', async (command) => {
    const typed = command.replace('node dist/app/cli.js', 'postern').replace('--repo DIR', '--repo .');
    if (typed.includes(' waive ')) return expectWaiver(typed);
    expect(await type(typed)).toMatchObject({ status: 0 });
  });
});

/** Of a finding that is there. */
async function expectWaiver(command: string): Promise<void> {
  sandbox.write(LOANS, withRoutes(GUARDED_ROUTE + OPEN_ROUTE.replace('extend', 'renew')));
  const { said } = await type('postern scan --format json');
  const [finding] = JSON.parse(said).findings;
  const typed = command
    .replace(/FINDING|\b(?=[0-9a-f]*\d)[0-9a-f]{8,}\b/, finding.id)
    .replace(/\s--base \S+/, '');
  expect(await type(typed)).toEqual({ status: 0, said: expect.stringMatching(/^waived in /) });
  sandbox.git('checkout', '-q', '-f', 'main');
  sandbox.git('clean', '-q', '-f', '-d');
}

test('the tutorial leads where it says', () => {
  const script: string[] = [];
  const shown: string[] = [];
  for (const { language, file, text } of blocksOf('docs/tutorial.md')) {
    if (file !== undefined)
      script.push(`mkdir -p '${path.dirname(file)}'\ncat > '${file}' <<'END_OF_FILE'\n${text}END_OF_FILE`);
    else if (language === 'text') shown.push(...text.split('\n').filter(Boolean));
    else script.push(withStatuses(text));
  }
  const tutorial = path.join(folder, 'tutorial');
  mkdirSync(tutorial);
  const { status, said } = run(script.join('\n'), tutorial);
  expect([status, said]).toEqual([0, expect.stringContaining('waived in .github/postern.yml:')]);
  for (const line of shown) expect(said.split('\n')).toContain(line);
});

/** A command that ends otherwise than it says ends the script, and is named. */
function withStatuses(text: string): string {
  const commands = text.match(/^.*<<'END'\n[\s\S]*?^END\n|^.*\n/gm) ?? [];
  return commands
    .map((command) => {
      const [, expected = '0'] = /# status (\d)\s*$/.exec(command) ?? [];
      const said = `"$ended: ${command.split('\n')[0]!.replace(/["$`\\]/g, '')}"`;
      return `${command}ended=$?; [ $ended -eq ${expected} ] || { echo ${said}; exit 99; }`;
    })
    .join('\n');
}
