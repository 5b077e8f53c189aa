import type { TreeFile, TreeSource } from '../../analysis/source.js';
import type { BlobReader } from './blobs.js';
import type { TreeEntry } from './object-id.js';
import { byPath, decodePath, splitNul } from './path.js';

/** Regular files, executable or not; a submodule is another repository, a symbolic link another file's name. */
const REGULAR = /^100[0-7]{3}$/;
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
export function parseTree(output: Buffer): FilesAndLinks {
  return filesAndLinks(
    recordsIn(output).map(({ path, fields: [mode, , id, size] }) => {
      // git writes BAD where it does not have the object.
      const known = size !== undefined && /^\d+$/.test(size);
      return { path, mode: mode!, id: id!, size: known ? Number(size) : null };
    }),
  );
}

/** Records of what git lists, each some fields, a tab and a path. */
export function recordsIn(output: Buffer): { fields: string[]; path: Buffer }[] {
  return [...splitNul(output)].map((record) => {
    const tab = record.indexOf(TAB);
    const fields = record.subarray(0, tab).toString('latin1').split(/ +/);
    return { fields, path: record.subarray(tab + 1) };
  });
}

interface FilesAndLinks {
  files: TreeFile[];
  links: TreeFile[];
}

/** Entries of a tree as a tree source has them, by what they are; what is neither file nor link is left out. */
export function filesAndLinks(entries: Iterable<TreeEntry & { size: number | null }>): FilesAndLinks {
  const files: TreeFile[] = [];
  const links: TreeFile[] = [];
  for (const { path, mode, id, size } of entries) {
    const file = { path: decodePath(path), id, size };
    if (mode === SYMBOLIC_LINK) links.push(file);
    else if (mode === EXECUTABLE) files.push({ ...file, executable: true });
    else if (REGULAR.test(mode)) files.push(file);
  }
  return { files: files.sort(byPath), links: links.sort(byPath) };
}
