import { createHash } from 'node:crypto';
import type { Cache, TreeSource } from '../../analysis/source.js';

const hash = (bytes: Uint8Array | string): string => createHash('sha1').update(bytes).digest('hex');

/** A tree of files given by path. Content `null` is a blob that the object database lacks. */
export function treeOf(files: Readonly<Record<string, string | Uint8Array | null>>): TreeSource {
  // No object literal as a table: a path may be `__proto__`.
  const blobs = new Map<string, Uint8Array>();
  const entries = Object.entries(files)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, content]) => {
      if (content === null) return { path, id: hash(`missing ${path}`), size: null };
      const bytes = Buffer.from(content);
      const id = hash(bytes);
      blobs.set(id, bytes);
      return { path, id, size: bytes.length };
    });
  return {
    id: hash(entries.map(({ path, id }) => `${path}\0${id}\n`).join('')),
    files: entries,
    read: async (ids) => new Map(ids.flatMap((id) => (blobs.has(id) ? [[id, blobs.get(id)!] as const] : []))),
  };
}

/** Keeps everything, and counts what was asked for. */
export class MemoryCache implements Cache {
  private readonly entries = new Map<string, string>();
  hits = 0;
  misses = 0;

  getMany(keys: readonly string[]): Map<string, string> {
    const found = new Map<string, string>();
    for (const key of keys) {
      const known = this.entries.get(key);
      if (known === undefined) this.misses++;
      else {
        this.hits++;
        found.set(key, known);
      }
    }
    return found;
  }
  setMany(entries: ReadonlyMap<string, string>): void {
    for (const [key, value] of entries) this.entries.set(key, value);
  }
}
