import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the App needs to know to run. */
export interface Configuration {
  appId: number;
  privateKey: string;
  webhookSecret: string;
  port: number;
  host: string;
  /** Database, cache and mirrors live here. */
  dataDir: string;
  /** REST API without trailing slash. */
  apiUrl: string;
  /** Where repositories are cloned from, without trailing slash. */
  serverUrl: string;
  logLevel: string;
  /** How long one pull request may take to judge before its check is concluded without an answer. */
  deadlineMs: number;
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

/**
 * Reads the configuration from environment variables (see docs/app.md).
 * @throws ConfigurationError naming every variable that is missing or malformed
 */
export function readConfiguration(env: NodeJS.ProcessEnv): Configuration {
  const problems: string[] = [];
  const required = (name: string, meaning: string): string => {
    const value = env[name]?.trim();
    if (!value) problems.push(`${name} is not set: ${meaning}`);
    return value ?? '';
  };
  const whole = (name: string, value: string, min: number, max: number): number => {
    const number = Number(value);
    if (value !== '' && !(Number.isInteger(number) && number >= min && number <= max)) {
      problems.push(`${name} must be a whole number from ${min} to ${max}, not ${JSON.stringify(value)}`);
    }
    return number;
  };
  const url = (name: string, value: string): string => {
    const parsed = URL.canParse(value) ? new URL(value) : null;
    if (!parsed || !/^https?:$/.test(parsed.protocol) || parsed.username || parsed.password) {
      problems.push(`${name} must be an http(s) URL without credentials, not ${JSON.stringify(value)}`);
    }
    return value.replace(/\/+$/, '');
  };

  const appId = whole(
    'APP_ID',
    required('APP_ID', "the number on the App's settings page"),
    1,
    Number.MAX_SAFE_INTEGER,
  );
  const webhookSecret = required('WEBHOOK_SECRET', "the secret entered on the App's settings page");
  const dataDir = required(
    'DATA_DIR',
    'a folder that survives restarts, for the database, the cache and the mirrors',
  );
  const privateKey = readPrivateKey(env, problems);
  const port = whole('PORT', env['PORT'] ?? '3000', 0, 65_535);
  const deadline = whole(
    'JOB_DEADLINE_SECONDS',
    env['JOB_DEADLINE_SECONDS'] ?? String(DEFAULT_DEADLINE_SECONDS),
    1,
    86_400,
  );
  const apiUrl = url('GITHUB_API_URL', env['GITHUB_API_URL'] ?? 'https://api.github.com');
  const serverUrl = url('GITHUB_SERVER_URL', env['GITHUB_SERVER_URL'] ?? serverOf(apiUrl));
  const logLevel = env['LOG_LEVEL'] ?? 'info';
  if (!LOG_LEVELS.includes(logLevel)) {
    problems.push(`LOG_LEVEL must be one of ${LOG_LEVELS.join(', ')}, not ${JSON.stringify(logLevel)}`);
  }
  if (problems.length > 0) throw new ConfigurationError(problems);
  return {
    appId,
    privateKey,
    webhookSecret,
    port,
    host: env['HOST'] ?? '0.0.0.0',
    dataDir,
    apiUrl,
    serverUrl,
    logLevel,
    deadlineMs: deadline * 1000,
  };
}

export function databaseFile(dataDir: string): string {
  return join(dataDir, 'postern.sqlite');
}

function readPrivateKey(env: NodeJS.ProcessEnv, problems: string[]): string {
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
