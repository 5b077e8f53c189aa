import { analyse } from '../../analysis/analyse.js';
import { EXTRACTOR_VERSION } from '../../analysis/extractor-version.js';
import type { Model } from '../../analysis/model/model.js';
import type { Cache, TreeSource } from '../../analysis/source.js';
import type { ProgressLine } from './progress.js';

/** Makes models of trees, and keeps them: a model belongs to a tree, so that the base of a check is made only once. */
export class Models {
  constructor(
    private readonly cache: Cache | null,
    private readonly progress: ProgressLine,
  ) {}

  async of(source: TreeSource, what: string): Promise<Model> {
    const key = `model:${EXTRACTOR_VERSION}:${source.id}`;
    const kept = this.kept(key);
    if (kept) return kept;
    const watched = new CompletenessWatch(source);
    const model = await analyse(watched, {
      cache: this.cache ?? undefined,
      onProgress: this.progress.of(what),
    });
    this.progress.clear();
    // Blobs that are missing today may be there tomorrow, under the same tree.
    if (watched.complete) this.cache?.setMany(new Map([[key, JSON.stringify(model)]]));
    return model;
  }

  private kept(key: string): Model | null {
    const text = this.cache?.getMany([key]).get(key);
    if (text === undefined) return null;
    try {
      return JSON.parse(text) as Model;
    } catch {
      return null;
    }
  }
}

/** Notices whether the object database had every blob that was asked for. */
class CompletenessWatch implements TreeSource {
  complete = true;
  readonly id: string;
  readonly files: TreeSource['files'];
  readonly links: TreeSource['links'];
  readonly policy: TreeSource['policy'];

  constructor(private readonly source: TreeSource) {
    this.id = source.id;
    this.files = source.files;
    this.links = source.links;
    this.policy = source.policy;
  }

  async read(ids: readonly string[]): Promise<Map<string, Uint8Array>> {
    const found = await this.source.read(ids);
    if (found.size < new Set(ids).size) this.complete = false;
    return found;
  }
}
