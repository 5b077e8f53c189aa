import type { ProbotOctokit } from 'probot';
import type { Delivery } from '../../store/deliveries.js';
import type { CheckRunRecord, CheckRuns } from '../../store/check-runs.js';
import type { Button } from './answers/buttons.js';
import type { RepositoryRecord } from '../../store/repository-records.js';

/** Frozen: branch protection refers to the check by this name. */
export const CHECK_NAME = 'Postern';
/** GitHub accepts this many annotations in one request; further requests add to them. */
const ANNOTATIONS_PER_REQUEST = 50;

type Octokit = InstanceType<typeof ProbotOctokit>;
export type Conclusion = 'success' | 'failure' | 'neutral' | 'cancelled' | 'action_required';

export interface Annotation {
  path: string;
  start_line: number;
  end_line: number;
  annotation_level: 'notice' | 'warning' | 'failure';
  title: string;
  message: string;
}

/** What a concluded check run says. */
export interface Verdict {
  conclusion: Conclusion;
  title: string;
  summary: string;
  annotations: Annotation[];
  /** What a person can ask for with one click. */
  buttons: Button[];
}

export interface CheckRunSurroundings {
  /** Where people see what was found out about the repository; null: on GitHub alone. */
  pages: string | null;
  /** Told of each verdict once GitHub has taken it. */
  concluded?(run: CheckRunRecord, verdict: Verdict): void;
}
/** What a check run is opened for. */
type Occasion = Pick<Delivery, 'id' | 'guid' | 'pullRequest'>;

/** Opens and concludes the check runs of one repository, and records both so that none stays open. */
export class CheckRunClient {
  constructor(
    private readonly octokit: Octokit,
    private readonly repository: RepositoryRecord,
    private readonly records: CheckRuns,
    private readonly around: CheckRunSurroundings,
  ) {}

  /**
   * Opens the check run of a delivery as in progress.
   *
   * @param perhapsOpened an earlier attempt may have reached GitHub without leaving a record (the process was killed,
   * the answer got lost): then GitHub is asked first, and such a run is adopted.
   */
  async open(delivery: Occasion, headSha: string, perhapsOpened: boolean): Promise<CheckRunRecord> {
    const known = perhapsOpened ? await this.adopt(delivery, headSha) : this.records.ofDelivery(delivery.id);
    return known ?? this.keep(delivery, headSha, await this.create(headSha, delivery));
  }

  /** The check run of a delivery: the one on record, or an open one that only GitHub knows of. */
  async adopt(delivery: { id: number; guid: string }, headSha: string): Promise<CheckRunRecord | null> {
    const known = this.records.ofDelivery(delivery.id);
    if (known) return known;
    const id = await this.find(headSha, delivery.guid);
    return id === null ? null : this.keep(delivery, headSha, id);
  }

  /**
   * Sends annotations in as many requests as they need, the verdict with the last of them.
   *
   * @param perhapsSent an earlier attempt may have sent some of it without leaving a record: then GitHub is asked first,
   * for what it got twice would stand there twice.
   */
  async conclude(run: CheckRunRecord, verdict: Verdict, perhapsSent: boolean): Promise<void> {
    let told: boolean;
    try {
      told = await this.send(run, verdict, perhapsSent);
    } catch (error) {
      if ((error as { status?: number }).status !== 422 || verdict.annotations.length === 0) throw error;
      // It has another idea of what an annotation may hold. The verdict stands without, and its summary tells everything.
      this.octokit.log.warn(`GitHub took no annotations of check run ${run.id}: ${(error as Error).message}`);
      told = await this.send(run, { ...verdict, annotations: [] }, false);
    }
    if (told) this.around.concluded?.(run, verdict);
  }

  /** @returns false where an earlier attempt had told it */
  private async send(run: CheckRunRecord, verdict: Verdict, perhapsSent: boolean): Promise<boolean> {
    const output = { title: verdict.title, summary: verdict.summary };
    let sent = run.annotationsSent;
    if (perhapsSent) {
      const there = await this.standing(run.id);
      if (there.completed) {
        this.records.concluded(run.id);
        return false;
      }
      sent = Math.max(sent, there.annotations);
    }
    let remaining = verdict.annotations.slice(sent);
    while (remaining.length > ANNOTATIONS_PER_REQUEST) {
      const batch = remaining.slice(0, ANNOTATIONS_PER_REQUEST);
      await this.update(run.id, { status: 'in_progress', output: { ...output, annotations: batch } });
      remaining = remaining.slice(ANNOTATIONS_PER_REQUEST);
      this.records.annotated(run.id, (sent += batch.length));
    }
    await this.update(run.id, {
      status: 'completed',
      conclusion: verdict.conclusion,
      actions: verdict.buttons,
      output: remaining.length > 0 ? { ...output, annotations: remaining } : output,
    });
    this.records.concluded(run.id);
    return true;
  }

  private keep({ id: deliveryId }: { id: number }, headSha: string, id: number): CheckRunRecord {
    this.records.opened({ id, deliveryId, headSha });
    return this.records.ofDelivery(deliveryId)!;
  }

  private async standing(id: number): Promise<{ completed: boolean; annotations: number }> {
    const { data } = await this.octokit.rest.checks.get({ ...this.place, check_run_id: id });
    return { completed: data.status === 'completed', annotations: data.output.annotations_count };
  }

  private async create(headSha: string, { guid, pullRequest }: Occasion): Promise<number> {
    const { pages } = this.around;
    const { data } = await this.octokit.rest.checks.create({
      ...this.place,
      name: CHECK_NAME,
      head_sha: headSha,
      external_id: guid,
      status: 'in_progress',
      ...(pages === null
        ? {}
        : { details_url: pullRequest === null ? pages : `${pages}/pull/${pullRequest}` }),
      // Not repeated blindly: a lost answer would leave a second run open. The job's own retry looks first.
      request: { retries: 0 },
    });
    return data.id;
  }

  private async find(headSha: string, externalId: string): Promise<number | null> {
    const { data } = await this.octokit.rest.checks.listForRef({
      ...this.place,
      ref: headSha,
      check_name: CHECK_NAME,
      filter: 'all',
      per_page: 100,
    });
    return (
      data.check_runs.find((run) => run.external_id === externalId && run.status !== 'completed')?.id ?? null
    );
  }

  private async update(
    id: number,
    change: { output: { title: string; summary: string; annotations?: Annotation[] } } & (
      | { status: 'in_progress' }
      | { status: 'completed'; conclusion: Conclusion; actions: Button[] }
    ),
  ): Promise<void> {
    await this.octokit.rest.checks.update({
      ...this.place,
      check_run_id: id,
      ...change,
      // Annotations add up: where the answer got lost they may be there. The job's own retry looks first.
      request: change.output.annotations ? { retries: 0 } : {},
    });
  }

  private get place(): { owner: string; repo: string } {
    return { owner: this.repository.owner, repo: this.repository.name };
  }
}
