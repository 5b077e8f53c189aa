import type { Evaluator } from '../../wiring/evaluator.js';
import type { LibraryModel } from '../../wiring/library.js';
import type { Installed } from '../../wiring/middleware.js';
import type { Site, Value } from '../../wiring/value.js';
import { bracketed, siteOf } from '../web/file-routes.js';
import { isAutoImported } from './h3.js';
import { observeHandler } from './h3-handlers.js';

const SUFFIX = /\.(get|head|patch|post|put|delete|connect|options|trace)$/;
/** A module of the folders that a server runs: which folder, and what stands below it. */
interface Filed {
  file: string;
  folder: string;
  rest: string;
}
function filed(files: readonly string[], server: RegExp): Filed[] {
  return files.flatMap((file) => {
    const match = server.exec(file);
    return match
      ? [
          {
            file,
            folder: match[1]!,
            rest: file.slice(match.index + match[0].length).replace(/\.[cm]?[jt]sx?$/, ''),
          },
        ]
      : [];
  });
}
/** `api/v1/[id].get` as method and path. */
function routeOf({ folder, rest }: Filed): { method: string; path: string } {
  const plain = rest.replace(/\.(?:dev|prod|prerender)$/, '');
  const method = SUFFIX.exec(plain)?.[1]?.toUpperCase() ?? 'ALL';
  const segments = plain
    .replace(SUFFIX, '')
    .split('/')
    .filter((s) => s !== 'index' && !/^\(.*\)$/.test(s))
    .map((s) => (s === '[...]' ? '*' : bracketed(s)));
  return { method, path: `/${[...(folder === 'api' ? ['api'] : []), ...segments].join('/')}` };
}
/** A default export that is neither nothing nor data. */
function defaultExport(it: Evaluator, file: string): { value: Value; site: Site } | null {
  const instance = it.modules.instantiate(file);
  if (!instance) return null;
  const value = it.modules.exported(instance, 'default');
  return value.k === 'literal' ? null : { value, site: siteOf(value, instance, 'default') };
}
/** File routes behind the middleware of the same server, which runs in the order of its file names. */
function observeFiles(it: Evaluator, framework: string, all: readonly Filed[]): void {
  const name = (file: string): string => file.slice(file.indexOf('/middleware/'));
  const links = all
    .filter((f) => f.folder === 'middleware')
    .sort((a, b) => (name(a.file) < name(b.file) ? -1 : 1))
    .flatMap(({ file, rest }): Installed[] => {
      const found = defaultExport(it, file);
      return found ? [{ ...found, name: rest }] : [];
    });
  for (const each of all)
    if (each.folder === 'api' || each.folder === 'routes')
      it.attempt({ file: each.file, line: 1 }, () => {
        const found = defaultExport(it, each.file);
        if (found) observeHandler(it, { framework, ...routeOf(each), ...found, links });
      });
}

/** What the utilities of a server are called, which are there in all of its modules. */
function utilityOf(it: Evaluator, model: string, folder: RegExp, name: string): Value | null {
  const known = it.stateOf(`${model}:utilities`, () => {
    const names = new Map<string, { file: string; exported: string }>();
    for (const file of it.loader.entryFiles(model)) {
      if (!folder.test(file)) continue;
      for (const entry of it.loader.module(file)?.exports ?? []) {
        if (entry.k === 'all') continue;
        const own = entry.exported === 'default' ? camelCase(file) : entry.exported;
        if (!names.has(own)) names.set(own, { file, exported: entry.exported });
      }
    }
    return names;
  });
  const found = known.get(name);
  const instance = found && it.modules.instantiate(found.file);
  return instance ? it.modules.exported(instance, found.exported) : null;
}
const camelCase = (file: string): string =>
  file
    .slice(file.lastIndexOf('/') + 1)
    .replace(/\.[^.]+$/, '')
    .replace(/[-_.]+(\w)/g, (_, letter: string) => letter.toUpperCase());
/** Modules that put functions of theirs into every module of the server. */
const MODULES: Readonly<Record<string, RegExp>> = {
  'nuxt-auth-utils':
    /^(?:(?:get|set|replace|clear|require)UserSession|hashPassword|verifyPassword|defineOAuth\w+EventHandler)$/,
  'nuxt-authorization': /^(?:authorize|allows|denies)$/,
};
function autoImported(name: string): Value | null {
  if (isAutoImported(name)) return { k: 'external', package: 'h3', path: [name] };
  for (const [of, names] of Object.entries(MODULES))
    if (names.test(name)) return { k: 'external', package: of, path: [name] };
  return null;
}

const CONFIGURATION = /(?:^|\/)(?:nuxt|nitro)\.config\.[cm]?[jt]s$/;
/** Handlers that configuration adds, and rules by which it answers or refuses: these are not followed. */
const ADDS = /\bserverHandlers\s*:|\brouteRules\s*:[^]*?\b(?:proxy|basicAuth|rateLimiter|csurf)\s*:/;
const configurations = (it: Evaluator): string[] => it.stateOf<string[]>('nuxt:configurations', () => []);
function noteConfiguration(it: Evaluator, texts: ReadonlyMap<string, string>): void {
  for (const [path, text] of texts)
    if (CONFIGURATION.test(path) && ADDS.test(text) && !configurations(it).includes(path))
      configurations(it).push(path);
}
function tellConfiguration(it: Evaluator): void {
  for (const file of configurations(it))
    if (file.slice(0, Math.max(0, file.lastIndexOf('/'))) === it.loader.root)
      it.gap('handlers and rules for routes in this configuration are not followed', { file, line: 1 });
}
const SERVER = /(?:^|\/)server\/(api|routes|middleware|utils|plugins)\//;
const SHARED = /(?:^|\/)(?:server|shared)\/utils\/.*\.[cm]?[jt]s$/;
const isCode = (path: string): boolean => /\.[cm]?[jt]sx?$/.test(path) && !/\.d\.[cm]?ts$/.test(path);
const hasNuxt = (it: Evaluator): boolean =>
  it.loader.list(it.loader.root).some((name) => /^nuxt\.config\.[cm]?[jt]s$/.test(name)) ||
  it.loader.entryFiles('nuxt').some((file) => SERVER.test(file));

/** The server of a Nuxt application, and of its layers. https://nuxt.com/docs/guide/directory-structure/server */
export const nuxt: LibraryModel = {
  name: 'nuxt',
  packages: ['nuxt', 'nuxt3', 'nuxt-nightly', 'nitropack', 'nitro'],
  onlyByConvention: true,
  about: {
    title: 'Nuxt',
    registers:
      'files of `server/api/` and `server/routes/`, those of layers included: `[id]`, `[...slug]`, a method as suffix',
    guards:
      '`server/middleware/` in the order of file names; `onRequest` and wrappers of handlers; what `server/utils/` and h3 offer without an import',
    answers: 'as h3',
    limits:
      'handlers of `nuxt.config` and its `routeRules` that proxy or refuse (a gap); what modules add; pages and their middleware',
  },
  calls: {},
  isEntry: ({ path }) => isCode(path) && (SERVER.test(path) || SHARED.test(path)),
  global: (it, name) =>
    it.loader.entryFiles('nuxt').length === 0
      ? null
      : (utilityOf(it, 'nuxt', SHARED, name) ?? autoImported(name)),
  reads: (path) => CONFIGURATION.test(path),
  prepare: noteConfiguration,
  finish: (it) => {
    const files = it.loader.entryFiles('nuxt');
    if (files.length > 0) tellConfiguration(it);
    observeFiles(it, 'nuxt', filed(files, SERVER));
  },
};

const PLAIN = /^(?:src\/)?(api|routes|middleware|utils|plugins)\//;
/** Nitro without Nuxt, whose folders lie at the root. https://nitro.build/guide/routing */
export const nitro: LibraryModel = {
  name: 'nitro',
  packages: ['nitropack', 'nitro'],
  onlyByConvention: true,
  about: {
    title: 'Nitro',
    registers: 'files of `api/` and `routes/`, as Nuxt; with `server/` in front of them as well',
    guards: 'as Nuxt',
    answers: 'as h3',
    limits: 'handlers and `routeRules` as Nuxt (a gap); another `srcDir` than `src` and `server`; tasks',
  },
  calls: {},
  isEntry: ({ path }) => isCode(path) && /(?:^|\/)(?:api|routes|middleware|utils|plugins)\//.test(path),
  global: (it, name) => {
    if (it.loader.entryFiles('nitro').length === 0) return null;
    return (hasNuxt(it) ? null : utilityOf(it, 'nitro', /(?:^|\/)utils\//, name)) ?? autoImported(name);
  },
  finish: (it) => {
    if (hasNuxt(it)) return;
    if (it.loader.entryFiles('nitro').length > 0) tellConfiguration(it);
    const prefix = it.loader.root === '' ? 0 : it.loader.root.length + 1;
    const files = it.loader.entryFiles('nitro');
    observeFiles(
      it,
      'nitro',
      files.flatMap((file) => filed([file.slice(prefix)], PLAIN).map((f) => ({ ...f, file }))),
    );
  },
};
