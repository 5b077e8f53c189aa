import type { Model } from './model/model.js';
import type { Cache, TreeSource } from './source.js';

export interface Progress { phase: 'reading' | 'parsing' | 'evaluating'; done: number; total: number }
export interface AnalyseOptions {
  /** Lowered modules by blob id and extractor version. */
  cache?: Cache;
  onProgress?: (progress: Progress) => void;
}

/** Names the extractor in cache keys and models; raised when the same input would give other output. */
export const EXTRACTOR_VERSION = '1';

/**
 * Builds the model of a tree. Never throws because of what the tree contains: what cannot be read or understood
 * becomes a gap. Same tree, same bytes out.
 */
export async function analyse(source: TreeSource, options: AnalyseOptions = {}): Promise<Model> {
  void source;
  void options;
  throw new Error('analyse: not written yet');
}
