import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { TreeSource } from '../../analysis/source.js';
import type { GitRepository } from '../git/repository.js';
import { pageAddress, servedAt } from '../report/links.js';
import { toPage } from '../report/page/page.js';
import type { AddressOf } from '../report/page/page-data.js';
import { pageScript } from '../report/page/script.js';
import { exitStatus, type Report } from '../report/report.js';
import { conclusion } from '../report/wording.js';
import { visible } from '../report/escape.js';
import { CommandError } from './failure.js';
import { print } from './output.js';
import { scanned, type ScanOptions } from './scan.js';
import { timeline } from './timeline.js';
import { withWorkspace } from './workspace.js';

export interface PageOptions extends ScanOptions {
  /** Where the page is written. */
  output: string;
  /** Address under which the files of the tree stand; default: as the remote `origin` serves them, where that is known. */
  linkBase?: string;
  /** For how many seconds history is asked which pull request brought what; 0: not at all. */
  history: number;
  /** What `postern replay` wrote: what was taken away is known from that. */
  replay?: string;
}

/** Writes what a scan finds as a page for people; `script` is what runs in it. */
export function reportPage(options: PageOptions, script: () => string = pageScript): Promise<void> {
  return withWorkspace(options, async (workspace) => {
    const { report, source } = await scanned(workspace, options);
    const { repository } = workspace;
    const origin = await repository.origin();
    const served = origin === null ? null : servedAt(origin);
    const addressOf = options.linkBase
      ? pageAddress(options.linkBase)
      : served === null
        ? undefined
        : await asServed(served, { repository, report, source });
    const folder = path.basename(repository.topLevel ?? repository.gitDirectory).replace(/\.git$/, '');
    const title = served === null ? folder : new URL(served).pathname.slice(1);
    const commit = report.head ?? (await repository.resolve('HEAD').catch(() => null));
    const { history: seconds, replay } = options;
    const asked = seconds > 0 || replay !== undefined;
    const found =
      asked && commit !== null
        ? await timeline({ repository, report, source, commit, seconds, replay })
        : undefined;
    const page = toPage({ report, title, addressOf, timeline: found, served }, script());
    await write(path.resolve(options.output), page);
    process.exitCode = exitStatus(report);
    await print(visible(`Written to ${options.output}. ${conclusion(report)}`) + '\n');
  });
}

/** Files as the remote has them at the commit that was looked at. */
async function asServed(
  served: string,
  { repository, report, source }: { repository: GitRepository; report: Report; source: TreeSource },
): Promise<AddressOf | undefined> {
  if (report.head !== null) return pageAddress(`${served}/blob/${report.head}`);
  const commit = await repository.resolve('HEAD').catch(() => null);
  if (commit === null) return undefined;
  // Lines of a file that was changed since are others there.
  const committed = new Map((await repository.tree(commit)).files.map(({ path, id }) => [path, id]));
  const same = new Set(source.files.filter(({ path, id }) => committed.get(path) === id).map((f) => f.path));
  const address = pageAddress(`${served}/blob/${commit}`);
  return (file) => (same.has(file) ? address(file) : null);
}

async function write(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (error) {
    const why = {
      ENOENT: 'its folder does not exist',
      EISDIR: 'it is a folder',
      EACCES: 'it may not be written',
    }[(error as NodeJS.ErrnoException).code ?? ''];
    throw new CommandError(
      `the page cannot be written to ${file}: ${why ?? (error as Error).message}; say where with --output`,
    );
  }
}
