import type { Place } from '../../analysis/model/model.js';
import { code } from './escape.js';

/** The address of a line, or null where there is none to give. */
export type LinkOf = (place: Place) => string | null;

/** Where people see a repository on GitHub. */
export const repositoryAddress = (
  serverUrl: string,
  { owner, name }: { owner: string; name: string },
): string => `${serverUrl}/${encodeURIComponent(owner)}/${encodeURIComponent(name)}`;

/** The address of a line of a file as GitHub serves it; nothing in it ends a link of Markdown early. */
export function lineAddress(repositoryUrl: string, commit: string, { file, line }: Place): string {
  const safe = pathOf(file).replace(/[!'()*~_]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  return `${repositoryUrl}/blob/${commit}/${safe}#L${line}`;
}

/** The address of a file below one of the whole tree; a line of it follows as `#L12`. */
export function pageAddress(base: string): (file: string) => string {
  const below = base.replace(/\/+$/, '');
  return (file) => `${below}/${pathOf(file)}`;
}

/** Hosts whose addresses of files are known to be `/owner/name/blob/commit/path`. */
const SERVING = ['github.com', 'gitlab.com'];

/**
 * Where people read what a remote of git holds: `https://github.com/o/n` of `git@github.com:o/n.git`. Null where that is not
 * known. Names and passwords, which addresses of remotes may hold, are left out.
 */
export function servedAt(remote: string): string | null {
  const parts =
    /^(?:https?|ssh|git):\/\/(?:[^@/]*@)?([^/:]+)(?::\d+)?\/(.+)$/.exec(remote) ??
    /^(?:[^@/:]+@)?([^/:]+):(?!\/)(.+)$/.exec(remote);
  const [, host, place] = parts ?? [];
  const path = place?.replace(/\/+$/, '').replace(/\.git$/, '');
  if (!host || !path || !SERVING.includes(host.toLowerCase())) return null;
  return /^[\w.-]+(?:\/[\w.-]+)+$/.test(path) ? `https://${host.toLowerCase()}/${path}` : null;
}

/** Where a commit is served, or the pull request that it merged. */
export function commitAddress(served: string, commit: { sha: string; pullRequest: number | null }): string {
  const isGithub = new URL(served).hostname === 'github.com';
  // Elsewhere a number in a subject may be that of an issue.
  return isGithub && commit.pullRequest !== null
    ? `${served}/pull/${commit.pullRequest}`
    : `${served}/commit/${commit.sha}`;
}

/** A path as addresses have it. */
export const pathOf = (file: string): string => file.split('/').map(encodeURIComponent).join('/');

/** `src/a.ts:12` as Markdown, leading there where an address is known. */
export function placeText({ file, line }: Place, linkOf?: LinkOf): string {
  const shown = code(`${file}:${line}`);
  const address = linkOf?.({ file, line }) ?? null;
  return address === null ? shown : `[${shown}](${address})`;
}
