import type { Finding } from './divergences/finding.js';
import type { EntryPoint, Gap, Model } from './model/model.js';

export interface AffectedEntryPoint { change: 'added' | 'changed' | 'removed'; entryPoint: EntryPoint }

/** What a change does to a model, and what there is to say about it. Plain data. */
export interface Judgement {
  status: 'complete' | 'partial';
  affected: AffectedEntryPoint[];
  findings: Finding[];
  gaps: (Gap & { introduced: boolean })[];
}

/**
 * Compares the model of a change's tree with the model of its base.
 * Findings on what base already had are `existing` and never blocking.
 */
export function judge(base: Model, head: Model): Judgement {
  void base;
  void head;
  throw new Error('judge: not written yet');
}

/** Everything that diverges inside one tree; every finding `existing`, none blocking. */
export function inspect(model: Model): Judgement {
  void model;
  throw new Error('inspect: not written yet');
}
