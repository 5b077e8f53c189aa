/** Owners and repositories as parts of an address, for patterns: GitHub has no others, and none of them leads upwards. */
export const OWNER = '[\\w-]{1,100}';
export const NAME = '(?!\\.{1,2}(?:/|$))[\\w.-]{1,100}';
