import { posix } from 'node:path';
import { parse as parseJsonc } from 'jsonc-parser';
import picomatch from 'picomatch';
import { parse as parseYaml } from 'yaml';
import { isRecord, type Manifest, readManifest } from './manifests.js';

const CONFIGURATION =
  /(?:^|\/)(?:package\.json|[tj]sconfig[^/]*\.json|pnpm-workspace\.ya?ml|lerna\.json|deno\.jsonc?|import_map\.json|nest-cli\.json|(?:[^/]+\.)?[Dd]ockerfile(?:\.[^/]+)?|Procfile(?:\.[^/]+)?)$/;
const INSTALLED = /(?:^|\/)node_modules\//;

/** Files whose text decides how modules are resolved and which programs there are. Packages that are checked in do not count. */
export function configurationFiles(paths: Iterable<string>): string[] {
  return [...paths].filter((path) => CONFIGURATION.test(path) && !INSTALLED.test(path)).sort();
}

/** Directory of a path; '' is the repository. */
export function directoryOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '' : path.slice(0, slash);
}

/** Joins and normalises; null where the result lies outside the repository. */
export function join(directory: string, ...parts: string[]): string | null {
  const joined = posix.normalize(posix.join(directory === '' ? '.' : directory, ...parts)).replace(/\/$/, '');
  if (joined === '..' || joined.startsWith('../') || joined.startsWith('/')) return null;
  return joined === '.' ? '' : joined;
}

/** `directory` and all directories above it, innermost first. */
export function* ancestors(directory: string): Generator<string> {
  for (let at = directory; ; at = directoryOf(at)) {
    yield at;
    if (at === '') return;
  }
}

/** The files of a tree and what their packages declare. */
export class Project {
  readonly files: ReadonlySet<string>;
  readonly directories = new Set<string>(['']);
  /** By directory. */
  readonly manifests = new Map<string, Manifest>();
  /** Members of workspaces, by package name. */
  readonly members = new Map<string, Manifest>();
  private readonly parsed = new Map<string, Record<string, unknown> | null>();
  private readonly nearest = new Map<string, Manifest | null>();

  constructor(
    paths: Iterable<string>,
    readonly texts: ReadonlyMap<string, string>,
  ) {
    this.files = new Set(paths);
    for (const path of this.files) {
      for (const directory of ancestors(directoryOf(path))) {
        if (this.directories.has(directory) && directory !== '') break;
        this.directories.add(directory);
      }
    }
    for (const path of configurationFiles(this.files)) {
      const text = texts.get(path);
      if (text === undefined || !/(?:^|\/)package\.json$/.test(path)) continue;
      const manifest = readManifest(path, text);
      if (manifest) this.manifests.set(manifest.directory, manifest);
    }
    this.findMembers();
  }

  /** The package that a directory belongs to. */
  nearestManifest(directory: string): Manifest | null {
    const known = this.nearest.get(directory);
    if (known !== undefined) return known;
    const own = this.manifests.get(directory);
    const found = own ?? (directory === '' ? null : this.nearestManifest(directoryOf(directory)));
    this.nearest.set(directory, found);
    return found;
  }

  /** A configuration file in JSON with comments; null where it is absent or broken beyond use. */
  json(path: string): Record<string, unknown> | null {
    const known = this.parsed.get(path);
    if (known !== undefined) return known;
    const text = this.files.has(path) ? this.texts.get(path) : undefined;
    const value: unknown = text === undefined ? null : parseJsonc(text, [], { allowTrailingComma: true });
    const json = isRecord(value) ? value : null;
    this.parsed.set(path, json);
    return json;
  }

  private findMembers(): void {
    const roots = new Map<string, string[]>();
    const add = (directory: string, globs: unknown): void => {
      const strings = Array.isArray(globs)
        ? globs.filter((glob): glob is string => typeof glob === 'string')
        : [];
      if (strings.length > 0) roots.set(directory, [...(roots.get(directory) ?? []), ...strings]);
    };
    for (const manifest of this.manifests.values()) add(manifest.directory, manifest.workspaces);
    for (const path of configurationFiles(this.files)) {
      if (/pnpm-workspace\.ya?ml$/.test(path)) add(directoryOf(path), this.yaml(path)?.['packages']);
      else if (/(?:^|\/)lerna\.json$/.test(path)) add(directoryOf(path), this.json(path)?.['packages']);
    }
    for (const [root, globs] of roots) {
      const clean = globs.map((glob) => glob.replace(/^(!?)\.\//, '$1').replace(/\/$/, ''));
      const included = picomatch(clean.filter((glob) => !glob.startsWith('!')));
      const excluded = picomatch(clean.filter((glob) => glob.startsWith('!')).map((glob) => glob.slice(1)));
      for (const manifest of this.manifests.values()) {
        const inside = root === '' ? manifest.directory : manifest.directory.slice(root.length + 1);
        if (root !== '' && !manifest.directory.startsWith(`${root}/`)) continue;
        const isMember = manifest.directory === root || (included(inside) && !excluded(inside));
        if (isMember && manifest.name !== null && !this.members.has(manifest.name)) {
          this.members.set(manifest.name, manifest);
        }
      }
    }
  }

  private yaml(path: string): Record<string, unknown> | null {
    try {
      const value: unknown = parseYaml(this.texts.get(path) ?? '');
      return isRecord(value) ? value : null;
    } catch {
      // Not for us to report: the package manager of the project refuses such a file.
      return null;
    }
  }
}
