import { runGit } from './process.js';
import { splitNul } from './path.js';

/** Settings that name a program which git starts when it compares a file on disk with the index. */
const FILTERS = '^filter\\..*\\.(clean|process|required)$';

/**
 * Environment that takes away the filters that the configuration attaches to files: nothing of the repository is
 * executed. A filtered file that git is not certain about then counts as changed, and is read from disk.
 */
export async function withoutFilters(args: readonly string[]): Promise<Record<string, string>> {
  // Status 1: no such setting.
  const listed = await runGit([...args, 'config', '-z', '--name-only', '--get-regexp', FILTERS], {
    accept: [0, 1],
  });
  const keys = [...new Set([...splitNul(listed.stdout)].map((name) => name.toString('utf8')))].filter(
    Boolean,
  );
  const environment: Record<string, string> = { GIT_CONFIG_COUNT: String(keys.length) };
  keys.forEach((key, at) => {
    environment[`GIT_CONFIG_KEY_${at}`] = key;
    environment[`GIT_CONFIG_VALUE_${at}`] = key.endsWith('.required') ? 'false' : '';
  });
  return environment;
}
