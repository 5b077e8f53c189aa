import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SECRET, APP_ID, PRIVATE_KEY, SLOW, setUp, until, webhooksTo, type Setting } from './setting.js';

/** The built program; `npm test` builds it first. */
const BUILT = resolve(dirname(fileURLToPath(import.meta.url)), '../../dist');

let setting: Setting;
let children: ChildProcess[] = [];

beforeEach(async () => {
  setting = await setUp();
}, SLOW);
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  children = [];
  await setting.end();
}, SLOW);

interface Running {
  child: ChildProcess;
  port: number;
  output(): string;
}

async function startServer(env: Record<string, string> = {}): Promise<Running> {
  const child = spawn(process.execPath, [join(BUILT, 'app/server.js')], {
    env: { ...serverEnvironment(), ...env },
  });
  children.push(child);
  let text = '';
  child.stdout.on('data', (chunk) => (text += String(chunk)));
  child.stderr.on('data', (chunk) => (text += String(chunk)));
  const listening = /"port":(\d+),[^\n]*listening/;
  await until(`the server to listen`, () => {
    if (child.exitCode !== null) throw new Error(`the server ended:\n${text}`);
    return listening.test(text);
  });
  return { child, port: Number(listening.exec(text)![1]), output: () => text };
}

function serverEnvironment(): Record<string, string> {
  return {
    PATH: process.env['PATH']!,
    APP_ID: String(APP_ID),
    PRIVATE_KEY: Buffer.from(PRIVATE_KEY).toString('base64'),
    WEBHOOK_SECRET: SECRET,
    PORT: '0',
    HOST: '127.0.0.1',
    DATA_DIR: join(setting.folder, 'server-data'),
    GITHUB_API_URL: setting.github.url,
    LOG_LEVEL: 'trace',
  };
}

const APPLICATION = {
  'package.json': '{ "name": "tools", "main": "server.js", "dependencies": { "express": "^5.0.0" } }\n',
  'server.js':
    "const express = require('express');\nconst app = express();\napp.get('/tools', (req, res) => res.json([]));\napp.listen(3000);\n",
};

test(
  'a process that is killed in the middle leaves a check run that the next one concludes',
  async () => {
    const { github, repository } = setting;
    const opened = await repository.openPullRequest({ title: 'A server', files: APPLICATION });
    const release = github.holdGit();
    const first = await startServer();
    await webhooksTo(first.port).pullRequest(repository, opened, 'opened');
    await until('a request of git', () => github.checksOf(opened.headSha).length === 1);
    const ended = once(first.child, 'exit');
    first.child.kill('SIGKILL');
    await ended;
    expect(github.checksOf(opened.headSha)[0]).toMatchObject({ status: 'in_progress' });
    release();
    await startServer();
    await until('the conclusion', () => github.checksOf(opened.headSha)[0]!.status === 'completed');
    expect(github.checksOf(opened.headSha)).toHaveLength(1);
  },
  SLOW,
);

test(
  'a process that is killed while its review is on the way leaves one that the next does not repeat',
  async () => {
    const { github, repository } = setting;
    const peers = (...routes: string[]): string =>
      `const express = require('express');
const { PrismaClient } = require('@prisma/client');
const prisma = new PrismaClient();
const app = express();
const member = (req, res, next) => (req.session.user ? next() : res.status(401).end());
${routes.join('\n')}
app.listen(3000);
`;
    const create = "app.post('/tools', member, (req, res) => prisma.tool.create({ data: req.body }));";
    const remove = "app.delete('/tools', member, (req, res) => prisma.tool.deleteMany());";
    const change = "app.put('/tools', (req, res) => prisma.tool.updateMany({ data: req.body }));";
    const files = (text: string) => ({ 'package.json': APPLICATION['package.json'], 'server.js': text });
    await repository.commit('refs/heads/main', files(peers(create, remove)), 'A server');
    const opened = await repository.openPullRequest({
      title: 'Change all',
      files: files(peers(create, remove, change)),
    });
    github.fail({ times: 1, status: 0, silent: true, afterwards: true, matches: /POST .*\/reviews$/ });
    const first = await startServer();
    await webhooksTo(first.port).pullRequest(repository, opened, 'opened');
    await until('the review', () => github.reviews.length === 1);
    const ended = once(first.child, 'exit');
    first.child.kill('SIGKILL');
    await ended;
    const second = await startServer();
    await until('the end', () => second.output().includes('"msg":"done"'));
    expect(github.reviews).toHaveLength(1);
    expect(github.commentsOn(opened.number)).toEqual([
      expect.objectContaining({
        edits: 0,
        body: expect.stringContaining(change.replace("'/tools', ", "'/tools', member, ")) as string,
      }),
    ]);
    expect(github.checksOf(opened.headSha)).toEqual([expect.objectContaining({ conclusion: 'failure' })]);
  },
  SLOW,
);

test(
  'the token reaches git by environment only, and no secret is logged',
  async () => {
    const { github, repository } = setting;
    const opened = await repository.openPullRequest({ title: 'A server', files: APPLICATION });
    const shim = mkdtempSync(join(setting.folder, 'bin-'));
    const calls = join(shim, 'calls');
    const git = execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim();
    const leaks = '${PRIVATE_KEY:+private key} ${WEBHOOK_SECRET:+webhook secret}';
    writeFileSync(
      join(shim, 'git'),
      `#!/bin/sh\nprintf '%s | %s\\n' "$*" "${leaks}" >> '${calls}'\nexec '${git}' "$@"\n`,
    );
    chmodSync(join(shim, 'git'), 0o755);
    const server = await startServer({ PATH: `${shim}:${process.env['PATH']!}` });
    await webhooksTo(server.port).pullRequest(repository, opened, 'opened');
    await until('the conclusion', () => github.checksOf(opened.headSha)[0]?.status === 'completed');
    expect(existsSync(calls)).toBe(true);
    const seen = readFileSync(calls, 'utf8');
    expect(seen).toContain('fetch');
    expect(seen).not.toMatch(/private key|webhook secret/);
    expect(github.credentials.issued.length).toBeGreaterThan(0);
    for (const token of github.credentials.issued) {
      for (const text of [seen, server.output()]) {
        expect(text).not.toContain(token);
        expect(text).not.toContain(Buffer.from(`x-access-token:${token}`).toString('base64'));
      }
    }
    expect(server.output()).not.toContain(SECRET);
  },
  SLOW,
);

test(
  'an analysis that is stopped in the middle takes nothing with it, and leaves nothing behind',
  async () => {
    const { github, repository, folder } = setting;
    const routes = (of: number): string =>
      Array.from(
        { length: 1000 },
        (_, at) => `app.get('/${of}/${at}', (req, res) => res.json([${at}]));\n`,
      ).join('');
    const large = Object.fromEntries(
      Array.from({ length: 150 }, (_, at) => [
        `routes/${at}.js`,
        `const app = require('express')();\n${routes(at)}module.exports = app;\n`,
      ]),
    );
    const opened = await repository.openPullRequest({
      title: 'Too much',
      files: { ...APPLICATION, ...large },
    });
    const { port } = await startServer({ JOB_DEADLINE_SECONDS: '3' });
    await webhooksTo(port).pullRequest(repository, opened, 'opened');
    await until('the conclusion', () => github.checksOf(opened.headSha)[0]?.status === 'completed');
    const [run] = github.checksOf(opened.headSha);
    expect(run).toMatchObject({ conclusion: 'neutral' });
    expect(run!.output.summary).toContain('was stopped after 3 s');
    expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
    expect(readdirSync(join(folder, 'server-data/tmp'))).toEqual([]);
  },
  SLOW,
);

test(
  'it is ready once a process of an analysis has shown that it works, and ends by itself when told to stop',
  async () => {
    const { child, port } = await startServer();
    const ready = await fetch(`http://127.0.0.1:${port}/readyz`);
    expect(await ready.json()).toEqual({
      status: 'ready',
      checks: { store: 'ok', queue: 'ok', git: 'ok', analysis: 'ok' },
    });
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
  },
  SLOW,
);

test(
  'an incomplete environment is refused with every reason at once',
  () => {
    const run = (): string =>
      execFileSync(process.execPath, [join(BUILT, 'app/server.js')], {
        env: { APP_ID: '1', PORT: 'x' },
        stdio: 'pipe',
      }).toString();
    expect(run).toThrow(/WEBHOOK_SECRET is not set[\s\S]*PRIVATE_KEY[\s\S]*PORT must be/);
  },
  SLOW,
);

test(
  'the demonstration plays to its end as expected, and leaves nothing behind',
  () => {
    const temporary = join(setting.folder, 'tmp');
    mkdirSync(temporary);
    const output = execFileSync(process.execPath, [join(BUILT, 'app/demo/main.js')], {
      env: { PATH: process.env['PATH']!, TMPDIR: temporary },
      encoding: 'utf8',
    });
    expect(output).toContain('Every check came out as expected.');
    expect(readdirSync(temporary)).toEqual([]);
  },
  SLOW,
);
