import type { Evaluator } from '../../wiring/evaluator.js';
import type { LibraryModel, LibraryType, Operation } from '../../wiring/library.js';
import {
  builtin,
  choice,
  list,
  literal,
  NULL,
  optionIn,
  optionsOf,
  promise,
  record,
  textOf,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { URL_TYPE } from '../../wiring/addresses.js';
import { mergeSources } from '../../wiring/fact.js';
import { sourcesOf } from '../../wiring/value.js';
import { anyBoolean } from '../../wiring/tests.js';

/** `/a/b/../c/` without its dots; paths inside the repository start with a slash. */
function normalize(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..') parts.pop();
    else parts.push(part);
  }
  return `${path.startsWith('/') ? '/' : ''}${parts.join('/')}`;
}
/** A path as text; a `file:` URL is one too. */
function pathText(value: Value): string | null {
  const text =
    value.k === 'literal'
      ? textOf(value)
      : value.k === 'native' && value.type.name === 'URL'
        ? textOf(value.state as Value)
        : null;
  return text === null ? null : text.replace(/^file:\/\//, '');
}
const known = (args: readonly Value[]): string[] | null => {
  const texts = args.map(pathText);
  return texts.every((t) => t !== null) ? (texts as string[]) : null;
};
const origin = (args: readonly Value[]): Value => unknown(mergeSources(...args.map((a) => sourcesOf(a))));
const onText =
  (compute: (texts: string[]) => string): Operation =>
  (_it, args) => {
    const texts = known(args);
    if (texts) return literal(compute(texts));
    // One of several, as a global that several programs set: each that is known.
    const several = args.map((a) => optionsOf(a).flatMap((o) => pathText(o.value) ?? []));
    if (several.some((s) => s.length === 0 || s.length > MAX_PATHS)) return origin(args);
    const all = several.reduce<string[][]>((made, s) => made.flatMap((m) => s.map((t) => [...m, t])), [[]]);
    return choice(
      [...new Set(all.map(compute))].slice(0, MAX_PATHS).map((t) => ({ value: literal(t), facts: [] })),
    );
  };
const MAX_PATHS = 4;
const resolvePath = (texts: string[]): string =>
  normalize(texts.reduce((base, t) => (t.startsWith('/') ? t : `${base}/${t}`), ''));
const base = (path: string): string => path.replace(/\/+$/, '').split('/').at(-1) ?? '';
const extension = (path: string): string => /.(\.[^.]*)$/.exec(base(path))?.[1] ?? '';

/** `path`: computed where all is known, so that folders made from `__dirname` stay known. */
export const path: LibraryModel = {
  name: 'path',
  packages: ['path', 'path/posix', 'upath', 'pathe'],
  calls: {
    join: onText((t) => normalize(t.join('/'))),
    resolve: onText(resolvePath),
    normalize: onText(([t]) => normalize(t!)),
    dirname: onText(([t]) => normalize(t!).split('/').slice(0, -1).join('/') || '/'),
    extname: onText(([t]) => extension(t!)),
    basename: onText(([t, suffix]) =>
      suffix && base(t!).endsWith(suffix) ? base(t!).slice(0, -suffix.length) : base(t!),
    ),
    relative: onText(([from, to]) => (to!.startsWith(`${from}/`) ? to!.slice(from!.length + 1) : to!)),
    parse: (_it, args) => {
      const [text] = known(args) ?? [];
      if (text === undefined) return origin(args);
      const dir = normalize(text).split('/').slice(0, -1).join('/');
      return record([
        ['dir', literal(dir)],
        ['base', literal(base(text))],
        ['ext', literal(extension(text))],
        ['name', literal(base(text).slice(0, base(text).length - extension(text).length))],
      ]);
    },
  },
  member: (_it, [name]) =>
    name === 'sep' ? literal('/') : name === 'posix' ? { k: 'external', package: 'path', path: [] } : null,
};

/** `url`: the two functions by which ES modules find their own folder. */
export const url: LibraryModel = {
  name: 'node-files',
  packages: ['url'],
  calls: {
    fileURLToPath: (_it, args) =>
      args[0] && textOf(args[0])?.startsWith('file://')
        ? literal(textOf(args[0])!.slice('file://'.length))
        : args[0]?.k === 'native' && textOf(args[0].state as Value)?.startsWith('file://')
          ? literal(textOf(args[0].state as Value)!.slice(7))
          : origin(args),
    pathToFileURL: (it, args) =>
      args[0] && textOf(args[0]) ? it.native(URL_TYPE, literal(`file://${textOf(args[0])}`)) : origin(args),
  },
};
/** A file or folder as `stat` describes it. */
const STAT: LibraryType = {
  name: 'file status',
  methods: {
    isDirectory: (_it, self) => (self.state === null ? UNKNOWN : literal(self.state === 'folder')),
    isFile: (_it, self) => (self.state === null ? UNKNOWN : literal(self.state === 'file')),
    isSymbolicLink: () => literal(false),
  },
};
/**
 * A path as the repository knows it. One that begins nowhere begins where the program is started, which is its own folder, or that of the
 * repository.
 */
function inRepository(it: Evaluator, text: string): string {
  const inside = normalize(text).replace(/^\//, '');
  if (text.startsWith('/') || it.loader.root === '') return inside;
  const started = normalize(`${it.loader.root}/${text}`);
  return it.loader.list(inside).length > 0 && it.loader.list(started).length === 0 ? inside : started;
}
function kindOf(it: Evaluator, path: string): 'file' | 'folder' | null {
  const inside = inRepository(it, path);
  if (it.loader.list(inside).length > 0) return 'folder';
  return it.loader.list(inside.split('/').slice(0, -1).join('/')).includes(base(inside)) ? 'file' : null;
}
const stat: Operation = (it, args) => {
  const [text] = known(args.slice(0, 1)) ?? [];
  return it.native(STAT, text === undefined ? null : kindOf(it, text));
};
/** What is below a folder of the repository, each folder before what is in it; what is installed is left out. */
export function* below(it: Evaluator, folder: string): Generator<{ path: string; isFolder: boolean }> {
  for (const name of it.loader.list(folder)) {
    if (name === 'node_modules' || name === '.git') continue;
    const path = folder === '' ? name : `${folder}/${name}`;
    const isFolder = it.loader.list(path).length > 0;
    yield { path, isFolder };
    if (isFolder) yield* below(it, path);
  }
}
/** The entries of a folder of the repository: what directory loaders walk. */
function entries(it: Evaluator, args: readonly Value[], site: Site): Value {
  const [text] = known(args.slice(0, 1)) ?? [];
  if (text === undefined) return origin(args);
  const inside = inRepository(it, text);
  const names = it.loader.list(inside);
  if (names.length === 0) {
    it.gap('a folder is read that is not in the repository', it.place(site));
    return list([], UNKNOWN);
  }
  const isAsked = (option: string): boolean => optionIn(args[1], option)?.k === 'literal';
  const prefix = text.replace(/\/+$/, '');
  const all = isAsked('recursive')
    ? Array.from(below(it, inside), ({ path }) => path.slice(inside === '' ? 0 : inside.length + 1))
    : names;
  return list(
    all.map((name) => {
      if (!isAsked('withFileTypes')) return literal(name);
      const path = `${prefix}/${name}`;
      const kind = kindOf(it, path);
      const folder = literal(path.split('/').slice(0, -1).join('/'));
      return record([
        ['name', literal(base(name))],
        ['path', folder],
        ['parentPath', folder],
        ['isDirectory', builtin('isDirectory', () => literal(kind === 'folder'))],
        ['isFile', builtin('isFile', () => literal(kind === 'file'))],
      ]);
    }),
  );
}
const readdir: Operation = (it, args, site) => {
  const callback = args.at(-1);
  const found = entries(it, args, site);
  if (callback?.k === 'function') it.call(callback, [NULL, found], UNDEFINED, site);
  return promise(found);
};
const exists: Operation = (it, args, site) => {
  const [text] = known(args.slice(0, 1)) ?? [];
  return text !== undefined && kindOf(it, text) ? literal(true) : anyBoolean(it, [], site);
};
/** `fs`, for what is read of the repository itself while it starts: folders of routes. */
export const files: LibraryModel = {
  name: 'node-files',
  packages: ['fs', 'fs/promises', 'fs-extra', 'graceful-fs'],
  calls: {
    readdirSync: entries,
    readdir,
    'promises.readdir': readdir,
    lstatSync: stat,
    statSync: stat,
    existsSync: exists,
    pathExistsSync: exists,
  },
};
