import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expectToSay } from './generated-page.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PAGE = path.join(ROOT, 'docs/evaluation.md');

/** One finding in the tree of a public program, and what reading the code showed (`npm run evaluate -- --readings`). */
interface Reading {
  repository: string;
  commit: string;
  rule: string;
  missing: string;
  at: string;
  verdict: 'right' | 'arguable' | 'wrong';
  why: string;
}
const READINGS: Reading[] = JSON.parse(readFileSync(path.join(ROOT, 'bench/readings.json'), 'utf8'));

/** The findings that were read, one by one. */
function readings(): string {
  return [
    '| Program (commit) | Told of | Missing | Read as | Because |',
    '| --- | --- | --- | --- | --- |',
    ...READINGS.map(
      (r) =>
        `| ${[
          `${r.repository} (${r.commit.slice(0, 10)})`,
          `\`${r.at.replaceAll('|', '\\|')}\``,
          r.rule === 'missing-protection' ? r.missing : r.rule,
          r.verdict,
          r.why,
        ].join(' | ')} |`,
    ),
  ].join('\n');
}

/** What a study of agents that write whole applications found them to forget, and the fixtures that hold that it is told. */
const FORGOTTEN: readonly (readonly [what: string, rule: string, fixtures: readonly string[]])[] = [
  [
    'an endpoint that deletes, or gives something secret away, asks nobody who they are, and its siblings do',
    'missing-protection authentication',
    ['sveltekit/sessions-of-libraries', 'qwik-city/handlers-loaders-and-actions'],
  ],
  [
    'HTTP is behind a guard, and the socket, or a message of it, is not',
    'missing-protection authentication  WS',
    [
      'bun/routes-fetch-and-sockets',
      'hono/an-upgrade-beside-an-application',
      'socket-io/handlers-in-modules-after-login',
    ],
  ],
  [
    'a limiter, or a guard, is made and nothing uses it',
    'never-mounted',
    ['hono/middleware-that-nothing-installs', 'nestjs/a-guard-that-is-only-provided'],
  ],
  [
    'tokens are signed with a secret that stands in the code where a setting is missing',
    'inconsistent-token secret-fallback',
    ['divergences/secrets-with-a-way-out', 'nestjs/secrets-of-settings-that-are-handed'],
  ],
  ['nobody compares the `state` of an OAuth callback', 'oauth-state', ['divergences/oauth-without-state']],
  [
    'accounts are joined by an address that nobody has verified',
    'unverified-email',
    ['divergences/accounts-by-an-address-that-nobody-verified'],
  ],
  [
    'a score or a balance is what the client says, and a sibling works it out',
    'client-side-value',
    ['divergences/a-score-that-whoever-plays-may-say'],
  ],
  [
    'a record is found by its id, and siblings ask whose it is',
    'missing-protection ownership',
    ['prisma/owner-filter-in-all-but-one', 'prisma/scope-that-the-request-may-replace'],
  ],
  [
    'a session cookie is set with fewer attributes than elsewhere',
    'inconsistent-cookie',
    ['hono/cookies-set-by-a-function', 'divergences/cookie-set-with-fewer-attributes'],
  ],
  [
    'a token can be used after it was spent',
    'inconsistent-token weakened',
    ['divergences/secrets-that-nobody-spends'],
  ],
  [
    'credentials are taken without the limit of their siblings',
    'missing-protection rate-limit',
    ['moleculer/gateway-and-schemas', 'divergences/renewals-without-the-limit-of-their-kind'],
  ],
  [
    'a second factor is turned off, or an address changed, without the password that its counterpart asks for',
    're-authentication',
    [
      'divergences/what-changes-a-sign-in-asks-again',
      'divergences/one-time-codes-asked-by-a-class-of-a-package',
    ],
  ],
];

function forgotten(): string {
  return [
    '| What is forgotten | Rule | Held by |',
    '| --- | --- | --- |',
    ...FORGOTTEN.map(([what, rule, fixtures]) => {
      const [name, missing] = rule.split(/ +/);
      return `| ${what} | [${name}](rules/${name}.md)${missing ? `, ${missing}` : ''} | ${fixtures.map((f) => `\`${f}\``).join(', ')} |`;
    }),
  ].join('\n');
}

test('the page has every finding that was read, and what agents forget', () =>
  expectToSay(PAGE, { readings: readings(), forgotten: forgotten() }));

test('whoever reads says right, arguable or wrong, and why', () => {
  const unclear = READINGS.filter((r) => !['right', 'arguable', 'wrong'].includes(r.verdict) || !r.why);
  expect(unclear).toEqual([]);
});

test.each(FORGOTTEN)('%s: it is told', (_, rule, fixtures) => {
  const silent = fixtures.filter((fixture) => {
    const expected = readFileSync(path.join(ROOT, 'test/fixtures', fixture, 'expected.txt'), 'utf8');
    return !expected.split('\n').some((line) => line.startsWith(`! ${rule}`));
  });
  expect(silent).toEqual([]);
});
