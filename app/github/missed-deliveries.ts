import type { Logger } from 'pino';
import type { Probot } from 'probot';
import type { Store } from '../../store/store.js';

/** Events that something is done about; the others may stay lost. */
const HANDLED = [
  'pull_request',
  'push',
  'check_run',
  'check_suite',
  'issue_comment',
  'pull_request_review_comment',
  'merge_group',
  'repository',
  'installation',
  'installation_repositories',
];
const PAGE = 100;
/** How much is looked through and asked for again in one look. */
const MOST_PAGES = 10;
const MOST_REDELIVERIES = 100;
/** A delivery that was sent in vain so often is not asked for again: it is not the network that fails. */
const MOST_ATTEMPTS = 3;
/** GitHub keeps deliveries for three days. */
const KEPT_MS = 3 * 24 * 3_600_000;
/** A look goes back to a little before the last one. */
const OVERLAP_MS = 15 * 60_000;

interface Sent {
  id: number;
  guid: string;
  delivered_at: string;
  status_code: number;
  event: string;
}

/**
 * Finds the deliveries that GitHub could not bring, because the App was down or the network failed, and has them sent again.
 * A redelivery has the GUID of the first, so that none is worked twice.
 */
export class MissedDeliveries {
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> = Promise.resolve();
  private lookedAt = 0;
  private stopped = false;

  constructor(
    private readonly probot: Probot,
    private readonly store: Store,
    private readonly log: Logger,
    private readonly everyMs: number,
  ) {}

  /** Looks now, and from now on once in a while. */
  start(): void {
    const look = (): void => {
      this.looking = this.look().catch((error: unknown) => {
        // It is looked again; what comes in by itself is worked meanwhile.
        if (!this.stopped) this.log.warn({ err: error }, 'could not look for missed deliveries');
      });
    };
    look();
    this.timer = setInterval(look, this.everyMs);
    this.timer.unref();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    await this.looking;
  }

  private async look(): Promise<void> {
    const begun = Date.now();
    const octokit = await this.probot.auth();
    const missed = missedOf(
      await this.sentSince(octokit, Math.max(begun - KEPT_MS, this.lookedAt - OVERLAP_MS)),
    )
      .filter(({ guid }) => !this.store.deliveries.isKnown(guid))
      .slice(0, MOST_REDELIVERIES);
    for (const { id: delivery_id, guid, event } of missed) {
      if (this.stopped) return;
      await octokit.rest.apps.redeliverWebhookDelivery({ delivery_id });
      this.log.info({ delivery: guid, event }, 'missed, asked for again');
    }
    this.lookedAt = begun;
  }

  /** Newest first, as GitHub lists them. */
  private async sentSince(octokit: Awaited<ReturnType<Probot['auth']>>, since: number): Promise<Sent[]> {
    const found: Sent[] = [];
    let pages = 0;
    const all = octokit.paginate.iterator(octokit.rest.apps.listWebhookDeliveries, { per_page: PAGE });
    for await (const { data } of all) {
      found.push(...data.filter((sent) => Date.parse(sent.delivered_at) >= since));
      const last = data.at(-1);
      if (!last || Date.parse(last.delivered_at) < since || ++pages >= MOST_PAGES || this.stopped) break;
    }
    return found;
  }
}

/** The newest attempt of each delivery that none has succeeded for; the oldest delivery first. */
export function missedOf(sent: readonly Sent[]): Sent[] {
  const attempts = new Map<string, Sent[]>();
  for (const each of sent) attempts.set(each.guid, [...(attempts.get(each.guid) ?? []), each]);
  return [...attempts.values()]
    .filter(
      (all) =>
        HANDLED.includes(all[0]!.event) &&
        all.length < MOST_ATTEMPTS &&
        all.every(({ status_code }) => status_code < 200 || status_code > 299),
    )
    .map((all) => all[0]!)
    .reverse();
}
