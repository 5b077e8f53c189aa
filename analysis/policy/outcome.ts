import type { Place } from '../model/model.js';
import type { Mistake } from '../policy-file/policy.js';

/** Who wrote a change, as far as there is evidence. */
export type Author = 'agent' | 'person' | 'unknown';

/** Something about the policy that a reader has to know; never a finding. */
export interface PolicyNote extends Place {
  kind:
    | 'waiver-expired'
    | 'waiver-lapsed'
    | 'waiver-unused'
    | 'rule-off'
    | 'author-unknown'
    | 'file-changed'
    | 'loosened'
    | 'mistake-in-change';
  text: string;
}

/** What a policy made of a judgement. */
export interface PolicyOutcome {
  /** Files that it was read from, defaults first. */
  files: string[];
  mistakes: Mistake[];
  notes: PolicyNote[];
  /** Why findings that would block do not, and which; null where none is spared. */
  spared: { because: string; findings: string[] } | null;
  /** What the change brought that could not be followed blocks it. */
  blocksIncomplete: boolean;
}
