import type { Argument, Expression, FunctionNode, Module } from '../syntax/ast.js';
import { boundNames } from '../syntax/linkage.js';
import { lower } from '../syntax/lower.js';
import type { RiskKind } from '../model/environment.js';
import { emptyReading, HERE, ROOT, shortened, type Reading } from './reading.js';
import type { Content } from './shell-state.js';
import { nodesHere, nodesIn } from '../syntax/walk.js';

const NETWORK = new Set(
  'http https http2 net tls dgram undici axios got node-fetch cross-fetch ky needle superagent request phin bent'.split(
    ' ',
  ),
);
const PROCESSES = new Set('child_process execa cross-spawn shelljs zx nano-spawn tinyexec'.split(' '));
const STARTS =
  /^(?:exec|execSync|execFile|execFileSync|spawn|spawnSync|fork|execa|execaSync|execaCommand|execaCommandSync|x|default)$/;
const WRITES =
  /^(?:writeFile|writeFileSync|appendFile|appendFileSync|createWriteStream|outputFile|outputFileSync|write|writeTextFile|writeTextFileSync)$/;
const MAX_ROUNDS = 5;

/** Runs shell commands that code puts together. */
export type ReadCommand = (
  text: string,
  known: { variables: ReadonlyMap<string, Content>; files: ReadonlyMap<string, Content> },
) => Reading;

/**
 * What a script of JavaScript or TypeScript does: whether what it fetches or decodes gets to something that runs it,
 * and what commands it starts. Names are followed in the whole file, without order: which of two values a variable has
 * is not asked.
 */
export function readJavaScript(
  path: string,
  text: string,
  readCommand: ReadCommand,
  imports: ImportedContents = () => null,
): Reading {
  return new ScriptReader(lower(path, text), readCommand, imports).read();
}
/** What exports of a module of the repository yield, by its specifier; null where that is not known. */
export type ImportedContents = (specifier: string) => ReadonlyMap<string, Content> | null;

/** Which exports of a module are, or yield, something that it fetched or decoded. */
export function exportedContents(path: string, text: string): Map<string, Content> {
  const module = lower(path, text);
  const reader = new ScriptReader(
    module,
    () => emptyReading(),
    () => null,
  );
  reader.read();
  const exported = new Map<string, Content>();
  for (const each of module.exports) {
    const content = each.k === 'local' ? reader.contents.get(each.local) : undefined;
    if (each.k === 'local' && content) exported.set(each.exported, content);
  }
  for (const name of reader.assigned)
    if (reader.contents.has(name)) exported.set(name, reader.contents.get(name)!);
  return exported;
}
/** Specifiers of modules of the repository. */
export function ownImports(text: string): string[] {
  return [
    ...new Set(
      [...text.matchAll(/(?:\bfrom|\bimport|\brequire\()\s*\(?\s*['"](\.{1,2}\/[^'"\n]+)['"]/g)].map(
        (m) => m[1]!,
      ),
    ),
  ];
}

class ScriptReader {
  private readonly reading = emptyReading();
  /** Local name → module, with the name that it has there. */
  private readonly imported = new Map<string, { module: string; name: string }>();
  readonly contents = new Map<string, Content>();
  /** Names that `module.exports` is given. */
  readonly assigned: string[] = [];
  /** Expressions, as text, that name files which were written with something fetched. */
  private readonly files = new Map<string, Content>();
  private readonly functions = new Map<string, FunctionNode>();
  private readonly literals = new Map<string, Expression>();

  constructor(
    private readonly module: Module,
    private readonly readCommand: ReadCommand,
    private readonly imports: ImportedContents,
  ) {}

  read(): Reading {
    this.declarations();
    for (let round = 0, size = -1; round < MAX_ROUNDS && size !== this.size(); round++) {
      size = this.size();
      this.flow();
    }
    this.sinks();
    for (const { specifier, line, typeOnly } of this.module.dependencies)
      if (/^\.{1,2}\//.test(specifier) && !typeOnly)
        this.reading.runs.push({
          k: 'file',
          path: `${HERE}/${specifier}`,
          folder: null,
          language: 'javascript',
          line,
        });
    if (this.module.errors.length > 0) this.reading.unknown.push('code that the grammar could not read');
    return this.reading;
  }
  private size = (): number => this.contents.size + this.files.size;

  private declarations(): void {
    for (const { source, bindings } of this.module.imports)
      for (const b of bindings) this.importedAs(b.local, source, b.imported);
    for (const node of nodesIn(this.module.body)) {
      if (node.k === 'assign' && node.target.k === 'memberPattern')
        this.exportsOf(node.target.target, node.value);
      if (node.k === 'functionDeclaration' && node.fn.name) this.functions.set(node.fn.name, node.fn);
      if (node.k !== 'variable') continue;
      for (const { target, init } of node.declarations) {
        if (!init) continue;
        const source = requiredModule(init);
        if (source !== null) {
          if (target.k === 'identifier') this.importedAs(target.name, source, '*');
          else if (target.k === 'objectPattern')
            for (const { key, value } of target.properties)
              for (const name of boundNames(value))
                this.importedAs(name, source, typeof key === 'string' ? key : '*');
          continue;
        }
        if (target.k !== 'identifier') continue;
        if (init.k === 'function') this.functions.set(target.name, init.fn);
        // `promisify(exec)`
        const inner =
          init.k === 'call' && init.args[0]?.k === 'identifier'
            ? this.imported.get(init.args[0].name)
            : undefined;
        if (inner && init.k === 'call' && calleeName(init.callee) === 'promisify')
          this.imported.set(target.name, inner);
        this.literals.set(target.name, init);
      }
    }
  }

  /** `module.exports = { a, b }`, `exports.a = …` */
  private exportsOf(target: Expression, value: Expression): void {
    const name = textOf(target) ?? '';
    if (name === 'module.exports' && value.k === 'object')
      for (const p of value.properties)
        if (p.k === 'property' && typeof p.key === 'string') this.assigned.push(p.key);
    if (/^(?:module\.)?exports\.\w+$/.test(name)) this.assigned.push(name.split('.').at(-1)!);
  }
  private importedAs(local: string, source: string, name: string): void {
    this.imported.set(local, { module: bare(source), name });
    if (!source.startsWith('.')) return;
    const contents = this.imports(source);
    const content = name === '*' ? [...(contents?.values() ?? [])][0] : contents?.get(name);
    if (content) this.contents.set(local, content);
  }

  /** One round of passing on what is fetched. */
  private flow(): void {
    const mark = (names: readonly string[], content: Content | null): void => {
      for (const name of names) if (content && !this.contents.has(name)) this.contents.set(name, content);
    };
    for (const node of nodesIn(this.module.body)) {
      if (node.k === 'variable')
        for (const { target, init } of node.declarations)
          if (init) mark(boundNames(target), this.contentOf(init));
      if (node.k === 'assign') mark(boundNames(node.target), this.contentOf(node.value));
      if (node.k === 'forOf') mark(boundNames(node.left), this.contentOf(node.right));
      if (node.k !== 'call' && node.k !== 'new') continue;
      const content = this.contentOf(node.callee) ?? (this.fetches(node) ? 'fetched' : null);
      for (const arg of node.args) {
        const fn = arg.k === 'function' ? arg.fn : null;
        // `.then((text) => …)`, `.on('data', (chunk) => …)`, `https.get(url, (response) => …)`
        if (content && arg.k === 'identifier' && ['eval', 'Function'].includes(arg.name))
          this.found(content, `${arg.name}(…)`, node.line);
        if (fn && content) for (const p of fn.params) mark(boundNames(p.pattern), content);
        // `response.pipe(file)`, where the file was opened before
        if (content && arg.k === 'identifier') this.openedAs(arg.name, content);
      }
      const called = node.callee.k === 'identifier' ? this.functions.get(node.callee.name) : undefined;
      if (called)
        for (const [i, arg] of node.args.entries()) {
          const parameter = called.params[i];
          if (parameter && arg.k !== 'spread') mark(boundNames(parameter.pattern), this.contentOf(arg));
        }
      this.writes(node.callee, node.args, content);
      for (const arg of node.args)
        if (content && arg.k === 'call') this.writes(arg.callee, arg.args, content);
    }
    for (const [name, fn] of this.functions) {
      if (this.contents.has(name)) continue;
      for (const node of nodesHere(fn.body))
        if (node.k === 'return' && node.value) mark([name], this.contentOf(node.value));
    }
  }
  private writes(callee: Expression, args: readonly Argument[], content: Content | null): void {
    if (!WRITES.test(calleeName(callee)) || args.length === 0 || args[0]!.k === 'spread') return;
    const data = args[1] && args[1].k !== 'spread' ? this.contentOf(args[1]) : null;
    const held = data ?? (calleeName(callee) === 'createWriteStream' ? content : null);
    const key = textOf(args[0]!);
    if (held && key && !this.files.has(key)) this.files.set(key, held);
  }
  private openedAs(name: string, content: Content): void {
    const opened = this.literals.get(name);
    if (opened?.k === 'call' && calleeName(opened.callee) === 'createWriteStream')
      this.writes(opened.callee, opened.args, content);
  }

  /** What an expression yields that was fetched or decoded. Tests of it, and its length, are no such thing. */
  private contentOf(expression: Expression): Content | null {
    for (const node of nodesHere(expression)) {
      if (node.k === 'identifier' && this.contents.has(node.name)) return this.contents.get(node.name)!;
      if (node.k !== 'call') continue;
      if (this.fetches(node)) return 'fetched';
      if (this.decodes(node)) return 'decoded';
    }
    return null;
  }
  private fetches(node: { callee: Expression }): boolean {
    const { callee } = node;
    if (callee.k === 'identifier')
      return callee.name === 'fetch' ? !this.functions.has('fetch') : this.isOf(callee.name, NETWORK);
    if (callee.k !== 'member') return false;
    if (callee.object.k === 'identifier')
      return (
        this.isOf(callee.object.name, NETWORK) ||
        (['globalThis', 'window', 'self'].includes(callee.object.name) && callee.name === 'fetch')
      );
    const required = requiredModule(callee.object);
    return required !== null && NETWORK.has(bare(required));
  }
  private decodes({ callee, args }: { callee: Expression; args: readonly Argument[] }): boolean {
    if (callee.k === 'identifier') return callee.name === 'atob';
    if (callee.k !== 'member' || callee.name !== 'from' || callee.object.k !== 'identifier') return false;
    const encoding = args[1];
    return (
      callee.object.name === 'Buffer' &&
      encoding?.k === 'literal' &&
      /^(?:base64(?:url)?|hex)$/.test(String(encoding.value))
    );
  }
  private isOf(name: string, modules: ReadonlySet<string>): boolean {
    return modules.has(this.imported.get(name)?.module ?? '');
  }

  /** Looks at what runs something. */
  private sinks(): void {
    for (const node of nodesIn(this.module.body)) {
      if (node.k === 'import') this.loaded(node.specifier, node.line);
      else if (node.k === 'tagged') {
        if (node.tag.k === 'identifier' && this.isOf(node.tag.name, new Set(['zx', 'execa', 'bun'])))
          this.commandOf(
            [{ k: 'template', quasis: node.quasis, expressions: node.expressions, line: node.line }],
            node.line,
          );
      } else if (node.k === 'call' || node.k === 'new') {
        const name = calleeName(node.callee);
        const args = node.args.filter((a): a is Expression => a.k !== 'spread');
        if (this.evaluates(node.callee, name)) {
          for (const arg of args) {
            const content = this.contentOf(arg);
            if (content) this.found(content, `${name}(…)`, node.line);
          }
        } else if (name === 'require' && args[0]) this.loaded(args[0], node.line);
        else if (this.startsProcess(node.callee, name) && args[0]) this.commandOf(args, node.line);
      }
    }
  }
  private evaluates(callee: Expression, name: string): boolean {
    if (callee.k === 'identifier' && (name === 'eval' || name === 'Function')) return true;
    if (callee.k === 'member' && name === '_compile') return true;
    const vm =
      callee.k === 'member' &&
      callee.object.k === 'identifier' &&
      this.isOf(callee.object.name, new Set(['vm']));
    return (
      (vm || (callee.k === 'identifier' && this.isOf(name, new Set(['vm'])))) &&
      /^(?:runIn\w+|Script|compileFunction|SourceTextModule)$/.test(name)
    );
  }
  private startsProcess(callee: Expression, name: string): boolean {
    if (callee.k === 'identifier') {
      const from = this.imported.get(callee.name);
      return (
        from !== undefined && PROCESSES.has(from.module) && (STARTS.test(from.name) || from.name === '*')
      );
    }
    if (callee.k !== 'member') return false;
    const { object } = callee;
    if (object.k === 'identifier' && object.name === 'Bun') return name === 'spawn' || name === 'spawnSync';
    const module =
      object.k === 'identifier' ? this.imported.get(object.name)?.module : bare(requiredModule(object) ?? '');
    return module !== undefined && PROCESSES.has(module) && STARTS.test(name);
  }
  private loaded(specifier: Expression, line: number): void {
    if (specifier.k === 'literal') {
      if (/^https?:/.test(String(specifier.value)))
        this.found('fetched', `import ${String(specifier.value)}`, line);
      return;
    }
    const content = this.contentOf(specifier) ?? this.fileContent(specifier);
    if (content) this.found(content, 'import(…)', line);
  }

  /** A command, given as one text or as a program with its arguments: read as a shell would. */
  private commandOf(args: readonly Expression[], line: number): void {
    const variables = new Map<string, Content>();
    const files = new Map<string, Content>();
    const word = (expression: Expression): string => {
      if (expression.k === 'literal') return String(expression.value);
      if (expression.k === 'template')
        return expression.quasis
          .map((q, i) => q + (i < expression.expressions.length ? word(expression.expressions[i]!) : ''))
          .join('');
      if (expression.k === 'binary' && expression.operator === '+')
        return word(expression.left) + word(expression.right);
      if (expression.k === 'identifier' && !this.files.has(expression.name)) {
        const known = this.literals.get(expression.name);
        if (known?.k === 'literal') return String(known.value);
        if (known?.k === 'template' && known.expressions.length === 0) return known.quasis[0]!;
        if (known && pathOf(known) !== null) return pathOf(known)!;
      }
      if (expression.k === 'member' && textOf(expression) === 'process.execPath') return 'node';
      const file = this.fileContent(expression);
      if (file) {
        const path = `written-${files.size}`;
        files.set(path, file);
        return `./${path}`;
      }
      const path = pathOf(expression);
      if (path !== null) return path;
      const content = this.contentOf(expression);
      const variable = `value_${variables.size}`;
      if (content) variables.set(variable, content);
      return content ? `$${variable}` : '$unknown_value';
    };
    const [first, second] = args as [Expression, Expression?];
    const list =
      second?.k === 'array'
        ? second.elements.filter((e): e is Expression => e !== null && e.k !== 'spread')
        : null;
    const words = list ? [first, ...list].map((e) => quoted(word(e))) : [word(first)];
    if (list === null && first.k === 'array')
      words.splice(0, 1, ...first.elements.flatMap((e) => (e && e.k !== 'spread' ? [quoted(word(e))] : [])));
    const { risks, runs, unknown } = this.readCommand(words.join(' '), { variables, files });
    for (const risk of risks) this.risk(risk.kind, risk.text, line);
    this.reading.runs.push(...runs.map((run) => ({ ...run, line })));
    this.reading.unknown.push(...unknown);
  }

  private fileContent(expression: Expression): Content | null {
    const key = textOf(expression);
    const direct = key ? this.files.get(key) : undefined;
    if (direct) return direct;
    for (const node of nodesHere(expression))
      if (node.k === 'identifier' && this.files.has(node.name)) return this.files.get(node.name)!;
    return null;
  }
  private found(content: Content, text: string, line: number): void {
    this.risk(content === 'decoded' ? 'hidden-code' : 'fetch-and-execute', text, line);
  }
  private risk(kind: RiskKind, text: string, line: number): void {
    if (!this.reading.risks.some((r) => r.kind === kind && r.line === line))
      this.reading.risks.push({ kind, text: shortened(text), line });
  }
}

const bare = (source: string): string => source.replace(/^node:/, '').replace(/\/promises$/, '');
function requiredModule(expression: Expression): string | null {
  const call = expression.k === 'await' ? expression.argument : expression;
  if (call.k === 'import' && call.specifier.k === 'literal') return String(call.specifier.value);
  if (call.k !== 'call' || call.callee.k !== 'identifier' || call.callee.name !== 'require') return null;
  const [arg] = call.args;
  return arg?.k === 'literal' ? String(arg.value) : null;
}
function calleeName(callee: Expression): string {
  return callee.k === 'identifier' ? callee.name : callee.k === 'member' ? callee.name : '';
}
/** A name for what an expression of names and texts stands for; null for others. */
function textOf(expression: Argument): string | null {
  if (expression.k === 'identifier') return expression.name;
  if (expression.k === 'literal') return String(expression.value);
  if (expression.k === 'member') {
    const object = textOf(expression.object);
    return object && `${object}.${expression.name}`;
  }
  return null;
}
/** `join(__dirname, 'x.sh')`, `new URL('./x.sh', import.meta.url)`, `resolve(process.cwd(), 'x.js')` */
function pathOf(expression: Expression): string | null {
  if (expression.k === 'identifier') return expression.name === '__dirname' ? HERE : null;
  if (expression.k === 'member')
    return ['import.meta.dirname', 'dirname'].includes(expression.name) &&
      expression.object.k === 'importMeta'
      ? HERE
      : null;
  if (expression.k === 'call' && textOf(expression.callee) === 'process.cwd') return ROOT;
  if (
    expression.k === 'new' &&
    calleeName(expression.callee) === 'URL' &&
    expression.args[0]?.k === 'literal'
  )
    return `${HERE}/${String(expression.args[0].value)}`;
  if (expression.k !== 'call') return null;
  const name = calleeName(expression.callee);
  if (name === 'fileURLToPath' && expression.args[0] && expression.args[0].k !== 'spread')
    return pathOf(expression.args[0]);
  if (name !== 'join' && name !== 'resolve') return null;
  const parts = expression.args.map((arg) =>
    arg.k === 'literal' ? String(arg.value) : arg.k === 'spread' ? null : pathOf(arg),
  );
  return parts.includes(null) ? null : parts.join('/');
}
const quoted = (word: string): string =>
  /^[$\u0001\w./:@=-]*$/.test(word) ? word : `'${word.replace(/'/g, `'\\''`)}'`;
