import { CommandError } from '../cli/failure.js';
import type { ShownTraces } from '../github/jobs.js';

/** What an event of GitHub Actions asks to be judged. */
export type Asked =
  /** A pull request, as the merge that GitHub has made of it; its first parent is the tip of the base branch. */
  | { kind: 'merge'; commit: string; ref: string; shown: ShownTraces }
  /** Whatever lies between two commits. */
  | { kind: 'range'; base: string; head: string };

const ID = /^[0-9a-f]{40}([0-9a-f]{24})?$/;

/**
 * Reads what there is to judge from the payload of an event, or from what the workflow says itself.
 * @throws CommandError when the event has no change in it
 */
export function askedBy(
  env: NodeJS.ProcessEnv,
  payload: unknown,
  chosen: { base: string; head: string },
): Asked {
  const event = env['GITHUB_EVENT_NAME'] ?? '';
  const commit = env['GITHUB_SHA'] ?? '';
  if (chosen.base !== '') return { kind: 'range', base: chosen.base, head: chosen.head || 'HEAD' };
  const { pull_request: pull, merge_group: group, before } = payload as Payload;
  if (event === 'pull_request' && pull && ID.test(commit)) {
    const number = Number(pull.number);
    const shown = {
      author: { login: pull.user?.login ?? '', id: pull.user?.id ?? null },
      branch: pull.head?.ref ?? '',
      body: pull.body ?? '',
    };
    return { kind: 'merge', commit, ref: `refs/pull/${number}/merge`, shown };
  }
  if (event === 'merge_group' && group?.base_sha && ID.test(group.base_sha))
    return { kind: 'range', base: group.base_sha, head: commit };
  if (event === 'push' && before && ID.test(before) && !/^0+$/.test(before))
    return { kind: 'range', base: before, head: commit };
  throw new CommandError(
    `the event ${JSON.stringify(event)} has no change that could be judged: use it on pull_request, merge_group or push, ` +
      'or say with the input base what to compare with',
  );
}

interface Payload {
  pull_request?: {
    number?: number;
    body?: string | null;
    user?: { login?: string; id?: number } | null;
    head?: { ref?: string };
  };
  merge_group?: { base_sha?: string };
  before?: string;
}
