import { GitRepository } from '../git/repository.js';
import { openChosenCache, type CacheChoice } from './cache.js';
import { Models } from './models.js';
import { ProgressLine } from './progress.js';

/** Options that every command has. */
export interface CommonOptions {
  repo: string;
  cache?: CacheChoice;
  debug?: boolean;
}

/** What a command works with. */
export interface Workspace {
  repository: GitRepository;
  models: Models;
}

/** Opens repository and cache for the time of one piece of work, and closes them whatever happens. */
export async function withWorkspace<T>(
  options: CommonOptions,
  work: (workspace: Workspace) => Promise<T>,
): Promise<T> {
  const repository = await GitRepository.open(options.repo);
  const progress = new ProgressLine();
  const cache = await openChosenCache(options.cache, (message) =>
    process.stderr.write(`postern: warning: ${message}\n`),
  );
  try {
    return await work({ repository, models: new Models(cache, progress) });
  } finally {
    progress.clear();
    cache?.close();
    await repository.close();
  }
}
