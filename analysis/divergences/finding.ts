import type { Place, Trigger } from '../model/model.js';
import type { RuleId } from '../rules.js';

export type { RuleId };
export type Level = 'error' | 'warning' | 'note';
/** The gravest first. */
export const GRAVITY: Readonly<Record<Level, number>> = { error: 0, warning: 1, note: 2 };
export type Confidence = 'high' | 'medium' | 'low';

/** An established protection elsewhere that makes a divergence worth reporting. */
export interface Precedent extends Place {
  entryPoint: string;
  guard: string;
}

/** A person's decision that a divergence is intended, with where it is written down. */
export interface Waived extends Place {
  who: string;
  why: string;
  until: string | null;
}

/** Lines of a file, and the text to put in their place: with it the finding is gone. */
export interface Edit extends Place {
  endLine: number;
  /** Whole lines, without the break that ends the last. */
  replacement: string;
}

/** Where a loss has to show in the text of a change, if the change brought it about. */
export interface LostWhere {
  /** What it rests on: files in which the guard is applied, defined and makes its test, and those of the entry point. */
  files: string[];
  /** A guard gave it; else a limit in a query did. */
  byGuard: boolean;
  /** It stood in front of the handler: what the handler does there is no matter. */
  inFront: boolean;
  /** Where it was done under the guard, in the base, and where the same is done without, in head. */
  did: Place[];
  does: Place[];
  /** The test by which it refused, in the base, where that is in the handler or in what it calls; null elsewhere. */
  test: Place | null;
  /** Tests of head of which it is not seen what they ask. */
  unexplained: Place[];
  /** What was done under the guard is done under it still, and beside that without. */
  beside: boolean;
}

/** What is reported. A value: nothing later writes into it; shells decorate copies (provenance, waivers). */
export interface Finding {
  /** Stable: rule, what is missing, entry point id. No line, no file, no guard name, except for a guard's own finding. */
  id: string;
  rule: RuleId;
  level: Level;
  /** Its level where it stands in a large program, and no change brings it; left out where that is the same. */
  standing?: Level;
  confidence: Confidence;
  /** `waived` is given by a policy, never by a rule. */
  status: 'new' | 'existing' | 'resolved' | 'waived';
  /** Who decided that it is intended; only where it is waived. */
  waiver?: Waived;
  blocking: boolean;
  missing: string;
  entryPoint: string | null;
  trigger: Trigger | null;
  entryPointPlace: Place | null;
  handler: (Place & { endLine: number }) | null;
  /** Where a reviewer would comment, in head. */
  place: Place;
  message: string;
  remedy: string;
  precedents: Precedent[];
  /** Unchanged entry points that lose a protection. */
  affects: string[];
  /** Of a loss: where it has to show in the text of the change, and what peers say, should it not; gone once that was looked at. */
  where?: LostWhere[];
  otherwise?: Finding;
  /** The change that mends it, where it is mechanical and was tried (`analysis/suggest.ts`); left out else. */
  edit?: Edit;
}
