import { mkdirSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { Probot } from 'probot';
import { openStore, type Store } from '../../store/store.js';
import { analyseInProcesses } from './analysis-processes.js';
import type { Analyst } from './analysis.js';
import { databaseFile, type Configuration } from './configuration.js';
import { RETRY, connect, loginOf, octokitFor, type RetryOptions } from './connection.js';
import { DeliveryQueue } from './delivery-queue.js';
import { DeliveryWork } from './delivery-work.js';
import { onCheckRunAction } from './events/check-run-action.js';
import { onCheckRunRerequested } from './events/check-run-rerequested.js';
import { onCheckSuiteRerequested } from './events/check-suite-rerequested.js';
import { onComment } from './events/comment.js';
import { onInstallation } from './events/installation.js';
import { onMergeGroup } from './events/merge-group.js';
import { onPullRequestClosed } from './events/pull-request-closed.js';
import { onPullRequestUpdated } from './events/pull-request-updated.js';
import { onPush } from './events/push.js';
import { onRepository } from './events/repository.js';
import { Intake } from './intake.js';
import { Rejudging } from './rejudge.js';
import { MissedDeliveries } from './missed-deliveries.js';
import { Reconsideration } from './reconsideration.js';
import { OrganisationPolicies } from './organisation-policy.js';

export const WEBHOOK_PATH = '/api/github/webhooks';
export const HEALTH_PATH = '/healthz';
/** GitHub caps payloads at 25 MB. What is longer is not from GitHub, and is refused before it is read. */
const MAX_PAYLOAD_BYTES = 25 * 1024 * 1024;
const MISSED_EVERY_MS = 10 * 60_000;
const RECONSIDER_MS = 30_000;

export interface AppOptions {
  configuration: Configuration;
  log: Logger;
  /** Default: processes of its own. */
  analyst?: Analyst;
  retry?: RetryOptions;
  /** How often it is looked for deliveries that did not arrive; null: never. Default: every ten minutes. */
  missedEveryMs?: number | null;
  /** After the base has moved, how long it is waited for more before open pull requests are judged again. Default: 30 s. */
  reconsiderMs?: number;
}

/** The running GitHub App. */
export interface App {
  port: number;
  store: Store;
  /** Resolves once every delivery taken in has been worked. */
  idle(): Promise<void>;
  /** Stops taking webhooks, interrupts what is being worked so that the next start goes on with it, and closes the store. */
  close(): Promise<void>;
}

/**
 * Starts the App: opens the store, takes up what an earlier process left unfinished and listens for webhooks.
 * @throws when the data directory cannot be used, the port is taken or the private key is not one
 */
export async function startApp({
  configuration,
  log,
  analyst,
  retry = RETRY,
  missedEveryMs = MISSED_EVERY_MS,
  reconsiderMs = RECONSIDER_MS,
}: AppOptions): Promise<App> {
  const { dataDir, apiUrl, serverUrl, deadlineMs } = configuration;
  mkdirSync(dataDir, { recursive: true });
  const temporaryDir = join(dataDir, 'tmp');
  // What a process left behind that was killed.
  rmSync(temporaryDir, { recursive: true, force: true });
  const store = openStore(databaseFile(dataDir));
  const probot = new Probot({
    appId: configuration.appId,
    privateKey: configuration.privateKey,
    secret: configuration.webhookSecret,
    Octokit: octokitFor(apiUrl, retry),
    log,
  });
  await probot.ready();
  const policies = new OrganisationPolicies();
  const login = loginOf(probot);
  const rejudging = new Rejudging(store, (delivery) => queue.add(delivery));
  const reconsideration = new Reconsideration(store, rejudging, reconsiderMs);
  const missed = missedEveryMs === null ? null : new MissedDeliveries(probot, store, log, missedEveryMs);
  const work = new DeliveryWork({
    store,
    dataDir,
    analyst: analyst ?? analyseInProcesses({ cacheDir: join(dataDir, 'cache'), temporaryDir }),
    connect: (repository) =>
      connect(probot, repository, { serverUrl, checkRuns: store.checkRuns, policies, login }),
    warn: (message) => log.warn(message),
    note: (what, message) => log.info(what, message),
    rejudging,
    concerned: (repositoryId) => reconsideration.after(repositoryId),
  });
  const queue: DeliveryQueue = new DeliveryQueue({ store, work, log, deadlineMs, retry });
  const intake = new Intake(
    store,
    (delivery) => queue.add(delivery),
    (message) => log.warn(message),
  );
  for (const listen of [
    onPullRequestUpdated,
    onPullRequestClosed,
    onPush,
    onCheckRunRerequested,
    onCheckSuiteRerequested,
    onCheckRunAction,
    onComment,
    onMergeGroup,
    onRepository,
    onInstallation,
  ]) {
    listen(probot, intake);
  }
  const webhooks = await probot.getNodeMiddleware({ path: WEBHOOK_PATH });
  const server = createServer((request, response) => void route(request, response, webhooks, log));
  await listen(server, configuration);
  const { port } = server.address() as AddressInfo;
  log.info({ port, path: WEBHOOK_PATH }, 'listening for webhooks');
  queue.resume();
  reconsideration.resume();
  missed?.start();
  return {
    port,
    store,
    idle: () => queue.idle(),
    close: async () => {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      });
      reconsideration.stop();
      await missed?.stop();
      await queue.stop();
      store.close();
    },
  };
}

type Webhooks = Awaited<ReturnType<Probot['getNodeMiddleware']>>;

async function route(
  request: IncomingMessage,
  response: ServerResponse,
  webhooks: Webhooks,
  log: Logger,
): Promise<void> {
  try {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    if (request.method === 'GET' && pathname === HEALTH_PATH) {
      answer(response, 200, { status: 'ok' });
    } else if (pathname !== WEBHOOK_PATH) {
      answer(response, 404, { error: 'there is nothing here' });
    } else if (!(Number(request.headers['content-length'] ?? NaN) <= MAX_PAYLOAD_BYTES)) {
      answer(response, 413, {
        error: `the length of a payload must be given, and at most ${MAX_PAYLOAD_BYTES}`,
      });
    } else if (!(await webhooks(request, response)) && !response.headersSent) {
      answer(response, 404, { error: 'webhooks are sent with POST' });
    }
  } catch (error) {
    log.error({ err: error }, 'could not answer a request');
    if (!response.headersSent) answer(response, 500, { error: 'the request could not be handled' });
  }
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function listen(server: Server, { port, host }: Configuration): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE'
          ? new Error(`port ${port} is taken: set PORT to a free one`, { cause: error })
          : error,
      ),
    );
    server.listen(port, host, resolve);
  });
}
