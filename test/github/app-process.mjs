// The built App in a process of its own, as `npm start` runs it, but that a second of waiting passes in a hundredth, and
// that analyses are made in the same process. It loads itself, and starts once it is told to.
import { join } from 'node:path';
import pino from 'pino';
import { analyseHere } from '../../dist/app/github/analysis-here.js';
import { analyseInProcesses } from '../../dist/app/github/analysis-processes.js';
import { startApp } from '../../dist/app/github/app.js';
import { readConfiguration } from '../../dist/app/github/configuration.js';
import { openCache } from '../../dist/store/cache.js';

const configuration = readConfiguration(process.env);
const cacheDir = join(configuration.dataDir, 'cache');
const analyst = process.env.ANALYSES_APART
  ? analyseInProcesses({ cacheDir, temporaryDir: join(configuration.dataDir, 'tmp') })
  : analyseHere(openCache(cacheDir));
process.once('message', () => {
  void startApp({
    configuration,
    log: pino({ level: configuration.logLevel }),
    analyst,
    retry: { retries: 3, unitMs: 10 },
  }).then(({ port }) => process.send({ port }));
});
process.once('disconnect', () => process.exit());
