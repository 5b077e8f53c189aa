import { AnalysisError } from './analysis-processes.js';
import { FetchError } from './mirror.js';

/** A newer head of the same pull request made this work moot. */
export class SupersededError extends Error {
  override readonly name = 'SupersededError';
  constructor() {
    super('a newer commit of the pull request supersedes this one');
  }
}

/** The work took longer than the operator allows. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError';
  constructor(milliseconds: number) {
    super(
      `the analysis was stopped after ${Math.round(milliseconds / 1000)} s, the time that this installation allows`,
    );
  }
}

/** The process is shutting down; the next one takes the work up again. */
export class ShutdownError extends Error {
  override readonly name = 'ShutdownError';
  constructor() {
    super('the App is shutting down');
  }
}

/**
 * What is to be done about an error:
 * - `pass`: it may pass by itself (GitHub or the network failed), so try again;
 * - `conclude`: the change cannot be judged, and saying so is the answer;
 * - `give-up`: GitHub refuses what the work needs, so there is nobody to tell.
 */
export type Remedy = 'pass' | 'conclude' | 'give-up';

export function remedyFor(error: unknown): Remedy {
  if (error instanceof FetchError) return error.lacking ? 'conclude' : 'pass';
  if (error instanceof AnalysisError || error instanceof DeadlineError) return 'conclude';
  const status = statusOf(error);
  if (status === null) return 'conclude';
  return status >= 500 || status === 429 || isRateLimit(error) ? 'pass' : 'give-up';
}

/** GitHub knows of no such installation or repository, or of none any more: the App was uninstalled, or something deleted. */
export function isGone(error: unknown): boolean {
  const status = statusOf(error);
  return status === 404 || status === 410;
}

/** Seconds that GitHub asks to wait before the next try, or null. */
export function retryAfter(error: unknown): number | null {
  const header = (error as Partial<WithResponse>).response?.headers?.['retry-after'];
  const seconds = Number(header);
  return header !== undefined && Number.isFinite(seconds) && seconds >= 0 ? seconds : null;
}

interface WithResponse {
  status: number;
  response: { headers?: Record<string, string | undefined> };
}

/** HTTP status of a request that failed; Octokit reports an unreachable server as 500. */
function statusOf(error: unknown): number | null {
  const { name, status } = error as Partial<WithResponse & Error>;
  return name === 'HttpError' && typeof status === 'number' ? status : null;
}

function isRateLimit(error: unknown): boolean {
  const remaining = (error as Partial<WithResponse>).response?.headers?.['x-ratelimit-remaining'];
  return remaining === '0' || retryAfter(error) !== null || /rate limit/i.test((error as Error).message);
}
