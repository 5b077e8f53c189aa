import { readFileSync } from 'node:fs';
import path from 'node:path';
import { watch as watchFiles, type FSWatcher } from 'chokidar';
import { LiveRepository } from '../live/live-repository.js';
import type { Snapshot } from '../live/snapshot.js';
import { visible } from '../report/escape.js';
import type { ReportedFinding } from '../report/report.js';
import { conclusion, triggerName } from '../report/wording.js';
import { print } from './output.js';
import { inOneLine } from './failure.js';
import type { PolicyOptions } from './policy.js';
import type { CommonOptions } from './workspace.js';

export interface WatchOptions extends CommonOptions, Pick<PolicyOptions, 'policy'> {
  base?: string;
}

/** Editors write a file in several steps, and tools many files at once: they are waited for. */
const SETTLING_MILLISECONDS = 200;

/** Keeps the model warm while files change, and prints what changes in the findings. Ends when it is stopped. */
export async function watch(options: WatchOptions): Promise<never> {
  const warn = (problem: unknown): void =>
    void process.stderr.write(`postern: ${visible(inOneLine(problem))}\n`);
  const live = await LiveRepository.open({ ...options, warn });
  let shown: ReadonlyMap<string, ReportedFinding> = new Map();
  let last: Snapshot | null = null;
  const look = async (): Promise<void> => {
    try {
      const snapshot = await live.snapshot(options.base);
      if (snapshot === last) return;
      const report = snapshot.report();
      const found = new Map(
        report.findings.filter((f) => f.status === 'new').map((finding) => [finding.id, finding]),
      );
      await print(
        difference(shown, found)
          .concat(`${visible(conclusion(report))}\n`)
          .join(''),
      );
      last = snapshot;
      shown = found;
    } catch (error) {
      warn(error);
    }
  };
  await look();
  const changes = settled(SETTLING_MILLISECONDS, look);
  const watcher = await startWatching(live.topLevel, live.gitDirectory, changes);
  watcher.on('error', warn);
  await print('Watching.\n');
  return new Promise<never>(() => undefined);
}

/** What came and what went, a line or two each. */
function difference(
  before: ReadonlyMap<string, ReportedFinding>,
  after: ReadonlyMap<string, ReportedFinding>,
): string[] {
  const gone = [...before.values()].filter((f) => !after.has(f.id));
  const come = [...after.values()].filter((f) => !before.has(f.id));
  return [
    ...gone.map((f) => `- ${headOf(f)}\n`),
    ...come.map((f) => `+ ${headOf(f)}\n  ${visible(f.message)}\n  → ${visible(f.remedy)}\n`),
  ];
}
const headOf = (f: ReportedFinding): string =>
  visible(
    `${f.file}:${f.line}  ${f.level} ${f.rule}${f.blocking ? ' (blocking)' : ''}  ${triggerName(f)}`.trimEnd(),
  );

/** Calls `work` once things have been quiet for a while; what happens meanwhile leads to one more call. */
function settled(milliseconds: number, work: () => Promise<void>): () => void {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  return () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      running = running.then(work);
    }, milliseconds);
  };
}

/**
 * Watches the files of the work tree, and in git's own folder what says which commit is the current one. Folders that are
 * never committed are left out, as far as the top-level file of ignored names says so in plain words.
 */
function startWatching(topLevel: string, gitDirectory: string, changed: () => void): Promise<FSWatcher> {
  const left = new Set(['node_modules', '.git', ...ignoredFolders(topLevel)]);
  const watcher = watchFiles([topLevel, path.join(gitDirectory, 'HEAD'), path.join(gitDirectory, 'index')], {
    ignoreInitial: true,
    followSymlinks: false,
    ignored: (place) => {
      if (place.startsWith(gitDirectory)) return !/[/\\](?:HEAD|index)$/.test(place);
      return path
        .relative(topLevel, place)
        .split(path.sep)
        .some((part) => left.has(part));
    },
  });
  watcher.on('all', changed);
  return new Promise((resolve) => watcher.once('ready', () => resolve(watcher)));
}
function ignoredFolders(topLevel: string): string[] {
  try {
    return readFileSync(path.join(topLevel, '.gitignore'), 'utf8')
      .split('\n')
      .flatMap((line) => /^\/?([\w.-]+)\/?\s*$/.exec(line)?.[1] ?? []);
  } catch {
    return [];
  }
}
