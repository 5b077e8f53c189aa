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

/** Who has written a comment, or pressed a button. */
export interface Person {
  login: string;
  id: number;
  /** As GitHub says: `User`, `Bot`, `Organization`. */
  type: string;
  /** An App has done it in their name. */
  viaApp: boolean;
}

/** What somebody has asked for on a pull request. */
export interface Asking {
  by: Person;
  /** When, as 2027-01-31T12:00:00Z. */
  at: string;
  /** A comment with commands, or a button of the check run. */
  how:
    | {
        comment: number;
        on: 'conversation' | 'line';
        /** The comment that begins the thread that it stands in. */
        thread: number | null;
        text: string;
      }
    | { button: string };
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
  /** The default branch moved; `anew`: another branch is the default one now. */
  | { kind: 'advance'; anew?: true }
  /** Judge what a merge queue is about to merge: the pull request `pr` on top of what stands in front of it. */
  | { kind: 'group'; pr: number | null; headSha: string; headRef: string; baseSha: string; baseRef: string }
  /** Look at GitHub what has become of a pull request while nothing was told of it. */
  | { kind: 'refresh'; number: number }
  /** The repository is gone, or not ours to see any more: its data goes too. */
  | { kind: 'forget' }
  /** A person asks for something on a pull request. */
  | { kind: 'answer'; number: number; asking: Asking };
export type JudgeJob = Job & { kind: 'judge' };
export type GroupJob = Job & { kind: 'group' };

/** Is what comes of it said in a check run of its own? */
export const hasCheck = (job: Job): job is JudgeJob | GroupJob =>
  job.kind === 'judge' || job.kind === 'group';

/** Deliveries that ask for a judgement; a later one for the same pull request makes the earlier one moot. */
export const JUDGING_EVENTS = [
  'pull_request.opened',
  'pull_request.synchronize',
  'pull_request.reopened',
  'pull_request.edited',
  'check_run.rerequested',
  'check_suite.rerequested',
  'pull_request.ready_for_review',
  'pull_request.converted_to_draft',
  'postern.answered',
  'postern.reconsidered',
  'postern.refreshed',
] as const;
export type JudgingEvent = (typeof JUDGING_EVENTS)[number];
