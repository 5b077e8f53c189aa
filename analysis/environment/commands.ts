import { posix } from 'node:path';
import type { Risk } from '../model/environment.js';
import type { Gap } from '../model/model.js';
import { interpreter, type Language } from './programs.js';
import { HERE, ROOT, type FoundRisk, type Reading, type ScriptRun } from './reading.js';
import { exportedContents, ownImports, readJavaScript, type ReadCommand } from './javascript.js';
import type { Content } from './shell-state.js';
import { readPython } from './python.js';
import { readShell, type ShellContext } from './shell.js';
import type { TreeTexts } from './texts.js';

/** What a command does, with the scripts of the repository that it runs. */
export interface CommandEffect {
  risks: Risk[];
  /** Nothing but what such commands ordinarily do. */
  routine: boolean;
}
const MAX_SCRIPTS = 200;
/** What husky puts beside its hooks when it is installed. */
const GENERATED = /(?:^|\/)_\/(?:husky\.sh|h)$/;

/** What is run by a file or by a script of a package, and where. */
interface Resolved {
  key: string;
  file: string;
  /** Where it is a script of a package: what `file` has for it. */
  command: { text: string; line: number } | null;
  folder: string;
  language: Language | null;
}

/** Judges commands, following them into the scripts of the tree that they run. */
export class Commands {
  private readonly readings = new Map<string, Promise<Reading>>();

  constructor(
    private readonly texts: TreeTexts,
    private readonly gaps: Gap[],
  ) {}

  /** `folder` is where the command is run; `line` in `file` where it stands. */
  async effectOf(
    command: string,
    folder: string,
    at: { file: string; line: number },
  ): Promise<CommandEffect> {
    return this.follow(readCommandText(command, folder), folder, null, at);
  }

  /** A file of shell commands that a tool runs as it is. */
  async effectOfFile(path: string, language: Language, folder: string): Promise<CommandEffect> {
    const reading = await this.scriptReading(path, language, folder);
    return this.follow(reading, folder, path, { file: path, line: 1 });
  }

  private async follow(
    first: Reading,
    folder: string,
    file: string | null,
    at: { file: string; line: number },
  ): Promise<CommandEffect> {
    const risks: Risk[] = first.risks.map((r) => toRisk(r, file));
    let routine = first.unknown.length === 0;
    const seen = new Set(file ? [file] : []);
    const queue = first.runs.map((run) => ({ run, from: file, folder }));
    while (queue.length > 0 && seen.size < MAX_SCRIPTS) {
      const next = queue.shift()!;
      const found = this.resolve(next.run, next.from, next.folder);
      if (found === null) {
        // A program of a package, as `yarn x` may be one; a path that the tree does not have is made later, or elsewhere.
        if (next.run.k === 'file' && !GENERATED.test(next.run.path)) routine = false;
        continue;
      }
      if (seen.has(found.key)) continue;
      seen.add(found.key);
      const { command, file, folder: at } = found;
      const reading = command
        ? readCommandText(command.text, at)
        : await this.scriptReading(file, found.language, at);
      // Lines of a command are not those of the file that holds it.
      risks.push(...reading.risks.map((r) => toRisk(command ? { ...r, line: command.line } : r, file)));
      if (reading.unknown.length > 0) routine = false;
      queue.push(...reading.runs.map((run) => ({ run, from: command ? null : file, folder: at })));
    }
    if (queue.length > 0)
      this.gaps.push({
        reason: `a command runs more than ${MAX_SCRIPTS} scripts; the rest was not read`,
        ...at,
        affects: [],
      });
    return { risks: distinct(risks), routine: routine && risks.length === 0 };
  }

  private scriptReading(path: string, language: Language | null, folder: string): Promise<Reading> {
    const key = `${path}\0${language}\0${folder}`;
    let reading = this.readings.get(key);
    if (!reading) this.readings.set(key, (reading = this.readScript(path, language, folder)));
    return reading;
  }
  private async readScript(path: string, given: Language | null, folder: string): Promise<Reading> {
    const text = await this.texts.read(path);
    const unknown: Reading = { risks: [], runs: [], unknown: [path] };
    if (text === null) return unknown;
    try {
      switch (languageOf(path, text) ?? given) {
        case 'shell':
          return readShell(text, contextIn(folder));
        case 'javascript':
          return readJavaScript(asCode(path), text, commandsIn(folder), await this.importsOf(path, text));
        case 'python':
          return readPython(text);
        default:
          return unknown;
      }
    } catch {
      this.gaps.push({ reason: 'this script could not be read', file: path, line: 1, affects: [] });
      return unknown;
    }
  }

  private fileAt(path: string): string | null {
    const names = [
      path,
      `${path}.js`,
      `${path}.mjs`,
      `${path}.cjs`,
      `${path}.ts`,
      `${path}/index.js`,
      path.replace(/\.js$/, '.ts'),
      path.replace(/\.mjs$/, '.mts'),
    ];
    return names.find((name) => this.texts.has(name)) ?? null;
  }
  /** What the modules that a script imports from beside it yield. */
  private async importsOf(
    path: string,
    text: string,
  ): Promise<(specifier: string) => ReadonlyMap<string, Content> | null> {
    const known = new Map<string, ReadonlyMap<string, Content>>();
    for (const specifier of ownImports(text)) {
      const file = this.fileAt(posix.normalize(posix.join(posix.dirname(path), specifier)));
      const other = file === null || file === path ? null : await this.texts.read(file);
      if (file !== null && other !== null) known.set(specifier, exportedContents(asCode(file), other));
    }
    return (specifier) => known.get(specifier) ?? null;
  }

  /** The file or script of a package that is meant; null where the tree has none. */
  private resolve(run: ScriptRun, from: string | null, folder: string): Resolved | null {
    const here = from === null ? folder : folderOf(from);
    const start = run.folder === null ? folder : absolute(run.folder, here);
    if (run.k === 'script') {
      const script = this.texts.packageScript(start, run.name);
      return (
        script && {
          key: `${script.file}#${run.name}`,
          file: script.file,
          command: { text: script.command, line: script.line },
          folder: folderOf(script.file),
          language: null,
        }
      );
    }
    const own = [
      absolute(run.path, here),
      posix.join(start, run.path),
      posix.join(folder, run.path),
      run.path,
      posix.join(here, run.path),
    ];
    for (const candidate of own) {
      const path = posix.normalize(candidate).replace(/^\/+/, '');
      const file = this.fileAt(path);
      if (file !== null) return { key: file, file, command: null, folder: start, language: run.language };
    }
    return null;
  }
}

const folderOf = (path: string): string => posix.dirname(path).replace(/^\.$/, '');
const asCode = (path: string): string => (/\.[cm]?[jt]sx?$/.test(path) ? path : `${path}.js`);
const contextIn = (folder: string): ShellContext => ({
  folder,
  code: (language, text) =>
    language === 'python' ? readPython(text) : readJavaScript('inline.mjs', text, commandsIn(folder)),
});
const commandsIn =
  (folder: string): ReadCommand =>
  (command, known) =>
    readShell(command, { ...contextIn(folder), ...known });
function readCommandText(command: string, folder: string): Reading {
  return readShell(command, contextIn(folder));
}
function absolute(path: string, here: string): string {
  if (path.startsWith(ROOT)) return path.slice(ROOT.length).replace(/^\/+/, '');
  if (path.startsWith(HERE)) return posix.join(here, path.slice(HERE.length));
  return path;
}
const toRisk = (risk: FoundRisk, file: string | null): Risk => ({
  kind: risk.kind,
  text: risk.text,
  place: file === null ? null : { file, line: risk.line },
});
function distinct(risks: readonly Risk[]): Risk[] {
  const byKey = new Map(
    risks.map((r) => [
      `${r.kind}\0${r.place?.file ?? ''}\0${String(r.place?.line ?? 0).padStart(7, '0')}\0${r.text}`,
      r,
    ]),
  );
  return [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, r]) => r);
}
function languageOf(path: string, text: string): Language | null {
  if (/\.(?:[cm]?[jt]sx?)$/.test(path)) return 'javascript';
  if (path.endsWith('.py')) return 'python';
  if (/\.(?:sh|bash|zsh|ksh)$/.test(path)) return 'shell';
  const [, program] = /^#!\s*(?:\S*\/env\s+(?:-S\s+)?)?(?:\S*\/)?([\w.-]+)/.exec(text) ?? [];
  return program === undefined ? null : (interpreter(program)?.language ?? null);
}
