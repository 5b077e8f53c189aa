import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Cache } from '../../analysis/source.js';
import { inOneLine } from './failure.js';

/** `--cache DIR` is a folder, `--no-cache` false; without either the user's cache directory is taken. */
export type CacheChoice = string | false | undefined;

export type OpenedCache = Cache & { close(): void };

/**
 * Opens the cache that was chosen. Null when there is to be none, or when it cannot be used: then `warn` hears why,
 * and everything is computed.
 */
export async function openChosenCache(
  choice: CacheChoice,
  warn: (message: string) => void,
): Promise<OpenedCache | null> {
  if (choice === false) return null;
  const folder = choice ?? defaultFolder();
  try {
    mkdirSync(folder, { recursive: true });
    const { openCache } = await import('../../store/cache.js');
    const cache = openCache(folder);
    if (cache.problem) {
      warn(cache.problem);
      cache.close();
      return null;
    }
    return ownEntries(cache, analysisFingerprint());
  } catch (error) {
    warn(`the cache in ${folder} cannot be used, so that everything is computed: ${inOneLine(error)}`);
    return null;
  }
}

function defaultFolder(): string {
  const base = process.env['XDG_CACHE_HOME'];
  // The XDG specification has relative values ignored.
  return path.join(base && path.isAbsolute(base) ? base : path.join(homedir(), '.cache'), 'postern');
}

/** Different builds of the analysis never read each other's entries, whether or not a version was raised. */
function ownEntries(cache: OpenedCache, namespace: string): OpenedCache {
  const prefix = `${namespace}:`;
  return {
    getMany(keys) {
      const found = cache.getMany(keys.map((key) => prefix + key));
      return new Map([...found].map(([key, value]) => [key.slice(prefix.length), value]));
    },
    setMany(entries) {
      cache.setMany(new Map([...entries].map(([key, value]) => [prefix + key, value])));
    },
    close: () => cache.close(),
  };
}

function analysisFingerprint(): string {
  const folder = fileURLToPath(new URL('../../analysis', import.meta.url));
  const hash = createHash('sha256');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
    /\.(?:js|ts)$/.test(file),
  );
  for (const file of files.sort()) hash.update(`${file}\0`).update(readFileSync(path.join(folder, file)));
  return hash.digest('hex').slice(0, 16);
}
