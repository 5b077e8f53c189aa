import { readFile } from 'node:fs/promises';
import PQueue from 'p-queue';
import type { Place } from '../../analysis/model/model.js';
import type { TreeSource } from '../../analysis/source.js';
import type { Brought } from '../git/blame.js';
import type { GitRepository } from '../git/repository.js';
import type { Report } from '../report/report.js';
import { placesOfTimeline, timelineOf, type ReplayedCommit, type Timeline } from '../report/timeline.js';
import { CommandError } from './failure.js';

/** Files of which the history is read at a time. */
const AT_A_TIME = 2;

export interface TimelineInput {
  repository: GitRepository;
  report: Report;
  /** The tree that the report is about. */
  source: TreeSource;
  /** The commit that it is of, or was before it was changed. */
  commit: string;
  /** How long to look. */
  seconds: number;
  /** What `postern replay` wrote. */
  replay?: string;
}

/** What history has to say about the protections of a tree, as far as that is found in time. */
export async function timeline(input: TimelineInput): Promise<Timeline> {
  const { repository, report, source, commit, seconds } = input;
  const replayed = input.replay === undefined ? [] : await readReplay(input.replay);
  const committed = new Map((await repository.tree(commit)).files.map(({ path, id }) => [path, id]));
  const asCommitted = new Set(
    source.files.filter(({ path, id }) => committed.get(path) === id).map((f) => f.path),
  );
  const lines = new Map<string, number[]>();
  for (const { file, line } of placesOfTimeline(report))
    if (asCommitted.has(file)) lines.set(file, [...(lines.get(file) ?? []), line]);
  const found = new Map<string, Brought>();
  const signal = AbortSignal.timeout(seconds * 1000);
  const queue = new PQueue({ concurrency: AT_A_TIME });
  // Where most is to be learnt comes first: there may be no time for all.
  const files = [...lines].sort(([, a], [, b]) => b.length - a.length);
  await queue.addAll(
    files.map(([file, at]) => async () => {
      if (signal.aborted) return;
      const brought = await repository.broughtBy(commit, file, at, signal);
      if (brought.size > 0) found.set(file, brought);
    }),
  );
  const broughtBy = ({ file, line }: Place): string | { unknown: string } => {
    if (!asCommitted.has(file)) return { unknown: 'the file is changed, and not committed' };
    const brought = found.get(file)?.get(line);
    if (!brought) return { unknown: `it was not found in ${seconds} seconds (--history gives more)` };
    return brought.cutOff ? { unknown: 'the clone has no history before it' } : brought.sha;
  };
  return timelineOf(report, { commits: await repository.firstParents({ to: commit }), broughtBy, replayed });
}

async function readReplay(file: string): Promise<ReplayedCommit[]> {
  const refuse = (why: string): CommandError =>
    new CommandError(`${file} cannot be read as what \`postern replay\` prints: ${why}`);
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw refuse(error.message);
  });
  return text
    .split('\n')
    .map((line, at) => ({ line, at: at + 1 }))
    .filter(({ line }) => line.trim() !== '')
    .map(({ line, at }) => {
      const read = asJson(line) as Partial<ReplayedCommit> | null;
      if (typeof read?.sha !== 'string' || !Array.isArray(read.entryPoints) || !read.status)
        throw refuse(`line ${at} is none of its lines`);
      return { sha: read.sha, status: read.status, entryPoints: read.entryPoints };
    });
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
