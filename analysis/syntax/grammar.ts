import Parser from 'tree-sitter';
import JavaScript from 'tree-sitter-javascript';
import TypeScript from 'tree-sitter-typescript';

/** The grammars that are known; each is a name for a language together with its parser. */
export type Dialect = 'javascript' | 'typescript' | 'tsx';

const LANGUAGES: Record<Dialect, unknown> = {
  javascript: JavaScript,
  typescript: TypeScript.typescript,
  tsx: TypeScript.tsx,
};
const parsers = new Map<Dialect, Parser>();

/** The dialect that a file's extension announces; files of other extensions are read as TypeScript. */
export function dialectOf(path: string): Dialect {
  if (path.endsWith('.tsx')) return 'tsx';
  if (/\.[cm]?jsx?$/.test(path)) return 'javascript';
  return 'typescript';
}

/**
 * Parses `text`; positions of the tree are UTF-16 offsets into it.
 * Throws what the native parser throws.
 */
export function parse(dialect: Dialect, text: string): Parser.Tree {
  let parser = parsers.get(dialect);
  if (!parser) {
    parser = new Parser();
    parser.setLanguage(LANGUAGES[dialect] as Parser.Language);
    parsers.set(dialect, parser);
  }
  // One chunk for the whole text: the default of 32 KB makes the binding slice the string again for each chunk.
  return parser.parse(text, null, { bufferSize: text.length + 1 });
}
