import type { Finding } from '../../analysis/divergences/finding.js';
import type { Judgement } from '../../analysis/judge.js';
import type { Model, Place } from '../../analysis/model/model.js';
import type { Commit } from '../git/history.js';
import type { Report } from '../report/report.js';

/** What questions are about: a work tree, or what an App has stored of a default branch. */
export interface Subject {
  /** Where its files lie on this machine; null where they do not. */
  readonly topLevel: string | null;
  /** As it is now. `base`: what changes are compared with, where there can be any. */
  snapshot(base?: string): Promise<Known>;
  /** The commit that brought a line, where that is known. */
  establishing(known: Known, place: Place): Promise<Pick<Commit, 'sha' | 'pullRequest'> | null>;
}

/** What is known of it at one moment. */
export interface Known {
  readonly base: string;
  readonly model: Model;
  /** What a change would bring; of what nobody changes, what diverges in it. */
  readonly judgement: Judgement;
  /** Everything that diverges. */
  readonly standing: readonly Finding[];
  report(): Report;
  /** The text of a file; null where there is none. */
  text(file: string): Promise<string | null>;
}
