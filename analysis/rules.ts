/** Every rule, as findings and `levels` of a policy name it. */
export const RULES = [
  'missing-protection',
  'weaker-than-peers',
  'guard-removed',
  'guard-weakened',
  'never-mounted',
  'dead-guard',
  'guard-after-route',
  'guard-not-awaited',
  'bypassable-guard',
  'inconsistent-cookie',
  'inconsistent-token',
  'oauth-state',
  'unverified-email',
  're-authentication',
  'any-origin',
  'client-side-value',
  'opt-out',
  'untrusted-config',
] as const;
export type RuleId = (typeof RULES)[number];
