import { analyse } from '../../analysis/analyse.js';
import { judge } from '../../analysis/judge.js';
import type { Cache } from '../../analysis/source.js';
import { inspectCommit, judgeChange, modelCommit, type Analyst, type Engine } from './analysis.js';

/** The project's own analysis. */
export const ENGINE: Engine = { analyse, judge };

/**
 * An analyst that works in the calling process: its event loop stands still meanwhile, and an abort takes effect only
 * where the analysis yields. For tests and small trees; the App itself uses processes.
 */
export function analyseHere(cache: Cache, engine: Engine = ENGINE): Analyst {
  return {
    model: (request, signal) => abortable(modelCommit(request, engine, cache), signal),
    judge: (request, signal) => abortable(judgeChange(request, engine, cache), signal),
    inspect: (request, signal) => abortable(inspectCommit(request, engine, cache), signal),
  };
}

function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
