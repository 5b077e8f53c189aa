import { createHash } from 'node:crypto';
import type { Gap } from './model/model.js';
import type { Cache, TreeFile, TreeSource } from './source.js';
import { MAX_SOURCE_BYTES } from './syntax/lower.js';
import { scanExports, scanSpecifiers, scanTypeSpecifiers } from './syntax/specifiers.js';

/** Members by which routes, listeners and middleware are registered on something that was imported. */
const REGISTERS =
  /\b(?:app|router|routes?|server|io|wss?|api|fastify|socket)\w*\s*\.\s*(?:use|get|post|put|patch|delete|del|all|on|route|register|param)\s*\(/i;

/** A route with its path, on what conventionally is called so: the file makes an entry point, whoever gave it that. */
const ROUTES =
  /\b(?:app|application|router|server|fastify)\s*\.\s*(?:get|post|put|patch|delete|all|use|route)\s*\(\s*(?:['"`]\/|`\$\{)/;

/** What is looked for in the text of every file, before any is parsed. */
export interface Scan {
  specifiers: string[];
  /** Those of them that are named for types alone. */
  types: string[];
  registers: boolean;
  routes: boolean;
  /** Directives: `use server`. */ directives: string[];
  /** Of the names that serve without an import, those that it calls. */ globals: string[];
  /** Names that it exports. */ exports: string[];
  /** Texts that may name folders, where folders are walked or modules named by computation. */ folders: string[];
  /** Patterns of files that are looked for. */ patterns: string[];
  /** Functions are named in it of which the project says that they register entry points. */ calls: boolean;
}
const DIRECTIVE = /^[ \t]*['"](use [a-z]+)['"]/gm;
/** Code that loads modules from a folder, or names files for something else to run. */
const WALKS =
  /\b(?:Worker|process|fork)\([^]{0,200}?\b(?:__dirname|import\.meta)\b|\b(?:readdir(?:Sync)?|opendir|glob(?:Sync|by)?|fast-glob|loadFiles(?:Sync)?|require-?all|include-?all|autoload)\b|\bimport\(\s*(?:`[^`]*\$\{|[^'"`)\s])|\brequire\(\s*(?:`[^`]*\$\{|[^'"`)\s])/;
const FOLDER = /['"`](\.{0,2}\/?[\w-][\w./-]*?)\/?(?:\$\{[^`]*)?['"`]/g;
const QUOTED = /['"`]([^'"`\n]{4,200})['"`]/g;
/** A pattern of files of code that has a name in it: anything else may be meant by all. */
const isPattern = (text: string): boolean =>
  text.includes('*') && /\.[^/]*[jt]s/.test(text) && /[\w-]{3,}.*\//.test(patternOf(text));
/** Walks the folder that it is in itself, as the index of a folder of models does. */
const WALKS_ITS_OWN = /\b(?:readdir(?:Sync)?|opendir)\(\s*(?:__dirname|import\.meta\.dirname)\s*[,)]/;
/** `path.join(SERVER, 'models')`: below something that is not this file's folder, mostly the one above. */
const BESIDE = /\b(?:join|resolve)\(\s*(?!__dirname|import\b|process\b)[\w$.]+\s*,\s*['"]([\w-]+)['"]\s*\)/g;
const patternsNamed = (text: string): string[] =>
  WALKS.test(text)
    ? [
        ...new Set([...text.matchAll(QUOTED)].flatMap((m) => (isPattern(m[1]!) ? patternOf(m[1]!) : []))),
      ].slice(0, 20)
    : [];
/** From its last known part on. */
const patternOf = (text: string): string => text.replace(/^.*\$\{[^}]*\}/, '').replace(/^(?:\.{0,2}\/)+/, '');
const foldersNamed = (text: string, names: readonly string[]): string[] =>
  WALKS.test(text) || names.some((name) => text.includes(name))
    ? [
        ...(WALKS_ITS_OWN.test(text) ? ['.'] : []),
        ...[...text.matchAll(BESIDE)].map((m) => `../${m[1]!}`),
        ...new Set([...text.matchAll(FOLDER)].map((m) => m[1]!.replace(/^\.?\//, '').replace(/\/+$/, ''))),
      ].slice(0, 60)
    : [];
function scanOf(text: string, { globals, namesFiles, registrars }: ScanOptions): Scan {
  return {
    specifiers: scanSpecifiers(text),
    types: scanTypeSpecifiers(text),
    registers: REGISTERS.test(text),
    routes: ROUTES.test(text),
    directives: [...new Set([...text.matchAll(DIRECTIVE)].map((m) => m[1]!))],
    exports: scanExports(text),
    globals: globals.filter((name) => text.includes(name)),
    folders: foldersNamed(text, namesFiles),
    patterns: patternsNamed(text),
    calls: registrars.some((name) => text.includes(name)),
  };
}
const hashOf = (names: readonly string[]): string =>
  names.length === 0 ? '' : createHash('sha256').update(names.join('\0')).digest('hex').slice(0, 12);
/** Blobs that are read at once. */
export const BATCH = 200;
export const decode = (bytes: Uint8Array): string => new TextDecoder('utf-8').decode(bytes);

export interface ScanOptions {
  /** Names of functions that register without an import. */
  globals: readonly string[];
  /** Where a file names one of these, texts in it may name files. */
  namesFiles: readonly string[];
  /** Names of the project's own functions that register, as its configuration gives them. */
  registrars: readonly string[];
  cache?: Cache;
  onProgress?: (phase: 'reading' | 'parsing', done: number, total: number) => void;
}
/** Reads all code, as far as has to be known of it to tell what to run; from the cache, where it is there. */
export async function scanAll(
  source: TreeSource,
  files: readonly TreeFile[],
  gaps: Gap[],
  options: ScanOptions,
): Promise<Map<string, Scan>> {
  const scanKey = (file: TreeFile): string => `scan:13:${hashOf(options.registrars)}:${file.id}`;
  const scans = new Map<string, Scan>();
  const cached = options.cache?.getMany([...new Set(files.map(scanKey))]) ?? new Map<string, string>();
  const rest: TreeFile[] = [];
  for (const file of files) {
    const known = cached.get(scanKey(file));
    if (known === undefined) rest.push(file);
    else scans.set(file.path, JSON.parse(known) as Scan);
  }
  for (let i = 0; i < rest.length; i += BATCH) {
    const batch = rest.slice(i, i + BATCH);
    const blobs = await source.read([...new Set(batch.map((f) => f.id))]);
    const fresh = new Map<string, string>();
    for (const file of batch) {
      const bytes = blobs.get(file.id);
      if (!bytes) {
        gaps.push({
          reason: 'this file is missing from the object database',
          file: file.path,
          line: 1,
          affects: [],
        });
        continue;
      }
      if (bytes.length > MAX_SOURCE_BYTES) {
        gaps.push({
          reason: `this file is larger than ${MAX_SOURCE_BYTES / 1_000_000} MB and was not read`,
          file: file.path,
          line: 1,
          affects: [],
        });
        continue;
      }
      const text = decode(bytes);
      const scan = scanOf(text, options);
      scans.set(file.path, scan);
      fresh.set(scanKey(file), JSON.stringify(scan));
    }
    options.cache?.setMany(fresh);
    options.onProgress?.('reading', Math.min(rest.length, i + BATCH), rest.length);
  }
  return scans;
}
