import type { Effect } from './model.js';

/** Somebody is signed in by it: a token is made for them, or a session begins. */
export const isSignIn = ({ operation }: { operation: string }): boolean =>
  operation === 'token-issue' || operation === 'session-set';
/**
 * A record of this kind that is there is taken away, or marked; that somebody gets another password marks nothing by itself, nor
 * does noting when it was last used.
 */
export const isSpending = (
  { operation, target, leavesRest, notes }: Pick<Effect, 'operation' | 'target' | 'leavesRest' | 'notes'>,
  name: string,
): boolean =>
  target === name && (operation === 'delete' || (operation === 'update' && !leavesRest && !notes));
