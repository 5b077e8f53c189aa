import { forEachChild, parse, type Command, type SyntaxNode, type Word } from 'unbash';
import type { RiskKind } from '../model/environment.js';
import { lineOf } from './document.js';
import { argumentsOf, fetchesAndRuns, sendsSecrets } from './program-arguments.js';
import { decodes, fetchOf, interpreter, isLocal, isRoutine, PASSES_ON, powershellRisk, SECRET_FILE, WRAPPERS, type Interpreter, type Language } from './programs.js'; // prettier-ignore
import { readManager, remotePackage } from './package-managers.js';
import { emptyReading, shortened, type FoundRisk, type Reading } from './reading.js';
import { ShellState, type Content, type Holdings } from './shell-state.js';
import { wordText } from './shell-words.js';

const RUNNING: Record<Exclude<Content, 'secret'>, RiskKind> = {
  fetched: 'fetch-and-execute',
  decoded: 'hidden-code',
};

export interface ShellContext extends Holdings {
  /** Reads code of another language that stands in an argument. */
  code(language: 'javascript' | 'python', text: string): Reading;
}
const MAX_NESTED = 6;

/** Reads commands for a shell: what they fetch and run, and which scripts of the repository they start. */
export function readShell(text: string, context: ShellContext, depth = 0): Reading {
  const reader = new ShellReader(text, context, depth);
  reader.script();
  return reader.reading;
}

interface Unwrapped {
  program: string;
  args: Word[];
  /** Its arguments come from what it reads. */
  fromInput: boolean;
}

class ShellReader {
  readonly reading = emptyReading();
  private readonly state: ShellState;

  constructor(
    private readonly text: string,
    private readonly context: ShellContext,
    private readonly depth: number,
  ) {
    this.state = new ShellState(context);
  }

  script(): void {
    if (this.depth > MAX_NESTED) return void this.reading.unknown.push('…');
    const script = parse(this.text);
    if (script.errors && script.errors.length > 0) this.reading.unknown.push(shortened(this.text));
    this.visit(script, null);
  }

  /** Goes through a node in order; answers what it writes to its output. */
  private visit(node: SyntaxNode, input: Content | null): Content | null {
    switch (node.type) {
      case 'Command':
        return this.command(node, input);
      case 'Pipeline': {
        let flow = input;
        for (const stage of node.commands) flow = this.visit(stage, flow);
        return flow;
      }
      case 'Function':
        this.state.functions.add(node.name.value);
        break;
      case 'Redirected': {
        const output = this.visit(node.command, this.redirected(node.redirects, input));
        return this.written(node.redirects, output);
      }
      default:
    }
    const folder = this.state.folder;
    let output: Content | null = null;
    forEachChild(node, (child) => {
      const flow = this.visit(child, input);
      output ??= flow;
    });
    if (node.type === 'Subshell') this.state.folder = folder;
    return output;
  }

  private command(node: Command, input: Content | null): Content | null {
    for (const part of node.prefix) if (part.type === 'Assignment') this.assign(part.name, part.value);
    const stdin = this.redirected(node.redirects, input);
    if (!node.name) return null;
    const words = [node.name, ...node.args.filter((a): a is Word => a.type === 'Word')];
    for (const argument of node.args)
      if (argument.type === 'Assignment') this.assign(argument.name, argument.value);
    const contents = new Map(words.map((word) => [word, this.contentOf(word)]));
    const own = contents.get(node.name);
    if (own && own !== 'secret') this.found(RUNNING[own], node);
    const unwrapped = this.unwrap(words);
    const output = unwrapped ? this.run(unwrapped, node, stdin, contents) : null;
    return this.written(node.redirects, output);
  }

  private unwrap(words: readonly Word[]): Unwrapped | null {
    let rest = [...words];
    let fromInput = false;
    for (let turns = 0; turns < 6; turns++) {
      const program = this.textOf(rest[0]!);
      if (!Object.hasOwn(WRAPPERS, program) || rest.length < 2) break;
      if (program === 'npx' && rest.some((w) => remotePackage(this.textOf(w)))) break;
      const valued = WRAPPERS[program]!;
      let at = 1;
      while (at < rest.length) {
        const text = this.textOf(rest[at]!);
        if (valued.includes(text)) at += 2;
        else if (
          text.startsWith('-') ||
          /^\w+=/.test(text) ||
          (program === 'timeout' && /^[\d.]+[smhd]?$/.test(text))
        )
          at++;
        else break;
      }
      if (at >= rest.length) break;
      if (program === 'xargs') fromInput = true;
      // Which package is run is looked at with its version.
      if (['npx', 'bunx', 'pnpx'].includes(program) && interpreter(baseName(this.textOf(rest[at]!))) === null)
        break;
      rest = rest.slice(at);
    }
    const [first, ...args] = rest;
    return first ? { program: this.textOf(first), args, fromInput } : null;
  }

  private run(
    { program: written, args, fromInput }: Unwrapped,
    node: Command,
    input: Content | null,
    contents: ReadonlyMap<Word, Content | null>,
  ): Content | null {
    const program = baseName(written);
    const texts = args.map((word) => this.textOf(word));
    const contentIn = (list: readonly Word[]): Content | null =>
      list.map((word) => contents.get(word) ?? null).find((c) => c !== null) ?? null;
    if (program === 'cd' || program === 'pushd') {
      this.state.enter(texts[0] ?? '');
      return null;
    }
    if (program === 'eval') {
      const content = contentIn(args);
      if (content && content !== 'secret') this.found(RUNNING[content], node);
      else this.nested(texts.join(' '));
      return null;
    }
    if (program === 'source' || program === '.') {
      if (args[0]) this.starts(args[0], node, contents, 'shell');
      return null;
    }
    if (/^(?:nc|ncat|netcat|socat)$/.test(program)) {
      if (texts.some((t) => /^-\w*[ec]$|^EXEC:|^SYSTEM:/i.test(t))) this.found('reverse-shell', node);
      if (input === 'secret') this.found('sends-secrets', node);
      return 'fetched';
    }
    const fetch = fetchOf(program, texts);
    if (fetch) return this.fetched(fetch, node, input, args, contents, texts);
    const language = interpreter(program);
    if (language) return this.interpret(language, program, { args, texts, input, fromInput }, node, contents);
    if (decodes(program, texts)) return 'decoded';
    if (
      (program === 'env' && texts.every((t) => t.startsWith('-'))) ||
      (program === 'printenv' && texts.length === 0)
    )
      return 'secret';
    if (program === 'git' && texts[0] === 'clone') {
      const url = texts.slice(1).find((t) => !t.startsWith('-') && /[:/]/.test(t));
      const target = texts.at(-1) === url ? /([^/:]+?)(?:\.git)?\/?$/.exec(url ?? '')?.[1] : texts.at(-1);
      if (target) this.state.hold(target, 'fetched');
      return null;
    }
    if (program === 'mv' || program === 'cp') {
      const [from, to] = texts.filter((t) => !t.startsWith('-'));
      const content = from === undefined ? null : this.state.contentAt(from);
      if (content && to !== undefined) this.state.hold(to, content);
      return null;
    }
    if (PASSES_ON.has(program)) {
      if (program === 'tee')
        for (const t of texts) if (input && !t.startsWith('-')) this.state.hold(t, input);
      if (
        /^(?:cat|base64|head|tail|strings|gzip|jq)$/.test(program) &&
        texts.some((t) => SECRET_FILE.test(t))
      )
        return 'secret';
      return (
        input ?? contentIn(args) ?? texts.map((t) => this.state.contentAt(t)).find((c) => c !== null) ?? null
      );
    }
    if (program === 'echo' || program === 'printf') return contentIn(args);
    if (program === 'tar' && texts.some((t) => SECRET_FILE.test(t))) return 'secret';
    const managed = readManager(program, texts, this.state.folder, this.lineAt(node));
    if (managed) {
      for (const kind of managed.risks) this.found(kind, node);
      this.reading.runs.push(...managed.runs);
      if (managed.unknown) this.reading.unknown.push(shortened(this.textAt(node)));
      if (this.state.inFetchedFolder()) this.found('fetch-and-execute', node);
      return null;
    }
    if (/[/\\]/.test(written) && !isRoutine(written)) {
      this.starts(node.name!, node, contents, null, written);
      return null;
    }
    if (
      ['make', 'cmake', 'cargo', 'go'].includes(program) &&
      (this.state.inFetchedFolder() || texts.some((t) => this.state.contentAt(t) === 'fetched'))
    )
      this.found('fetch-and-execute', node);
    if (!isRoutine(program) && !this.state.functions.has(program))
      this.reading.unknown.push(shortened(this.textAt(node)));
    return null;
  }

  private fetched(
    fetch: NonNullable<ReturnType<typeof fetchOf>>,
    node: Command,
    input: Content | null,
    args: readonly Word[],
    contents: ReadonlyMap<Word, Content | null>,
    texts: readonly string[],
  ): Content | null {
    if (fetch.urls.length > 0 && fetch.urls.every(isLocal)) return null;
    const words = args.map((word, i) => ({
      text: texts[i]!,
      written: word.text,
      content: contents.get(word) ?? null,
    }));
    if (sendsSecrets(words, input)) this.found('sends-secrets', node);
    if (fetch.file === null) return 'fetched';
    this.state.hold(fetch.file, 'fetched');
    return null;
  }

  private interpret(
    known: Interpreter,
    program: string,
    {
      args,
      texts,
      input,
      fromInput,
    }: { args: Word[]; texts: string[]; input: Content | null; fromInput: boolean },
    node: Command,
    contents: ReadonlyMap<Word, Content | null>,
  ): null {
    const { language } = known;
    if (language === 'powershell') {
      const kind = powershellRisk(texts.join(' '));
      if (kind) this.found(kind, node);
      else if (texts.some((t) => /^-e(?:nc|ncodedcommand|c)?$/i.test(t))) this.found('hidden-code', node);
      else {
        const at = texts.findIndex((t) => /^-f(?:ile)?$/i.test(t));
        if (at >= 0 && args[at + 1]) this.starts(args[at + 1]!, node, contents, 'powershell');
        else this.reading.unknown.push(shortened(this.textAt(node)));
      }
      return null;
    }
    const given = argumentsOf(known, program, texts);
    for (const module of given.loads) this.loads(module, node);
    const word = given.code ?? given.script;
    if (word !== null && args[word]) {
      if (given.code === null) this.starts(args[word], node, contents, language);
      else this.codeArgument(language, args[word], node, contents, input);
      return null;
    }
    if (given.module) return null;
    const document = node.redirects.find((r) => r.type === 'HereDoc');
    if (document?.type === 'HereDoc') this.code(language, document.body.text, node);
    if (input && input !== 'secret' && (given.code === null || fromInput)) this.found(RUNNING[input], node);
    return null;
  }

  private codeArgument(
    language: Language,
    word: Word,
    node: Command,
    contents: ReadonlyMap<Word, Content | null>,
    input: Content | null,
  ): void {
    const content = contents.get(word) ?? null;
    // `python -c "$(curl …)"`; code in which something fetched is only mentioned is another matter.
    if (content && content !== 'secret' && /^["']?(?:\$|`)/.test(word.text))
      return this.found(RUNNING[content], node);
    const { text } = wordText(word, { texts: this.state.texts, raw: true });
    if (input && input !== 'secret' && /\b(?:eval|exec|Function)\s*\(/.test(text) && /stdin/.test(text))
      this.found(RUNNING[input], node);
    this.code(language, text, node);
  }
  private code(language: Language, text: string, node: Command): void {
    if (language === 'shell') return this.nested(text);
    if (language === 'javascript' || language === 'python') {
      const { risks, runs, unknown } = this.context.code(language, text);
      for (const risk of risks) this.found(risk.kind, node);
      this.reading.runs.push(...runs.map((run) => ({ ...run, line: this.lineAt(node) })));
      this.reading.unknown.push(...unknown);
    } else if (fetchesAndRuns(text)) this.found('fetch-and-execute', node);
  }

  /** A file that is run. */
  private starts(
    word: Word,
    node: Command,
    contents: ReadonlyMap<Word, Content | null>,
    language: Language | null,
    written = this.textOf(word),
  ): void {
    const content = contents.get(word) ?? this.state.contentAt(written);
    if (content && content !== 'secret') return this.found(RUNNING[content], node);
    if (/^https?:\/\//.test(written)) return this.found('fetch-and-execute', node);
    if (written === '' || written === '/dev/null') {
      if (written === '') this.reading.unknown.push(shortened(this.textAt(node)));
      return;
    }
    this.runs(written, language, this.lineAt(node));
  }
  private loads(module: string, node: Command): void {
    if (module.startsWith('data:')) this.found('hidden-code', node);
    else if (/^https?:/.test(module)) this.found('fetch-and-execute', node);
    else if (/^[./\u0001]/.test(module)) this.runs(module, 'javascript', this.lineAt(node));
  }

  private nested(text: string): void {
    if (text === '') return;
    const { variables, files, folder } = this.state;
    const inner = readShell(text, { ...this.context, variables, files, folder }, this.depth + 1);
    this.reading.risks.push(...inner.risks.map((r) => ({ ...r, line: this.lastLine })));
    this.reading.runs.push(...inner.runs.map((r) => ({ ...r, line: this.lastLine })));
    this.reading.unknown.push(...inner.unknown);
  }

  private assign(name: string, value: Word | { type: 'ArrayValue'; elements: readonly Word[] }): void {
    const words = value.type === 'Word' ? [value] : value.elements;
    const content = words.map((w) => this.contentOf(w)).find((c) => c !== null) ?? null;
    if (content) this.state.variables.set(name, content);
    else this.state.variables.delete(name);
    if (value.type !== 'Word') return;
    const { text, whole } = wordText(value, { texts: this.state.texts });
    if (whole) this.state.texts.set(name, text);
    else this.state.texts.delete(name);
    if (name === 'NODE_OPTIONS' || name === 'BASH_ENV') this.loadsByVariable(name, text);
  }
  private loadsByVariable(name: string, text: string): void {
    const module = name === 'BASH_ENV' ? text : /(?:--import|--require|-r)[= ]([^ ]+)/.exec(text)?.[1];
    if (module && /^[./]/.test(module))
      this.runs(module, name === 'BASH_ENV' ? 'shell' : 'javascript', this.lastLine);
  }
  private runs(path: string, language: Language | null, line: number): void {
    this.reading.runs.push({ k: 'file', path, folder: this.state.folder, language, line });
  }

  /** What a word holds that was fetched, decoded or is secret; commands in it are run. */
  private contentOf(word: Word): Content | null {
    let found: Content | null = null;
    const visit = (node: SyntaxNode): void => {
      if (node.type === 'CommandExpansion' || node.type === 'ProcessSubstitution') {
        const flow = node.script ? this.visit(node.script, null) : null;
        found ??= flow;
      } else if (node.type === 'SimpleExpansion' || node.type === 'ParameterExpansion') {
        const name = node.type === 'ParameterExpansion' ? node.parameter : node.text.slice(1);
        found ??= this.state.variables.get(name) ?? null;
        if (node.type === 'ParameterExpansion') forEachChild(node, visit);
      } else forEachChild(node, visit);
    };
    for (const part of word.parts ?? []) visit(part);
    return found;
  }

  private redirected(redirects: Command['redirects'], input: Content | null): Content | null {
    let flow = input;
    for (const each of redirects) {
      if (each.type === 'HereDoc') continue;
      if (!each.target) continue;
      const text = this.textOf(each.target);
      if (/^\/dev\/(?:tcp|udp)\//.test(text))
        this.risk('reverse-shell', each.target.text, lineOf(this.text, each.pos));
      if (each.type === 'HereString' || each.operator === '<')
        flow =
          this.contentOf(each.target) ??
          (each.type === 'HereString' ? null : this.state.contentAt(text)) ??
          flow;
    }
    return flow;
  }
  private written(redirects: Command['redirects'], output: Content | null): Content | null {
    for (const each of redirects) {
      if (each.type !== 'Redirect' || !each.target || !/^(?:>|>>|>\||&>|&>>)$/.test(each.operator)) continue;
      if (each.descriptor?.type === 'FileDescriptor' && each.descriptor.value !== 1) continue;
      if (output) this.state.hold(this.textOf(each.target), output);
      return null;
    }
    return output;
  }

  private textOf(word: Word): string {
    return wordText(word, { texts: this.state.texts }).text;
  }
  private lastLine = 1;
  private lineAt(node: { pos: number }): number {
    return (this.lastLine = lineOf(this.text, node.pos));
  }
  private textAt(node: { pos: number; end: number }): string {
    return this.text.slice(node.pos, node.end);
  }
  private found(kind: RiskKind, node: { pos: number; end: number }): void {
    this.risk(kind, this.textAt(node), this.lineAt(node));
  }
  private risk(kind: RiskKind, text: string, line: number): void {
    const risk: FoundRisk = { kind, text: shortened(text), line };
    if (!this.reading.risks.some((r) => r.kind === kind && r.line === line)) this.reading.risks.push(risk);
  }
}
const baseName = (path: string): string =>
  path
    .split(/[/\\]/)
    .at(-1)!
    .replace(/\.exe$/i, '');
