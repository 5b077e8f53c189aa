import { globMatches } from '../../../analysis/policy/select.js';
import type { TreeSource } from '../../../analysis/source.js';

/** Where GitHub looks, in this order; the first one counts. */
const FILES = ['.github/CODEOWNERS', 'CODEOWNERS', 'docs/CODEOWNERS'];
/** GitHub does not read a longer one. */
const MAX_BYTES = 3 * 1024 * 1024;

/** Those whom a file belongs to, as GitHub writes them: `@ada`, `@acme/security`, an address. */
export async function codeOwnersOf(path: string, tree: TreeSource): Promise<string[]> {
  const found = FILES.flatMap((name) => tree.files.find((file) => file.path === name) ?? [])[0];
  if (!found || (found.size ?? 0) > MAX_BYTES) return [];
  const bytes = (await tree.read([found.id])).get(found.id);
  return bytes ? ownersIn(new TextDecoder().decode(bytes), path) : [];
}

/** The last line whose pattern matches decides; one without owners takes them away. */
export function ownersIn(text: string, path: string): string[] {
  let owners: string[] = [];
  for (const line of text.split(/\r?\n/)) {
    const [pattern, ...rest] = line.trim().split(/\s+/);
    if (!pattern || pattern.startsWith('#')) continue;
    const comment = rest.findIndex((word) => word.startsWith('#'));
    if (matches(pattern, path)) owners = comment === -1 ? rest : rest.slice(0, comment);
  }
  return owners;
}

/** A pattern as in .gitignore, without what GitHub does not take in this file: negations and classes. */
function matches(pattern: string, path: string): boolean {
  if (pattern.startsWith('!') || /[[\]{}]/.test(pattern)) return false;
  const bare = pattern.replace(/^\//, '').replace(/\/$/, '');
  // Without a slash but at its end it is about every folder.
  const anchored = pattern.startsWith('/') || bare.includes('/') ? bare : `**/${bare}`;
  const isFolder = pattern.endsWith('/');
  // `docs/*` is about the files of a folder, and not about those of folders in it.
  const holdsFolders = isFolder || !/(?:^|\/)\*$/.test(bare) || bare === '*';
  return (!isFolder && globMatches(anchored, path)) || (holdsFolders && globMatches(`${anchored}/**`, path));
}
