import { Worker } from 'node:worker_threads';
import PQueue from 'p-queue';
import type { Model } from '../../analysis/model/model.js';
import type { Analyst, ChangeRequest, JudgedChange } from './analysis.js';

/** What a thread is asked, and what it answers. */
export type ThreadRequest = { cacheDir: string } & (
  | { task: 'model'; request: { gitDirectory: string; commit: string } }
  | { task: 'judge'; request: ChangeRequest }
);
export type ThreadAnswer = { result: Model | JudgedChange } | { error: string };

/** The analysis itself failed: not a finding, and not something that trying again would mend. */
export class AnalysisError extends Error {
  override readonly name = 'AnalysisError';
}

export interface ThreadOptions {
  cacheDir: string;
  /** Analyses at the same time. */
  concurrency?: number;
  /** Bound on a thread's heap; a tree that needs more is reported, and the process lives on. */
  heapMegabytes?: number;
}

/**
 * An analyst that gives every analysis a thread of its own: webhooks are answered meanwhile, an abort ends it at
 * once wherever it is, and one that runs out of memory takes nothing else down.
 */
export function analyseInThreads({
  cacheDir,
  concurrency = 2,
  heapMegabytes = 2048,
}: ThreadOptions): Analyst {
  const queue = new PQueue({ concurrency });
  const run = (request: ThreadRequest, signal: AbortSignal): Promise<unknown> =>
    queue.add(() => inThread(request, signal, heapMegabytes));
  return {
    model: (request, signal) => run({ cacheDir, task: 'model', request }, signal) as Promise<Model>,
    judge: (request, signal) => run({ cacheDir, task: 'judge', request }, signal) as Promise<JudgedChange>,
  };
}

async function inThread(
  request: ThreadRequest,
  signal: AbortSignal,
  heapMegabytes: number,
): Promise<unknown> {
  signal.throwIfAborted();
  const thread = new Worker(new URL('./analysis-thread.js', import.meta.url), {
    workerData: request,
    resourceLimits: { maxOldGenerationSizeMb: heapMegabytes },
  });
  try {
    return await new Promise((resolve, reject) => {
      const abort = (): void => reject(signal.reason as Error);
      signal.addEventListener('abort', abort, { once: true });
      thread.once('message', (answer: ThreadAnswer) => {
        if ('error' in answer) reject(new AnalysisError(answer.error));
        else resolve(answer.result);
      });
      thread.once('error', (error) => reject(new AnalysisError(`the analysis ended: ${error.message}`)));
      thread.once('exit', (status) => {
        signal.removeEventListener('abort', abort);
        reject(new AnalysisError(`the analysis ended with status ${status} before it had an answer`));
      });
    });
  } finally {
    await thread.terminate();
  }
}
