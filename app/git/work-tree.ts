import { lstat, readFile, readlink } from 'node:fs/promises';
import type { Stats } from 'node:fs';
import PQueue from 'p-queue';
import type { TreeFile, TreeSource } from '../../analysis/source.js';
import type { BlobReader } from './blobs.js';
import { GitError } from './errors.js';
import { blobId, treeId, type ObjectFormat, type TreeEntry } from './object-id.js';
import { byPath, decodePath, splitNul } from './path.js';
import { runGit } from './process.js';
import { EXECUTABLE, REGULAR, SYMBOLIC_LINK } from './tree.js';

/** Open files at a time: far below the usual limit on descriptors. */
const CONCURRENCY = 32;
const TAB = 0x09;

export interface WorkTreeOptions {
  topLevel: string;
  format: ObjectFormat;
  blobs: BlobReader;
  /** Environment in which the repository's filters are switched off. */
  env: Record<string, string>;
}

/** Files as they lie on disk: uncommitted changes and untracked files included, ignored files not. */
export async function readWorkTree(options: WorkTreeOptions): Promise<TreeSource> {
  const git = async (...args: string[]): Promise<Buffer> =>
    (await runGit(args, { cwd: options.topLevel, env: options.env })).stdout;
  const [index, changed, untracked] = await Promise.all([
    git('ls-files', '--stage', '-z', '--full-name'),
    git('diff-files', '--name-only', '--no-renames', '-z'),
    git('ls-files', '--others', '--exclude-standard', '-z'),
  ]);
  const entries = new Map<string, TreeEntry>();
  const onDisk = new Map<string, Buffer>();
  for (const record of splitNul(index)) {
    const tab = record.indexOf(TAB);
    const [mode, id, stage] = record.subarray(0, tab).toString('latin1').split(' ');
    const path = record.subarray(tab + 1);
    // An unmerged path has no one content in the index: what counts is what lies on disk.
    if (stage !== '0') onDisk.set(key(path), path);
    else entries.set(key(path), { path, mode: mode!, id: id! });
  }
  for (const path of splitNul(changed)) onDisk.set(key(path), path);
  // A nested repository is listed as a folder, with a slash at its end.
  for (const path of splitNul(untracked)) if (path.at(-1) !== 0x2f) onDisk.set(key(path), path);

  const sizes = new Map<string, number>();
  const places = new Map<string, Buffer>();
  const queue = new PQueue({ concurrency: CONCURRENCY });
  await queue.addAll(
    [...onDisk].map(([name, path]) => async () => {
      // A submodule stays what the index says.
      if (entries.get(name)?.mode === '160000') return;
      const place = Buffer.concat([Buffer.from(`${options.topLevel}/`), path]);
      const read = await readEntry(place, path, options.format);
      if (!read) {
        entries.delete(name);
        return;
      }
      entries.set(name, read.entry);
      sizes.set(name, read.size);
      places.set(read.entry.id, place);
    }),
  );

  const files: TreeFile[] = [];
  const links: TreeFile[] = [];
  for (const [name, { path, id, mode }] of entries) {
    const file = { path: decodePath(path), id, size: sizes.get(name) ?? null };
    if (mode === SYMBOLIC_LINK) links.push(file);
    else if (mode === EXECUTABLE) files.push({ ...file, executable: true });
    else if (REGULAR.test(mode)) files.push(file);
  }
  return {
    id: treeId([...entries.values()], options.format),
    files: files.sort(byPath),
    links: links.sort(byPath),
    read: (ids) => readContents(ids, places, options),
  };
}

function key(path: Buffer): string {
  return path.toString('latin1');
}

/** The file as git would record it; null when it is gone, or nothing that git records. */
async function readEntry(
  place: Buffer,
  path: Buffer,
  format: ObjectFormat,
): Promise<{ entry: TreeEntry; size: number } | null> {
  try {
    const stats: Stats = await lstat(place);
    if (stats.isSymbolicLink()) {
      const target = await readlink(place, { encoding: 'buffer' });
      return { entry: { path, mode: SYMBOLIC_LINK, id: blobId(target, format) }, size: target.length };
    }
    if (!stats.isFile()) return null;
    const content = await readFile(place);
    const mode = (stats.mode & 0o100) !== 0 ? EXECUTABLE : '100644';
    return { entry: { path, mode, id: blobId(content, format) }, size: content.length };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw new GitError(
      `${decodePath(path)} could not be read from the work tree: ${(error as Error).message}`,
    );
  }
}

async function readContents(
  ids: readonly string[],
  places: ReadonlyMap<string, Buffer>,
  options: WorkTreeOptions,
): Promise<Map<string, Uint8Array>> {
  const found = await options.blobs.read(ids.filter((id) => !places.has(id)));
  const queue = new PQueue({ concurrency: CONCURRENCY });
  await queue.addAll(
    ids
      .filter((id) => places.has(id))
      .map((id) => async () => {
        const place = places.get(id)!;
        const content = await contentOf(place).catch(() => null);
        if (!content || blobId(content, options.format) !== id) {
          throw new GitError(
            `${decodePath(place)} changed while it was being read: run again when the work tree is at rest`,
          );
        }
        found.set(id, content);
      }),
  );
  return found;
}

/** Of a symbolic link where it leads, as git keeps it, and not what lies there. */
async function contentOf(place: Buffer): Promise<Buffer> {
  const target = await readlink(place, { encoding: 'buffer' }).catch(() => null);
  return target ?? readFile(place);
}
