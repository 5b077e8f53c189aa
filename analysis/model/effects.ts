/** Somebody is signed in by it: a token is made for them, or a session begins. */
export const isSignIn = ({ operation }: { operation: string }): boolean =>
  operation === 'token-issue' || operation === 'session-set';
/** A record of this kind that is there is taken away, or marked. */
export const isSpending = (
  { operation, target }: { operation: string; target: string },
  name: string,
): boolean => target === name && (operation === 'update' || operation === 'delete');
