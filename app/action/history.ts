import { CommandError, inOneLine } from '../cli/failure.js';
import { runGit } from '../git/process.js';
import { fetchable } from '../git/ref.js';
import { fetchFrom, struck } from '../git/transport.js';

export interface Remote {
  /** Work tree of the checkout. */
  folder: string;
  /** Where it comes from, without credentials. */
  url: string;
  /** May be empty, where nothing has to be fetched. */
  token: string;
}

/** How far back to look for a common ancestor, before everything is fetched. */
const DEPTHS = [50, 500];

/**
 * Sees to it that the merge of a pull request and both of its parents are there. A checkout has only the merge, as a
 * rule; the parents are one fetch away, however long the history is.
 */
export async function withParents(remote: Remote, commit: string, ref: string): Promise<void> {
  if (await complete(remote, commit)) return;
  // The merge by its id: the ref may have moved on since the workflow was started.
  const problem = await fetchInto(remote, ['--depth=2'], [commit]).catch((first: unknown) =>
    fetchInto(remote, ['--depth=2'], [ref]).then(
      () => null,
      () => inOneLine(first),
    ),
  );
  if (await complete(remote, commit)) return;
  throw lacking(`the parents of the merge ${commit}`, problem ?? 'what was fetched does not hold them');
}

/** Sees to it that two commits are there, and what both come from. */
export async function withCommonAncestor(remote: Remote, base: string, head: string): Promise<void> {
  let problem: string | null = null;
  for (const depth of [...DEPTHS, null]) {
    if (await related(remote, base, head)) return;
    const ids = [base, head].filter((revision) => /^[0-9a-f]{40,64}$/.test(revision));
    const shallow = (await output(remote, ['rev-parse', '--is-shallow-repository'])) === 'true';
    if (depth === null && !shallow) break;
    problem = await fetchInto(remote, depth === null ? ['--unshallow'] : [`--depth=${depth}`], ids).then(
      () => null,
      (error: unknown) => inOneLine(error),
    );
  }
  if (await related(remote, base, head)) return;
  throw lacking(`${base}, ${head} or what both come from`, problem ?? 'they have nothing in common');
}

function lacking(what: string, why: string): CommandError {
  return new CommandError(
    `the checkout lacks ${what}, and it could not be fetched: ${why}. Give actions/checkout fetch-depth: 0, or this action a token ` +
      'that may read the contents of the repository (permissions: contents: read)',
  );
}

async function complete(remote: Remote, merge: string): Promise<boolean> {
  return (await has(remote, `${merge}^1`)) && (await has(remote, `${merge}^2`));
}

async function related(remote: Remote, base: string, head: string): Promise<boolean> {
  if (!(await has(remote, base)) || !(await has(remote, head))) return false;
  const { status } = await git(remote, ['merge-base', '--', base, head], [0, 1, 128]);
  return status === 0;
}

async function has(remote: Remote, revision: string): Promise<boolean> {
  const args = ['rev-parse', '--quiet', '--verify', '--end-of-options', `${revision}^{commit}`];
  return (await git(remote, args, [0, 1, 128])).status === 0;
}

async function output(remote: Remote, args: string[]): Promise<string> {
  return (await git(remote, args)).stdout.toString('utf8').trim();
}

async function fetchInto(remote: Remote, how: string[], what: string[]): Promise<null> {
  const odd = what.find((each) => !/^[0-9a-f]{40,64}$/.test(each) && !fetchable(each));
  if (odd !== undefined) throw new CommandError(`${JSON.stringify(odd)} is nothing that could be fetched`);
  const { folder, url, token } = remote;
  await fetchFrom(['-C', folder], { url, token, what, how }).catch((error: unknown) => {
    throw new CommandError(struck(inOneLine(error), token));
  });
  return null;
}

function git({ folder }: Remote, args: string[], accept: number[] = [0]): ReturnType<typeof runGit> {
  return runGit(['-C', folder, ...args], { accept });
}
