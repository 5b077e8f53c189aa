import type { Answer } from '../../../store/answers.js';
import type { Store } from '../../../store/store.js';
import type { decisionsOf } from '../../../analysis/policy/decisions.js';

/** What people have decided in comments, in the terms of a policy; plain data. */
export type Decided = Parameters<typeof decisionsOf>[0];

/** What counts for a change that consists of these pull requests. */
export function decidedFor(store: Store, repositoryId: number, pullRequests: readonly number[]): Decided {
  const answers = store.answers.inForce(repositoryId, pullRequests);
  return {
    waivers: answers
      .filter(({ kind }) => kind === 'accept')
      .map(({ subject, who, why, effects }) => ({ finding: subject, who: `@${who}`, why, effects })),
    public: answers
      .filter(({ kind }) => kind === 'public')
      .map((answer) => ({
        entryPoint: answer.subject,
        reason: openReason(answer),
        effects: answer.effects,
      })),
  };
}

const openReason = ({ why, who }: Answer): string => `${why} (opened by @${who})`;
