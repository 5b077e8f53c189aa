import { setTimeout as sleep } from 'node:timers/promises';
import PQueue from 'p-queue';
import pRetry from 'p-retry';
import type { Logger } from 'pino';
import type { Delivery } from '../../store/deliveries.js';
import type { Store } from '../../store/store.js';
import type { RetryOptions } from './connection.js';
import { jobOf, type DeliveryWork } from './delivery-work.js';
import { DeadlineError, ShutdownError, SupersededError, isGone, remedyFor, retryAfter } from './failure.js';
import { hasCheck } from './jobs.js';
import { inContext } from './log.js';
import type { Settled } from './monitoring/metrics.js';
import { supersededVerdict } from './verdict.js';

/** A delivery that was being worked when this many processes in a row ended is what ended them. */
const MAX_CRASHES = 3;
const FACTOR = 3;
/** Settled deliveries that are remembered, so that one which is sent again is recognised. */
const KEPT_DELIVERIES = 10_000;
/** A failed delivery is tried again at the next start, and while the process lives after this many units. */
const REVISIT_UNITS = 600;

export interface DeliveryQueueOptions {
  store: Store;
  work: DeliveryWork;
  log: Logger;
  deadlineMs: number;
  retry: RetryOptions;
  /** Told what became of each delivery that was worked. */
  settled?(delivery: Delivery, state: Settled): void;
}

/** Works deliveries in the order of their receipt, one at a time for each repository. */
export class DeliveryQueue {
  private readonly announcing = new Map<number, PQueue>();
  private readonly working = new Map<number, PQueue>();
  private readonly running = new Set<AbortController>();
  /** What is being judged, by repository and pull request. */
  private readonly judging = new Map<string, { id: number; controller: AbortController }>();
  private readonly revisits = new Set<NodeJS.Timeout>();
  private stopped = false;

  constructor(private readonly options: DeliveryQueueOptions) {}

  /** Takes up everything that an earlier process left unfinished. */
  resume(): void {
    this.options.store.deliveries.prune(KEPT_DELIVERIES);
    for (const delivery of this.options.store.deliveries.unfinished()) this.add(delivery, true);
  }

  add(delivery: Delivery, resumed = false): void {
    if (this.stopped) return;
    if (isUnplaced(delivery)) {
      void queueOf(this.announcing, delivery.repositoryId).add(() =>
        inContext({ delivery: delivery.guid }, () => this.place(delivery)),
      );
      return;
    }
    if (jobOf(delivery).kind === 'judge') this.supersede(delivery);
    const { work, log } = this.options;
    if (resumed) work.begunBefore(delivery);
    const announce = async (): Promise<void> => {
      if (this.stopped || !this.options.store.deliveries.get(delivery.id)) return;
      await work.announce(delivery).catch((error: unknown) => {
        log.warn({ err: error }, 'could not open the check run yet');
      });
    };
    const context = { delivery: delivery.guid };
    void queueOf(this.announcing, delivery.repositoryId).add(() => inContext(context, announce));
    void queueOf(this.working, delivery.repositoryId).add(() =>
      inContext(context, () => this.process(delivery, resumed)),
    );
  }

  /** What is tried again may be older than what is being judged meanwhile: that goes on. */
  private supersede(delivery: Delivery): void {
    const running = this.judging.get(subjectOf(delivery));
    if (running && running.id < delivery.id) running.controller.abort(new SupersededError());
  }

  /** Resolves once nothing is queued or being worked. */
  async idle(): Promise<void> {
    for (const queues of [this.announcing, this.working]) {
      await Promise.all([...queues.values()].map((queue) => queue.onIdle()));
    }
  }

  /** Begins nothing more, interrupts what is being worked and waits for that; the next process goes on with it. */
  async stop(): Promise<void> {
    this.stopped = true;
    for (const timer of this.revisits) clearTimeout(timer);
    for (const controller of this.running) controller.abort(new ShutdownError());
    await this.idle();
  }

  /** Of pushes within one second only GitHub knows which came last; the others are done with. */
  private async place(delivery: Delivery): Promise<void> {
    if (this.stopped) return;
    const { store, work, log } = this.options;
    const job = jobOf(delivery);
    if (job.kind !== 'judge') return;
    try {
      if (!(await work.isNewest(delivery))) {
        store.deliveries.finish(delivery.id);
        this.options.settled?.(delivery, 'superseded');
        return;
      }
      const placed = store.transaction(() => {
        store.pullRequests.open(delivery.repositoryId, job.number, job.headSha, job.baseRef);
        return store.deliveries.place(delivery.id, job.number);
      });
      this.add(placed);
    } catch (error) {
      log.warn({ err: error }, 'could not find out whether it is about the newest head');
      if (remedyFor(error) === 'pass') this.postpone(delivery, error as Error);
      else this.abandon(delivery, error as Error);
    }
  }

  private async process(delivery: Delivery, resumed: boolean): Promise<void> {
    if (this.stopped) return;
    const { store, log } = this.options;
    // It went with its repository.
    if (!store.deliveries.get(delivery.id)) return;
    const controller = new AbortController();
    this.running.add(controller);
    if (jobOf(delivery).kind === 'judge')
      this.judging.set(subjectOf(delivery), { id: delivery.id, controller });
    const deadline = setTimeout(
      () => controller.abort(new DeadlineError(this.options.deadlineMs)),
      this.options.deadlineMs,
    );
    const crashes = resumed && delivery.state === 'working' ? delivery.attempts : 0;
    store.deliveries.begin(delivery.id);
    try {
      if (crashes >= MAX_CRASHES)
        throw new Error(`the analysis of this commit ended the process ${crashes} times`);
      await this.attempt(delivery, controller.signal);
      store.deliveries.finish(delivery.id);
      this.options.settled?.(delivery, 'done');
      log.info({ event: delivery.event }, 'done');
    } catch (error) {
      await this.settle(delivery, (controller.signal.reason as Error | undefined) ?? (error as Error));
    } finally {
      clearTimeout(deadline);
      this.running.delete(controller);
      if (this.judging.get(subjectOf(delivery))?.controller === controller)
        this.judging.delete(subjectOf(delivery));
    }
  }

  private attempt(delivery: Delivery, signal: AbortSignal): Promise<void> {
    const { work, log, retry } = this.options;
    return pRetry(() => work.perform(delivery, signal), {
      retries: retry.retries,
      minTimeout: retry.unitMs,
      factor: FACTOR,
      signal,
      shouldRetry: ({ error }) => !signal.aborted && remedyFor(error) === 'pass',
      onFailedAttempt: async ({ error, attemptNumber }) => {
        if (signal.aborted || remedyFor(error) !== 'pass') return;
        log.warn({ err: error, attempt: attemptNumber }, 'failed for now');
        await sleep((retryAfter(error) ?? 0) * retry.unitMs, undefined, { signal }).catch(() => {});
      },
    });
  }

  /** Decides what becomes of a delivery whose work failed. A check run is never left open if GitHub can be reached. */
  private async settle(delivery: Delivery, error: Error): Promise<void> {
    const { store, work, log } = this.options;
    if (error instanceof ShutdownError) {
      store.deliveries.release(delivery.id);
      return;
    }
    const remedy = remedyFor(error);
    const superseded = error instanceof SupersededError;
    const about = { err: error, event: delivery.event };
    if (isGone(error)) log.warn(about, 'given up: GitHub does not let the App see it, or not any more');
    else if (!superseded) log.error(about, 'failed');
    const waiting = hasCheck(jobOf(delivery)) && !work.concluded(delivery);
    // Where something is refused the check may still be told of it; where nothing is there any more it may not.
    if (remedy === 'give-up' && (!waiting || isGone(error))) {
      this.abandon(delivery, error);
      return;
    }
    if (!waiting && remedy === 'pass') {
      this.postpone(delivery, error);
      return;
    }
    try {
      await work.conclude(delivery, superseded ? supersededVerdict() : await work.unjudged(delivery, error));
      if (superseded) {
        store.deliveries.finish(delivery.id);
        this.options.settled?.(delivery, 'superseded');
      } else this.abandon(delivery, error);
    } catch (again) {
      log.error({ err: again }, 'could not conclude the check run');
      if (remedyFor(again) === 'pass') this.postpone(delivery, error);
      else this.abandon(delivery, error);
    }
  }

  private abandon(delivery: Delivery, { message }: Error): void {
    this.options.store.deliveries.abandon(delivery.id, message);
    this.options.settled?.(delivery, 'abandoned');
  }

  private postpone(delivery: Delivery, error: Error): void {
    const { store, retry } = this.options;
    store.deliveries.fail(delivery.id, error.message);
    this.options.settled?.(delivery, 'failed');
    if (this.stopped) return;
    const timer = setTimeout(() => {
      this.revisits.delete(timer);
      const kept = store.deliveries.get(delivery.id);
      if (kept) this.add(kept, true);
    }, REVISIT_UNITS * retry.unitMs);
    timer.unref();
    this.revisits.add(timer);
  }
}

function queueOf(queues: Map<number, PQueue>, repositoryId: number): PQueue {
  let queue = queues.get(repositoryId);
  if (!queue) {
    queue = new PQueue({ concurrency: 1 });
    queues.set(repositoryId, queue);
  }
  return queue;
}

const isUnplaced = (delivery: Delivery): boolean =>
  delivery.pullRequest === null && jobOf(delivery).kind === 'judge';

function subjectOf({ repositoryId, pullRequest }: Delivery): string {
  return `${repositoryId}#${pullRequest}`;
}
