import { lstat } from 'node:fs/promises';
import path from 'node:path';
import type { TreeSource } from '../../analysis/source.js';
import { splitNul } from './path.js';
import { runGit } from './process.js';
import { readWorkTree, type WorkTreeOptions } from './work-tree.js';

const FOLDER = 0x2f;

/**
 * Reads a work tree again and again, as it is asked of many times a minute. Where the index, the files that differ from it
 * and the untracked ones are as they were, so is the tree, and none of it is hashed.
 */
export class WarmWorkTree {
  private last: { stamp: string; source: TreeSource } | null = null;

  constructor(private readonly gitDirectory: string) {}

  async read(options: WorkTreeOptions): Promise<TreeSource> {
    // Stamped before it is read: what changes in between is seen the next time.
    const stamp = await this.stamp(options);
    if (this.last?.stamp === stamp) return this.last.source;
    const source = await readWorkTree(options);
    this.last = { stamp, source };
    return source;
  }

  private async stamp({ topLevel, env }: WorkTreeOptions): Promise<string> {
    const git = async (...args: string[]): Promise<Buffer> =>
      (await runGit(args, { cwd: topLevel, env })).stdout;
    const index = await stampOf(path.join(this.gitDirectory, 'index'));
    const [changed, untracked] = await Promise.all([
      git('diff-files', '--name-only', '--no-renames', '-z'),
      git('ls-files', '--others', '--exclude-standard', '-z'),
    ]);
    const files = [...splitNul(changed), ...splitNul(untracked)].filter((file) => file.at(-1) !== FOLDER);
    const stamps = await Promise.all(
      files.map((file) => stampOf(Buffer.concat([Buffer.from(`${topLevel}/`), file]))),
    );
    return [index, changed.toString('latin1'), untracked.toString('latin1'), ...stamps].join('\n');
  }
}

/** Differs whenever the file was written or replaced, as far as file systems tell. */
async function stampOf(place: string | Buffer): Promise<string> {
  const stats = await lstat(place, { bigint: true }).catch(() => null);
  return stats ? `${stats.ino}:${stats.mode}:${stats.size}:${stats.mtimeNs}:${stats.ctimeNs}` : 'gone';
}
