import { lstat, readFile, readlink } from 'node:fs/promises';
import type { Stats } from 'node:fs';
import PQueue from 'p-queue';
import type { TreeSource } from '../../analysis/source.js';
import type { BlobReader } from './blobs.js';
import { GitError } from './errors.js';
import { parseIndex } from './index-tree.js';
import { blobId, treeId, type ObjectFormat, type TreeEntry } from './object-id.js';
import { decodePath, splitNul } from './path.js';
import { runGit } from './process.js';
import { EXECUTABLE, filesAndLinks, SYMBOLIC_LINK } from './tree.js';

/** Open files at a time: far below the usual limit on descriptors. */
const CONCURRENCY = 32;
const SLASH = 0x2f;

export interface WorkTreeOptions {
  topLevel: string;
  format: ObjectFormat;
  blobs: BlobReader;
  /** Environment in which the repository's filters are switched off. */
  env: Record<string, string>;
}

/** Paths of what lies on disk otherwise than in the index, or only there; ignored files are not among them. */
export async function differingFromIndex({ topLevel, env }: WorkTreeOptions): Promise<Buffer[]> {
  const git = async (...args: string[]): Promise<Buffer[]> => [
    ...splitNul((await runGit(args, { cwd: topLevel, env })).stdout),
  ];
  const [changed, untracked] = await Promise.all([
    git('diff-files', '--name-only', '--no-renames', '-z'),
    git('ls-files', '--others', '--exclude-standard', '-z'),
  ]);
  // A nested repository is listed as a folder, with a slash at its end.
  return [...changed, ...untracked.filter((path) => path.at(-1) !== SLASH)];
}

/**
 * Files as they lie on disk: uncommitted changes and untracked files included, ignored files not. `differing` is what was
 * just found to differ from the index.
 */
export async function readWorkTree(
  options: WorkTreeOptions,
  differing: readonly Buffer[],
): Promise<TreeSource> {
  const { topLevel, env } = options;
  const index = await runGit(['ls-files', '--stage', '-z', '--full-name'], { cwd: topLevel, env });
  const entries = new Map<string, TreeEntry>();
  const onDisk = new Map<string, Buffer>();
  for (const { stage, ...entry } of parseIndex(index.stdout)) {
    // An unmerged path has no one content in the index: what counts is what lies on disk.
    if (stage !== '0') onDisk.set(key(entry.path), entry.path);
    else entries.set(key(entry.path), entry);
  }
  for (const path of differing) onDisk.set(key(path), path);

  const sizes = new Map<string, number>();
  const places = new Map<string, Buffer>();
  const queue = new PQueue({ concurrency: CONCURRENCY });
  await queue.addAll(
    [...onDisk].map(([name, path]) => async () => {
      // A submodule stays what the index says.
      if (entries.get(name)?.mode === '160000') return;
      const place = placeOf(path, topLevel);
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

  const sized = [...entries].map(([name, entry]) => ({ ...entry, size: sizes.get(name) ?? null }));
  return {
    id: treeId([...entries.values()], options.format),
    ...filesAndLinks(sized),
    read: (ids) => readContents(ids, places, options),
  };
}

/** Where a path of the work tree lies. */
export const placeOf = (path: Buffer, topLevel: string): Buffer =>
  Buffer.concat([Buffer.from(`${topLevel}/`), path]);

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
