import type { Place } from '../../analysis/model/model.js';
import { COMMIT_FORMAT, parseCommits, type Commit } from './history.js';
import { runGit } from './process.js';

/** Looking further back is given up: it is asked for while somebody waits. */
const MILLISECONDS = 2000;

/**
 * The commit on the first-parent line that brought the line as it is now; null where that is not found in time. `history` are
 * options of git under which references and objects are found.
 */
export async function establishing(
  history: readonly string[],
  commit: string,
  { file, line }: Place,
): Promise<Commit | null> {
  const signal = AbortSignal.timeout(MILLISECONDS);
  const blamed = await runGit(
    [...history, 'blame', '--first-parent', '--porcelain', '-L', `${line},${line}`, commit, '--', file],
    { signal },
  );
  const [id] = blamed.stdout.toString('latin1').split(' ');
  if (!id || !/^[0-9a-f]{40,64}$/.test(id)) return null;
  const shown = await runGit(
    [
      ...history,
      'rev-list',
      '--max-count=1',
      '--no-commit-header',
      '--encoding=UTF-8',
      `--format=${COMMIT_FORMAT}`,
      id,
    ],
    { signal },
  );
  return parseCommits(shown.stdout)[0] ?? null;
}
