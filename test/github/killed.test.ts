import { fork, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { StandInPullRequest, StandInRepository } from '../../app/demo/standin/repository.js';
import { pullRequestPayload } from '../../app/demo/standin/webhooks.js';
import { openStore, type Store } from '../../store/store.js';
import { APP_ID, PRIVATE_KEY, SECRET, setUp, THOROUGH, until, webhooksTo, type Setting } from './setting.js';

/** At how many points work is interrupted, and where chance begins. */
const POINTS = Number(process.env['POSTERN_KILLS'] ?? (THOROUGH ? 20 : 4));
const SEED = Number(process.env['POSTERN_SEED'] ?? 1);
const PROGRAM = fileURLToPath(new URL('./app-process.mjs', import.meta.url));
/** Worked at the same time, each wherever it has come to when the process is killed. */
const REPOSITORIES = ['counter', 'shelves', 'workshop', 'yard'];
const ROUNDS = Math.ceil(POINTS / REPOSITORIES.length);
/** In the first of them: more than one request takes, so that a check run may end half told. */
const MANY = 52;

/** On a machine that is busy. */
const PATIENCE = 120_000;

/** Requests by which the work on a delivery shows to have come somewhere, in the order in which they are made. */
const STEPS = [
  /POST .*\/check-runs$/,
  /GET .*\/info\/refs$/,
  /POST .*\/git-upload-pack$/,
  /PATCH .*\/check-runs\/\d+$/,
  /GET .*\/pulls\/\d+\/comments$/,
  /POST .*\/reviews$/,
  /GET .*\/reviews\/\d+\/comments$/,
];
interface Point {
  /** Of {@link STEPS}; null: when the webhook was sent. */
  step: RegExp | null;
  stage: 'asked' | 'done';
  /** Which of such requests: there is one for each repository, at least. */
  nth: number;
  /** What lies between two requests is reached by waiting. */
  delayMs: number;
}

let setting: Setting;
let children: ChildProcess[] = [];
/** Looks into what the App keeps, from beside. */
let store: Store;
beforeEach(async () => {
  setting = await setUp();
  await setting.app.close();
  store = openStore(join(setting.configuration.dataDir, 'postern.sqlite'));
}, 60_000);
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  children = [];
  store.close();
  await setting.end();
}, 60_000);

test(
  `killed at ${ROUNDS * REPOSITORIES.length} points of its work, it tells everything once`,
  async () => {
    const { github } = setting;
    const repositories = await Promise.all(
      REPOSITORIES.map((name) => github.createRepository('library', name)),
    );
    for (const [at, repository] of repositories.entries())
      await repository.commit('refs/heads/main', application(guardedIn(at), []), 'A server');
    const chance = random(SEED);
    let app = await started(load());
    for (const [round, point] of pointsToTry(chance).entries()) {
      const next = load();
      const changes = await Promise.all(
        repositories.map((repository, at) =>
          change(repository, round, at, at === 0 && round % 2 === 0 ? MANY : 1 + (round % 3)),
        ),
      );
      const killed = killAt(app.child, point, changes);
      const port = app.port;
      await Promise.all(
        changes.map(async (each) => {
          await sleep(chance() * 200);
          await send(each, port);
        }),
      );
      await killed;
      app = await started(next);
      // GitHub sends again what was not acknowledged, and may what was.
      for (const each of changes) await send(each, app.port);
      await until(`the end of ${said(point)}`, () => nothingIsLeft(changes), PATIENCE);
      for (const each of changes)
        expect({ point: said(point), ...outcome(each) }).toEqual({ point: said(point), ...expected(each) });
    }
    const ended = once(app.child, 'exit');
    app.child.kill('SIGKILL');
    await ended;
    expect(github.checkRuns).toHaveLength(ROUNDS * REPOSITORIES.length);
    expect(github.reviews).toHaveLength(ROUNDS * REPOSITORIES.length);
  },
  PATIENCE * (1 + ROUNDS),
);

interface Change {
  repository: StandInRepository;
  opened: StandInPullRequest;
  findings: number;
  guid: string;
}

async function change(
  repository: StandInRepository,
  round: number,
  at: number,
  findings: number,
): Promise<Change> {
  const open = Array.from({ length: findings }, (_, of) => `/${round}/${of}`);
  const files = application(guardedIn(at), open);
  const opened = await repository.openPullRequest({ title: `Change ${round}`, files });
  return { repository, opened, findings, guid: randomUUID() };
}

async function send({ repository, opened, guid }: Change, port: number): Promise<void> {
  const payload = pullRequestPayload(repository, opened, 'opened');
  // Nobody may be there to take it.
  await webhooksTo(port)
    .send('pull_request', payload, { guid })
    .catch(() => null);
}

/** What stands on GitHub about a pull request. */
function outcome({ repository, opened: { number, headSha } }: Change) {
  const { github } = setting;
  const of = <T extends { repositoryId: number }>(all: readonly T[]): T[] =>
    all.filter(({ repositoryId }) => repositoryId === repository.id);
  const reviews = of(github.reviews).filter(({ pullRequest }) => pullRequest === number);
  return {
    checks: of(github.checksOf(headSha)).map(({ conclusion, annotations }) => ({
      conclusion,
      lines: annotations.length,
      different: new Set(annotations.map((each) => each['start_line'])).size,
    })),
    reviews: reviews.map(({ comments }) => comments.length),
    edits: reviews.flatMap(({ comments }) => comments).reduce((sum, { edits }) => sum + edits, 0),
  };
}

function expected({ findings }: Change): ReturnType<typeof outcome> {
  return {
    checks: [{ conclusion: 'failure', lines: findings, different: findings }],
    reviews: [Math.min(findings, 20)],
    edits: 0,
  };
}

/** Whether everything was taken in and worked. */
function nothingIsLeft(changes: readonly Change[]): boolean {
  const known = changes.every(
    ({ repository, opened }) => store.deliveries.ofPullRequest(repository.id, opened.number).length > 0,
  );
  return known && store.deliveries.unfinished().length === 0;
}

/** Kills a process when it has come to a point of its work; one that does not come is at its end. */
async function killAt(child: ChildProcess, point: Point, changes: readonly Change[]): Promise<void> {
  const ended = once(child, 'exit');
  let left = point.nth;
  let reached = point.step === null;
  setting.github.watch((what, stage) => {
    if (stage !== point.stage || !point.step?.test(what)) return;
    left -= 1;
    if (left === 0) reached = true;
  });
  await until(said(point), () => reached || nothingIsLeft(changes), PATIENCE);
  await sleep(point.delayMs);
  child.kill('SIGKILL');
  await ended;
  setting.github.watch(() => {});
}

/** Each request before and after it is answered, and what chance adds. */
function pointsToTry(chance: () => number): Point[] {
  const steps = [null, ...STEPS];
  const first = Math.floor(chance() * steps.length);
  const all = Array.from({ length: ROUNDS }, (_, at): Point => {
    // Three further each time: steps beside each other are neighbours in time too.
    const step = steps[(first + 3 * at) % steps.length]!;
    return {
      step,
      stage: Math.floor(at / steps.length) % 2 === 0 ? 'done' : 'asked',
      nth: 1 + Math.floor(chance() * REPOSITORIES.length),
      delayMs: chance() < 0.5 ? 0 : Math.floor(chance() * 60),
    };
  });
  return all
    .map((point) => ({ point, rank: chance() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ point }) => point);
}

const said = ({ step, stage, nth, delayMs }: Point): string =>
  `${step?.source ?? 'the webhook'} ${nth}. ${stage}, after ${delayMs} ms (seed ${SEED})`;

/** Numbers from 0 to 1 that follow from a seed (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function load(): ChildProcess {
  const child = fork(PROGRAM, {
    execArgv: [],
    env: {
      PATH: process.env['PATH'],
      APP_ID: String(APP_ID),
      PRIVATE_KEY: Buffer.from(PRIVATE_KEY).toString('base64'),
      WEBHOOK_SECRET: SECRET,
      PORT: '0',
      HOST: '127.0.0.1',
      DATA_DIR: setting.configuration.dataDir,
      GITHUB_API_URL: setting.github.url,
      LOG_LEVEL: 'info',
    },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  children.push(child);
  return child;
}

async function started(child: ChildProcess): Promise<{ child: ChildProcess; port: number }> {
  child.send('start');
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  return { child, port };
}

/** As many as a change adds, at least: those count among the peers. */
const guardedIn = (at: number): number => (at === 0 ? MANY : 4);

/** A server whose routes ask for a member, but for those that a change adds. */
function application(guarded: number, open: readonly string[]): Record<string, string> {
  const route = (path: string, guard = ''): string =>
    `app.put('${path}', ${guard}(req, res) => prisma.tool.updateMany({ data: req.body }));\n`;
  const peers = Array.from({ length: guarded }, (_, at) => route(`/tools/${at}`, 'member, '));
  return {
    'package.json': '{ "name": "tools", "main": "server.js", "dependencies": { "express": "^5.0.0" } }\n',
    'server.js': `const express = require('express');
const { PrismaClient } = require('@prisma/client');
const prisma = new PrismaClient();
const app = express();
const member = (req, res, next) => (req.session.user ? next() : res.status(401).end());
${[...peers, ...open.map((path) => route(path))].join('')}app.listen(3000);
`,
  };
}
