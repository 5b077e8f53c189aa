import { fork } from 'node:child_process';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import PQueue from 'p-queue';
import type { Model } from '../../analysis/model/model.js';
import type {
  Analyst,
  ChangeRequest,
  InspectedCommit,
  InspectionRequest,
  JudgedChange,
  ModelRequest,
} from './analysis.js';

/** What a process is asked, and what it answers. */
export type Task = { cacheDir: string } & (
  | { kind: 'model'; request: ModelRequest }
  | { kind: 'judge'; request: ChangeRequest }
  | { kind: 'inspect'; request: InspectionRequest }
  /** Nothing but whether a process has what it needs. */
  | { kind: 'try' }
);
export type Result = Model | JudgedChange | InspectedCommit;
/** Null: it was only tried. */
export type Answer = { result: Result | null } | { error: string };

/** How long a process may take to start that is only tried. */
const TRY_TIMEOUT_MS = 30_000;

/** The analysis itself failed: not a finding, and not something that trying again would mend. */
export class AnalysisError extends Error {
  override readonly name = 'AnalysisError';
}

export interface ProcessOptions {
  cacheDir: string;
  /** For what an analysis puts aside: cleared when it ends, however it ends. */
  temporaryDir: string;
  /** Analyses at the same time. */
  concurrency?: number;
  /** Bound on the heap of a process; a tree that needs more is reported. */
  heapMegabytes?: number;
}

/**
 * An analyst that gives every analysis a process of its own: webhooks are answered meanwhile, an abort ends it at once
 * wherever it is, and one that runs out of memory takes nothing else down. A thread would: one that is terminated
 * inside of native code, as parsing is, aborts the process that it belongs to.
 */
export function analyseInProcesses({ cacheDir, concurrency = 2, ...bounds }: ProcessOptions): Analyst {
  const queue = new PQueue({ concurrency });
  /** Whether processes do their work, as far as the last one showed; null: to be found out. */
  let usable: Promise<void> | null = null;
  const run = (task: Task, signal: AbortSignal): Promise<unknown> =>
    queue.add(
      () =>
        inProcess(task, signal, bounds).catch((error: unknown) => {
          if (!signal.aborted) usable = null;
          throw error;
        }),
      // Somebody sits before the page that it is for, and it is short.
      { priority: task.kind === 'inspect' ? 1 : 0 },
    );
  const attempt = async (): Promise<void> => {
    // Not in the queue: long analyses are no reason to say that there can be none.
    await inProcess({ cacheDir, kind: 'try' }, AbortSignal.timeout(TRY_TIMEOUT_MS), bounds);
  };
  return {
    usable: () =>
      (usable ??= attempt().catch((error: unknown) => {
        usable = null;
        throw new Error(`an analysis cannot be run: ${(error as Error).message}`);
      })),
    model: (request, signal) => run({ cacheDir, kind: 'model', request }, signal) as Promise<Model>,
    judge: (request, signal) => run({ cacheDir, kind: 'judge', request }, signal) as Promise<JudgedChange>,
    inspect: (request, signal) =>
      run({ cacheDir, kind: 'inspect', request }, signal) as Promise<InspectedCommit>,
  };
}

/**
 * Most of what an analysis makes is needed for a moment: with room for it, a large tree takes up to a third less time. V8
 * keeps up to three times as much for it, beside the heap that is bounded.
 */
const YOUNG_MEGABYTES = 64;
async function inProcess(
  task: Task,
  signal: AbortSignal,
  { temporaryDir, heapMegabytes = 2048 }: Pick<ProcessOptions, 'temporaryDir' | 'heapMegabytes'>,
): Promise<unknown> {
  signal.throwIfAborted();
  mkdirSync(temporaryDir, { recursive: true });
  const folder = mkdtempSync(join(temporaryDir, 'analysis-'));
  const child = fork(fileURLToPath(new URL('./analysis-process.js', import.meta.url)), {
    // A process that is killed cleans up nothing itself.
    env: { ...process.env, TMPDIR: folder },
    execArgv: [`--max-old-space-size=${heapMegabytes}`, `--max-semi-space-size=${YOUNG_MEGABYTES}`],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ended = new Promise<string>((resolve) => {
    child.once('exit', (status, by) => resolve(by ? `by ${by}` : `with status ${status}`));
    child.once('error', (error) => resolve(`because of ${error.message}`));
  });
  // That it has ended may be heard of before what it said last has been read: the end of the channel comes behind that.
  const silent = new Promise<void>((resolve) => {
    child.once('disconnect', resolve);
    child.once('error', () => resolve());
  });
  try {
    return await new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      child.once('message', (answer: Answer) => {
        if ('error' in answer) reject(new AnalysisError(answer.error));
        else resolve(answer.result);
      });
      void Promise.all([ended, silent]).then(([how]) =>
        reject(new AnalysisError(`the process of the analysis ended ${how} before it had an answer`)),
      );
      // A process that could not be started or has ended says so by the events above.
      child.send(task, () => {});
    });
  } finally {
    child.kill('SIGKILL');
    await ended;
    await rm(folder, { recursive: true, force: true });
  }
}
