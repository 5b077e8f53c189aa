import type { Logger } from 'pino';
import { startApp, type App } from './github/app.js';
import {
  ConfigurationError,
  readConfiguration,
  readSurroundings,
  withCredentials,
} from './github/configuration.js';
import { createLog } from './github/log.js';
import { proxied } from './github/proxy.js';
import { DataDirectoryError, readableByOthers } from './github/setup/credentials.js';
import { startSetup } from './github/setup/server.js';

/** Variables that hold secrets: read once, then taken out of what child processes inherit. */
const SECRETS = ['PRIVATE_KEY', 'WEBHOOK_SECRET', 'CLIENT_SECRET'];

const say = (text: string): void => void process.stderr.write(`${text}\n`);

/** Something that runs until it is told to stop. */
interface Running {
  close(): Promise<void>;
}

/** Runs the GitHub App until it is told to stop; registers one before, where there is none. */
async function main(): Promise<void> {
  // What is kept of repositories, by this process and those that it starts, is for the owner alone, whoever made the folder.
  process.umask(0o077);
  let running: Promise<Running> | null = null;
  let log: Logger | null = null;
  let stopping = false;
  const stop = (signal: string): void => {
    if (stopping) return;
    stopping = true;
    log?.info({ signal }, 'stopping');
    Promise.resolve(running)
      .then((each) => each?.close())
      .then(
        () => process.exit(0),
        (error: unknown) => {
          if (log) log.fatal({ err: error }, 'could not stop cleanly');
          else say(`postern: could not stop cleanly: ${(error as Error).stack}`);
          process.exit(1);
        },
      );
  };
  // Before anything listens: whoever sees that it does may stop it at once.
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);

  let env = withCredentials(process.env);
  if (env === null) {
    const surroundings = readSurroundings(process.env);
    const setup = startSetup({
      ...surroundings,
      publicUrl: surroundings.publicUrl ?? null,
      fetch: proxied(process.env),
      say,
    });
    running = setup;
    await (
      await setup
    ).done;
    env = withCredentials(process.env)!;
  }
  const configuration = readConfiguration(env);
  for (const name of SECRETS) delete process.env[name];
  const { webhookSecret, privateKey, reading } = configuration;
  const secrets = [webhookSecret, privateKey, ...(reading ? [reading.clientSecret] : [])];
  log = createLog({ level: configuration.logLevel, secrets });
  if (!reading && env['CLIENT_SECRET']?.trim())
    log.warn('nobody can sign in to read: PUBLIC_URL has to be set, and to begin with https://');
  if (readableByOthers(configuration.dataDir))
    log.warn(
      'others on this machine may read credentials.env in DATA_DIR: take their rights away (chmod 600)',
    );
  if (stopping) return;
  const app = startApp({ configuration, log, fetch: proxied(process.env) });
  running = app;
  await sayWhatIsLacking(await app, log);
}

/** An App that was registered for an earlier release may lack what this one needs; nobody but its owner can change that. */
async function sayWhatIsLacking(app: App, log: Logger): Promise<void> {
  try {
    const lacks = await app.lacks();
    if (lacks.length > 0)
      log.warn(
        { lacks },
        "the App lacks what app.yml lists: add it on the App's settings page, and accept it where it is installed",
      );
  } catch (error) {
    log.warn(
      { err: error },
      'GitHub could not be asked what the App may do: check APP_ID and the key if this stays',
    );
  }
}

main().catch((error: unknown) => {
  const { message, stack } = error as Error;
  const explained = error instanceof ConfigurationError || error instanceof DataDirectoryError;
  say(`postern: ${explained ? message : (stack ?? message)}`);
  process.exitCode = 2;
});
