import { AsyncLocalStorage } from 'node:async_hooks';
import pino, { type Logger } from 'pino';
import { withoutCredentials } from '../redaction.js';

export interface LogOptions {
  level: string;
  /** Texts that must never be written, whatever they are in. */
  secrets?: readonly string[];
  /** Default: standard output. */
  destination?: { write(line: string): void };
}

/** What a line belongs to; each field is written with it. */
export interface LogContext {
  /** Of a request to us; of our own making. */
  request?: string;
  /** GitHub's id of a delivery. */
  delivery?: string;
}

const contexts = new AsyncLocalStorage<LogContext>();

/** Runs `work` so that every line that it logs, here or in a library, says what it belongs to. */
export function inContext<T>(context: LogContext, work: () => T): T {
  return contexts.run({ ...contexts.getStore(), ...context }, work);
}

/**
 * The log, as JSON lines. Of an error only what is known to be harmless is written: those of Octokit carry requests and
 * responses, those of webhooks whole payloads, also of senders that nobody knows. What looks like a credential is struck out
 * of the finished line, wherever it stands.
 */
export function createLog({ level, secrets = [], destination = process.stdout }: LogOptions): Logger {
  const strike = struck(secrets);
  return pino(
    {
      level,
      mixin: () => ({ ...contexts.getStore() }),
      serializers: { err: (error: unknown) => described(error) },
    },
    { write: (line: string) => void destination.write(strike(line)) },
  );
}

/** Strikes out what looks like a credential, and what is one of `secrets`. */
function struck(secrets: readonly string[]): (line: string) => string {
  const exact = secrets
    .filter((secret) => secret.length > 3)
    // As they stand in a line of JSON.
    .flatMap((secret) => [JSON.stringify(secret).slice(1, -1), Buffer.from(secret).toString('base64')]);
  return (line) => {
    let text = line;
    for (const secret of exact) text = text.replaceAll(secret, '***');
    return withoutCredentials(text);
  };
}

interface Described {
  type: string;
  message: string;
  stack?: string;
  code?: unknown;
  status?: unknown;
  /** What was asked of GitHub. */
  asked?: string;
  /** GitHub's id of that request. */
  githubRequest?: unknown;
  cause?: Described;
  errors?: Described[];
}

const MAX_ERRORS = 10;

function described(error: unknown, depth = 0): Described {
  if (!(error instanceof Error)) return { type: typeof error, message: String(error) };
  const { code, status, request, response, cause, errors } = error as Error & Partial<RequestFailure>;
  const url = request?.url;
  return {
    type: error.name,
    message: error.message,
    ...(error.stack ? { stack: error.stack } : {}),
    ...(code === undefined ? {} : { code }),
    ...(status === undefined ? {} : { status }),
    ...(typeof url === 'string'
      ? { asked: `${request?.method ?? ''} ${url.replace(/\?.*/, '')}`.trim() }
      : {}),
    ...(response?.headers?.['x-github-request-id']
      ? { githubRequest: response.headers['x-github-request-id'] }
      : {}),
    ...(cause !== undefined && depth < 3 ? { cause: described(cause, depth + 1) } : {}),
    ...(Array.isArray(errors) && depth < 3
      ? { errors: errors.slice(0, MAX_ERRORS).map((each) => described(each, depth + 1)) }
      : {}),
  };
}

interface RequestFailure {
  code: unknown;
  status: unknown;
  request: { method?: string; url?: string };
  response: { headers?: Record<string, unknown> };
  cause: unknown;
  errors: unknown[];
}
