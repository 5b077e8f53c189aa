import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { Delivery } from '../../../store/deliveries.js';
import type { Store } from '../../../store/store.js';
import type { Report } from '../../report/report.js';
import type { Analyst } from '../analysis.js';
import type { Conclusion } from '../check-run-client.js';
import { RateLimits } from './rate-limits.js';

/** What became of the work on a delivery; `failed`: for now, to be tried again. */
export type Settled = 'done' | 'superseded' | 'failed' | 'abandoned';

/** From a second to the longest that a judgement may take by default, and one beyond. */
const SECONDS = [0.5, 1, 2.5, 5, 10, 20, 40, 60, 120, 300, 600, 1200];

let ofProcess: Registry | null = null;
/** Figures of the process, which are watched once, however many Apps it has: nothing would end the watching. */
function processFigures(): Registry {
  if (ofProcess === null) {
    ofProcess = new Registry();
    collectDefaultMetrics({ register: ofProcess });
  }
  return ofProcess;
}

/**
 * What the App counts, for Prometheus. Labels are of small, closed sets: neither repositories nor people are among them, since
 * who may read metrics is often not who may read the code.
 */
export class Metrics {
  private readonly registry = new Registry();
  private readonly limits = new RateLimits();
  /** When deliveries that are still open were received, by GUID, in milliseconds; those of an earlier process are not there. */
  private readonly receipts = new Map<string, number>();
  private readonly registers = [this.registry];

  private readonly webhooks = new Counter({
    name: 'postern_webhook_requests_total',
    help: 'Requests to the path of webhooks, by the HTTP status of the answer.',
    labelNames: ['code'] as const,
    registers: this.registers,
  });
  private readonly readers = new Counter({
    name: 'postern_reader_requests_total',
    help: 'Requests of people and of their agents, who read what the App knows, by the HTTP status of the answer.',
    labelNames: ['code'] as const,
    registers: this.registers,
  });
  private readonly deliveries = new Counter({
    name: 'postern_deliveries_total',
    help: 'Deliveries taken in (received) and what became of work on them (done, superseded, failed for now, abandoned).',
    labelNames: ['event', 'state'] as const,
    registers: this.registers,
  });
  private readonly conclusions = new Counter({
    name: 'postern_check_conclusions_total',
    help: 'Check runs concluded, by conclusion.',
    labelNames: ['conclusion'] as const,
    registers: this.registers,
  });
  private readonly durations = new Histogram({
    name: 'postern_delivery_to_conclusion_seconds',
    help: 'From the receipt of a delivery to the conclusion of its check run, where one process did both.',
    buckets: SECONDS,
    registers: this.registers,
  });
  private readonly analyses = new Histogram({
    name: 'postern_analysis_duration_seconds',
    help: 'Analyses, waiting for a process included; model and inspect: of one commit, judge: of a change.',
    labelNames: ['kind', 'outcome'] as const,
    buckets: SECONDS,
    registers: this.registers,
  });
  private readonly findings = new Counter({
    name: 'postern_findings_total',
    help: 'Findings of judged changes, counted at each judgement.',
    labelNames: ['rule', 'outcome'] as const,
    registers: this.registers,
  });
  private readonly requests = new Counter({
    name: 'postern_github_requests_total',
    help: 'Requests to the API of GitHub, by HTTP status; none: there was no answer.',
    labelNames: ['code'] as const,
    registers: this.registers,
  });

  constructor(
    private readonly store: Store,
    version: string,
  ) {
    const { limits } = this;
    const registers: Registry[] = [];
    processFigures();
    const gauges = [
      new Gauge({
        name: 'postern_queue_deliveries',
        help: 'Deliveries that are not settled: received, working, or failed and to be tried again.',
        labelNames: ['state'] as const,
        registers,
        collect() {
          for (const [state, count] of Object.entries(store.deliveries.depth())) this.set({ state }, count);
        },
      }),
      new Gauge({
        name: 'postern_github_rate_limit_remaining',
        help: 'Requests left until the limit of GitHub, in the installation that has the least, by the limit.',
        labelNames: ['resource'] as const,
        registers,
        collect() {
          this.reset();
          for (const [resource, remaining] of limits.remaining(Date.now())) this.set({ resource }, remaining);
        },
      }),
    ];
    for (const gauge of gauges) this.registry.registerMetric(gauge);
    const build = new Gauge({
      name: 'postern_build_info',
      help: 'Always 1; the version is its label.',
      labelNames: ['version'] as const,
      registers: this.registers,
    });
    build.set({ version }, 1);
  }

  /** Everything as Prometheus reads it. */
  async page(): Promise<{ type: string; text: string }> {
    const parts = await Promise.all([this.registry.metrics(), processFigures().metrics()]);
    return { type: this.registry.contentType, text: `${parts.map((part) => part.trimEnd()).join('\n\n')}\n` };
  }

  webhookAnswered(status: number): void {
    this.webhooks.inc({ code: String(status) });
  }

  readerAnswered(status: number): void {
    this.readers.inc({ code: String(status) });
  }

  received({ guid, event }: Delivery): void {
    this.receipts.set(guid, performance.now());
    this.deliveries.inc({ event, state: 'received' });
  }

  settled({ guid, event }: Delivery, state: Settled): void {
    this.deliveries.inc({ event, state });
    if (state !== 'failed') this.receipts.delete(guid);
  }

  concluded(deliveryId: number, conclusion: Conclusion): void {
    this.conclusions.inc({ conclusion });
    const received = this.receipts.get(this.store.deliveries.get(deliveryId)?.guid ?? '');
    if (received !== undefined) this.durations.observe((performance.now() - received) / 1000);
  }

  judged(report: Report): void {
    for (const { rule, status, blocking } of report.findings) {
      const outcome = status === 'new' ? (blocking ? 'blocking' : 'advisory') : status;
      this.findings.inc({ rule, outcome });
    }
  }

  /** `fetch`, counting what GitHub answers. */
  watching(by: typeof fetch): typeof fetch {
    return async (input, init) => {
      try {
        const response = await by(input, init);
        this.requests.inc({ code: String(response.status) });
        this.limits.saw(new Headers(init?.headers).get('authorization') ?? '', response.headers);
        return response;
      } catch (error) {
        this.requests.inc({ code: 'none' });
        throw error;
      }
    };
  }

  /** An analyst, timed. */
  timing(analyst: Analyst): Analyst {
    const timed = async <T>(kind: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> => {
      const ended = this.analyses.startTimer({ kind });
      try {
        const result = await work();
        ended({ outcome: 'done' });
        return result;
      } catch (error) {
        ended({ outcome: signal.aborted ? 'stopped' : 'failed' });
        throw error;
      }
    };
    return {
      model: (request, signal) => timed('model', signal, () => analyst.model(request, signal)),
      judge: (request, signal) => timed('judge', signal, () => analyst.judge(request, signal)),
      inspect: (request, signal) => timed('inspect', signal, () => analyst.inspect(request, signal)),
      ...(analyst.usable ? { usable: () => analyst.usable!() } : {}),
    };
  }
}
