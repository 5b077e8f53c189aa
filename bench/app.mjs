// npm run bench -- --app [--repositories 100] [--pull-requests 5] [--over SECONDS]
//
// The App as a whole: pull requests of many repositories, told of at once or evenly over some seconds, worked by one process
// with its analyses beside it, against a GitHub on this machine. Counted is from the webhook to the conclusion of the
// check run, as GitHub sees it; memory is that of the App and of all processes below it, as sampled. GitHub, its git and the
// App share the processor. Each repository has an owner, and so an installation, of its own: writes of an installation are
// a second apart, as GitHub asks for.
import { spawn } from 'node:child_process';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { StandInGitHub } from '../dist/app/demo/standin/github.js';
import { Webhooks, pullRequestPayload } from '../dist/app/demo/standin/webhooks.js';
import { route, syntheticFiles } from './synthetic.mjs';

const DOMAINS = ['loan', 'tool', 'member'];
const SAMPLE_MS = 500;
const PROGRESS_MS = 30_000;
const GIVE_UP_MS = 3_600_000;

export async function measureApp(folder, { repositories: count, pullRequests, over }) {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' });
  const secret = randomUUID();
  const owners = Array.from({ length: count }, (_, at) => `owner-${at}`);
  const github = await StandInGitHub.start({
    appId: 1,
    privateKey: key,
    folder: path.join(folder, 'github'),
    owners,
  });
  const changes = [];
  await inParallel(4, owners, async (owner) =>
    changes.push(...(await populate(github, owner, pullRequests))),
  );
  process.stderr.write(`${changes.length} pull requests in ${count} repositories are there\n`);
  const app = await start({ key, secret, github, dataDir: path.join(folder, 'data') });
  const memory = watchMemory(app.child.pid);
  try {
    const webhooks = new Webhooks(`http://127.0.0.1:${app.port}/api/github/webhooks`, secret);
    const sent = new Map();
    const acknowledged = [];
    const begin = performance.now();
    const telling = (async () => {
      for (const [at, { repository, opened }] of byTurns(changes, pullRequests).entries()) {
        await sleep(Math.max(0, (over * 1000 * at) / changes.length - (performance.now() - begin)));
        const payload = pullRequestPayload(repository, opened, 'opened');
        const now = performance.now();
        sent.set(`${repository.id} ${opened.headSha}`, now);
        await webhooks.send('pull_request', payload);
        acknowledged.push(performance.now() - now);
      }
    })();
    const waits = await conclusions(github, sent, changes.length);
    await telling;
    const outcomes = {};
    for (const { conclusion } of github.checkRuns) outcomes[conclusion] = (outcomes[conclusion] ?? 0) + 1;
    for (const { conclusion, output } of github.checkRuns)
      if (conclusion === 'neutral')
        process.stderr.write(`a neutral check: ${output.summary.split('\n')[0]}\n`);
    return {
      repositories: count,
      pullRequests: changes.length,
      toldOverSeconds: over,
      acknowledgedP95Milliseconds: Math.round(quantile(acknowledged, 0.95)),
      concludedMedianSeconds: seconds(quantile(waits, 0.5)),
      concludedP95Seconds: seconds(quantile(waits, 0.95)),
      concludedLastSeconds: seconds(Math.max(...waits)),
      perMinute: Math.round(changes.length / ((performance.now() - begin) / 60_000)),
      peakMegabytesOfApp: memory.app(),
      peakMegabytesWithAnalyses: memory.all(),
      checkRuns: github.checkRuns.length,
      outcomes: JSON.stringify(outcomes),
    };
  } finally {
    memory.stop();
    app.child.kill('SIGKILL');
    await github.stop();
  }
}

/** A small server in three parts; every other change forgets to ask who it is. */
async function populate(github, owner, pullRequests) {
  const repository = await github.createRepository(owner, 'server');
  const files = syntheticFiles(DOMAINS);
  await repository.commit('refs/heads/main', files, 'Begin');
  const changes = [];
  for (let number = 1; number <= pullRequests; number += 1) {
    const domain = DOMAINS[number % DOMAINS.length];
    const file = `src/${domain}/router.ts`;
    const added = route(domain, 'put', `/:id/change-${number}`, 'update');
    const text = number % 2 === 0 ? added : added.replace("requireRole('ADMIN', 'EDITOR'), ", '');
    const title = `Change ${number}`;
    const opened = await repository.openPullRequest({ title, files: { [file]: files[file] + text } });
    changes.push({ repository, opened });
  }
  return changes;
}

/** The first pull request of each repository, then the second of each. */
function byTurns(changes, pullRequests) {
  const of = (at) => changes.filter((_, place) => place % pullRequests === at);
  return Array.from({ length: pullRequests }, (_, at) => of(at)).flat();
}

async function conclusions(github, sent, count) {
  const waits = new Map();
  const giveUp = performance.now() + GIVE_UP_MS;
  let told = performance.now();
  while (waits.size < count) {
    for (const run of github.checkRuns) {
      const about = `${run.repositoryId} ${run.head_sha}`;
      if (run.status === 'completed' && !waits.has(about))
        waits.set(about, performance.now() - sent.get(about));
    }
    if (performance.now() > told + PROGRESS_MS) {
      told = performance.now();
      const p95 = waits.size > 0 ? `, p95 ${seconds(quantile([...waits.values()], 0.95))} s` : '';
      process.stderr.write(`${waits.size} of ${count} are concluded${p95}\n`);
    }
    if (performance.now() > giveUp) throw new Error(`only ${waits.size} of ${count} have a conclusion`);
    await sleep(50);
  }
  return [...waits.values()];
}

async function start({ key, secret, github, dataDir }) {
  const child = spawn(process.execPath, [fileURLToPath(new URL('../dist/app/server.js', import.meta.url))], {
    env: {
      PATH: process.env.PATH,
      APP_ID: '1',
      PRIVATE_KEY: Buffer.from(key).toString('base64'),
      WEBHOOK_SECRET: secret,
      PORT: '0',
      HOST: '127.0.0.1',
      DATA_DIR: dataDir,
      GITHUB_API_URL: github.url,
      LOG_LEVEL: 'info',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  process.once('exit', () => child.kill('SIGKILL'));
  const port = await new Promise((resolve, reject) => {
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk) => {
      if (text === null) return;
      text += chunk;
      const found = /"port":(\d+),[^\n]*listening/.exec(text);
      if (!found) return;
      text = null;
      resolve(Number(found[1]));
    });
    child.once('exit', (status) => reject(new Error(`the App ended with status ${status}`)));
  });
  return { child, port };
}

/** Resident memory of a process and of what it has started, from /proc. */
function watchMemory(pid) {
  let [app, all] = [null, null];
  const sample = () => {
    try {
      const sizes = new Map();
      for (const name of readdirSync('/proc')) {
        if (/^\d+$/.test(name)) read(Number(name), sizes);
      }
      const below = new Set([pid]);
      for (let before = 0; before < below.size; ) {
        before = below.size;
        for (const [child, { parent }] of sizes) if (below.has(parent)) below.add(child);
      }
      app = Math.max(app, sizes.get(pid)?.megabytes ?? 0);
      all = Math.max(
        all,
        [...below].reduce((sum, each) => sum + (sizes.get(each)?.megabytes ?? 0), 0),
      );
    } catch {
      // Not a Linux: nothing is said of memory.
    }
  };
  const timer = setInterval(sample, SAMPLE_MS);
  return {
    app: () => app && Math.round(app),
    all: () => all && Math.round(all),
    stop: () => clearInterval(timer),
  };
}

function read(pid, sizes) {
  try {
    const text = readFileSync(`/proc/${pid}/status`, 'utf8');
    const number = (name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0);
    sizes.set(pid, { parent: number('PPid'), megabytes: number('VmRSS') / 1024 });
  } catch {
    // It has ended meanwhile.
  }
}

async function inParallel(lanes, list, work) {
  const queue = [...list];
  await Promise.all(
    Array.from({ length: lanes }, async () => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) await work(next);
    }),
  );
}

const seconds = (milliseconds) => Number((milliseconds / 1000).toFixed(1));
const quantile = (numbers, part) => numbers.toSorted((a, b) => a - b)[Math.ceil(part * numbers.length) - 1];
