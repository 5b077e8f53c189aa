import { isIdentity, type Source } from './fact.js';

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

/** A list of what a caller may, by what such lists are called. */
export const rolesOf = (sources: readonly Source[], name: string): { form?: 'roles' } =>
  sources.length > 0 && sources.every(isIdentity) && ROLES.test(name) ? { form: 'roles' } : {};
const ROLES = /^(?:user_?)?(?:roles|permissions|privileges|scopes|groups|authorities|capabilities)$/i;

/** Entities that stand for people. */
export const PERSON =
  /^(user|account|member|customer|person|profile|player|patient|student|employee|admin)s?$/i;
