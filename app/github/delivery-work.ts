import { join } from 'node:path';
import type { CheckRunRecord } from '../../store/check-runs.js';
import type { Delivery } from '../../store/deliveries.js';
import type { RepositoryRecord } from '../../store/repository-records.js';
import type { Store } from '../../store/store.js';
import { stopsIncomplete } from '../../analysis/policy/under-policy.js';
import { policyTexts, readPolicy } from '../../analysis/policy-file/of-tree.js';
import { POLICY_FILE } from '../../analysis/policy-file/policy.js';
import { withRepository } from '../git/repository.js';
import type { Analyst } from './analysis.js';
import { answer, type AnswerInput } from './answers/answer.js';
import { codeOwnersOf } from './answers/code-owners.js';
import { advanceBase } from './base-branch.js';
import type { Verdict } from './check-run-client.js';
import { closePullRequest, pullRequestRef } from './close-pull-request.js';
import { atHead } from './code-scanning.js';
import type { Connection } from './connection.js';
import { SupersededError } from './failure.js';
import { hasCheck, JUDGING_EVENTS, type GroupJob, type Job } from './jobs.js';
import { shownOf, type Rejudging } from './rejudge.js';
import type { Report } from '../report/report.js';
import { judgeMergeGroup, judgePullRequest } from './judge-pull-request.js';
import { FetchError, Mirror } from './mirror.js';
import { shownChange } from './readers/shown.js';
import { remarksOn, reviewPullRequest } from './review.js';
import { linksOf } from './placement.js';
import { reportOn, supersededVerdict, unjudgedVerdict, verdictOn } from './verdict.js';

export interface DeliveryWorkOptions {
  store: Store;
  analyst: Analyst;
  dataDir: string;
  rejudging: Rejudging;
  /** Open pull requests of a repository are marked to be judged again. */
  concerned(repositoryId: number): void;
  /** The stored default branch of a repository is at another commit. */
  advanced(repository: RepositoryRecord): Promise<void>;
  connect(repository: RepositoryRecord): Promise<Connection>;
  /** Says what an operator may want to know, and nobody has to do anything about. */
  warn(message: string): void;
  /** Keeps for the operator who has decided what. */
  note(what: object, message: string): void;
  /** Told of each judgement that a check run is concluded by. */
  judged?(report: Report): void;
}

/** What is done about a delivery. Every step may be repeated: the process can be killed after any of them. */
export class DeliveryWork {
  /** Check runs being opened; a delivery must not open two because its work began meanwhile. */
  private readonly opening = new Map<number, Promise<CheckRunRecord>>();
  /** Deliveries for which GitHub may have been told more than the store knows of. */
  private readonly uncertain = new Set<number>();

  constructor(private readonly options: DeliveryWorkOptions) {}

  /** An earlier process, or attempt, may have done some of the work without leaving a record. */
  begunBefore(delivery: Delivery): void {
    this.uncertain.add(delivery.id);
  }

  /**
   * Opens the check run of a delivery that asks for a judgement, so that a person sees at once that it is being
   * worked on, and concludes the runs that it supersedes. Nothing for other deliveries.
   */
  async announce(delivery: Delivery): Promise<void> {
    if (!hasCheck(jobOf(delivery)) || this.moot(delivery)) return;
    const connection = await this.connect(delivery);
    await this.checkRun(delivery, connection);
    const { checkRuns } = this.options.store;
    if (delivery.pullRequest === null) return;
    for (const run of checkRuns.openBefore(delivery.repositoryId, delivery.pullRequest, delivery.id)) {
      await this.tell(run, supersededVerdict(), connection);
    }
  }

  /** Asks GitHub whether a delivery is about the head that its pull request has at the moment. */
  async isNewest(delivery: Delivery): Promise<boolean> {
    const job = jobOf(delivery);
    if (job.kind !== 'judge') return true;
    const { answers } = await this.connect(delivery);
    const { headSha, open } = await answers.pullRequest(job.number);
    return open && headSha === job.headSha;
  }

  /** Does the work. @throws what {@link remedyFor} knows a remedy for */
  async perform(delivery: Delivery, signal: AbortSignal): Promise<void> {
    const position = (): string | undefined =>
      this.options.store.baseModels.position(delivery.repositoryId)?.commit;
    const before = position();
    try {
      await this.work(delivery, signal);
    } finally {
      // Behind everything that somebody waits for.
      const after = position();
      if (after !== undefined && after !== before && !signal.aborted)
        await this.options.advanced(this.repository(delivery));
    }
  }

  private async work(delivery: Delivery, signal: AbortSignal): Promise<void> {
    const job = jobOf(delivery);
    if (job.kind === 'judge') {
      await this.judge(delivery, job, signal);
      return;
    }
    if (job.kind === 'group') return this.judgeGroup(delivery, job, signal);
    if (job.kind === 'answer') return this.answer(delivery, job, signal);
    if (job.kind === 'refresh') return this.refresh(delivery, job.number);
    if (job.kind === 'forget') return this.forget(delivery);
    const { store } = this.options;
    const { repositoryId } = delivery;
    const mirror = await this.fetch(delivery, [], signal);
    if (job.kind === 'advance') {
      // What the other branch holds was brought by nobody to this one.
      if (job.anew) store.baseModels.forget(repositoryId);
      await this.advance(delivery, mirror, signal);
    } else
      await closePullRequest(store, mirror, { repositoryId, ...job }, () =>
        this.advance(delivery, mirror, signal),
      );
  }

  /** Whether the check run of a delivery has its verdict: what is left then is to say it on lines. */
  concluded(delivery: Delivery): boolean {
    return this.options.store.checkRuns.ofDelivery(delivery.id)?.concluded ?? false;
  }

  /** Ends the check run of a delivery with a verdict, if it has an open one or could not open it yet. */
  async conclude(delivery: Delivery, verdict: Verdict): Promise<void> {
    const job = jobOf(delivery);
    if (!hasCheck(job) || this.concluded(delivery)) return;
    const known = this.options.store.checkRuns.ofDelivery(delivery.id);
    const moot = this.moot(delivery);
    if (!known && moot && !this.uncertain.has(delivery.id)) return;
    const connection = await this.connect(delivery);
    // None is opened for what nobody waits for; but one that is open must not stay so.
    const run = await (moot
      ? connection.checkRuns.adopt(delivery, job.headSha)
      : this.checkRun(delivery, connection));
    if (run) await this.tell(run, verdict, connection);
  }

  private async tell(run: CheckRunRecord, verdict: Verdict, { checkRuns }: Connection): Promise<void> {
    const perhapsSent = this.uncertain.has(run.deliveryId);
    await checkRuns.conclude(run, verdict, perhapsSent).catch((error: unknown) => {
      this.uncertain.add(run.deliveryId);
      throw error;
    });
  }

  /** What the check run says where the work failed: what a change does to the analysis may have to stop it. */
  async unjudged(delivery: Delivery, error: Error): Promise<Verdict> {
    const job = jobOf(delivery);
    if (!hasCheck(job) || error instanceof FetchError) return unjudgedVerdict(error);
    return unjudgedVerdict(error, await this.stopsIncomplete(delivery, job.baseRef).catch(() => false));
  }

  private async stopsIncomplete(delivery: Delivery, baseRef: string): Promise<boolean> {
    const connection = await this.connect(delivery);
    const { gitDirectory } = await this.mirror(delivery);
    return withRepository(gitDirectory, async (repository) => {
      const base = await repository.tree(`refs/heads/${baseRef}`);
      const policy = await readPolicy(await policyTexts(base, await connection.organisationPolicy()));
      // Who wrote it is found out with the judgement that failed.
      return stopsIncomplete(policy, { today: today(), author: 'unknown' });
    });
  }

  private async judge(delivery: Delivery, job: Job & { kind: 'judge' }, signal: AbortSignal): Promise<void> {
    if (this.moot(delivery)) throw new SupersededError();
    const { store, analyst } = this.options;
    const { repositoryId } = delivery;
    const connection = await this.connect(delivery);
    const run = await this.checkRun(delivery, connection);
    if (run.concluded && run.reviewed) return;
    const mirror = await this.fetch(
      delivery,
      [`refs/heads/${job.baseRef}`, pullRequestRef(job.number)],
      signal,
    );
    await this.advance(delivery, mirror, signal);
    const judged = await judgePullRequest(
      store,
      analyst,
      mirror.gitDirectory,
      { repositoryId, ...job },
      {
        elsewhere: await connection.organisationPolicy(),
        today: today(),
      },
      signal,
    );
    signal.throwIfAborted();
    const report = reportOn(judged);
    store.reports.keep(repositoryId, job.number, job.headSha, shownChange(judged, report));
    const linkOf = linksOf(judged, connection.url);
    const remarks = remarksOn(report, judged.placement, linkOf);
    // First what a merge waits for; comments may take GitHub, or its patience, a while.
    if (!run.concluded) {
      const usefulness = store.outcomes.perRule(repositoryId);
      const ref = pullRequestRef(job.number);
      const notUploaded = judged.forCodeScanning
        ? await connection.codeScanning.upload(atHead(report, judged.placement), { commit: job.headSha, ref })
        : null;
      const context = { earlierFailure: delivery.error, linkOf, remarks, usefulness, notUploaded };
      await this.tell(run, verdictOn(judged, report, context), connection);
      this.options.judged?.(report);
    }
    await reviewPullRequest({
      store,
      client: connection.reviews,
      repositoryId,
      number: job.number,
      headSha: job.headSha,
      report,
      remarks,
      fresh: delivery.event === 'pull_request.opened',
      checkUrl: `${connection.url}/pull/${job.number}/checks?check_run_id=${run.id}`,
      signal,
      warn: this.options.warn,
    });
    store.checkRuns.reviewed(run.id);
    this.uncertain.delete(delivery.id);
  }

  private async judgeGroup(delivery: Delivery, job: GroupJob, signal: AbortSignal): Promise<void> {
    const { store, analyst } = this.options;
    const { repositoryId } = delivery;
    const connection = await this.connect(delivery);
    const run = await this.checkRun(delivery, connection);
    if (run.concluded) return;
    const mirror = await this.fetch(delivery, [`refs/heads/${job.baseRef}`, job.headRef], signal);
    const circumstances = { elsewhere: await connection.organisationPolicy(), today: today() };
    const group = {
      repositoryId,
      ...job,
      shown: job.pr === null ? undefined : shownOf(store, repositoryId, job.pr),
    };
    const judged = await judgeMergeGroup(store, analyst, mirror.gitDirectory, group, circumstances, signal);
    signal.throwIfAborted();
    const context = {
      earlierFailure: delivery.error,
      linkOf: linksOf(judged, connection.url),
      remarks: null,
    };
    const usefulness = store.outcomes.perRule(repositoryId);
    await this.tell(run, verdictOn(judged, reportOn(judged), { ...context, usefulness }), connection);
    // GitHub makes one for each group, and takes it away again.
    await mirror.forget(job.headRef);
  }

  /** Takes up what has become of a pull request, as if GitHub had told it now. */
  private async refresh(delivery: Delivery, number: number): Promise<void> {
    const { store, rejudging } = this.options;
    const { repositoryId } = delivery;
    const { answers: client } = await this.connect(delivery);
    const { open, headSha, baseRef, mergeSha, shown } = await client.pullRequest(number);
    if (open) {
      store.pullRequests.open(repositoryId, number, headSha, baseRef);
      rejudging.again(repositoryId, number, 'postern.refreshed', headSha, shown);
    } else {
      const promoted = baseRef === this.repository(delivery).defaultBranch ? mergeSha : null;
      rejudging.close(repositoryId, number, promoted);
    }
  }

  private async forget(delivery: Delivery): Promise<void> {
    const { store, dataDir } = this.options;
    const { repositoryId } = delivery;
    await Mirror.remove(join(dataDir, 'mirrors'), repositoryId);
    store.transaction(() => {
      const repository = this.repository(delivery);
      const later = store.deliveries
        .unfinished()
        .filter((each) => each.repositoryId === repositoryId && each.id > delivery.id);
      // With everything that belongs to it, this delivery among it.
      store.repositories.remove(repositoryId);
      if (later.length === 0) return;
      // It was given to the App again before there was time for this: what was told of it since then is to be worked.
      store.repositories.save(repository);
      store.deliveries.restore(later);
      for (const each of later) {
        // The record of a check run that it may have opened is gone.
        this.uncertain.add(each.id);
        const job = jobOf(each);
        if (job.kind === 'judge' && each.pullRequest !== null)
          store.pullRequests.open(repositoryId, job.number, job.headSha, job.baseRef);
      }
    });
  }

  private async answer(
    delivery: Delivery,
    { number, asking }: Job & { kind: 'answer' },
    signal: AbortSignal,
  ): Promise<void> {
    const { store, rejudging, note } = this.options;
    const { repositoryId } = delivery;
    const connection = await this.connect(delivery);
    const authority: AnswerInput['authority'] = async (baseRef) => {
      const mirror = await this.fetch(delivery, [`refs/heads/${baseRef}`], signal);
      const elsewhere = await connection.organisationPolicy();
      return withRepository(mirror.gitDirectory, async (repository) => {
        const base = await repository.tree(`refs/heads/${baseRef}`);
        const policy = await readPolicy(await policyTexts(base, elsewhere));
        return { policy, codeOwners: await codeOwnersOf(POLICY_FILE, base) };
      });
    };
    const rejudge: AnswerInput['rejudge'] = (numbers, { shown }) => {
      for (const each of numbers) {
        const known = each === number ? shown : undefined;
        rejudging.again(repositoryId, each, 'postern.answered', delivery.guid, known);
      }
    };
    const { answers: client } = connection;
    await answer({ store, client, repositoryId, number, asking, authority, rejudge, note });
  }

  private checkRun(delivery: Delivery, connection: Connection): Promise<CheckRunRecord> {
    const underway = this.opening.get(delivery.id);
    if (underway) return underway;
    const job = jobOf(delivery);
    if (!hasCheck(job)) throw new Error(`a ${delivery.event} delivery has no check run`);
    const opening = connection.checkRuns
      .open(delivery, job.headSha, this.uncertain.has(delivery.id))
      .catch((error: unknown) => {
        this.uncertain.add(delivery.id);
        throw error;
      })
      .finally(() => this.opening.delete(delivery.id));
    this.opening.set(delivery.id, opening);
    return opening;
  }

  private async fetch(delivery: Delivery, refs: string[], signal: AbortSignal): Promise<Mirror> {
    const repository = this.repository(delivery);
    const { cloneUrl, token } = await this.connect(delivery);
    const mirror = await this.mirror(delivery);
    const wanted = new Set([`refs/heads/${repository.defaultBranch}`, ...refs]);
    await mirror.fetch({ refs: [...wanted], url: cloneUrl, token: await token(), signal });
    return mirror;
  }

  private async advance(delivery: Delivery, { gitDirectory }: Mirror, signal: AbortSignal): Promise<void> {
    const { store, analyst } = this.options;
    const { id: repositoryId, defaultBranch } = this.repository(delivery);
    const tip = await withRepository(gitDirectory, (repository) =>
      repository.resolve(`refs/heads/${defaultBranch}`),
    );
    const concerned = (): void => this.options.concerned(repositoryId);
    await advanceBase(
      { store, analyst, repositoryId, gitDirectory, signal, branch: defaultBranch, concerned },
      tip,
    );
  }

  private moot(delivery: Delivery): boolean {
    return this.options.store.deliveries.superseded(delivery, JUDGING_EVENTS);
  }

  private mirror({ repositoryId }: Delivery): Promise<Mirror> {
    return Mirror.open(join(this.options.dataDir, 'mirrors'), repositoryId);
  }

  private connect(delivery: Delivery): Promise<Connection> {
    return this.options.connect(this.repository(delivery));
  }

  private repository(delivery: Delivery): RepositoryRecord {
    return this.options.store.repositories.get(delivery.repositoryId)!;
  }
}

const today = (): string => new Date().toISOString().slice(0, 10);

export function jobOf(delivery: Delivery): Job {
  return delivery.payload as Job;
}
