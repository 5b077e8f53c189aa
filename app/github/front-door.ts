import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import type { Probot } from 'probot';
import { inContext } from './log.js';
import type { Metrics } from './monitoring/metrics.js';
import type { ReadersDoor } from './readers/open.js';
import type { ReadinessProbe } from './monitoring/readiness.js';
import { HEALTH_PATH, METRICS_PATH, READY_PATH, WEBHOOK_PATH } from './paths.js';

/** GitHub caps payloads at 25 MB. What is longer is not from GitHub, and is refused before it is read. */
const MAX_PAYLOAD_BYTES = 25 * 1024 * 1024;
/** Of payloads that are being read, and whose sender is therefore not known yet. */
const MAX_BYTES_IN_FLIGHT = 8 * MAX_PAYLOAD_BYTES;
/** GitHub gives up after ten seconds; who takes longer to send is not GitHub. */
const HEADERS_TIMEOUT_MS = 15_000;
const REQUEST_TIMEOUT_MS = 60_000;

export interface FrontDoorOptions {
  /** Takes webhooks; verifies who sent them before it reads what they say. */
  webhooks: Awaited<ReturnType<Probot['getNodeMiddleware']>>;
  readiness: ReadinessProbe;
  metrics: Metrics;
  /** Whether metrics are served here. */
  withMetrics: boolean;
  /** Shows people what they may read; null where nobody can sign in. */
  readers: ReadersDoor | null;
  log: Logger;
}

/** What answers everybody who can reach the App. */
export function frontDoor(options: FrontDoorOptions): Server {
  const { log, metrics } = options;
  const flight = { bytes: 0 };
  const server = createServer(
    { headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS },
    (request, response) => {
      const begun = performance.now();
      const path = pathOf(request);
      const delivery = idOf(request.headers['x-github-delivery']);
      void inContext({ request: randomUUID(), ...(delivery ? { delivery } : {}) }, async () => {
        if (path === WEBHOOK_PATH) {
          response.once('close', () => {
            metrics.webhookAnswered(response.statusCode);
            const took = Math.round(performance.now() - begun);
            log.info({ status: response.statusCode, took }, 'a webhook was answered');
          });
        }
        await route(request, response, path, flight, options).catch((error: unknown) => {
          log.error({ err: error }, 'could not answer a request');
          if (!response.headersSent) answer(response, 500, { error: 'the request could not be handled' });
        });
      });
    },
  );
  return server;
}

/** Serves metrics where nothing else is served. */
export function metricsDoor({
  metrics,
  readiness,
  log,
}: Omit<FrontDoorOptions, 'webhooks' | 'readers'>): Server {
  return createServer((request, response) => {
    operating(request, response, pathOf(request), { metrics, readiness, withMetrics: true })
      .then((answered) => answered || answer(response, 404, { error: 'there is nothing here' }))
      .catch((error: unknown) => {
        log.error({ err: error }, 'could not answer a request');
        response.destroy();
      });
  });
}

async function route(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  flight: { bytes: number },
  options: FrontDoorOptions,
): Promise<void> {
  if (await operating(request, response, path, options)) return;
  if (await options.readers?.answer(request, response, path)) {
    options.metrics.readerAnswered(response.statusCode);
    return;
  }
  const length = Number(request.headers['content-length'] ?? NaN);
  if (path !== WEBHOOK_PATH) {
    answer(response, 404, { error: 'there is nothing here' });
  } else if (!(length <= MAX_PAYLOAD_BYTES)) {
    answer(response, 413, {
      error: `the length of a payload must be given, and at most ${MAX_PAYLOAD_BYTES}`,
    });
  } else if (flight.bytes + length > MAX_BYTES_IN_FLIGHT) {
    response.setHeader('retry-after', '10');
    answer(response, 503, { error: 'too much is being received: send it again later' });
  } else {
    flight.bytes += length;
    response.once('close', () => (flight.bytes -= length));
    if (!(await options.webhooks(request, response)) && !response.headersSent)
      answer(response, 404, { error: 'webhooks are sent with POST' });
  }
}

/** What who runs the App asks. */
async function operating(
  { method }: IncomingMessage,
  response: ServerResponse,
  path: string,
  { readiness, metrics, withMetrics }: Pick<FrontDoorOptions, 'readiness' | 'metrics' | 'withMetrics'>,
): Promise<boolean> {
  if (method !== 'GET') return false;
  if (path === HEALTH_PATH) {
    answer(response, 200, { status: 'ok' });
  } else if (path === READY_PATH) {
    const { ready, checks } = await readiness.look();
    answer(response, ready ? 200 : 503, { status: ready ? 'ready' : 'not ready', checks });
  } else if (path === METRICS_PATH && withMetrics) {
    const { type, text } = await metrics.page();
    response.writeHead(200, { 'content-type': type }).end(text);
  } else {
    return false;
  }
  return true;
}

function pathOf({ url = '/' }: IncomingMessage): string {
  return URL.canParse(url, 'http://localhost') ? new URL(url, 'http://localhost').pathname : '';
}

/** A header that is to be logged; who sent it is not known yet. */
function idOf(header: string | string[] | undefined): string | null {
  return typeof header === 'string' && /^[\w-]{1,64}$/.test(header) ? header : null;
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
