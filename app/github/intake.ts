import type { Delivery } from '../../store/deliveries.js';
import type { Store } from '../../store/store.js';
import type { Job } from './jobs.js';
import { standingOf } from './order.js';

/** The parts of a payload's repository that are kept. */
export interface PayloadRepository {
  id: number;
  node_id: string;
  name: string;
  owner: { login: string } | { login?: string; name?: string | null } | null;
  default_branch: string;
}

export interface Arrival {
  /** GitHub's id of the delivery. */
  guid: string;
  /** Event and action, e.g. `pull_request.opened`. */
  event: string;
  repository: PayloadRepository;
  installation: { id: number } | undefined;
  job: Job;
}

/**
 * Takes deliveries in: everything that is needed to work one is stored before GitHub gets its answer, and the work
 * is done afterwards, from the store.
 */
export class Intake {
  constructor(
    private readonly store: Store,
    private readonly work: (delivery: Delivery) => void,
    private readonly warn: (message: string) => void,
  ) {}

  /** Keeps a delivery and has it worked; one that was received before is left alone. */
  accept({ guid, event, repository, installation, job }: Arrival): void {
    if (!installation) {
      // Refused, it would be sent again, and would be no better.
      this.warn(
        `the ${event} delivery ${guid} names no installation, and is left alone: is it a webhook of the App?`,
      );
      return;
    }
    const record = {
      id: repository.id,
      installationId: installation.id,
      owner: repository.owner?.login ?? '',
      name: repository.name,
      defaultBranch: repository.default_branch,
      nodeId: repository.node_id,
    };
    const about = job.kind === 'advance' ? null : job.number;
    const delivery = this.store.transaction(() => {
      this.store.repositories.save(record);
      const standing = about === null ? 'newest' : standingOf(job, this.received(record.id, about));
      const kept = this.store.deliveries.receive({
        guid,
        event,
        repositoryId: record.id,
        // Among those of its pull request it would count as the newest.
        pullRequest: standing === 'newest' ? about : null,
        payload: job,
      });
      if (kept && standing === 'late') {
        this.store.deliveries.finish(kept.id);
        return null;
      }
      if (kept && standing === 'newest' && job.kind === 'judge') {
        this.store.pullRequests.open(record.id, job.number, job.headSha, job.baseRef);
      }
      return kept;
    });
    if (delivery) this.work(delivery);
  }

  private received(repositoryId: number, number: number): Job[] {
    return this.store.deliveries.ofPullRequest(repositoryId, number) as Job[];
  }

  /** Asks for the judgement of a head again; nothing happens when it is no longer the newest of a pull request. */
  again(arrival: Omit<Arrival, 'job'>, headSha: string): void {
    const number = this.store.pullRequests.byHead(arrival.repository.id, headSha);
    const head = number === null ? null : this.store.pullRequests.head(arrival.repository.id, number);
    if (number === null || head === null) return;
    const shown = this.received(arrival.repository.id, number)
      .map((job) => (job as Job & { kind: 'judge' }).shown)
      .find((s) => s !== undefined);
    this.accept({
      ...arrival,
      job: { kind: 'judge', number, headSha, baseRef: head.baseRef, ...(shown ? { shown } : {}) },
    });
  }
}
