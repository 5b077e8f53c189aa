import path from 'node:path';
import type { TreeFile, TreeSource } from '../../analysis/source.js';
import type { BlobReader } from './blobs.js';
import { GitError } from './errors.js';
import { treeId, type ObjectFormat, type TreeEntry } from './object-id.js';
import { byPath, decodePath, splitNul } from './path.js';
import { runGit } from './process.js';
import { EXECUTABLE, GitTree, REGULAR, SYMBOLIC_LINK } from './tree.js';

interface IndexOptions {
  gitDirectory: string;
  topLevel: string;
  format: ObjectFormat;
  blobs: BlobReader;
}

/**
 * What a commit made now would contain. While git commits (`git commit -a`, `git commit FILE`) its hooks are told of
 * another index than the usual one: that is the one which is about to become the commit.
 * @throws GitError when the index holds a conflict, from which no commit can be made
 */
export async function readIndex({
  gitDirectory,
  topLevel,
  format,
  blobs,
}: IndexOptions): Promise<TreeSource> {
  const listed = await runGit(['ls-files', '--stage', '-z', '--full-name'], {
    cwd: topLevel,
    env: indexOfHook(gitDirectory),
  });
  const entries: TreeEntry[] = [];
  for (const record of splitNul(listed.stdout)) {
    const tab = record.indexOf(TAB);
    const [mode, id, stage] = record.subarray(0, tab).toString('latin1').split(' ');
    const name = record.subarray(tab + 1);
    if (stage !== '0')
      throw new GitError(
        `${decodePath(name)} has a conflict in the index: resolve it and \`git add\` it, then judge what is staged`,
      );
    entries.push({ path: name, mode: mode!, id: id! });
  }
  const files: TreeFile[] = [];
  const links: TreeFile[] = [];
  for (const entry of entries) {
    const file = { path: decodePath(entry.path), id: entry.id, size: null };
    if (entry.mode === SYMBOLIC_LINK) links.push(file);
    else if (entry.mode === EXECUTABLE) files.push({ ...file, executable: true });
    else if (REGULAR.test(entry.mode)) files.push(file);
  }
  return new GitTree(treeId(entries, format), files.sort(byPath), links.sort(byPath), blobs);
}
const TAB = 0x09;

/** Only an index of this very repository is taken from the environment. */
function indexOfHook(gitDirectory: string): Record<string, string> {
  const named = process.env['GIT_INDEX_FILE'];
  if (!named) return {};
  const place = path.resolve(named);
  return path.dirname(place) === gitDirectory ? { GIT_INDEX_FILE: place } : {};
}
