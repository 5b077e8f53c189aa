/**
 * Plays the pull requests of a small application against the App: signed webhooks by HTTP to the App in this process, a
 * real git repository, and a GitHub on this machine that shows what people would see, and refuses to merge what its check
 * does not pass. Needs no credentials and no network. Exits with status 1 when an outcome is not the one expected.
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import colors from 'picocolors';
import pino from 'pino';
import { WEBHOOK_PATH, startApp, type App } from '../github/app.js';
import { RETRY } from '../github/connection.js';
import { CHECK_NAME } from '../github/check-run-client.js';
import { filesOf, type Step } from './application.js';
import { Refused } from './standin/emulated.js';
import { StandInGitHub } from './standin/github.js';
import type { StandInPullRequest, StandInRepository } from './standin/repository.js';
import { renderCheckRun, renderComment, type LineOf } from './terminal.js';

const APP_ID = 1;
const DEADLINE_MS = 60_000;

interface Stage {
  github: StandInGitHub;
  repository: StandInRepository;
  app: App;
  failures: string[];
}

const INTRODUCTION = `The pull requests of riverside/toolshed, a small application that lends tools.
The App, its database and git are real; GitHub is an emulator on this machine, whose main branch requires the check.

`;
const CONCLUSION = `
On your own code: \`node dist/app/cli.js check --repo DIR --base main\`; as a GitHub App: docs/app.md.
`;

async function play(stage: Stage): Promise<void> {
  const { repository, app } = stage;
  await repository.commit('refs/heads/main', await filesOf('0-base'), 'A tool shed');
  await repository.requireCheck(CHECK_NAME);

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
  await expectRefusal(stage, live);
  await repository.push(live, await filesOf('2-live-guarded'), 'Ask who is there');
  await app.idle();
  await expectCheck(stage, live, 'success', 'Second push: the socket asks what the routes ask.');
  await merge(stage, live);

  // The branch begins at the new base, whose server.js attaches the socket.
  const overdue = await open(stage, 'List overdue loans', '3-overdue');
  await expectCheck(stage, overdue, 'success', 'A healthy change: one more route behind the same guards.');
  await merge(stage, overdue);

  const extend = await open(stage, 'Extend a loan', '4-extend');
  await expectCheck(stage, extend, 'failure', 'A route that any member may call.');
  await commitSuggestion(stage, extend);
  await expectCheck(
    stage,
    extend,
    'success',
    'The suggestion of the comment was committed, with its button.',
  );
  await merge(stage, extend);
}

async function open({ repository, app }: Stage, title: string, step: Step): Promise<StandInPullRequest> {
  const opened = await repository.openPullRequest({ title, files: await filesOf(step) });
  await app.idle();
  return opened;
}

async function merge({ repository, app }: Stage, pullRequest: StandInPullRequest): Promise<void> {
  const after = await repository.merge(pullRequest);
  await app.idle();
  process.stdout.write(colors.dim(`  merged as ${after.slice(0, 10)}\n\n`));
}

async function expectRefusal(
  { repository, failures }: Stage,
  pullRequest: StandInPullRequest,
): Promise<void> {
  try {
    await repository.merge(pullRequest);
    failures.push(`#${pullRequest.number} was merged although its check failed`);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    process.stdout.write(`  ${colors.red('merge refused by GitHub:')} ${error.message}\n\n`);
  }
}

/** Does what the button "Commit suggestion" does. */
async function commitSuggestion(
  { github, repository, app, failures }: Stage,
  pullRequest: StandInPullRequest,
): Promise<void> {
  const { number, headSha } = pullRequest;
  for (const { path, line, body } of github.commentsOn(number)) {
    const replacement = /^(`{3,})suggestion\n([\s\S]*?)\n\1$/m.exec(body)?.[2];
    const text = await repository.read(headSha, path);
    if (replacement === undefined || text === null) continue;
    const lines = text.split('\n');
    lines.splice(line - 1, 1, replacement);
    await repository.push(pullRequest, { [path]: `${lines.join('\n')}\n` }, 'Apply suggestion');
    await app.idle();
    return;
  }
  failures.push(`#${number} has no suggestion`);
}

async function expectCheck(
  { github, repository, failures }: Stage,
  { number, title, headSha }: StandInPullRequest,
  expected: string,
  story: string,
): Promise<void> {
  const run = github.checksOf(headSha).at(-1);
  process.stdout.write(
    `${colors.bold(`#${number} ${title}`)}  ${colors.dim(headSha.slice(0, 10))}\n${story}\n\n`,
  );
  const lineOf: LineOf = async (path, line) =>
    (await repository.read(headSha, path))?.split('\n')[line - 1] ?? null;
  process.stdout.write(`${run ? await renderCheckRun(run, lineOf) : '  (no check run)'}\n\n`);
  for (const comment of github.commentsOn(number))
    process.stdout.write(`${await renderComment(comment, lineOf)}\n\n`);
  const found = run?.conclusion ?? 'no check run';
  if (found !== expected) failures.push(`#${number} ${title}: expected ${expected}, found ${found}`);
}

async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'postern-demo-'));
  const { privateKey: key } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const privateKey = key.export({ type: 'pkcs8', format: 'pem' }) as string;
  const github = await StandInGitHub.start({ appId: APP_ID, privateKey, folder: join(folder, 'github') });
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
        privateKey,
        webhookSecret,
        port: 0,
        host: '127.0.0.1',
        dataDir: join(folder, 'data'),
        apiUrl: github.url,
        serverUrl: github.url,
        logLevel: 'warn',
        deadlineMs: DEADLINE_MS,
      },
      // It is a GitHub that nobody else waits for.
      retry: { ...RETRY, unitMs: 20 },
      log: pino({ level: process.env['LOG_LEVEL'] ?? 'silent' }, pino.destination(2)),
    });
    const repository = await github.createRepository('riverside', 'toolshed');
    github.tell(`http://127.0.0.1:${app.port}${WEBHOOK_PATH}`, webhookSecret);
    const stage: Stage = { github, repository, app, failures: [] };
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
