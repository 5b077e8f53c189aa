import pino from 'pino';
import { startApp } from './github/app.js';
import { ConfigurationError, readConfiguration } from './github/configuration.js';

/** Variables that hold secrets: read once, then taken out of what child processes inherit. */
const SECRETS = ['PRIVATE_KEY', 'WEBHOOK_SECRET'];

/** Runs the GitHub App until it is told to stop. */
async function main(): Promise<void> {
  const configuration = readConfiguration(process.env);
  for (const name of SECRETS) delete process.env[name];
  const log = pino({
    level: configuration.logLevel,
    // Probot and Octokit log requests and their errors, whose headers carry tokens.
    redact: {
      paths: ['*.request.headers.authorization', 'request.headers.authorization', '*.headers.authorization'],
      censor: '***',
    },
  });
  const starting = startApp({ configuration, log });
  let stopping = false;
  const stop = (signal: string): void => {
    if (stopping) return;
    stopping = true;
    log.info({ signal }, 'stopping');
    starting
      .then((app) => app.close())
      .then(
        () => process.exit(0),
        (error: unknown) => {
          log.fatal({ err: error }, 'could not stop cleanly');
          process.exit(1);
        },
      );
  };
  // Before it listens: whoever sees that it does may stop it at once.
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  await starting;
}

main().catch((error: unknown) => {
  const { message, stack } = error as Error;
  process.stderr.write(`postern: ${error instanceof ConfigurationError ? message : (stack ?? message)}\n`);
  process.exitCode = 2;
});
