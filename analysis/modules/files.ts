import { type Project, directoryOf, join } from './project.js';
import { sourceRole } from './roles.js';

/** In the order in which one is preferred when several exist. */
const EXTENSIONS = [
  '.ts',
  '.tsx',
  '.mts',
  '.cts',
  '.js',
  '.jsx',
  '.mjs',
  '.cjs',
  '.json',
  '.vue',
  '.svelte',
  '.d.ts',
  '.d.mts',
  '.d.cts',
];
/** TypeScript names the file that compilation will have made. */
const COMPILED_FROM: readonly (readonly [string, readonly string[]])[] = [
  ['.d.ts', ['.ts', '.tsx']],
  ['.d.mts', ['.mts', '.ts']],
  ['.d.cts', ['.cts', '.ts']],
  ['.js', ['.ts', '.tsx']],
  ['.jsx', ['.tsx']],
  ['.mjs', ['.mts', '.ts']],
  ['.cjs', ['.cts', '.ts']],
];

/** What a file of code is called once it is compiled; a declaration is not. */
export const compiledName = (path: string): string => path.replace(/(?<!\.d)\.([cm]?)tsx?$/, '.$1js');

/**
 * The file that a path without certain extension means: itself, the source that it is compiled from, with an
 * extension added, or the main file of the directory it names.
 */
export function findFile(project: Project, path: string): string | null {
  const found = findModule(project, path);
  if (found === null) return findInDirectory(project, path);
  // Build output that has been committed: what it was made of is what people review.
  return sourceRole(found) === 'generated' ? (fromOutDir(project, found) ?? found) : found;
}

function findModule(project: Project, path: string): string | null {
  if (path === '') return null;
  for (const [compiled, sources] of COMPILED_FROM) {
    if (!path.endsWith(compiled)) continue;
    const stem = path.slice(0, -compiled.length);
    for (const source of sources) if (project.files.has(stem + source)) return stem + source;
  }
  if (project.files.has(path)) return path;
  for (const extension of EXTENSIONS) if (project.files.has(path + extension)) return path + extension;
  return null;
}

/** The main file of a directory: what its package.json says, else `index`. */
export function findInDirectory(project: Project, directory: string): string | null {
  if (!project.directories.has(directory)) return null;
  const fields = project.manifests.get(directory)?.fields;
  for (const field of ['source', 'module', 'main', 'types', 'typings']) {
    const main = fields?.[field];
    if (typeof main !== 'string') continue;
    const path = join(directory, main);
    if (path === null || path === directory) continue;
    const found = findModule(project, path) ?? findIndex(project, path) ?? sourceOf(project, path);
    if (found !== null) return found;
  }
  return findIndex(project, directory);
}

function findIndex(project: Project, directory: string): string | null {
  if (!project.directories.has(directory)) return null;
  return findModule(project, directory === '' ? 'index' : `${directory}/index`);
}

const OUTPUT = /^(?:dist|build|lib|out|output|compiled|esm|cjs|es|dist-[\w-]+)$/;
const FORMAT = /^(?:esm|cjs|es|es6|es2\d{3}|commonjs|module|node|server|types)$/;
const SOURCE_FOLDERS = ['src', 'source', 'lib', null];

/**
 * The source of a file that a build will have made: `outDir` and `rootDir` of the TypeScript configuration beside
 * it, then the customary folders. Null when no file of the tree is meant.
 */
export function sourceOf(project: Project, path: string): string | null {
  const configured = fromOutDir(project, path);
  if (configured !== null) return configured;
  const segments = path.split('/');
  for (let i = segments.length - 2; i >= 0; i--) {
    if (!OUTPUT.test(segments[i]!)) continue;
    const before = segments.slice(0, i);
    const after = segments.slice(i + 1);
    // `dist/esm/x.js` has the same source as `dist/x.js`.
    for (const rest of FORMAT.test(after[0]!) && after.length > 1 ? [after, after.slice(1)] : [after]) {
      for (const folder of SOURCE_FOLDERS) {
        const candidate = [...before, ...(folder === null ? [] : [folder]), ...rest].join('/');
        const found =
          candidate === path ? null : (findModule(project, candidate) ?? findIndex(project, candidate));
        if (found !== null && found !== path) return found;
      }
      // Nx: `dist/apps/api/main.js` is made of `apps/api/src/main.ts`.
      const nested = [...before, ...rest.slice(0, -1), 'src', rest.at(-1)!].join('/');
      const found = findModule(project, nested);
      if (found !== null) return found;
    }
  }
  return null;
}

/**
 * Where `rootDir` is left out it is the longest folder that all sources share.
 * https://www.typescriptlang.org/tsconfig/#rootDir
 */
function sharedFolder(project: Project, directory: string, out: string): string | null {
  let known = SHARED.get(project);
  if (!known) SHARED.set(project, (known = new Map()));
  if (!known.has(directory)) known.set(directory, findSharedFolder(project, directory, out));
  return known.get(directory)!;
}
const SHARED = new WeakMap<Project, Map<string, string | null>>();
function findSharedFolder(project: Project, directory: string, out: string): string | null {
  const below = directory === '' ? '' : `${directory}/`;
  const folders = [...project.files].flatMap((path) =>
    path.startsWith(below) && /\.[cm]?tsx?$/.test(path) && !path.startsWith(`${out}/`) && isSource(path)
      ? [directoryOf(path)]
      : [],
  );
  const [first, ...rest] = folders;
  if (first === undefined) return null;
  return rest.reduce((shared, folder) => {
    let common = shared;
    while (common !== '' && folder !== common && !folder.startsWith(`${common}/`))
      common = directoryOf(common);
    return common;
  }, first);
}
const isSource = (path: string): boolean => !['generated', 'declaration'].includes(sourceRole(path));

function fromOutDir(project: Project, path: string): string | null {
  const manifest = project.nearestManifest(directoryOf(path));
  const directory = manifest?.directory ?? '';
  for (const name of ['tsconfig.json', 'tsconfig.build.json', 'tsconfig.server.json']) {
    const file = directory === '' ? name : `${directory}/${name}`;
    const options = project.json(file)?.['compilerOptions'] as Record<string, unknown> | undefined;
    const outDir = options?.['outDir'];
    if (typeof outDir !== 'string') continue;
    const out = join(directory, outDir);
    if (out === null || !path.startsWith(`${out}/`)) continue;
    const rest = path.slice(out.length + 1);
    const rootDir = options?.['rootDir'];
    for (const root of typeof rootDir === 'string' ? [rootDir] : ['src', '.', null]) {
      const base = root === null ? sharedFolder(project, directory, out) : join(directory, root);
      const candidate = base === null ? null : join(base, rest);
      const found = candidate === null || candidate === path ? null : findModule(project, candidate);
      if (found !== null && found !== path) return found;
    }
  }
  return null;
}
