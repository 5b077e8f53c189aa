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

export interface BlameOfFile {
  /** Options of git under which references and objects are found. */
  history: readonly string[];
  commit: string;
  file: string;
  lines: readonly number[];
  signal: AbortSignal;
}
/** By line, the commit on the first-parent line that brought it; `cutOff` where history ends there, and earlier ones may have. */
export type Brought = Map<number, { sha: string; cutOff: boolean }>;

/** The same for several lines of a file. Lines that only moved within it, or were indented otherwise, are older. */
export async function broughtBy({ history, commit, file, lines, signal }: BlameOfFile): Promise<Brought> {
  const ranges = [...new Set(lines)].flatMap((line) => ['-L', `${line},${line}`]);
  const args = ['blame', '--first-parent', '-w', '-M', '--porcelain', ...ranges, commit, '--', file];
  return parsePorcelain((await runGit([...history, ...args], { signal })).stdout);
}

function parsePorcelain(output: Buffer): Brought {
  const found: Brought = new Map();
  const boundaries = new Set<string>();
  let sha = '';
  for (const line of output.toString('latin1').split('\n')) {
    const header = /^([0-9a-f]{40,64}) \d+ (\d+)/.exec(line);
    if (header) {
      sha = header[1]!;
      found.set(Number(header[2]), { sha, cutOff: false });
    } else if (line === 'boundary') boundaries.add(sha);
  }
  // Said of a commit once, where it comes first.
  for (const each of found.values()) each.cutOff = boundaries.has(each.sha);
  return found;
}
