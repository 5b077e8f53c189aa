/**
 * Plays the pull requests of a small application against the App: real webhooks, signed and sent by HTTP to the App
 * in this process, a real git repository, and a stand-in for GitHub that shows what people would see. Needs no
 * credentials and no network. Exits with status 1 when an outcome is not the one expected.
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import colors from 'picocolors';
import pino from 'pino';
import { WEBHOOK_PATH, startApp, type App } from '../github/app.js';
import { filesOf } from './application.js';
import { StandInGitHub } from './standin/github.js';
import type { StandInPullRequest, StandInRepository } from './standin/repository.js';
import { Webhooks } from './standin/webhooks.js';
import { renderCheckRun, type LineOf } from './terminal.js';

const APP_ID = 1;
const DEADLINE_MS = 60_000;

interface Stage {
  github: StandInGitHub;
  repository: StandInRepository;
  webhooks: Webhooks;
  app: App;
  failures: string[];
}

const INTRODUCTION = `The pull requests of riverside/toolshed, a small application that lends tools.
The App, its database and git are real, and webhooks are signed; GitHub is a stand-in on this machine.

`;
const CONCLUSION = `
On your own code: \`node dist/app/cli.js check --repo DIR --base main\`; as a GitHub App: docs/app.md.
`;

async function play(stage: Stage): Promise<void> {
  const { repository } = stage;
  await repository.commit('refs/heads/main', await filesOf('0-base'), 'A tool shed');

  const lending = await open(stage, 'Lend tools', '1-lending');
  await expectCheck(
    stage,
    lending,
    'success',
    'Librarians lend tools over REST: signed in, with the role, rate limited.',
  );
  await merge(stage, lending);

  const live = await open(stage, 'Live screen for the counter', '2-live');
  await expectCheck(stage, live, 'failure', 'The same loans over a WebSocket, for anyone who connects.');
  await repository.push(live, await filesOf('2-live-guarded'), 'Ask who is there');
  await stage.webhooks.pullRequest(repository, live, 'synchronize');
  await expectCheck(stage, live, 'success', 'Second push: the socket asks what the routes ask.');
  await merge(stage, live);

  // The branch begins at the new base, whose server.js attaches the socket.
  const overdue = await open(stage, 'List overdue loans', '3-overdue');
  await expectCheck(stage, overdue, 'success', 'A healthy change: one more route behind the same guards.');
  await merge(stage, overdue);
}

async function open(
  stage: Stage,
  title: string,
  step: Parameters<typeof filesOf>[0],
): Promise<StandInPullRequest> {
  const { repository, webhooks } = stage;
  const opened = await repository.openPullRequest({ title, files: await filesOf(step) });
  await webhooks.pullRequest(repository, opened, 'opened');
  return opened;
}

async function merge({ repository, webhooks, app }: Stage, pullRequest: StandInPullRequest): Promise<void> {
  const before = (await repository.tip('refs/heads/main'))!;
  const after = await repository.merge(pullRequest);
  await webhooks.pullRequest(repository, pullRequest, 'closed');
  await webhooks.push(repository, before, after);
  await app.idle();
  process.stdout.write(colors.dim(`  merged as ${after.slice(0, 10)}\n\n`));
}

async function expectCheck(
  { github, repository, app, failures }: Stage,
  { number, title, headSha }: StandInPullRequest,
  expected: string,
  story: string,
): Promise<void> {
  await app.idle();
  const run = github.checksOf(headSha).at(-1);
  process.stdout.write(
    `${colors.bold(`#${number} ${title}`)}  ${colors.dim(headSha.slice(0, 10))}\n${story}\n\n`,
  );
  const lineOf: LineOf = async (path, line) =>
    (await repository.read(headSha, path))?.split('\n')[line - 1] ?? null;
  process.stdout.write(`${run ? await renderCheckRun(run, lineOf) : '  (no check run)'}\n\n`);
  const found = run?.conclusion ?? 'no check run';
  if (found !== expected) failures.push(`#${number} ${title}: expected ${expected}, found ${found}`);
}

async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'postern-demo-'));
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const github = await StandInGitHub.start({ appId: APP_ID, publicKey, folder: join(folder, 'github') });
  const webhookSecret = randomBytes(16).toString('hex');
  let app: App | null = null;
  // Whoever stops reading or waiting does not leave files behind.
  process.stdout.on('error', () => {});
  process.once('SIGINT', () => {
    rmSync(folder, { recursive: true, force: true });
    process.exit(130);
  });
  try {
    app = await startApp({
      configuration: {
        appId: APP_ID,
        privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
        webhookSecret,
        port: 0,
        host: '127.0.0.1',
        dataDir: join(folder, 'data'),
        apiUrl: github.url,
        serverUrl: github.url,
        logLevel: 'warn',
        deadlineMs: DEADLINE_MS,
      },
      log: pino({ level: process.env['LOG_LEVEL'] ?? 'silent' }, pino.destination(2)),
    });
    const repository = await github.createRepository('riverside', 'toolshed');
    const webhooks = new Webhooks(`http://127.0.0.1:${app.port}${WEBHOOK_PATH}`, webhookSecret);
    const stage: Stage = { github, repository, webhooks, app, failures: [] };
    process.stdout.write(INTRODUCTION);
    await play(stage);
    for (const failure of stage.failures) process.stderr.write(`${colors.red('unexpected:')} ${failure}\n`);
    if (stage.failures.length > 0) process.exitCode = 1;
    else process.stdout.write(`${colors.green('Every check came out as expected.')}\n${CONCLUSION}`);
  } finally {
    await app?.close();
    await github.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

await main();
