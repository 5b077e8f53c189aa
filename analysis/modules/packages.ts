import { exports as resolveExports, imports as resolveImports, type Package } from 'resolve.exports';
import { findFile, findInDirectory, sourceOf } from './files.js';
import { isRecord, type Manifest } from './manifests.js';
import { join, type Project } from './project.js';

/** Conditions that are tried one set after the other; a project's own conditions, which tend to name sources, come first. */
const CONDITIONS: readonly (readonly string[])[] = [
  ['source', 'development', 'node', 'import'],
  ['node', 'import'],
  ['node', 'require'],
  ['types', 'import'],
  ['types', 'require'],
  ['browser', 'import'],
];
const STANDARD = new Set([
  'source',
  'development',
  'node',
  'import',
  'require',
  'types',
  'browser',
  'default',
  'production',
]);

/** Splits `@scope/name/sub/path`; null where it is no package name. */
export function splitPackage(specifier: string): { name: string; subpath: string | null } | null {
  const match = /^((?:@[a-zA-Z0-9~_-][\w.~-]*\/)?[a-zA-Z0-9_-][\w.~-]*)(?:\/(.*))?$/.exec(specifier);
  return match ? { name: match[1]!, subpath: match[2] || null } : null;
}

/** The source file that a package of this repository offers under a subpath. */
export function findExport(project: Project, manifest: Manifest, subpath: string | null): string | null {
  const { directory, fields } = manifest;
  const entry = subpath === null ? '.' : `./${subpath}`;
  for (const map of new Set([withOneStar(fields['exports']), fields['exports']]))
    for (const target of targets(map, (conditions) =>
      resolveExports({ ...fields, exports: map } as Package, entry, { unsafe: true, conditions }),
    )) {
      const found = locate(project, directory, target);
      if (found !== null) return found;
    }
  if (subpath === null)
    return findInDirectory(project, directory) ?? findFile(project, under(directory, 'src/index'));
  for (const path of [subpath, `src/${subpath}`]) {
    const found = locate(project, directory, path);
    if (found !== null) return found;
  }
  return null;
}

// Node.js leaves out keys with several stars. Taken for a pattern, the second of them would stand for nothing as well.
function withOneStar(map: unknown): unknown {
  const hasMore = (key: string): boolean => key.split('*').length > 2;
  return isRecord(map) && Object.keys(map).some(hasMore)
    ? Object.fromEntries(Object.entries(map).filter(([key]) => !hasMore(key)))
    : map;
}

/** What `#name` stands for in a package: files of it, or specifiers of other packages. */
export function findImport(
  project: Project,
  manifest: Manifest,
  specifier: string,
): { path: string } | { specifier: string } | null {
  for (const target of targets(manifest.fields['imports'], (conditions) =>
    resolveImports(manifest.fields as Package, specifier, { unsafe: true, conditions }),
  )) {
    if (!target.startsWith('.')) return { specifier: target };
    const path = locate(project, manifest.directory, target);
    if (path !== null) return { path };
  }
  return null;
}

/** Targets under all sets of conditions, each once, those that only declare types last. */
function targets(map: unknown, resolve: (conditions: readonly string[]) => string[] | void): string[] {
  if (map === undefined || map === null) return [];
  const own = [...conditionsIn(map)].filter((condition) => !STANDARD.has(condition)).sort();
  const found = new Set<string>();
  for (const conditions of [...own.map((condition) => [condition, 'node', 'import']), ...CONDITIONS]) {
    try {
      for (const target of resolve(conditions) ?? []) found.add(target);
    } catch {
      // resolve.exports throws where a package does not offer the subpath under these conditions.
    }
  }
  const declares = (target: string): number => Number(/\.d\.[cm]?ts$/.test(target));
  return [...found].sort((a, b) => declares(a) - declares(b));
}

function* conditionsIn(map: unknown): Generator<string> {
  if (Array.isArray(map)) for (const part of map) yield* conditionsIn(part);
  if (!isRecord(map)) return;
  for (const [key, value] of Object.entries(map)) {
    if (!key.startsWith('.') && !key.startsWith('#')) yield key;
    yield* conditionsIn(value);
  }
}

function locate(project: Project, directory: string, target: string): string | null {
  const path = join(directory, target);
  if (path === null || path === '') return null;
  return findFile(project, path) ?? sourceOf(project, path);
}

const under = (directory: string, path: string): string => (directory === '' ? path : `${directory}/${path}`);
