/** Words for those who use a program. */
const PEOPLE = 'customer|person|player|patient|student|employee|teacher|driver|merchant|seller|vendor';
/** What may as well say what somebody is as who: `session.admin`. */
const RANKS = 'user|account|member|profile|admin|staff|operator|agent|guardian';
const KEY = '_?(?:id|uid|uuid)';
/**
 * Members of a session that hold whose it is, in the words of the program: `session.playerId`. What is kept for a sign-in that
 * is not complete (`pendingPlayerId`) is called otherwise, and is nobody yet.
 */
const HOLDER = new RegExp(
  `^(?:current|auth(?:enticated)?|signed_?in|logged_?in|session)?_?(?:(?:${PEOPLE})(?:${KEY})?|(?:${RANKS})${KEY})$`,
  'i',
);
export const isHolder = (name: string): boolean => HOLDER.test(name);
