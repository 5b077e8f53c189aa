import { LOWERING_VERSION, type Module } from './ast.js';
import { lowerClass } from './classes.js';
import { lowerExpression } from './expressions.js';
import { lowerFunction } from './functions.js';
import { mayHideTypes, withoutFlow } from './flow.js';
import { type Dialect, dialectOf, parse } from './grammar.js';
import { Lowering, type Lowerers } from './lowering.js';
import { lowerPattern } from './patterns.js';
import { regroup } from './precedence.js';
import { scanSpecifiers } from './specifiers.js';
import { lowerStatements } from './statements.js';
import { childAt, copyTree, type SyntaxNode, type SyntaxTree } from './tree.js';

/** Larger files are bundles or data; the caller leaves them out and says so. */
export const MAX_SOURCE_BYTES = 1_000_000;

const LOWERERS: Lowerers = {
  expression: lowerExpression,
  statements: lowerStatements,
  pattern: lowerPattern,
  function: lowerFunction,
  class: lowerClass,
};

/**
 * Lowers the text of a source file. `path` only decides the dialect, by its extension. Never throws: what cannot be
 * read is in `errors`, in the worst case all lines, and then the body is empty.
 *
 * The native trees are freed when the event loop turns; a caller that lowers many files yields now and then.
 */
export function lower(path: string, text: string): Module {
  const source = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  try {
    const { dialect, tree, plain } = read(dialectOf(path), source);
    const errors = [...tree.errors];
    if (dialect !== 'javascript') regroup(tree.root);
    // As it is written, unless that stands elsewhere now.
    const isInPlace = plain === undefined || plain.length === source.length;
    const lowering = new Lowering(isInPlace ? source : plain, tree.lineStarts, errors, LOWERERS);
    const topLevel = tree.root.type === 'ERROR' ? [tree.root] : tree.root.children;
    const body = lowering.statements(topLevel, lowering.exports);
    const aliases = aliasesIn(lowering, topLevel);
    return {
      version: LOWERING_VERSION,
      body,
      imports: lowering.imports,
      exports: lowering.exports,
      dependencies: [...lowering.dependencies.values()],
      ...(aliases ? { aliases } : {}),
      errors: mergeRegions(errors),
      lines: tree.lineStarts.length,
    };
  } catch {
    // The native parser refused the text, or something nested in a way that no limit foresaw.
    return unreadable(source);
  }
}

interface Read {
  dialect: Dialect;
  tree: SyntaxTree;
  /** What was read, where it is not what is written. */
  plain?: string;
}
/** Reads a text, in another way where one leaves errors and the next leaves fewer. */
function read(dialect: Dialect, text: string): Read {
  const found = readAs(dialect, text);
  const isClean = found.tree.errors.length === 0;
  const isDoubtful = dialect === 'javascript' && isClean && mayHideTypes(text);
  if (isClean && !isDoubtful) return found;
  const second = readOtherwise(dialect, text);
  const known = second && (isDoubtful ? unread(second.tree) === 0 : isBetter(second, found)) ? second : found;
  if (dialect !== 'javascript' || (known.tree.errors.length === 0 && known !== found)) return known;
  const plain = withoutFlow(text);
  const third = plain === null ? null : { ...readAs(dialect, plain), plain };
  return third && (isDoubtful ? unread(third.tree) === 0 : isBetter(third, known)) ? third : known;
}
const readAs = (dialect: Dialect, text: string): Read => ({
  dialect,
  tree: copyTree(dialect, text, parse(dialect, text)),
});
const isBetter = (one: Read, other: Read): boolean => unread(one.tree) < unread(other.tree);
/** In another dialect, or with masks over what the grammar does not know; null where there is neither. */
function readOtherwise(dialect: Dialect, text: string): Read | null {
  // JavaScript that only the TypeScript grammar can read: Flow, types in `.js`.
  const second = dialect === 'javascript' ? 'tsx' : dialect;
  const masked =
    second === dialect
      ? text
          .replace(IMPORT_TYPE, (type) => '_'.repeat(type.length))
          .replace(TEMPLATE_TYPES, blank)
          .replace(EXPORTED_TYPES, blank)
          .replace(NAMELESS, (names) => names.replace(PREDEFINED, (name) => '_'.repeat(name.length)))
          .replace(ATTRIBUTE_TEXT, (attribute) => attribute.replace(/&/g, '_'))
          .replace(DECORATOR_CHAIN, (_all, first: string, chain: string) => first + blank(chain))
          .replace(
            DECORATOR_GROUP,
            (_all, at: string, call: string, rest: string) => `${at} ${call}${blank(rest)}`,
          )
      : text.replace(FLOW_MAYBE, '$1 ');
  return second === dialect && masked === text ? null : readAs(second, masked);
}

/** Lines that the grammar could not read. */
const unread = ({ errors }: SyntaxTree): number =>
  errors.reduce((lines, { line, endLine }) => lines + endLine - line + 1, 0);

/** `: ?string` of Flow, which nothing else means. */
const FLOW_MAYBE = /(:\s*)\?(?=[\w({*])/g;
/**
 * `import('x')` where only a type can stand. The grammar takes it for a call there and loses its way, so it is
 * masked by a name of the same length: positions stay right, and text is always taken from the original.
 */
const IMPORT_TYPE = /(?<=<\s*|\b(?:typeof|readonly|keyof)\s+)import\((['"])[^'"\n]*\1\)/g;
/**
 * What a template is said to yield, `sql<User[]>` before its text: no more than what a call of it is said to. The grammar
 * reads it where nothing is awaited, and asks for a `!` elsewhere.
 */
const TEMPLATE_TYPES = /(?<=[\w$])<(?:[^<>`]|<(?:[^<>`]|<[^<>`]*>)*>){1,800}>(?=\s*`)/g;
/** `export type * from` (TypeScript 5.0): nothing of it is there when the program runs. */
const EXPORTED_TYPES = /^[ \t]*export\s+type\s+\*\s+(?:as\s+[\w$]+\s+)?from\s*(['"])[^'"\n]*\1[ \t]*;?/gm;
/** `(string, any) => void` as a type: TypeScript takes each for the name of a parameter. */
const NAMELESS = /\(\s*[\w.]+(?:\s*,\s*[\w.]+)*\s*\)(?=\s*=>)/g;
const PREDEFINED = /\b(?:any|unknown|string|number|boolean|object|symbol|never)\b/g;
/** `href="/?a=1&b=2"`: what is quoted in JSX is text, in which the grammar looks for names of characters. */
const ATTRIBUTE_TEXT = /(?<=\s[\w-]+=)"[^"\n]*&[^"\n]*"/g;
/**
 * `@Returns(404).Description('…')`, in parentheses or not: TypeScript takes it, the grammar does not. What follows the
 * first call describes, so that it is blanked out.
 */
const ARGUMENTS = /\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)/.source;
const CHAIN = `(?:\\s*\\.\\s*[\\w$]+${ARGUMENTS})`;
const DECORATOR_CHAIN = new RegExp(`(^[ \\t]*@[\\w$.]+${ARGUMENTS})(${CHAIN}+)`, 'gm');
const DECORATOR_GROUP = new RegExp(`(^[ \\t]*@)\\(([\\w$.]+?${ARGUMENTS})(${CHAIN}*\\s*\\))`, 'gm');
const blank = (text: string): string => text.replace(/[^\n]/g, ' ');

/** Other names of types, where they name one and make none. */
function aliasesIn(lowering: Lowering, topLevel: readonly SyntaxNode[]): Module['aliases'] {
  const found = topLevel.flatMap((node) => {
    const declared = node.type === 'export_statement' ? childAt(node, 'declaration') : node;
    const [, name, type] =
      (declared?.type === 'type_alias_declaration' && ALIAS.exec(lowering.slice(declared))) || [];
    return name !== undefined && type !== undefined ? [[name, type] as const] : [];
  });
  return found.length > 0 ? Object.fromEntries(found) : undefined;
}
const ALIAS = /^type\s+([\w$]+)\s*=\s*([A-Za-z_$][\w$.]*(?:\s*<[^;{}|&]{1,200}>)?)\s*;?\s*$/;

/** Sorts regions by line, overlapping ones as one. */
function mergeRegions(regions: Module['errors']): Module['errors'] {
  const merged: Module['errors'] = [];
  for (const region of regions.sort((a, b) => a.line - b.line || a.endLine - b.endLine)) {
    const last = merged.at(-1);
    if (last && region.line <= last.endLine) last.endLine = Math.max(last.endLine, region.endLine);
    else merged.push({ ...region });
  }
  return merged;
}

function unreadable(text: string): Module {
  const lines = text.split('\n').length;
  return {
    version: LOWERING_VERSION,
    body: [],
    imports: [],
    exports: [],
    dependencies: scanSpecifiers(text).map((specifier) => ({ specifier, line: 1, typeOnly: false })),
    errors: [{ line: 1, endLine: lines }],
    lines,
  };
}
