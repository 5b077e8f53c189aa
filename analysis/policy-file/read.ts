import { closest, distance } from 'fastest-levenshtein';
import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Document,
  type Node,
  type ParsedNode,
  type YAMLMap,
} from 'yaml';
import type { z } from 'zod';
import { NO_POLICY, type Mistake, type Policy } from './policy.js';
import { LEVEL_OF, LISTS, SETTINGS } from './schema.js';

/** A longer file is nobody's policy. */
const MAX_LENGTH = 256 * 1024;
/** Entries that repeat others by `*name`: more would be a way to make much of little. */
const MAX_ALIASES = 100;
const KEYS = [...Object.keys(LISTS), ...Object.keys(SETTINGS), 'levels'];

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/**
 * Reads one file. Each mistake names its line and key; an entry with a mistake does not count, the rest of the file does.
 * `file` is how the file is called where it is spoken of.
 */
export function readPolicyFile(text: string, file: string): Policy {
  if (text.length > MAX_LENGTH) return unread(file, 1, `the file is longer than ${MAX_LENGTH / 1024} KB`);
  try {
    return read(text, file);
  } catch (error) {
    // Nested more deeply than a stack is high.
    return unread(file, 1, `this could not be read: ${(error as Error).message}`);
  }
}
function read(text: string, file: string): Policy {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: false });
  const [error] = document.errors;
  if (error)
    return unread(
      file,
      error.linePos?.[0].line ?? 1,
      `this is no YAML: ${error.message.split('\n')[0]!.replace(/ at line \d+, column \d+:?$/, '')}`,
    );
  if (document.contents === null || isEmpty(document.contents)) return { ...NO_POLICY, files: [file] };
  if (!isMap(document.contents)) return unread(file, 1, 'the file has to be a map of keys, as `waivers:`');
  return new Reading(document, document.contents, lines, file).policy();
}
const unread = (file: string, line: number, reason: string): Policy => ({
  ...NO_POLICY,
  files: [file],
  mistakes: [{ file, line, key: null, reason }],
});
const isEmpty = (node: unknown): boolean => isScalar(node) && node.value === null;

/** A value, where it stands, and what it has to be. */
interface Checked {
  node: Node;
  value: unknown;
  schema: z.ZodType;
  /** The key of the file that it stands under. */
  key: string;
  name: string;
}

class Reading {
  private readonly mistakes: Mistake[] = [];

  constructor(
    private readonly document: Document.Parsed<ParsedNode>,
    private readonly contents: YAMLMap.Parsed,
    private readonly lines: LineCounter,
    private readonly file: string,
  ) {}

  policy(): Policy {
    for (const { key } of this.contents.items)
      if (!KEYS.includes(String(key))) this.wrong(key, String(key), unknown(String(key), KEYS));
    const policy: Policy = {
      ...NO_POLICY,
      files: [this.file],
      registers: this.list('registers'),
      guards: this.list('guards'),
      require: this.list('require'),
      public: this.list('public'),
      assume: this.list('assume'),
      waivers: this.list('waivers'),
      ignore: this.list('ignore'),
      ...this.setting('block'),
      ...this.setting('shadow'),
      ...this.setting('onIncomplete'),
      ...this.setting('codeScanning'),
      ...this.setting('accept'),
      levels: this.levels(),
    };
    return { ...policy, mistakes: this.mistakes.sort((a, b) => a.line - b.line) };
  }

  private list<K extends keyof typeof LISTS>(key: K): Policy[K] {
    const node = this.under(key);
    if (node === null) return [] as unknown as Policy[K];
    if (!isSeq(node)) {
      this.wrong(node, key, `\`${key}\` has to be a list`);
      return [] as unknown as Policy[K];
    }
    const entries = node.items.flatMap((item) => {
      const entry = this.checked(item as Node, LISTS[key], key);
      if (entry === undefined) return [];
      const at = { file: this.file, line: this.lineOf(item as Node) };
      return [typeof entry === 'string' ? { glob: entry, at } : { ...(entry as object), at }];
    });
    return entries as unknown as Policy[K];
  }

  private setting<K extends keyof typeof SETTINGS>(key: K): Pick<Policy, K> {
    const node = this.under(key);
    const value = node === null ? undefined : this.checked(node, SETTINGS[key], key);
    return (value === undefined ? {} : { [key]: value }) as Pick<Policy, K>;
  }

  private levels(): Policy['levels'] {
    const node = this.under('levels');
    if (node === null) return {};
    if (!isMap(node)) {
      this.wrong(node, 'levels', '`levels` has to be a map from rules to levels');
      return {};
    }
    const levels: Record<string, unknown> = {};
    for (const { key, value } of node.items) {
      const name = String(key);
      if (!(name in LEVEL_OF.shape)) {
        this.wrong(key, 'levels', unknown(name, Object.keys(LEVEL_OF.shape)));
        continue;
      }
      const level = this.checked(
        value as Node,
        LEVEL_OF.shape[name as keyof typeof LEVEL_OF.shape],
        'levels',
        name,
      );
      if (level !== undefined) levels[name] = level;
    }
    return levels as Policy['levels'];
  }

  /** What stands under a key of the file; null where nothing does, or the key is there twice and nobody knows which counts. */
  private under(key: string): Node | null {
    const pairs = this.contents.items.filter((pair) => String(pair.key) === key);
    if (pairs.length > 1) {
      this.wrong(pairs[1]!.key, key, `\`${key}\` is there twice, so that neither counts`);
      return null;
    }
    const given = pairs[0]?.value;
    const value = isAlias(given) ? given.resolve(this.document) : given;
    return isNode(value) && !isEmpty(value) ? value : null;
  }

  /** The value of a node, if it is what it has to be. */
  private checked(node: Node, schema: z.ZodType, key: string, name = key): unknown {
    const repeated = repeatedKey(node);
    if (repeated) {
      this.wrong(repeated, key, `\`${String(repeated)}\` is there twice`);
      return undefined;
    }
    let value: unknown;
    try {
      value = node.toJS(this.document, { maxAliasCount: MAX_ALIASES });
    } catch (error) {
      this.wrong(node, key, `this cannot be read: ${(error as Error).message}`);
      return undefined;
    }
    const result = schema.safeParse(value);
    if (result.success) return result.data;
    for (const issue of result.error.issues.flatMap(told))
      this.explain(issue, { node, value, schema, key, name });
    return undefined;
  }

  private explain(issue: Issue, { node, value, schema, key, name }: Checked): void {
    const subject = [...issue.path].reverse().find((part) => typeof part === 'string') ?? name;
    const given = valueAt(value, issue.path);
    if (issue.code === 'unrecognized_keys') {
      for (const wrong of issue.keys)
        this.wrong(keyNode(nodeAt(node, issue.path), wrong), key, unknown(wrong, keysOf(schema)));
    } else if (given === undefined) {
      this.wrong(nodeAt(node, issue.path.slice(0, -1)), key, `\`${subject}\` is missing`);
    } else {
      const whole = issue.path.length === 0 && key in LISTS ? entryOf(given, key) : null;
      this.wrong(nodeAt(node, issue.path), key, `${whole ?? `\`${subject}\``} ${reasonOf(issue, given)}`);
    }
  }

  private wrong(node: unknown, key: string, reason: string): void {
    this.mistakes.push({ file: this.file, line: this.lineOf(node), key, reason });
  }
  private lineOf(node: unknown): number {
    const offset = (node as Node | null)?.range?.[0];
    return offset === undefined ? 1 : this.lines.linePos(offset).line;
  }
}

/** Of what may be written in several ways, the mistake in the way that was meant: the one that is furthest along. */
function told(issue: Issue): Issue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const rank = (issues: readonly Issue[]): number =>
    Math.max(...issues.map((i) => i.path.length * 2 + (i.code === 'invalid_type' ? 0 : 1)));
  const ways = issue.errors.toSorted((a, b) => rank(b) - rank(a));
  const best = ways[0] ?? [];
  // None came further than the first step: it is neither of them.
  if (best.every((i) => i.code === 'invalid_type' && i.path.length === 0)) return [issue];
  return best.flatMap((i) => told({ ...i, path: [...issue.path, ...i.path] }));
}
function reasonOf(issue: Issue, given: unknown): string {
  if (issue.code === 'invalid_value') return `has to be one of ${issue.values.map(String).join(', ')}`;
  if (issue.code === 'invalid_union') return 'has to be text or a list';
  if (issue.code === 'too_small') return 'must not be empty';
  if (issue.code === 'too_big') return `is too long: at most ${String(issue.maximum)}`;
  if (issue.code !== 'invalid_type') return issue.message;
  const wanted = { string: 'text', array: 'a list', object: 'a map of keys', boolean: 'true or false' };
  const quotes = issue.expected === 'string' && typeof given !== 'object' ? ': put it in quotes' : '';
  return `has to be ${wanted[issue.expected as keyof typeof wanted] ?? issue.expected}${quotes}`;
}
/** How an entry is spoken of as a whole. */
function entryOf(value: unknown, key: string): string {
  const named = (value as { function?: unknown } | null)?.function;
  return typeof named === 'string' ? `\`${named}\`` : `an entry of \`${key}\``;
}
function unknown(key: string, known: readonly string[]): string {
  const near = closest(key, [...known]);
  const isNear = distance(key.toLowerCase(), near.toLowerCase()) <= Math.max(2, Math.floor(key.length / 3));
  return `\`${key}\` is not known here; ${isNear ? `did you mean \`${near}\`?` : `known are ${known.join(', ')}`}`;
}
const keysOf = (schema: z.ZodType): string[] => Object.keys((schema as z.ZodObject).shape ?? {});

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (at, part) => (at as Record<PropertyKey, unknown> | null | undefined)?.[part],
    value,
  );
}
/** The node at a path, or the nearest one around it. */
function nodeAt(node: unknown, path: Path): unknown {
  let at = node;
  for (const part of path) {
    const next: unknown =
      isMap(at) && typeof part === 'string'
        ? at.get(part, true)
        : isSeq(at) && typeof part === 'number'
          ? at.get(part, true)
          : undefined;
    if (!isNode(next)) break;
    at = next;
  }
  return at;
}
const keyNode = (node: unknown, key: string): unknown =>
  (isMap(node) ? node.items.find((pair) => String(pair.key) === key)?.key : undefined) ?? node;
/** A key that a map inside of a node has a second time. */
function repeatedKey(node: unknown): Node | null {
  if (isSeq(node)) return node.items.map(repeatedKey).find((found) => found !== null) ?? null;
  if (!isMap(node)) return null;
  const seen = new Set<string>();
  for (const { key, value } of node.items) {
    if (seen.has(String(key))) return key as Node;
    seen.add(String(key));
    const inside = repeatedKey(value);
    if (inside) return inside;
  }
  return null;
}
