/** Entry point of a thread that does one analysis and ends; see analysis-threads.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import { openCache } from '../../store/cache.js';
import { ENGINE } from './analysis-here.js';
import { judgeChange, modelCommit } from './analysis.js';
import type { ThreadAnswer, ThreadRequest } from './analysis-threads.js';

async function answer(asked: ThreadRequest): Promise<ThreadAnswer> {
  const cache = openCache(asked.cacheDir);
  try {
    return {
      result:
        asked.task === 'model'
          ? await modelCommit(asked.request, ENGINE, cache)
          : await judgeChange(asked.request, ENGINE, cache),
    };
  } catch (error) {
    return { error: (error as Error).message };
  } finally {
    cache.close();
  }
}

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's parent has no origin
parentPort?.postMessage(await answer(workerData as ThreadRequest));
