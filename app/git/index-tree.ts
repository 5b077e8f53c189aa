import path from 'node:path';
import type { TreeSource } from '../../analysis/source.js';
import type { BlobReader } from './blobs.js';
import { GitError } from './errors.js';
import { treeId, type ObjectFormat, type TreeEntry } from './object-id.js';
import { decodePath } from './path.js';
import { runGit } from './process.js';
import { filesAndLinks, GitTree, recordsIn } from './tree.js';

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
  const entries = parseIndex(listed.stdout);
  const conflict = entries.find(({ stage }) => stage !== '0');
  if (conflict)
    throw new GitError(
      `${decodePath(conflict.path)} has a conflict in the index: resolve it and \`git add\` it, then judge what is staged`,
    );
  const { files, links } = filesAndLinks(entries.map((entry) => ({ ...entry, size: null })));
  return new GitTree(treeId(entries, format), files, links, blobs);
}

/** Reads `git ls-files --stage -z`: `<mode> <id> <stage>\t<path>`. */
export function parseIndex(output: Buffer): (TreeEntry & { stage: string })[] {
  return recordsIn(output).map(({ path, fields: [mode, id, stage] }) => ({
    path,
    mode: mode!,
    id: id!,
    stage: stage!,
  }));
}

/** Only an index of this very repository is taken from the environment. */
function indexOfHook(gitDirectory: string): Record<string, string> {
  const named = process.env['GIT_INDEX_FILE'];
  if (!named) return {};
  const place = path.resolve(named);
  return path.dirname(place) === gitDirectory ? { GIT_INDEX_FILE: place } : {};
}
