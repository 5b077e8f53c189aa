import type { AnswerClient } from '../../app/github/answers/answer-client.js';
import { whyNotAsk, whyNotDecide } from '../../app/github/answers/permission.js';
import type { Person } from '../../app/github/jobs.js';

const AUTHOR = { login: 'ada', id: 1 };
const person = (login: string, id: number, more: Partial<Person> = {}): Person => ({
  login,
  id,
  type: 'User',
  viaApp: false,
  ...more,
});
const bo = person('bo', 2);

/** A repository where everybody has this role; `teams` null: their members cannot be read. */
const where = (role: string, teams: Record<string, string[]> | null = null) =>
  ({
    roleOf: () => Promise.resolve({ role, permission: role === 'maintain' ? 'write' : role }),
    isMember: (org: string, team: string, login: string) =>
      Promise.resolve(teams && (teams[`${org}/${team}`] ?? []).includes(login)),
  }) as unknown as AnswerClient;

test.each<[string, Person, AnswerClient, string | string[] | undefined, string[], string | null]>([
  ['a maintainer', bo, where('maintain'), undefined, [], null],
  ['an administrator', bo, where('admin'), undefined, [], null],
  ['who may write', bo, where('write'), undefined, [], 'only those who maintain'],
  ['the author', person('ADA', 1), where('admin'), undefined, ['@ada'], 'who opened'],
  ['the author, renamed since', person('eve', 1), where('admin'), undefined, [], 'who opened'],
  ['somebody with a name that was the author’s', person('ada', 9), where('admin'), undefined, [], null],
  ['a bot', person('bo', 2, { type: 'Bot' }), where('admin'), undefined, [], 'a program'],
  [
    'an App in the name of a person',
    person('bo', 2, { viaApp: true }),
    where('admin'),
    undefined,
    [],
    'a program',
  ],
  [
    'an agent with an account of a person',
    person('kiro-agent', 5),
    where('admin'),
    undefined,
    [],
    'a program',
  ],
  ['a code owner', bo, where('read'), undefined, ['@Bo'], null],
  ['a code owner by address', bo, where('read'), undefined, ['bo@example.org'], 'only'],
  ['in a team that owns it', bo, where('read', { 'acme/board': ['bo'] }), undefined, ['@acme/board'], null],
  ['not in the team', bo, where('read', {}), undefined, ['@acme/board'], 'only those who maintain'],
  ['perhaps in the team', bo, where('read'), undefined, ['@acme/board'], 'could not be read'],
  ['a maintainer, where only owners may', bo, where('admin'), 'code-owners', ['@eve'], 'only code owners of'],
  ['named in the policy', bo, where('read'), ['@bo'], ['@eve'], null],
  ['a code owner, where only maintainers may', bo, where('read'), ['maintainers'], ['@bo'], 'only those'],
  ['where nobody may', bo, where('admin'), 'nobody', ['@bo'], 'nobody'],
])('%s', async (_, by, client, accept, owners, refusal) => {
  const given = { accept } as Parameters<typeof whyNotDecide>[1];
  const why = await whyNotDecide({ by, author: AUTHOR, client }, given, owners);
  if (refusal === null) expect(why).toBeNull();
  else expect(why).toContain(refusal);
});

test.each<[string, Person, string, boolean]>([
  ['the author', person('ada', 1), 'none', true],
  ['who may triage', bo, 'triage', true],
  ['who may read', bo, 'read', false],
])('what changes nothing may be asked for by %s', async (_, by, role, expected) => {
  expect((await whyNotAsk({ by, author: AUTHOR, client: where(role) })) === null).toBe(expected);
});
