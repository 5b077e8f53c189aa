import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { StandInGitHub } from '../../app/demo/standin/github.js';
import { CLIENT } from '../../app/demo/standin/sign-in.js';
import type { StandInRepository } from '../../app/demo/standin/repository.js';
import { Webhooks } from '../../app/demo/standin/webhooks.js';
import { analyseHere } from '../../app/github/analysis-here.js';
import type { Analyst, Engine } from '../../app/github/analysis.js';
import { WEBHOOK_PATH, startApp, type App } from '../../app/github/app.js';
import { CALLBACK_PATH } from '../../app/github/paths.js';
import type { Configuration } from '../../app/github/configuration.js';
import { createLog } from '../../app/github/log.js';
import { pageScript } from '../../app/report/page/script.js';
import { openCache } from '../../store/cache.js';
import { LINE_ENGINE } from './line-engine.js';
import { expectAsDescribed } from './openapi/requests.js';

/** For tests with processes, git and HTTP in them, on a machine that is busy. */
export const SLOW = 60_000;
export const APP_ID = 4711;
export const SECRET = 'the secret of these tests';
/** Waiting times of real life in seconds pass in hundredths here. */
const RETRY = { retries: 3, unitMs: 10 };

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
export const PRIVATE_KEY = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;

/** A GitHub, a repository on it and the App beside it, all real but for GitHub being small. */
/** All ways in which something may go wrong, where time allows; else some of each kind. See CONTRIBUTING.md. */
export const THOROUGH = process.env['POSTERN_THOROUGH'] === '1';

export interface Setting {
  github: StandInGitHub;
  repository: StandInRepository;
  app: App;
  webhooks: Webhooks;
  /** Everything that was logged, as text. */
  logged(): string;
  folder: string;
  configuration: Configuration;
  /** From now on GitHub tells the App by itself what happens. */
  listen(): void;
  /** Stops the App, or what is left of it, and starts it again on the same data. */
  restart(options?: { analyst?: Analyst; deadlineMs?: number; reconsiderMs?: number }): Promise<void>;
  /** @throws when GitHub does not describe a request as it was sent meanwhile */
  end(): Promise<void>;
}

/**
 * Starts one with a base of two protected routes in the language of the line engine; `engine`, `analyst` and
 * `deadlineMs` replace the defaults.
 */
export async function setUp(
  options: {
    engine?: Engine;
    analyst?: Analyst;
    deadlineMs?: number;
    permissions?: Record<string, string>;
    timeoutMs?: number;
    /** How often the App looks for deliveries that it missed; left out: never. */
    missedEveryMs?: number;
    /** How long it waits before it judges open pull requests again whose base has moved; left out: longer than any test. */
    reconsiderMs?: number;
    metrics?: Configuration['metrics'];
    /** People can sign in; the address under which a browser reaches the App is that of its port. */
    reading?: boolean;
    fetch?: typeof fetch;
  } = {},
): Promise<Setting> {
  const folder = mkdtempSync(join(tmpdir(), 'postern-app-'));
  const port = options.reading ? await freePort() : 0;
  const publicUrl = `http://127.0.0.1:${port}`;
  const github = await StandInGitHub.start({
    appId: APP_ID,
    privateKey: PRIVATE_KEY,
    folder: join(folder, 'github'),
    permissions: options.permissions,
    callbacks: [`${publicUrl}${CALLBACK_PATH}`],
  });
  const isPrivate = options.reading ?? false;
  const repository = await github.createRepository('library', 'tools', { isPrivate });
  const base = 'GET /tools authentication\nPOST /tools authentication authorization\n';
  await repository.commit('refs/heads/main', { 'api.routes': base }, 'Begin');
  const configuration: Configuration = {
    appId: APP_ID,
    privateKey: PRIVATE_KEY,
    webhookSecret: SECRET,
    port,
    host: '127.0.0.1',
    dataDir: join(folder, 'data'),
    apiUrl: github.url,
    serverUrl: github.url,
    logLevel: 'trace',
    deadlineMs: options.deadlineMs ?? 60_000,
    metrics: options.metrics,
    reading: options.reading ? { clientId: CLIENT.id, clientSecret: CLIENT.secret, publicUrl } : null,
  };
  let text = '';
  const sink = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk);
      done();
    },
  });
  const cache = openCache(join(folder, 'cache'));
  const start = (analyst?: Analyst, deadlineMs?: number, reconsiderMs?: number): Promise<App> =>
    startApp({
      configuration: { ...configuration, deadlineMs: deadlineMs ?? configuration.deadlineMs },
      log: createLog({ level: 'trace', destination: sink }),
      analyst: analyst ?? analyseHere(cache, options.engine ?? LINE_ENGINE),
      retry: { ...RETRY, timeoutMs: options.timeoutMs },
      missedEveryMs: options.missedEveryMs ?? null,
      reconsiderMs: reconsiderMs ?? options.reconsiderMs ?? 3_600_000,
      fetch: options.fetch,
      // As it was built: the sources are not what runs in a browser.
      script: options.reading
        ? pageScript(new URL('../../dist/app/report/page/browser/', import.meta.url))
        : '',
    });
  const app = await start(options.analyst);
  const setting: Setting = {
    github,
    repository,
    app,
    webhooks: webhooksTo(app.port),
    logged: () => text,
    folder,
    configuration,
    listen: () => github.tell(setting.webhooks.url, SECRET),
    restart: async (changed = {}) => {
      await setting.app.close();
      setting.app = await start(changed.analyst, changed.deadlineMs, changed.reconsiderMs);
      setting.webhooks = webhooksTo(setting.app.port);
    },
    end: async () => {
      await setting.app.close();
      cache.close();
      await github.stop();
      rmSync(folder, { recursive: true, force: true });
      expectAsDescribed(github.requests);
    },
  };
  return setting;
}

/** A port that nobody listens on. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export function webhooksTo(port: number): Webhooks {
  return new Webhooks(`http://127.0.0.1:${port}${WEBHOOK_PATH}`, SECRET);
}

/** Waits for something that another process or a timer brings about. */
export async function until(what: string, holds: () => boolean, patienceMs = 30_000): Promise<void> {
  const giveUp = Date.now() + patienceMs;
  while (!holds()) {
    if (Date.now() > giveUp) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
