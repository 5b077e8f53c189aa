import type { Delivery } from '../../store/deliveries.js';
import type { Store } from '../../store/store.js';
import type { Asking, Job } from './jobs.js';
import { jobFor } from './rejudge.js';

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
  ) {}

  /** Keeps a delivery and has it worked; one that was received before is left alone. */
  accept({ guid, event, repository, installation, job }: Arrival): void {
    if (!installation)
      throw new Error(`the ${event} delivery ${guid} names no installation: is it a webhook of the App?`);
    const record = {
      id: repository.id,
      installationId: installation.id,
      owner: repository.owner?.login ?? '',
      name: repository.name,
      defaultBranch: repository.default_branch,
      nodeId: repository.node_id,
    };
    const pullRequest = 'number' in job ? job.number : null;
    const delivery = this.store.transaction(() => {
      this.store.repositories.save(record);
      const kept = this.store.deliveries.receive({
        guid,
        event,
        repositoryId: record.id,
        pullRequest,
        payload: job,
      });
      if (kept && job.kind === 'judge') {
        this.store.pullRequests.open(record.id, job.number, job.headSha, job.baseRef);
      }
      return kept;
    });
    if (delivery) this.work(delivery);
  }

  /** Asks for the judgement of a head again; nothing happens when it is no longer the newest of a pull request. */
  again(arrival: Omit<Arrival, 'job'>, headSha: string): void {
    const number = this.store.pullRequests.byHead(arrival.repository.id, headSha);
    const job = number === null ? null : jobFor(this.store, arrival.repository.id, number);
    if (job) this.accept({ ...arrival, job });
  }

  /** Somebody asks for something on the pull request whose newest head this is. */
  asked(arrival: Omit<Arrival, 'job'>, headSha: string, asking: Asking): void {
    const number = this.store.pullRequests.byHead(arrival.repository.id, headSha);
    if (number !== null) this.accept({ ...arrival, job: { kind: 'answer', number, asking } });
  }
}
