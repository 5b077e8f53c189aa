/** What each rule is about, for programs that list rules (SARIF) and for pages that explain a finding. */
export interface RuleText {
  title: string;
  help: string;
  /** Entries of the Common Weakness Enumeration that it is a case of. */
  cwe: readonly number[];
}

const RULES: Record<string, RuleText> = {
  'missing-protection': {
    title: 'An entry point lacks a protection that its peers have',
    help: 'Entry points that reach the same data or service are guarded, this one is not. Put the same guard in front of it.',
    cwe: [306, 862],
  },
  'weaker-than-peers': {
    title: 'An entry point admits more callers than its peers',
    help: 'Entry points that write the same data admit fewer roles. Ask for the same here.',
    cwe: [863],
  },
  'guard-removed': {
    title: 'A change takes a protection away',
    help: 'Entry points that were protected before the change no longer are. Put the guard back.',
    cwe: [306, 862],
  },
  'guard-weakened': {
    title: 'A change makes a protection weaker',
    help: 'After the change a guard admits callers that it refused before. Restore what it asked for.',
    cwe: [863],
  },
  'never-mounted': {
    title: 'A router is never mounted, or a guard never applied',
    help: 'It is defined and used nowhere, so that what it was written for does not happen. Mount or apply it, or remove it.',
    cwe: [862],
  },
  'dead-guard': {
    title: 'A guard is written where it never runs',
    help: 'Nothing is registered under its path, nothing reads what it is to ask for, or the framework does not look there. Install it in front of the route.',
    cwe: [862],
  },
  'guard-after-route': {
    title: 'A guard is installed after the routes it should cover',
    help: 'Middleware runs in order of installation: a guard behind a route never runs for it. Install it first.',
    cwe: [862, 696],
  },
  'guard-not-awaited': {
    title: 'The result of a guard is not used',
    help: 'The check is started but neither awaited nor tested, or its refusal is made and neither thrown nor returned, so that it has no effect. Await it, and stop when it refuses.',
    cwe: [863],
  },
  'bypassable-guard': {
    title: 'A guard lets everybody pass who adds a text to the address',
    help: 'It looks for the text of an exempt path anywhere in the address, query included, so that whoever adds it passes everywhere. Compare the path alone, from its beginning.',
    cwe: [187, 288],
  },
  'inconsistent-cookie': {
    title: 'A cookie is set with weaker attributes than elsewhere',
    help: 'The same kind of cookie carries httpOnly, secure or sameSite in other places, or it holds a session and scripts can read it. Set it with these attributes here.',
    cwe: [614, 1004, 1275],
  },
  'inconsistent-token': {
    title: 'What a token or a session rests on is weaker than elsewhere',
    help: 'Its secret is a text in the code, or it stays good when it has been redeemed, or when the password that it was begun with is replaced. Do as the place that is named does.',
    cwe: [321, 798, 613],
  },
  'oauth-state': {
    title: 'A sign-in through another provider does not verify its state',
    help: 'Without a verified state parameter, a sign-in can be forged from another site. Set one at the start, and compare it on return.',
    cwe: [352],
  },
  'unverified-email': {
    title: 'A sign-in through another provider trusts an address that nobody verified',
    help: 'Whoever enters the address of somebody else at the provider is signed in as them here. Link accounts by the id that the provider gives, or ask whether the address is verified.',
    cwe: [287, 345],
  },
  'any-origin': {
    title: 'Every site may read what is answered to the cookies of whoever visits it',
    help: 'Answers are shared with whichever site asks, cookies included. Name the sites that may read them.',
    cwe: [942],
  },
  'client-side-value': {
    title: 'A value is taken from the request that is worked out elsewhere',
    help: 'Another entry point works this column out from what is kept, and this one believes whoever calls. If it counts for anything, work it out here too.',
    cwe: [602],
  },
  're-authentication': {
    title: 'A change of the account asks for no secret, where others do',
    help: 'Whoever has a session can make this change. Others ask for the password or a code again before they make it: ask here too.',
    cwe: [306, 620],
  },
  'opt-out': {
    title: 'An explicit opt-out covers what is protected elsewhere',
    help: 'A public marker or an allow-list entry exempts an entry point whose peers are protected. Narrow it.',
    cwe: [862],
  },
  'untrusted-config': {
    title: 'A file that editors or agents obey by themselves runs, allows or redirects something',
    help: 'Tools do what these files say as soon as the repository is opened or installed. Review the change before that, and keep approvals and addresses in settings outside of the repository.',
    cwe: [829],
  },
};

/** Texts of a rule; a rule without an entry is named by its id, in words. */
export function ruleText(rule: string): RuleText {
  const title = rule.replaceAll('-', ' ');
  return (
    RULES[rule] ?? {
      title: title.charAt(0).toUpperCase() + title.slice(1),
      help: 'The finding says what diverges and what to do.',
      cwe: [],
    }
  );
}
