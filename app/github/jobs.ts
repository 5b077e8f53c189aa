import type { PullRequestTraces } from './authorship.js';
import type { Moment } from './order.js';

/** What an event shows of who made a pull request; an event about a check shows nothing of it. */
export type ShownTraces = Omit<PullRequestTraces, 'commits'>;

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
