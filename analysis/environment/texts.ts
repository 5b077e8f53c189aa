import { member, parseConfig, textValue } from './document.js';
import type { Gap } from '../model/model.js';
import { decode } from '../scan.js';
import type { TreeFile, TreeSource } from '../source.js';

/** Larger files are no configuration and no script that somebody wrote. */
const MAX_BYTES = 1_000_000;

/** Texts of a tree, read when they are asked for. */
export class TreeTexts {
  private readonly files: ReadonlyMap<string, TreeFile>;
  private readonly known = new Map<string, string | null>();
  private readonly scripts = new Map<string, ReadonlyMap<string, { command: string; line: number }>>();

  constructor(
    private readonly source: TreeSource,
    private readonly gaps: Gap[],
  ) {
    this.files = new Map(source.files.map((f) => [f.path, f]));
  }

  has(path: string): boolean {
    return this.files.has(path);
  }

  /** Reads many at once, so that each is there when it is asked for. */
  async prefetch(paths: readonly string[]): Promise<void> {
    const wanted = paths.flatMap((p) => (this.known.has(p) ? [] : (this.files.get(p) ?? [])));
    const small = wanted.filter((f) => {
      if (f.size === null || f.size <= MAX_BYTES) return true;
      this.miss(f.path, `this file is larger than ${MAX_BYTES / 1_000_000} MB and was not read`);
      return false;
    });
    const blobs = await this.source.read([...new Set(small.map((f) => f.id))]);
    for (const { path, id } of small) {
      const bytes = blobs.get(id);
      if (bytes) this.known.set(path, decode(bytes));
      else this.miss(path, 'this file is missing from the object database');
    }
  }

  /** Null where there is no such file, or it cannot be read: then there is a gap. */
  async read(path: string): Promise<string | null> {
    if (!this.known.has(path)) await this.prefetch([path]);
    return this.known.get(path) ?? null;
  }

  /** A script of the nearest package.json that has one of this name. */
  packageScript(folder: string, name: string): { file: string; command: string; line: number } | null {
    for (let at = folder; ; at = at.includes('/') ? at.slice(0, at.lastIndexOf('/')) : '') {
      const file = at === '' ? 'package.json' : `${at}/package.json`;
      const found = this.scriptsOf(file).get(name);
      if (found) return { file, ...found };
      if (at === '') return null;
    }
  }
  private scriptsOf(file: string): ReadonlyMap<string, { command: string; line: number }> {
    const known = this.scripts.get(file);
    if (known) return known;
    const scripts = new Map<string, { command: string; line: number }>();
    const text = this.known.get(file);
    const root = text ? parseConfig('json', text).root : null;
    const listed = root && member(root, 'scripts')?.value;
    for (const { key, value, line } of listed?.k === 'map' ? listed.members : []) {
      const command = textValue(value);
      if (command !== null) scripts.set(key, { command, line });
    }
    this.scripts.set(file, scripts);
    return scripts;
  }

  private miss(path: string, reason: string): void {
    this.known.set(path, null);
    this.gaps.push({ reason, file: path, line: 1, affects: [] });
  }
}
