import { mkdirSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { Probot } from 'probot';
import { pageScript } from '../report/page/script.js';
import { packageVersion } from '../cli/package-version.js';
import type { Delivery } from '../../store/deliveries.js';
import type { RepositoryRecord } from '../../store/repository-records.js';
import { openStore, type Store } from '../../store/store.js';
import { analyseInProcesses } from './analysis-processes.js';
import type { Analyst } from './analysis.js';
import { databaseFile, type Configuration } from './configuration.js';
import { RETRY, connect, loginOf, octokitFor, type Connection, type RetryOptions } from './connection.js';
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
import { frontDoor, metricsDoor } from './front-door.js';
import { Intake } from './intake.js';
import { listen } from './listening.js';
import { MissedDeliveries } from './missed-deliveries.js';
import { Metrics } from './monitoring/metrics.js';
import { ReadinessProbe } from './monitoring/readiness.js';
import { openReaders } from './readers/open.js';
import { StandingModels } from './readers/standing.js';
import { uploadBranch } from './upload-branch.js';
import { Reconsideration } from './reconsideration.js';
import { Rejudging } from './rejudge.js';
import { OrganisationPolicies } from './organisation-policy.js';
import { HEALTH_PATH, WEBHOOK_PATH } from './paths.js';
import { lacking, readAppFile } from './setup/manifest.js';

const MISSED_EVERY_MS = 10 * 60_000;
const RECONSIDER_MS = 30_000;
export { HEALTH_PATH, WEBHOOK_PATH };

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
  /** What requests to GitHub are made by. */
  fetch?: typeof fetch;
  /** What runs in the page of a report; default: what was built beside this program. */
  script?: string;
}

/** The running GitHub App. */
export interface App {
  port: number;
  /** Where metrics have a port of their own. */
  metricsPort: number | null;
  store: Store;
  /** Asks GitHub what the App has, and names what of `app.yml` is not among it. @throws when GitHub does not answer */
  lacks(): Promise<string[]>;
  /** Resolves once every delivery taken in has been worked. */
  idle(): Promise<void>;
  /** Stops taking webhooks, interrupts what is being worked so that the next start goes on with it, and closes the store. */
  close(): Promise<void>;
}

/**
 * Starts the App: opens the store, takes up what an earlier process left unfinished and listens for webhooks.
 * @throws when the data directory cannot be used, the port is taken or the private key is not one
 */
export async function startApp(options: AppOptions): Promise<App> {
  const { configuration, log, retry = RETRY, fetch: by = fetch } = options;
  const { missedEveryMs = MISSED_EVERY_MS, reconsiderMs = RECONSIDER_MS } = options;
  const { dataDir, apiUrl, serverUrl, deadlineMs } = configuration;
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const temporaryDir = join(dataDir, 'tmp');
  // What a process left behind that was killed.
  rmSync(temporaryDir, { recursive: true, force: true });
  const store = openStore(databaseFile(dataDir));
  const metrics = new Metrics(store, packageVersion());
  const analyst = metrics.timing(
    options.analyst ?? analyseInProcesses({ cacheDir: join(dataDir, 'cache'), temporaryDir }),
  );
  const readiness = new ReadinessProbe(store, analyst);
  const probot = new Probot({
    appId: configuration.appId,
    privateKey: configuration.privateKey,
    secret: configuration.webhookSecret,
    Octokit: octokitFor(apiUrl, retry, metrics.watching(by)),
    log,
  });
  await probot.ready();
  const policies = new OrganisationPolicies();
  const login = loginOf(probot);
  const take = (delivery: Delivery): void => {
    metrics.received(delivery);
    queue.add(delivery);
  };
  const rejudging = new Rejudging(store, take);
  const reconsideration = new Reconsideration(store, rejudging, reconsiderMs);
  const missed = missedEveryMs === null ? null : new MissedDeliveries(probot, store, log, missedEveryMs);
  const connectTo = (repository: RepositoryRecord): Promise<Connection> =>
    connect(probot, repository, {
      serverUrl,
      publicUrl: configuration.reading?.publicUrl ?? null,
      checkRuns: store.checkRuns,
      policies,
      login,
      concluded: (run, { conclusion }) => metrics.concluded(run.deliveryId, conclusion),
    });
  const standing = new StandingModels({ store, analyst, dataDir, deadlineMs, connect: connectTo });
  const work = new DeliveryWork({
    store,
    dataDir,
    analyst,
    connect: connectTo,
    advanced: (repository) =>
      uploadBranch(repository, { standing, connect: connectTo, warn: (message) => log.warn(message) }),
    warn: (message) => log.warn(message),
    note: (what, message) => log.info(what, message),
    rejudging,
    concerned: (repositoryId) => reconsideration.after(repositoryId),
    judged: (report) => metrics.judged(report),
  });
  const settled = metrics.settled.bind(metrics);
  const queue: DeliveryQueue = new DeliveryQueue({ store, work, log, deadlineMs, retry, settled });
  const intake = new Intake(store, take, (message) => log.warn(message));
  for (const subscribe of [
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
    subscribe(probot, intake);
  }
  const webhooks = await probot.getNodeMiddleware({ path: WEBHOOK_PATH });
  const apart = configuration.metrics ?? null;
  const { reading } = configuration;
  const readers = reading
    ? openReaders({
        reading,
        store,
        standing,
        apiUrl,
        serverUrl,
        fetch: metrics.watching(by),
        script: options.script ?? pageScript(),
        log,
      })
    : null;
  const doors = { webhooks, readiness, metrics, withMetrics: apart === null, readers, log };
  const server = frontDoor(doors);
  const metricsServer = apart && metricsDoor(doors);
  if (metricsServer) await listen(metricsServer, apart, 'METRICS_PORT');
  await listen(server, configuration).catch(async (error: unknown) => {
    await closed(metricsServer);
    throw error;
  });
  const { port } = server.address() as AddressInfo;
  log.info({ port, path: WEBHOOK_PATH }, 'listening for webhooks');
  queue.resume();
  readiness.resumed();
  reconsideration.resume();
  missed?.start();
  return {
    port,
    metricsPort: metricsServer && (metricsServer.address() as AddressInfo).port,
    store,
    lacks: async () => {
      const octokit = await probot.auth();
      const { data } = await octokit.rest.apps.getAuthenticated();
      return lacking(readAppFile(), data ?? {});
    },
    idle: () => queue.idle(),
    close: async () => {
      readiness.stopping();
      await Promise.all([server, metricsServer].map(closed));
      reconsideration.stop();
      await missed?.stop();
      await queue.stop();
      store.close();
    },
  };
}

/** How long who is sending may go on when the App stops. What GitHub sent whole is stored by then. */
const GRACE_MS = 2_000;

async function closed(server: Server | null): Promise<void> {
  if (!server) return;
  const impatience = setTimeout(() => server.closeAllConnections(), GRACE_MS);
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
  clearTimeout(impatience);
}
