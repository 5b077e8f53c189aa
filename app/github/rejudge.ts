import type { Delivery } from '../../store/deliveries.js';
import type { Store } from '../../store/store.js';
import type { JudgeJob, JudgingEvent, Job, ShownTraces } from './jobs.js';

/** Has the newest heads of pull requests judged again for reasons of our own. */
export class Rejudging {
  constructor(
    private readonly store: Store,
    private readonly enqueue: (delivery: Delivery) => void,
  ) {}

  /**
   * Asks for the judgement of a pull request once more.
   *
   * @param reason the same one asks once, however often it is given
   * @param shown who made it, as far as that was just seen
   * @returns false where nothing is known of an open pull request of that number
   */
  again(
    repositoryId: number,
    number: number,
    event: JudgingEvent,
    reason: string,
    shown?: ShownTraces,
  ): boolean {
    const { store } = this;
    const job = jobFor(store, repositoryId, number);
    if (!job) return false;
    const delivery = store.transaction(() => {
      store.pullRequests.reconsidered(repositoryId, number);
      const guid = `${event}:${repositoryId}#${number}:${reason}`;
      const payload: Job = shown ? { ...job, shown } : job;
      return store.deliveries.receive({ guid, repositoryId, pullRequest: number, event, payload });
    });
    if (delivery) this.enqueue(delivery);
    return true;
  }

  /** Ends a pull request of which GitHub has not told that it was closed. */
  close(repositoryId: number, number: number, mergeSha: string | null): void {
    const event = 'postern.closed';
    const guid = `${event}:${repositoryId}#${number}:closed ${mergeSha ?? ''}`;
    const payload: Job = { kind: 'close', number, mergeSha };
    const delivery = this.store.deliveries.receive({
      guid,
      repositoryId,
      pullRequest: number,
      event,
      payload,
    });
    if (delivery) this.enqueue(delivery);
  }
}

/** What there is to do for the newest head of an open pull request; null where none is known. */
export function jobFor(store: Store, repositoryId: number, number: number): JudgeJob | null {
  const head = store.pullRequests.head(repositoryId, number);
  if (head === null) return null;
  const shown = shownOf(store, repositoryId, number);
  return { kind: 'judge', number, ...head, ...(shown ? { shown } : {}) };
}

/** What events have shown of who made a pull request. */
export function shownOf(store: Store, repositoryId: number, number: number): ShownTraces | undefined {
  return store.deliveries
    .ofPullRequest(repositoryId, number)
    .map((payload) => payload as Job)
    .find((job): job is JudgeJob => job.kind === 'judge' && job.shown !== undefined)?.shown;
}
