import { repositoryAddress } from '../report/links.js';
import { Octokit } from '@octokit/rest';
import Bottleneck from 'bottleneck';
import { ProbotOctokit } from 'probot';
import type { Probot } from 'probot';
import type { CheckRuns } from '../../store/check-runs.js';
import type { RepositoryRecord } from '../../store/repository-records.js';
import type { Elsewhere } from '../../analysis/policy-file/of-tree.js';
import { AnswerClient } from './answers/answer-client.js';
import { CheckRunClient, type CheckRunSurroundings } from './check-run-client.js';
import { REPOSITORIES_PATH } from './paths.js';
import { CodeScanningClient } from './code-scanning.js';
import type { OrganisationPolicies } from './organisation-policy.js';
import { ReviewClient } from './review-client.js';

/** How requests to GitHub are repeated. */
export interface RetryOptions {
  /** How often the work on a delivery is tried again after a failure that may pass. */
  retries: number;
  /** What passes for a second of waiting, in milliseconds: between two writes, or as often as GitHub asks for. */
  unitMs: number;
  /** An answer that takes longer is taken for lost. */
  timeoutMs?: number;
}

/** What fails is told by whom it fails; a client without a log of its own writes to the console. */
const SILENT = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const REQUEST_TIMEOUT_MS = 30_000;
/** An installation that has not written for so long is not kept count of. */
const FORGET_AFTER_MS = 120_000;
/** What GitHub asks for between two writes that notify people, as the throttling plugin has it. */
const NOTIFYING_UNITS = 3;

export const RETRY: RetryOptions = { retries: 4, unitMs: 1000 };

/** Probot's client, speaking to `apiUrl` and patient as GitHub asks it to be. */
export function octokitFor(
  apiUrl: string,
  { unitMs, timeoutMs = REQUEST_TIMEOUT_MS }: RetryOptions,
  by: typeof fetch = fetch,
): typeof ProbotOctokit {
  const patient = (
    retryAfter: number,
    options: { method: string; url: string },
    octokit: unknown,
    count: number,
  ): boolean => {
    (octokit as { log: { warn(message: string): void } }).log.warn(
      `GitHub asked to wait ${retryAfter} s before ${options.method} ${options.url}`,
    );
    return count < 3;
  };
  const timed: typeof fetch = (input, init) => by(input, { ...init, signal: AbortSignal.timeout(timeoutMs) });
  // As the throttling plugin would itself, were its seconds not fixed: between two writes of an installation, and between two
  // of which people are notified.
  const spaced = (units: number): Bottleneck.Group =>
    new Bottleneck.Group({ maxConcurrent: 1, minTime: units * unitMs, timeout: FORGET_AFTER_MS });
  const [write, notifications] = [spaced(1), spaced(NOTIFYING_UNITS)];
  // Installation tokens are requested by a client of their own, which would otherwise go to github.com.
  const { request } = new Octokit({ baseUrl: apiUrl, request: { fetch: timed }, log: SILENT });
  return ProbotOctokit.defaults((options: Record<string, unknown>) => ({
    ...options,
    baseUrl: apiUrl,
    request: { ...(options['request'] as object | undefined), fetch: timed },
    auth: options['auth'] && { ...(options['auth'] as object), request },
    // Once, for the passing hiccup: requests for tokens are retried inside of others, and the work itself, which waits
    // longer, around all of them. An outage must not make a storm.
    retry: { retries: 1, retryAfterBaseValue: unitMs },
    throttle: {
      ...(options['throttle'] as object),
      retryAfterBaseValue: unitMs,
      write,
      notifications,
      onRateLimit: patient,
      onSecondaryRateLimit: patient,
    },
  })) as typeof ProbotOctokit;
}

/** What the work on one repository needs of GitHub. */
export interface Connection {
  checkRuns: CheckRunClient;
  reviews: ReviewClient;
  answers: AnswerClient;
  codeScanning: CodeScanningClient;
  /** Where people see the repository. */
  url: string;
  /** Where it is fetched from. */
  cloneUrl: string;
  /** A token that may read the repository; short-lived, never stored. */
  token(): Promise<string>;
  /** What holds for all repositories of its owner. */
  organisationPolicy(): Promise<Elsewhere>;
}

/** Connects to a repository as its installation. */
export async function connect(
  probot: Probot,
  repository: RepositoryRecord,
  {
    serverUrl,
    publicUrl,
    checkRuns,
    policies,
    login,
    concluded,
  }: {
    serverUrl: string;
    /** Under which people see what was found out; null where nobody can. */
    publicUrl: string | null;
    checkRuns: CheckRuns;
    policies: OrganisationPolicies;
    login: () => Promise<string>;
    concluded?: CheckRunSurroundings['concluded'];
  },
): Promise<Connection> {
  const octokit = await probot.auth(repository.installationId);
  const url = repositoryAddress(serverUrl, repository);
  const pages =
    publicUrl === null ? null : `${publicUrl}${REPOSITORIES_PATH}/${repository.owner}/${repository.name}`;
  return {
    checkRuns: new CheckRunClient(octokit, repository, checkRuns, { pages, concluded }),
    reviews: new ReviewClient(octokit, repository, login),
    answers: new AnswerClient(octokit, repository, login),
    codeScanning: new CodeScanningClient(octokit, repository),
    url,
    cloneUrl: `${url}.git`,
    token: async () => {
      const { token } = (await octokit.auth({ type: 'installation' })) as { token: string };
      return token;
    },
    organisationPolicy: () => policies.of(octokit, repository),
  };
}

/** Finds the name that the App writes under, and asks GitHub for it once. */
export function loginOf(probot: Probot): () => Promise<string> {
  let login: Promise<string> | null = null;
  const ask = async (): Promise<string> => {
    const octokit = await probot.auth();
    const { data } = await octokit.rest.apps.getAuthenticated();
    return `${data!.slug}[bot]`;
  };
  return () => {
    login ??= ask().catch((error: unknown) => {
      login = null;
      throw error;
    });
    return login;
  };
}
