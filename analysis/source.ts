import type { PolicyTexts } from './policy-file/policy.js';

/**
 * A tree to analyse, as content-addressed blobs. Analysis performs no input or output of its own: shells implement
 * this over git (`app/git/`), tests over folders.
 */
export interface TreeSource {
  /** Identifies the tree: same id, same bytes. */
  readonly id: string;
  /** Every regular file, sorted by path, `/`-separated, without symbolic links and submodules. */
  readonly files: readonly TreeFile[];
  /** Every symbolic link, sorted by path; the content of its blob is where it leads. */
  readonly links?: readonly TreeFile[];
  /**
   * Contents of the blobs asked for. A blob that the object database lacks is absent from the answer,
   * never an error. One call is one round trip; ask for many.
   */
  read(ids: readonly string[]): Promise<Map<string, Uint8Array>>;
  /** The policy that it is understood with; left out: its own file. */
  readonly policy?: PolicyTexts;
}
export interface TreeFile {
  path: string;
  /** Content id; equal ids mean equal bytes. */
  id: string;
  /** Bytes, or null when unknown without reading (a missing blob). */
  size: number | null;
  /** Git has it marked as executable. */
  executable?: true;
}

/** Keeps derived data by key, across runs. Failures of the cache are the implementation's to swallow and log. */
export interface Cache {
  getMany(keys: readonly string[]): Map<string, string>;
  setMany(entries: ReadonlyMap<string, string>): void;
}
