import { HERE, ROOT } from './reading.js';

/** What a stream, a variable or a file holds that matters when it is run or sent. */
export type Content = 'fetched' | 'decoded' | 'secret';

export interface Holdings {
  /** Where it is run, from the top of the repository; null where that is not known. */
  folder: string | null;
  /** Variables and files that hold something from before. */
  variables?: ReadonlyMap<string, Content>;
  files?: ReadonlyMap<string, Content>;
}

/** What is known while commands are read one after the other. */
export class ShellState {
  readonly variables: Map<string, Content>;
  readonly files: Map<string, Content>;
  readonly texts = new Map<string, string>();
  readonly functions = new Set<string>();
  folder: string | null;

  constructor(before: Holdings) {
    this.variables = new Map(before.variables);
    this.files = new Map(before.files);
    this.folder = before.folder;
  }

  hold(path: string, content: Content): void {
    this.files.set(pathKey(path), content);
  }
  contentAt(path: string): Content | null {
    const key = pathKey(path);
    const known = this.files.get(key);
    if (known !== undefined) return known;
    for (const [folder, content] of this.files)
      if (folder !== '' && key.startsWith(`${folder}/`)) return content;
    return null;
  }
  inFetchedFolder(): boolean {
    return this.folder !== null && this.contentAt(this.folder) === 'fetched';
  }
  enter(path: string): void {
    this.folder = this.folderAt(path);
  }
  private folderAt(path: string): string | null {
    if (path.startsWith(ROOT)) return path.slice(ROOT.length).replace(/^\//, '');
    if (path.startsWith(HERE)) return path;
    if (path === '' || path.startsWith('-') || path.startsWith('~')) return null;
    if (path.startsWith('/')) return path;
    if (this.files.has(pathKey(path))) return pathKey(path);
    return this.folder === null ? null : [this.folder, path].filter(Boolean).join('/');
  }
}
const pathKey = (path: string): string => path.replace(/^\.\//, '').replace(/\/+$/, '');
