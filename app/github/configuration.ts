import { isLoopback } from '../loopback.js';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CLIENT_VARIABLES,
  CREDENTIAL_VARIABLES,
  readCredentials,
  type Credentials,
} from './setup/credentials.js';

/** What there is to know before there is an App: where it runs, and which GitHub it is for. */
export interface Surroundings {
  port: number;
  host: string;
  /** Database, cache and mirrors live here. */
  dataDir: string;
  /** REST API without trailing slash. */
  apiUrl: string;
  /** Where repositories are cloned from, without trailing slash. */
  serverUrl: string;
  /** Under which GitHub and people reach the App, without trailing slash, where that is known. */
  publicUrl?: string | null;
  /** Where metrics are served; null: beside the webhooks. */
  metrics?: { port: number; host: string } | null;
  logLevel: string;
  /** How long one pull request may take to judge before its check is concluded without an answer. */
  deadlineMs: number;
}

/** What lets people sign in and read, in a browser. */
export interface ReadingConfiguration {
  clientId: string;
  clientSecret: string;
  /** Under which browsers reach the App, without trailing slash. */
  publicUrl: string;
}

/** What the App needs to know to run. */
export interface Configuration extends Surroundings, Credentials {
  /** Null where people cannot sign in. */
  reading?: ReadingConfiguration | null;
}

/** Lists everything that is wrong with the environment at once. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  constructor(readonly problems: readonly string[]) {
    super(`The environment is not complete:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  }
}

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'];
const DEFAULT_DEADLINE_SECONDS = 600;

const DEFAULT_DATA_DIR = 'data';

/** What the variables are read by; gathers what is wrong with them. */
class Variables {
  readonly problems: string[] = [];
  constructor(readonly env: NodeJS.ProcessEnv) {}

  /** Null where it is not set, or empty, as composed environments have it. */
  text(name: string): string | null {
    return this.env[name]?.trim() || null;
  }

  required(name: string, meaning: string): string {
    const value = this.text(name);
    if (value === null) this.problems.push(`${name} is not set: ${meaning}`);
    return value ?? '';
  }

  whole(name: string, value: string, min: number, max: number): number {
    const number = Number(value);
    if (value !== '' && !(Number.isInteger(number) && number >= min && number <= max)) {
      this.problems.push(
        `${name} must be a whole number from ${min} to ${max}, not ${JSON.stringify(value)}`,
      );
    }
    return number;
  }

  url(name: string, value: string): string {
    const parsed = URL.canParse(value) ? new URL(value) : null;
    if (!parsed || !/^https?:$/.test(parsed.protocol) || parsed.username || parsed.password) {
      this.problems.push(`${name} must be an http(s) URL without credentials, not ${JSON.stringify(value)}`);
    }
    return value.replace(/\/+$/, '');
  }

  /** @throws ConfigurationError */
  check(): void {
    if (this.problems.length > 0) throw new ConfigurationError(this.problems);
  }
}

/**
 * Reads the configuration from environment variables (see docs/app.md).
 * @throws ConfigurationError naming every variable that is missing or malformed
 */
export function readConfiguration(env: NodeJS.ProcessEnv): Configuration {
  const variables = new Variables(env);
  const credentials = {
    appId: variables.whole(
      'APP_ID',
      variables.required('APP_ID', "the number on the App's settings page"),
      1,
      Number.MAX_SAFE_INTEGER,
    ),
    webhookSecret: variables.required('WEBHOOK_SECRET', "the secret entered on the App's settings page"),
    privateKey: readPrivateKey(variables),
  };
  const surroundings = surroundingsOf(variables);
  const reading = readingOf(variables, surroundings.publicUrl ?? null);
  variables.check();
  return { ...credentials, ...surroundings, reading };
}

/** Null where the App was given no client secret, or where what it sent could be read on the way. */
function readingOf(variables: Variables, publicUrl: string | null): ReadingConfiguration | null {
  const [clientId, clientSecret] = [variables.text('CLIENT_ID'), variables.text('CLIENT_SECRET')];
  if ((clientId === null) !== (clientSecret === null))
    variables.problems.push(
      "of CLIENT_ID and CLIENT_SECRET only one is set: both are on the App's settings page, and both are needed",
    );
  if (clientId === null || clientSecret === null || publicUrl === null || !isConfidential(publicUrl))
    return null;
  return { clientId, clientSecret, publicUrl };
}

/** Whether a browser keeps to itself what it sends there. */
export function isConfidential(publicUrl: string): boolean {
  return (
    URL.canParse(publicUrl) && (publicUrl.startsWith('https:') || isLoopback(new URL(publicUrl).hostname))
  );
}

/**
 * Reads the part of the configuration that is needed to register an App.
 * @throws ConfigurationError
 */
export function readSurroundings(env: NodeJS.ProcessEnv): Surroundings {
  const variables = new Variables(env);
  const surroundings = surroundingsOf(variables);
  variables.check();
  return surroundings;
}

/**
 * The environment with the credentials that a setup has kept, or null where there are neither those nor others. What the
 * environment says of who the App is stands by itself: half of it from a file would be another App.
 */
export function withCredentials(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv | null {
  if (CREDENTIAL_VARIABLES.some((name) => env[name]?.trim())) return env;
  const kept = readCredentials(env['DATA_DIR']?.trim() || DEFAULT_DATA_DIR);
  if (!kept) return null;
  const together = { ...env, ...kept };
  // These say nothing of who the App is: what the environment says of them counts.
  if (env['PUBLIC_URL']?.trim()) together['PUBLIC_URL'] = env['PUBLIC_URL'];
  if (CLIENT_VARIABLES.some((name) => env[name]?.trim()))
    for (const name of CLIENT_VARIABLES) together[name] = env[name];
  return together;
}

function surroundingsOf(variables: Variables): Surroundings {
  const port = variables.whole('PORT', variables.text('PORT') ?? '3000', 0, 65_535);
  const deadline = variables.whole(
    'JOB_DEADLINE_SECONDS',
    variables.text('JOB_DEADLINE_SECONDS') ?? String(DEFAULT_DEADLINE_SECONDS),
    1,
    86_400,
  );
  const apiUrl = variables.url(
    'GITHUB_API_URL',
    variables.text('GITHUB_API_URL') ?? 'https://api.github.com',
  );
  const serverUrl = variables.url(
    'GITHUB_SERVER_URL',
    variables.text('GITHUB_SERVER_URL') ?? serverOf(apiUrl),
  );
  const publicUrl = variables.text('PUBLIC_URL');
  const metricsPort = variables.text('METRICS_PORT');
  const logLevel = variables.text('LOG_LEVEL') ?? 'info';
  if (!LOG_LEVELS.includes(logLevel)) {
    variables.problems.push(
      `LOG_LEVEL must be one of ${LOG_LEVELS.join(', ')}, not ${JSON.stringify(logLevel)}`,
    );
  }
  return {
    port,
    host: variables.text('HOST') ?? '0.0.0.0',
    dataDir: variables.text('DATA_DIR') ?? DEFAULT_DATA_DIR,
    apiUrl,
    serverUrl,
    publicUrl: publicUrl && variables.url('PUBLIC_URL', publicUrl),
    metrics:
      metricsPort === null
        ? null
        : {
            port: variables.whole('METRICS_PORT', metricsPort, 0, 65_535),
            host: variables.text('METRICS_HOST') ?? '127.0.0.1',
          },
    logLevel,
    deadlineMs: deadline * 1000,
  };
}

export function databaseFile(dataDir: string): string {
  return join(dataDir, 'postern.sqlite');
}

function readPrivateKey({ env, problems }: Variables): string {
  const inline = env['PRIVATE_KEY']?.trim();
  const path = env['PRIVATE_KEY_PATH']?.trim();
  if (!inline && !path) {
    problems.push(
      "neither PRIVATE_KEY nor PRIVATE_KEY_PATH is set: the App's private key, or a file that holds it",
    );
    return '';
  }
  let key = inline ?? '';
  if (!inline && path) {
    try {
      key = readFileSync(path, 'utf8');
    } catch (error) {
      problems.push(`PRIVATE_KEY_PATH cannot be read: ${(error as Error).message}`);
      return '';
    }
  }
  // Environments that cannot hold line breaks carry the key with `\n` escaped, or as base64.
  if (!key.includes('-----BEGIN')) key = Buffer.from(key, 'base64').toString('utf8');
  key = key.replaceAll('\\n', '\n');
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(key)) {
    problems.push(
      `${inline ? 'PRIVATE_KEY' : 'PRIVATE_KEY_PATH'} does not hold a PEM private key (plain or base64)`,
    );
  }
  return key;
}

/** GitHub Enterprise Server serves its API under /api/v3 of the host that repositories are cloned from. */
function serverOf(apiUrl: string): string {
  return apiUrl === 'https://api.github.com' ? 'https://github.com' : apiUrl.replace(/\/api\/v3\/?$/, '');
}
