import type { PullRequestTraces } from './authorship.js';

/** What an event shows of who made a pull request; an event about a check shows nothing of it. */
export type ShownTraces = Omit<PullRequestTraces, 'commits'>;

/** What a webhook shows of when it was sent: GitHub delivers them in no certain order, and some twice. */
export interface Moment {
  /** When the pull request had changed last, as an ISO date; to the second. */
  at: string;
  /** The head that this one took the place of. */
  before?: string;
}

/** What there is to do about a delivery, as plain data that is stored with it. */
export type Job =
  /** Judge the newest head of a pull request. */
  | {
      kind: 'judge';
      number: number;
      headSha: string;
      baseRef: string;
      shown?: ShownTraces;
      /** Absent where it was asked for by a person: that is about what is newest, whichever that is. */
      moment?: Moment;
    }
  /** A pull request was closed; `mergeSha` null: not merged, or not into the default branch. */
  | { kind: 'close'; number: number; mergeSha: string | null; moment?: Moment }
  /** The default branch moved. */
  | { kind: 'advance' };

/** Deliveries that ask for a judgement; a later one for the same pull request makes the earlier one moot. */
export const JUDGING_EVENTS = [
  'pull_request.opened',
  'pull_request.synchronize',
  'pull_request.reopened',
  'pull_request.edited',
  'check_run.rerequested',
  'check_suite.rerequested',
] as const;
export type JudgingEvent = (typeof JUDGING_EVENTS)[number];
