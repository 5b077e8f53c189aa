import type { Delivery } from '../../store/deliveries.js';
import type { Store } from '../../store/store.js';
import type { Asking, Job } from './jobs.js';
import { standingOf } from './order.js';
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

/** At most so many open pull requests of a repository are looked after, newest first. */
const MOST_LOOKED_AFTER = 50;

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
    const about = 'number' in job ? job.number : null;
    const delivery = this.store.transaction(() => {
      // One that comes again may be older than what is known of the repository by now.
      if (!this.store.repositories.get(record.id)) this.store.repositories.save(record);
      const standing = about === null ? 'newest' : standingOf(job, this.received(record.id, about));
      const kept = this.store.deliveries.receive({
        guid,
        event,
        repositoryId: record.id,
        // Among those of its pull request it would count as the newest.
        pullRequest: standing === 'newest' ? about : null,
        payload: job,
      });
      if (kept) this.store.repositories.save(record);
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

  /** Asks for the judgement of a head again; nothing happens when it is neither the newest of a pull request nor of a merge queue. */
  again(arrival: Omit<Arrival, 'job'>, headSha: string): void {
    const { id } = arrival.repository;
    const number = this.store.pullRequests.byHead(id, headSha);
    const job =
      number === null
        ? (this.store.deliveries.ofHead(id, 'merge_group.checks_requested', headSha) as Job | null)
        : jobFor(this.store, id, number);
    if (job) this.accept({ ...arrival, job });
  }

  /** Somebody asks for something on the pull request whose newest head this is. */
  asked(arrival: Omit<Arrival, 'job'>, headSha: string, asking: Asking): void {
    const number = this.store.pullRequests.byHead(arrival.repository.id, headSha);
    if (number !== null) this.accept({ ...arrival, job: { kind: 'answer', number, asking } });
  }

  /** The same, for what is of no interest where nothing is known of the repository. */
  follow(arrival: Arrival): void {
    if (this.store.repositories.get(arrival.repository.id)) this.accept(arrival);
  }

  /** Repositories are not ours to see any more. */
  gone(arrival: Pick<Arrival, 'guid' | 'event'>, repositoryIds: readonly number[]): void {
    for (const repositoryId of repositoryIds) this.later(arrival, repositoryId, { kind: 'forget' });
  }

  /** An installation was blind for a while: looks what has become of the pull requests that were open. */
  back(arrival: Pick<Arrival, 'guid' | 'event'>, installationId: number): void {
    const { repositories, pullRequests } = this.store;
    for (const { id } of repositories.ofInstallation(installationId))
      for (const number of pullRequests.openNumbers(id, MOST_LOOKED_AFTER))
        this.later(arrival, id, { kind: 'refresh', number });
  }

  repositoriesOf(installationId: number): number[] {
    return this.store.repositories.ofInstallation(installationId).map(({ id }) => id);
  }

  /** Part of what is to be done about a delivery that is about several repositories. */
  private later({ guid, event }: Pick<Arrival, 'guid' | 'event'>, repositoryId: number, job: Job): void {
    if (!this.store.repositories.get(repositoryId)) return;
    const pullRequest = 'number' in job ? job.number : null;
    const delivery = this.store.deliveries.receive({
      guid: `${guid}:${repositoryId}#${pullRequest ?? ''}`,
      event,
      repositoryId,
      pullRequest,
      payload: job,
    });
    if (delivery) this.work(delivery);
  }
}
