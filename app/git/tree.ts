import type { TreeFile, TreeSource } from '../../analysis/source.js';
import type { BlobReader } from './blobs.js';
import { byPath, decodePath, splitNul } from './path.js';

/** Regular files, executable or not; a submodule is another repository, a symbolic link another file's name. */
export const REGULAR = /^100[0-7]{3}$/;
export const EXECUTABLE = '100755';
export const SYMBOLIC_LINK = '120000';
const TAB = 0x09;

/** The tree of a commit, read from the object database alone. */
export class GitTree implements TreeSource {
  constructor(
    readonly id: string,
    readonly files: readonly TreeFile[],
    readonly links: readonly TreeFile[],
    private readonly blobs: BlobReader,
  ) {}

  read(ids: readonly string[]): Promise<Map<string, Uint8Array>> {
    return this.blobs.read(ids);
  }
}

/** A tree without files: what the first commit of a history is compared with. */
export function emptyTree(id: string): TreeSource {
  return { id, files: [], read: async () => new Map() };
}

/** Reads `git ls-tree -r -z`, with `--long` or without: `<mode> <type> <id>[ <size>]\t<path>`. */
export function parseTree(output: Buffer): { files: TreeFile[]; links: TreeFile[] } {
  const files: TreeFile[] = [];
  const links: TreeFile[] = [];
  for (const record of splitNul(output)) {
    const tab = record.indexOf(TAB);
    const [mode, , id, size] = record.subarray(0, tab).toString('latin1').split(/ +/);
    if (!id || (mode !== SYMBOLIC_LINK && !REGULAR.test(mode!))) continue;
    // git writes BAD where it does not have the object.
    const known = size !== undefined && /^\d+$/.test(size);
    (mode === SYMBOLIC_LINK ? links : files).push({
      path: decodePath(record.subarray(tab + 1)),
      id,
      size: known ? Number(size) : null,
      ...(mode === EXECUTABLE ? { executable: true as const } : {}),
    });
  }
  return { files: files.sort(byPath), links: links.sort(byPath) };
}
