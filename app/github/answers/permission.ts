import { listOf, POLICY_FILE, type Policy } from '../../../analysis/policy-file/policy.js';
import { isAgentAccount } from '../authorship.js';
import type { Person } from '../jobs.js';
import type { AnswerClient } from './answer-client.js';

/** Left out of the policy: who keeps the repository, and whom its policy belongs to. */
const DEFAULT = ['maintainers', 'code-owners'];
const MAINTAINING = ['admin', 'maintain'];
/** May have work done that changes nothing. */
const WRITING = [...MAINTAINING, 'write', 'triage'];

export interface Asked {
  by: Person;
  /** Of the pull request. */
  author: { login: string; id: number | null };
  client: AnswerClient;
}

/** Is it the same account? Names change, ids do not. */
function isSame(a: { login: string; id: number | null }, b: { login: string; id: number | null }): boolean {
  if (a.id !== null && b.id !== null) return a.id === b.id;
  return a.login.toLowerCase() === b.login.toLowerCase();
}

/** Whether it is a program that asks: none decides anything, whatever it may do otherwise. */
export const isProgram = ({ login, id, type, viaApp }: Person): boolean =>
  type !== 'User' || viaApp || login.endsWith('[bot]') || isAgentAccount(login, id);

/** Why somebody may not have work done on a pull request; null where they may. */
export async function whyNotAsk({ by, author, client }: Asked): Promise<string | null> {
  if (isSame(by, author)) return null;
  const { role, permission } = await client.roleOf(by.login);
  if ([role, permission].some((r) => WRITING.includes(r))) return null;
  return 'only who opened the pull request, or may triage or write here, can ask for this';
}

/**
 * Why somebody may not decide about findings of a pull request; null where they may. Its author never may, nor a program;
 * who else is the policy's to say.
 */
export async function whyNotDecide(
  { by, author, client }: Asked,
  { accept }: Pick<Policy, 'accept'>,
  codeOwners: readonly string[],
): Promise<string | null> {
  if (isProgram(by)) return 'a program decides nothing';
  if (isSame(by, author)) return 'who opened a pull request does not decide about its findings';
  if (accept === 'nobody')
    return `the policy lets nobody decide by comment: write it into \`${POLICY_FILE}\``;
  const allowed = accept === undefined ? DEFAULT : listOf<string>(accept);
  if (allowed.includes('maintainers')) {
    const { role, permission } = await client.roleOf(by.login);
    if ([role, permission].some((r) => MAINTAINING.includes(r))) return null;
  }
  const named = allowed.flatMap((who) =>
    who === 'code-owners' ? codeOwners : who.startsWith('@') ? [who] : [],
  );
  if (named.some((who) => who.toLowerCase() === `@${by.login.toLowerCase()}`)) return null;
  const unreadable: string[] = [];
  for (const team of new Set(named.filter((who) => /^@[^/]+\/[^/]+$/.test(who)))) {
    const [org, slug] = team.slice(1).split('/') as [string, string];
    const member = await client.isMember(org, slug, by.login);
    if (member) return null;
    if (member === null) unreadable.push(team);
  }
  return `${wordsFor(allowed)} decide about findings here${
    unreadable.length === 0
      ? ''
      : `; who is in ${unreadable.join(', ')} could not be read: that takes the permission *Members: read*, or names of people`
  }`;
}

function wordsFor(allowed: readonly string[]): string {
  const words = allowed.map((who) =>
    who === 'maintainers'
      ? 'those who maintain or administer the repository'
      : who === 'code-owners'
        ? `code owners of \`${POLICY_FILE}\``
        : who,
  );
  return `only ${words.join(' and ')}`;
}
