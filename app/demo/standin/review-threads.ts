import type { StandInComment } from './reviews.js';

type Variables = Record<string, unknown>;
interface Answer {
  data: unknown;
  errors?: { type: string; message: string }[];
}

/**
 * The queries and mutations about threads of review comments, which the emulator does not have: one thread a comment.
 *
 * @param mayResolve GitHub lets an App resolve threads only where it may write contents
 */
export function answerThreads(
  { query, variables }: { query: string; variables: Variables },
  comments: readonly StandInComment[],
  mayResolve: boolean,
): Answer {
  const mutation = /\b(un)?resolveReviewThread\b/i.exec(query);
  if (!mutation) {
    const nodes = comments
      .filter((comment) => comment.pullRequest === variables['number'])
      .map(({ id, resolved }) => ({
        id: `PRRT_${id}`,
        isResolved: resolved,
        comments: { nodes: [{ databaseId: id }] },
      }));
    const pageInfo = { hasPreviousPage: false, startCursor: null };
    return { data: { repository: { pullRequest: { reviewThreads: { pageInfo, nodes } } } } };
  }
  const [field] = mutation;
  if (!mayResolve)
    return {
      data: { [field]: null },
      errors: [{ type: 'FORBIDDEN', message: 'Resource not accessible by integration' }],
    };
  const comment = comments.find(({ id }) => `PRRT_${id}` === variables['id']);
  if (comment) comment.resolved = mutation[1] === undefined;
  return { data: { [field]: { thread: { id: variables['id'] } } } };
}
