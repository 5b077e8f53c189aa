import type { Store } from '../../store/store.js';
import type { Mirror } from './mirror.js';

/**
 * Ends a pull request: a merged one lends its number to what it brought, any other is forgotten.
 *
 * @param advance takes the base model to the tip of the default branch
 */
export async function closePullRequest(
  store: Store,
  mirror: Mirror,
  { repositoryId, number, mergeSha }: { repositoryId: number; number: number; mergeSha: string | null },
  advance: () => Promise<void>,
): Promise<void> {
  if (mergeSha === null) {
    store.pullRequests.drop(repositoryId, number);
  } else {
    store.transaction(() => {
      store.pullRequests.promote(repositoryId, number, mergeSha);
      // What was accepted there is in the default branch now, and what became of findings is settled.
      store.answers.carry(repositoryId, number);
      store.outcomes.settle(repositoryId, number);
    });
    await advance();
    store.pullRequests.absorbed(repositoryId, number);
    store.reports.forget(repositoryId, number);
  }
  await mirror.forget(pullRequestRef(number));
  await mirror.tidy();
}

/** Exists in the base repository for forks as well. */
export function pullRequestRef(number: number): string {
  return `refs/pull/${number}/head`;
}
