import dotenv from 'dotenv';
import { parseTree, printParseErrorCode, type Node as JsonNode, type ParseError } from 'jsonc-parser';
import { parseTOML, type AST } from 'toml-eslint-parser';
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseAllDocuments, type Document } from 'yaml';

/** A configuration file as values that know their lines, whatever it is written in. */
export type ConfigNode =
  | { k: 'scalar'; value: string | number | boolean | null; line: number }
  | { k: 'map'; members: ConfigMember[]; line: number }
  | { k: 'list'; items: ConfigNode[]; line: number };
export type MapNode = ConfigNode & { k: 'map' };
export interface ConfigMember {
  key: string;
  line: number;
  value: ConfigNode;
}
export interface ConfigDocument {
  /** Null where nothing of it could be read. */
  root: ConfigNode | null;
  errors: { line: number; reason: string }[];
}

export type Format = 'json' | 'toml' | 'yaml' | 'dotenv';

/** Parses a configuration file. What can be read of a broken one is there, beside its errors. */
export function parseConfig(format: Format, text: string): ConfigDocument {
  const plain = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  switch (format) {
    case 'json':
      return parseJson(plain);
    case 'toml':
      return parseToml(plain);
    case 'yaml':
      return parseYaml(plain);
    case 'dotenv':
      return parseDotenv(plain);
  }
}

export function member(node: ConfigNode, key: string): ConfigMember | null {
  return node.k === 'map' ? (node.members.find((m) => m.key === key) ?? null) : null;
}
export function textValue(node: ConfigNode): string | null {
  return node.k === 'scalar' && typeof node.value === 'string' ? node.value : null;
}
export function textOf(node: ConfigNode, key: string): string | null {
  const found = member(node, key)?.value;
  return found ? textValue(found) : null;
}
/** The value without lines. */
export function plain(node: ConfigNode): unknown {
  if (node.k === 'scalar') return node.value;
  if (node.k === 'list') return node.items.map(plain);
  return node.members.map((m) => [m.key, plain(m.value)]);
}

/** Lines from offsets: 1-based. */
export function lineOf(text: string, offset: number): number {
  let line = 1;
  for (let i = text.indexOf('\n'); i >= 0 && i < offset; i = text.indexOf('\n', i + 1)) line++;
  return line;
}

/** JSON with comments and trailing commas: what editors and agents take. */
function parseJson(text: string): ConfigDocument {
  if (text.trim() === '') return { root: null, errors: [] };
  const starts = lineStarts(text);
  const errors: ParseError[] = [];
  const tree = parseTree(text, errors, { allowTrailingComma: true });
  const convert = (node: JsonNode): ConfigNode => {
    const line = lineAt(starts, node.offset);
    if (node.type === 'object')
      return {
        k: 'map',
        line,
        members: (node.children ?? []).flatMap((property): ConfigMember[] => {
          const [key, value] = property.children ?? [];
          return key && value
            ? [{ key: String(key.value), line: lineAt(starts, key.offset), value: convert(value) }]
            : [];
        }),
      };
    if (node.type === 'array') return { k: 'list', line, items: (node.children ?? []).map(convert) };
    return { k: 'scalar', line, value: node.value as string | number | boolean | null };
  };
  return {
    root: tree ? convert(tree) : null,
    errors: errors.slice(0, 1).map((e) => ({
      line: lineAt(starts, e.offset),
      reason: `this is no JSON: ${printParseErrorCode(e.error)}`,
    })),
  };
}

function parseToml(text: string): ConfigDocument {
  let program: AST.TOMLProgram;
  try {
    program = parseTOML(text);
  } catch (error) {
    const { message, lineNumber } = error as { message: string; lineNumber?: number };
    return {
      root: null,
      errors: [{ line: lineNumber ?? 1, reason: `this is no TOML: ${message.split('\n')[0]}` }],
    };
  }
  const root: MapNode = { k: 'map', members: [], line: 1 };
  const put = (target: MapNode, { key, value }: AST.TOMLKeyValue): void => {
    const names = key.keys.map(tomlKey);
    const line = key.loc.start.line;
    const at = names.slice(0, -1).reduce((map, name) => tomlMap(map, name, line), target);
    at.members.push({ key: names.at(-1)!, line, value: content(value) });
  };
  const content = (node: AST.TOMLContentNode): ConfigNode => {
    const { line } = node.loc.start;
    if (node.type === 'TOMLArray') return { k: 'list', line, items: node.elements.map(content) };
    if (node.type === 'TOMLInlineTable') {
      const map: MapNode = { k: 'map', members: [], line };
      for (const each of node.body) put(map, each);
      return map;
    }
    const { value } = node;
    const plain = typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number';
    return { k: 'scalar', line, value: plain ? value : String(value) };
  };
  for (const each of program.body[0].body) {
    if (each.type === 'TOMLKeyValue') {
      put(root, each);
      continue;
    }
    const { line } = each.loc.start;
    // Positions in lists of tables are left out: each further table adds to the same map.
    const names = each.key.keys.map(tomlKey);
    const table: MapNode =
      each.kind === 'array'
        ? tomlItem(
            names.slice(0, -1).reduce((map, name) => tomlMap(map, name, line), root),
            names.at(-1)!,
            line,
          )
        : names.reduce((map, name) => tomlMap(map, name, line), root);
    for (const pair of each.body) put(table, pair);
  }
  return { root, errors: [] };
}
const tomlKey = (key: AST.TOMLBare | AST.TOMLQuoted): string =>
  key.type === 'TOMLBare' ? key.name : key.value;
function tomlMap(map: MapNode, key: string, line: number): MapNode {
  const known = map.members.find((m) => m.key === key)?.value;
  if (known?.k === 'map') return known;
  const last = known?.k === 'list' ? known.items.at(-1) : undefined;
  if (last?.k === 'map') return last;
  const value: MapNode = { k: 'map', members: [], line };
  map.members.push({ key, line, value });
  return value;
}
function tomlItem(map: MapNode, key: string, line: number): MapNode {
  const item: MapNode = { k: 'map', members: [], line };
  const known = map.members.find((m) => m.key === key)?.value;
  if (known?.k === 'list') known.items.push(item);
  else map.members.push({ key, line, value: { k: 'list', items: [item], line } });
  return item;
}

/** Aliases that are followed in one file: a few lines can stand for millions of values. */
const MAX_ALIASES = 200;
function parseYaml(text: string): ConfigDocument {
  const lines = new LineCounter();
  const parsed = parseAllDocuments(text, { lineCounter: lines });
  const [document] = (Array.isArray(parsed) ? parsed : []) as Document.Parsed[];
  if (!document) return { root: null, errors: [] };
  let aliases = 0;
  const lineAtNode = (node: unknown): number => {
    const offset = (node as { range?: [number, number, number] | null } | null)?.range?.[0];
    return offset === undefined ? 1 : lines.linePos(offset).line;
  };
  const convert = (node: unknown, depth: number): ConfigNode => {
    const line = lineAtNode(node);
    if (depth > MAX_DEPTH) return { k: 'scalar', value: null, line };
    if (isAlias(node)) {
      const target = ++aliases > MAX_ALIASES ? undefined : node.resolve(document);
      return target === undefined ? { k: 'scalar', value: null, line } : convert(target, depth + 1);
    }
    if (isMap(node))
      return {
        k: 'map',
        line,
        members: node.items.map(({ key, value }) => ({
          key: String(isScalar(key) ? key.value : key),
          line: lineAtNode(key),
          value: convert(value, depth + 1),
        })),
      };
    if (isSeq(node)) return { k: 'list', line, items: node.items.map((item) => convert(item, depth + 1)) };
    const value = isScalar(node) ? node.value : null;
    const plain =
      value === null || typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number';
    return { k: 'scalar', line, value: plain ? value : String(value) };
  };
  return {
    root: document.contents ? convert(document.contents, 0) : null,
    errors: document.errors.slice(0, 1).map((e) => ({
      line: e.linePos?.[0].line ?? 1,
      reason: `this is no YAML: ${e.message.split('\n')[0]!.replace(/ at line \d+, column \d+:$/, '')}`,
    })),
  };
}
const MAX_DEPTH = 60;

function parseDotenv(text: string): ConfigDocument {
  const members = Object.entries(dotenv.parse(text)).map(([key, value]): ConfigMember => {
    const pattern = new RegExp(`^[ \\t]*(?:export[ \\t]+)?${key.replace(/[.]/g, '\\.')}[ \\t]*[=:]`, 'm');
    const line = lineOf(text, pattern.exec(text)?.index ?? 0);
    return { key, line, value: { k: 'scalar', value, line } };
  });
  return { root: { k: 'map', members, line: 1 }, errors: [] };
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let i = text.indexOf('\n'); i >= 0; i = text.indexOf('\n', i + 1)) starts.push(i + 1);
  return starts;
}
function lineAt(starts: readonly number[], offset: number): number {
  let [low, high] = [0, starts.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (starts[middle]! <= offset) low = middle;
    else high = middle - 1;
  }
  return low + 1;
}
