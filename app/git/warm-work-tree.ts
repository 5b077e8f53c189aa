import { lstat } from 'node:fs/promises';
import path from 'node:path';
import type { TreeSource } from '../../analysis/source.js';
import { differingFromIndex, placeOf, readWorkTree, type WorkTreeOptions } from './work-tree.js';

/**
 * Reads a work tree again and again, as it is asked of many times a minute. Where the index, the files that differ from it
 * and the untracked ones are as they were, so is the tree, and none of it is hashed.
 */
export class WarmWorkTree {
  private last: { stamp: string; source: TreeSource } | null = null;

  constructor(private readonly gitDirectory: string) {}

  async read(options: WorkTreeOptions): Promise<TreeSource> {
    // Stamped before it is read: what changes in between is seen the next time.
    const index = await stampOf(path.join(this.gitDirectory, 'index'));
    const differing = await differingFromIndex(options);
    const files = differing.map(
      async (file) => `${file.toString('latin1')}\0${await stampOf(placeOf(file, options.topLevel))}`,
    );
    const stamp = [index, ...(await Promise.all(files))].join('\0');
    if (this.last?.stamp === stamp) return this.last.source;
    const source = await readWorkTree(options, differing);
    this.last = { stamp, source };
    return source;
  }
}

/** Differs whenever the file was written or replaced, as far as file systems tell. */
async function stampOf(place: string | Buffer): Promise<string> {
  const stats = await lstat(place, { bigint: true }).catch(() => null);
  return stats ? `${stats.ino}:${stats.mode}:${stats.size}:${stats.mtimeNs}:${stats.ctimeNs}` : 'gone';
}
