import picomatch from 'picomatch';
import type { Gap, NotLookedAt } from './model/model.js';
import { notLookedAt } from './not-looked-at.js';
import { compiledName, configurationFiles, ModuleGraph, sourceRole } from './modules/index.js';
import { BATCH, decode, scanAll, type Scan } from './scan.js';
import type { Cache, TreeFile, TreeSource } from './source.js';
import { LOWERING_VERSION, type Module } from './syntax/ast.js';
import { lower, MAX_SOURCE_BYTES } from './syntax/lower.js';
import type { ConventionalFile } from './wiring/library.js';

/** What has been read of a tree: the modules worth running, and how they are connected. */
export interface LoadedTree {
  graph: ModuleGraph;
  modules: ReadonlyMap<string, Module>;
  /** What a module of them was read from: equal texts are equal modules. */
  contents: ReadonlyMap<string, string>;
  /** Files that name a library of entry points themselves. */
  registering: ReadonlySet<string>;
  /** Files that a framework runs by itself: by program, then by library model. */
  entries: ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;
  /** Packages that modules of a program import, by program. */
  packages: ReadonlyMap<string, ReadonlySet<string>>;
  /** Files to start from, by program, in order. */
  roots: ReadonlyMap<string, readonly string[]>;
  sideEffects: ReadonlySet<string>;
  /** Names in each folder: files and folders. */
  folders: ReadonlyMap<string, readonly string[]>;
  texts: ReadonlyMap<string, string>;
  gaps: Gap[];
  notLookedAt: NotLookedAt[];
}
export interface LoadOptions {
  cache?: Cache;
  /** Packages whose presence makes a file worth running. */
  packages: ReadonlySet<string>;
  /** Library models that run files by convention: which, and the packages that make it so. */
  conventions: readonly Convention[];
  /** Names of functions that register without an import. */
  globals: readonly string[];
  /** Where a file names one of these, texts in it may name files that something else runs. */
  namesFiles: readonly string[];
  /** Packages that make guards: a file that uses one is run where the program has entry points. */
  guards: ReadonlySet<string>;
  /** What a package serves that no model understands; null when nothing. */
  unmodelled: (name: string) => string | null;
  /** Names of the project's own functions that register, as its configuration gives them. */
  registrars: readonly string[];
  /** Further files whose text is wanted. */
  wanted: (path: string) => boolean;
  onProgress?: (phase: 'reading' | 'parsing', done: number, total: number) => void;
}

export interface Convention {
  name: string;
  packages: readonly string[];
  isEntry(file: ConventionalFile): boolean;
  named?(texts: ReadonlyMap<string, string>): readonly string[];
  belongs?(path: string, texts: ReadonlyMap<string, string>): boolean;
}

const CODE = /\.(?:[cm]?[jt]sx?)$/;
const loweredKey = (file: TreeFile): string =>
  `lowered:${LOWERING_VERSION}:${/\.([^.]+)$/.exec(file.path)?.[1] ?? ''}:${file.id}`;
/** Lets native memory be freed, and timers run. */
const breathe = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

/** Reads what matters of a tree: configuration, an approximate import graph of all code, and the modules worth running. */
export async function load(source: TreeSource, options: LoadOptions): Promise<LoadedTree> {
  const gaps: Gap[] = [];
  const byPath = new Map(source.files.map((f) => [f.path, f]));
  const paths = source.files.map((f) => f.path);
  const configuration = configurationFiles(paths);
  const texts = await readTexts(
    source,
    [...new Set([...configuration, ...paths.filter(options.wanted)])]
      .map((p) => byPath.get(p)!)
      .filter(Boolean),
    gaps,
  );
  const graph = new ModuleGraph(paths, texts);

  const code = source.files.filter((f) => CODE.test(f.path) && isProduction(f.path));
  const isSmall = (f: TreeFile): boolean => f.size === null || f.size <= MAX_SOURCE_BYTES;
  const small = code.filter(isSmall);
  for (const f of code)
    if (!isSmall(f))
      gaps.push({
        reason: `this file is larger than ${MAX_SOURCE_BYTES / 1_000_000} MB and was not read`,
        file: f.path,
        line: 1,
        affects: [],
      });
  const scans = await scanAll(source, small, gaps, options);
  const folders = foldersOf(paths);
  const { registering, reachable, roots, entries, packages } = select(
    graph,
    scans,
    options,
    folders,
    texts,
    gaps,
  );
  const modules = await lowerAll(
    source,
    [...reachable].map((p) => byPath.get(p)!),
    gaps,
    options,
  );
  return {
    graph,
    modules,
    contents: new Map([...modules.keys()].map((path) => [path, loweredKey(byPath.get(path)!)])),
    registering,
    roots,
    entries,
    packages,
    texts,
    folders,
    gaps,
    notLookedAt: notLookedAt(source.files),
    sideEffects: new Set([...scans].filter(([, s]) => s.registers).map(([path]) => path)),
  };
}
function foldersOf(paths: readonly string[]): Map<string, string[]> {
  const folders = new Map<string, Set<string>>();
  for (const path of paths) {
    const parts = path.split('/');
    for (let i = 0; i < parts.length; i++) {
      const folder = parts.slice(0, i).join('/');
      const names = folders.get(folder);
      if (names) names.add(parts[i]!);
      else folders.set(folder, new Set([parts[i]!]));
    }
  }
  return new Map([...folders].map(([folder, names]) => [folder, [...names].sort()]));
}
const isProduction = (path: string): boolean => ['production', 'example'].includes(sourceRole(path));

async function readTexts(
  source: TreeSource,
  files: readonly TreeFile[],
  gaps: Gap[],
): Promise<Map<string, string>> {
  const blobs = await source.read(files.map((f) => f.id));
  const texts = new Map<string, string>();
  for (const file of files) {
    const bytes = blobs.get(file.id);
    if (bytes) texts.set(file.path, decode(bytes));
    else
      gaps.push({
        reason: 'this file is missing from the object database',
        file: file.path,
        line: 1,
        affects: [],
      });
  }
  return texts;
}
/** Which files to run: those that name a library of entry points, what leads to them, and what they lead to. */
function select(
  graph: ModuleGraph,
  scans: ReadonlyMap<string, Scan>,
  options: LoadOptions,
  folders: ReadonlyMap<string, readonly string[]>,
  texts: ReadonlyMap<string, string>,
  gaps: Gap[],
): Pick<LoadedTree, 'registering' | 'roots' | 'entries' | 'packages'> & { reachable: Set<string> } {
  const entries = new Map<string, Map<string, string[]>>();
  const packages = new Map<string, Set<string>>();
  const imports = new Map<string, string[]>();
  const importers = new Map<string, string[]>();
  /** Imported, or found in a folder; others are only named by their paths, as what is run in a process of its own. */
  const loaded = new Set<string>();
  const registering = new Set<string>();
  /** A framework starts these itself: who imports them, such as a page its actions, leads to nothing more. */
  const conventional = new Set<string>();
  const unmodelled = new Map<string, string[]>();
  /** Code in a folder that is named relative to a file, and in those below it: `routes/v1/orders/index.js`. */
  const filesBelow = (folder: string, from: string): string[] => {
    const own = from.split('/').slice(0, -1);
    // `path.join(ROOT, 'server/plugins')`: of a path with several parts, some folder above may be the start.
    const starts =
      folder.includes('/') && !folder.startsWith('.')
        ? own.map((_, i) => own.slice(0, own.length - i))
        : [own];
    const base = [...starts, ...(starts.length > 1 ? [[]] : [])]
      .map((start) => joinFolder(start.join('/'), folder))
      .find((path) => folders.has(path));
    if (base === undefined || base === '') return [];
    if (base === own.join('/'))
      return folder === '.' ? (folders.get(base) ?? []).map((n) => `${base}/${n}`) : [];
    const found: string[] = [];
    let level = [base];
    for (let deep = 0; deep < WALKED_DEEP && found.length < MAX_WALKED; deep++) {
      level = level.flatMap((at) => (folders.get(at) ?? []).map((n) => `${at}/${n}`));
      found.push(...level);
    }
    return found.slice(0, MAX_WALKED);
  };
  /** Code of the same program that a pattern may mean, wherever it starts, by its own name or the one that it is compiled to. */
  const filesLike = (patterns: readonly string[], from: string): string[] => {
    const isMeant = picomatch(patterns.map((p) => `**/${p}`));
    const program = graph.programOf(from).name;
    return [...scans.keys()]
      .filter((path) => isMeant(path) || isMeant(compiledName(path)))
      .filter(
        (path) => path !== from && sourceRole(path) !== 'test' && graph.programOf(path).name === program,
      )
      .slice(0, MAX_WALKED);
  };
  const listed = <K, V>(map: Map<K, V>, key: K, make: () => V): V => {
    const known = map.get(key) ?? make();
    map.set(key, known);
    return known;
  };
  const named = options.conventions.map(
    (c) =>
      new Set(
        (c.named?.(texts) ?? []).flatMap((specifier) => {
          const target = graph.resolve('package.json', `./${specifier}`);
          return target.kind === 'file' ? [target.path] : [];
        }),
      ),
  );
  for (const path of [...scans.keys()].sort()) {
    const scan = scans.get(path)!;
    const file = { path, directives: new Set(scan.directives), exports: new Set(scan.exports) };
    for (const [i, convention] of options.conventions.entries()) {
      const belongs = (): boolean =>
        convention.belongs?.(path, texts) ?? graph.dependsOn(path, convention.packages);
      if (!named[i]!.has(path) && !(convention.isEntry(file) && belongs())) continue;
      const program = listed(entries, graph.programOf(path).name, () => new Map<string, string[]>());
      listed(program, convention.name, () => []).push(path);
      conventional.add(path);
    }
  }
  for (const [path, scan] of scans) {
    const used = listed(packages, graph.programOf(path).name, () => new Set());
    const targets: string[] = [];
    if (scan.calls) registering.add(path);
    for (const specifier of scan.specifiers) {
      const target = graph.resolve(path, specifier);
      if (target.kind === 'file' && scans.has(target.path) && !scan.types.includes(specifier)) {
        targets.push(target.path);
        loaded.add(target.path);
        listed(importers, target.path, () => []).push(path);
      } else if (target.kind === 'package' || target.kind === 'builtin') {
        used.add(target.name);
        if (options.packages.has(target.name) || options.guards.has(target.name)) registering.add(path);
        const what =
          target.kind === 'package' && sourceRole(path) === 'production'
            ? options.unmodelled(target.name)
            : null;
        if (what !== null) unmodelled.set(what, [...(unmodelled.get(what) ?? []), path]);
      }
    }
    for (const folder of scan.folders) {
      // Relative to the file, or to where the program is started.
      const named = (
        folder === '.' ? [] : [path, 'package.json', `${graph.programOf(path).root}/package.json`]
      )
        .map((from) => graph.resolve(from, `./${folder}`))
        .find((target) => target.kind === 'file');
      const below = filesBelow(folder, path);
      for (const found of [...(named?.kind === 'file' ? [named.path] : []), ...below]) {
        if (found === path || targets.includes(found) || !scans.has(found)) continue;
        if (below.includes(found)) loaded.add(found);
        targets.push(found);
        listed(importers, found, () => []).push(path);
      }
    }
    // Who looks for files runs them; that some of them register something does not make it part of the program.
    if (scan.patterns.length > 0) targets.push(...filesLike(scan.patterns, path));
    imports.set(path, targets);
    if (scan.globals.length > 0) registering.add(path);
  }
  // Handed over by something that could not be followed, in a program that serves.
  const serving = new Set([...registering].map((path) => graph.programOf(path).name));
  for (const [path, scan] of scans)
    if (scan.routes && serving.has(graph.programOf(path).name)) registering.add(path);
  for (const [what, files] of unmodelled) {
    const [file] = [...files].sort();
    const others = new Set(files).size - 1;
    const more = others > 0 ? ` (and in ${others} more files)` : '';
    gaps.push({
      reason: `entry points of ${what} are not understood yet${more}`,
      file: file!,
      line: 1,
      affects: [],
    });
  }
  const leading = closure(registering, (p) => importers.get(p) ?? []);
  const reachable = closure(new Set([...leading, ...conventional]), (p) => imports.get(p) ?? []);
  const roots = new Map<string, string[]>();
  const add = (path: string): void => {
    const { name } = graph.programOf(path);
    const list = roots.get(name);
    if (!list) roots.set(name, [path]);
    else if (!list.includes(path)) list.push(path);
  };
  const started = new Set(graph.programs().flatMap((p) => p.entries));
  // An example that only starts the program itself adds nothing to what the program shows.
  const own = new Set([...registering].map((path) => graph.programOf(path).name));
  const sorted = [...leading]
    .filter((path) => sourceRole(path) === 'production' || own.has(graph.programOf(path).name))
    .sort();
  for (const path of sorted) if (started.has(path)) add(path);
  for (const path of conventional) add(path);
  for (const path of sorted)
    if ((importers.get(path) ?? []).every((i) => i === path || !leading.has(i))) add(path);
  for (const path of sorted) if (importers.has(path) && !loaded.has(path)) add(path);
  // Cycles of modules that nothing else leads to: start with the first.
  const covered = closure(new Set([...roots.values()].flat()), (p) => imports.get(p) ?? []);
  for (const path of sorted) {
    if (covered.has(path)) continue;
    add(path);
    for (const reached of closure(new Set([path]), (p) => imports.get(p) ?? [])) covered.add(reached);
  }
  return { registering, reachable, roots, entries, packages };
}
/** Files taken from one folder that is walked, and how far below it. */
const MAX_WALKED = 400;
const WALKED_DEEP = 4;
function joinFolder(base: string, relative: string): string {
  const parts = base === '' ? [] : base.split('/');
  for (const part of relative.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts.join('/');
}
function closure(start: ReadonlySet<string>, next: (path: string) => readonly string[]): Set<string> {
  const found = new Set(start);
  const queue = [...start];
  while (queue.length > 0) {
    for (const path of next(queue.pop()!)) {
      if (found.has(path)) continue;
      found.add(path);
      queue.push(path);
    }
  }
  return found;
}

async function lowerAll(
  source: TreeSource,
  files: readonly TreeFile[],
  gaps: Gap[],
  options: LoadOptions,
): Promise<Map<string, Module>> {
  const modules = new Map<string, Module>();
  const sorted = [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
  const rest: TreeFile[] = [];
  for (let i = 0; i < sorted.length; i += BATCH) {
    const batch = sorted.slice(i, i + BATCH);
    const cached = options.cache?.getMany([...new Set(batch.map(loweredKey))]);
    for (const file of batch) {
      const known = cached?.get(loweredKey(file));
      if (known === undefined) rest.push(file);
      else modules.set(file.path, JSON.parse(known) as Module);
    }
  }
  for (let i = 0; i < rest.length; i += PARSE_BATCH) {
    const batch = rest.slice(i, i + PARSE_BATCH);
    const blobs = await source.read([...new Set(batch.map((f) => f.id))]);
    const fresh = new Map<string, string>();
    for (const file of batch) {
      const bytes = blobs.get(file.id);
      if (!bytes) continue; // said while scanning
      const module = lower(file.path, decode(bytes));
      modules.set(file.path, module);
      if (options.cache) fresh.set(loweredKey(file), JSON.stringify(module));
    }
    options.cache?.setMany(fresh);
    options.onProgress?.('parsing', Math.min(rest.length, i + PARSE_BATCH), rest.length);
    await breathe();
  }
  for (const file of sorted) {
    for (const error of modules.get(file.path)?.errors ?? [])
      gaps.push({
        reason: 'the grammar could not read this part',
        file: file.path,
        line: error.line,
        affects: [],
      });
  }
  return modules;
}
const PARSE_BATCH = 16;
