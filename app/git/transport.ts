import { withoutCredentials } from '../redaction.js';
import { runGit } from './process.js';

export interface Fetched {
  /** Without credentials. */
  url: string;
  token: string;
  /** Refs, with where they go, or ids of commits. */
  what: readonly string[];
  /** Further options. */
  how?: readonly string[];
  signal?: AbortSignal;
}

/**
 * Fetches into a repository, and touches nothing there but objects and the refs that are named.
 *
 * @param place options by which git finds the repository
 * @throws GitError
 */
export async function fetchFrom(
  place: readonly string[],
  { url, token, what, how = [], signal }: Fetched,
): Promise<void> {
  const args = [
    ...place,
    'fetch', '--quiet', '--no-tags', '--no-write-fetch-head', '--no-recurse-submodules', '--no-auto-maintenance',
    ...how, '--', url, ...what,
  ]; // prettier-ignore
  await runGit(args, { transport: true, env: transportWith(url, token), signal });
}

/** What git says of a fetch, for others to read: without the token, and what else looks like a credential. */
export const struck = (text: string, token: string): string =>
  withoutCredentials(token === '' ? text : text.replaceAll(token, '***'));

/**
 * What lets git speak to one server, and to nothing else. The token goes to git by environment alone: arguments can be
 * read by every process of the machine, and URLs end up in logs and messages.
 */
export function transportWith(url: string, token: string): Record<string, string> {
  const basic = Buffer.from(`x-access-token:${token}`).toString('base64');
  // Only for this host: git would send an unscoped header wherever it connects.
  const header = `http.${new URL(url).origin}/.extraHeader`;
  const settings: [string, string][] = [
    // Takes back what the repository's own settings add to it: GitHub refuses two of them.
    [header, ''],
    [header, `Authorization: Basic ${basic}`],
    ['http.followRedirects', 'false'],
    ['credential.helper', ''],
    ['http.lowSpeedLimit', '1000'],
    ['http.lowSpeedTime', '60'],
  ];
  const environment: Record<string, string> = {
    GIT_CONFIG_COUNT: String(settings.length),
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ALLOW_PROTOCOL: 'https:http',
  };
  settings.forEach(([key, value], at) => {
    environment[`GIT_CONFIG_KEY_${at}`] = key;
    environment[`GIT_CONFIG_VALUE_${at}`] = value;
  });
  return environment;
}
