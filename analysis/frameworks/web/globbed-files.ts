import picomatch from 'picomatch';
import { compiledName } from '../../modules/files.js';
import { below } from './node-files.js';
import type { Evaluator } from '../../wiring/evaluator.js';
import type { LibraryModel, Operation } from '../../wiring/library.js';
import {
  isNullish,
  list,
  literal,
  NULL,
  optionIn,
  optionsOf,
  promise,
  record,
  textOf,
  UNDEFINED,
  UNKNOWN,
  type Site,
  type Value,
} from '../../wiring/value.js';

/** What a module is to whoever loads it by its path: what it exports by default, or all of it. */
export function exportedBy(it: Evaluator, file: string): Value | null {
  const instance = CODE.test(file) ? it.modules.instantiate(file) : null;
  if (!instance) return null;
  const fallback = it.modules.exported(instance, 'default');
  return isNullish(fallback) ? it.modules.exported(instance, '*') : fallback;
}
const CODE = /(?<!\.d)\.[cm]?[jt]sx?$/;

interface Globbed {
  /** As the package gives them: below `cwd`, or from the root where the pattern was. */
  paths: string[];
  /** Patterns of which not all is known. */
  open: boolean;
}
/** Texts of patterns, each of several where it is one or another; null for what is not known. */
const patternsIn = (value: Value | undefined): (string | null)[] =>
  !value
    ? []
    : value.k === 'list'
      ? [...value.elements.flatMap(patternsIn), ...(value.open ? [null] : [])]
      : optionsOf(value).flatMap((o) => (isNullish(o.value) ? [] : [textOf(o.value)]));
const trimmed = (path: string): string => path.replace(/^(?:\.?\/)+|\/+$/g, '');

function glob(it: Evaluator, [patterns, options]: readonly Value[], site: Site): Globbed {
  const given = patternsIn(patterns);
  const ignored = patternsIn(optionIn(options, 'ignore')).flatMap((p) => p ?? []);
  const excluded = [...ignored, ...given.flatMap((p) => (p?.startsWith('!') ? [p.slice(1)] : []))].map((p) =>
    picomatch(trimmed(p)),
  );
  const cwd = textOf(optionIn(options, 'cwd') ?? literal(''));
  const found: Globbed = { paths: [], open: given.includes(null) || cwd === null };
  if (cwd === null) return found;
  for (const pattern of new Set(given)) {
    if (pattern === null || pattern.startsWith('!')) continue;
    const isFromRoot = pattern.startsWith('/');
    // A program is started in its own folder, or in that of the repository.
    const folders = isFromRoot ? [''] : cwd !== '' ? [trimmed(cwd)] : [it.loader.root, ''];
    const isAbsolute = isFromRoot || optionIn(options, 'absolute') !== undefined;
    const { base } = picomatch.scan(trimmed(pattern));
    const matches = picomatch(trimmed(pattern));
    for (const folder of new Set(folders)) {
      const below = folder === '' ? '' : `${folder}/`;
      const paths = filesBelow(it, trimmed(`${below}${base}`))
        .map((path) => path.slice(below.length))
        .filter((path) => isNamed(path, matches) && !excluded.some((isOut) => isNamed(path, isOut)));
      found.paths.push(...paths.map((path) => (isAbsolute || cwd === '' ? `/${below}${path}` : path)));
      if (paths.length > 0) break;
    }
  }
  found.paths = [...new Set(found.paths)].sort();
  const isOfCode = given.some((p) => p === null || /[jt]s\b/.test(p));
  if (found.open || (found.paths.length === 0 && isOfCode))
    it.gap('the files that are looked for here were not found', it.place(site));
  return found;
}
/** What is compiled is looked for by the name that it has then. */
const isNamed = (path: string, matches: (path: string) => boolean): boolean =>
  matches(path) || matches(compiledName(path));
/** Files below a folder, or the one that it is. */
function filesBelow(it: Evaluator, path: string): string[] {
  if (path !== '' && it.loader.list(path).length === 0) return [path];
  const found: string[] = [];
  for (const { path: file, isFolder } of below(it, path))
    if (!isFolder && found.push(file) >= MAX_FILES) break;
  return found;
}
const MAX_FILES = 20_000;
const ofPaths = ({ paths, open }: Globbed): Value => list(paths.map(literal), open ? UNKNOWN : null);
const inTime: Operation = (it, args, site) => ofPaths(glob(it, args, site));
const later: Operation = (it, args, site) => {
  const found = inTime(it, args, site);
  const callback = args.at(-1);
  if (callback?.k === 'function') it.call(callback, [NULL, found], UNDEFINED, site);
  return promise(found);
};
/** `find(folder, { matching: '*.js' })`: what is below a folder; a pattern without a slash is meant at any depth. */
const findBelow: Operation = (it, [folder, options], site) => {
  const anywhere = patternsIn(optionIn(options, 'matching') ?? literal('*')).map(
    (p) => p && (p.includes('/') ? p : p.replace(/^!?/, '$&**/')),
  );
  const patterns = list(anywhere.map((p) => (p === null ? UNKNOWN : literal(p))));
  const below = record([
    ['cwd', folder ?? literal('')],
    ['absolute', literal(true)],
  ]);
  return ofPaths(glob(it, [patterns, below], site));
};
/** Packages that find files of the project by patterns while it starts. */
export const globbedFiles: LibraryModel = {
  name: 'globbed-files',
  packages: ['glob', 'fast-glob', 'globby', 'tinyglobby'],
  calls: {
    '': later,
    glob: later,
    async: later,
    'glob.glob': later,
    globby: later,
    sync: inTime,
    globSync: inTime,
    globbySync: inTime,
    'glob.sync': inTime,
    'globby.sync': inTime,
  },
};
/** fs-jetpack: https://github.com/szwacz/fs-jetpack#findpath-searchoptions */
export const filesFound: LibraryModel = {
  name: 'globbed-files',
  packages: ['fs-jetpack'],
  calls: { find: findBelow, findAsync: (it, args, site) => promise(findBelow(it, args, site)) },
};

/** `loadFiles('**' + '/*.resolvers.js')`: what those files export. Schemas are read wherever they stand. */
const load: Operation = (it, [patterns, options], site) => {
  const { paths, open } = glob(it, patterns ? [patterns] : [], site);
  const left = patternsIn(optionIn(options, 'ignoredExtensions')).flatMap((e) => e ?? []);
  const kept = paths.filter((path) => !left.some((e) => compiledName(path).endsWith(e)));
  return list(
    kept.flatMap((path) => exportedBy(it, trimmed(path)) ?? []),
    open ? UNKNOWN : null,
  );
};
export const loadedFiles: LibraryModel = {
  name: 'globbed-files',
  packages: ['@graphql-tools/load-files'],
  calls: { loadFiles: (it, args, site) => promise(load(it, args, site)), loadFilesSync: load },
};
