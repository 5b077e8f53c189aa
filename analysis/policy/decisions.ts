import type { Place } from '../model/model.js';
import type { Policy } from '../policy-file/policy.js';

/** Where a decision stands that is in no file. */
export const DECIDED: Place = { file: '', line: 1 };

/** What people have decided beside the policy's file, in its own terms: each entry stands at {@link DECIDED}. */
export type Decisions = Pick<Policy, 'waivers' | 'public'>;
export const NOTHING_DECIDED: Decisions = { waivers: [], public: [] };

/** A decision as others hand it over, by value. */
export function decisionsOf(given: {
  waivers: readonly Omit<Decisions['waivers'][number], 'at'>[];
  public: readonly Omit<Decisions['public'][number], 'at'>[];
}): Decisions {
  return {
    waivers: given.waivers.map((w) => ({ ...w, at: DECIDED })),
    public: given.public.map((p) => ({ ...p, at: DECIDED })),
  };
}

/** The policy with them; the file speaks first. */
export function withDecisions(policy: Policy, decisions: Decisions): Policy {
  if (decisions.waivers.length + decisions.public.length === 0) return policy;
  return {
    ...policy,
    waivers: [...policy.waivers, ...decisions.waivers],
    public: [...policy.public, ...decisions.public],
  };
}
