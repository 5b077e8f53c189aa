import { createRequire } from 'node:module';
import type * as PostgreSQL from 'pgsql-ast-parser';
import type { Expr, Statement } from 'pgsql-ast-parser';
import type { Evaluator } from '../wiring/evaluator.js';
import { mergeSources, type Source } from '../wiring/fact.js';
import type { LibraryType } from '../wiring/library.js';
import { promise, sourcesOf, textOf, unknown, UNKNOWN, type Site, type Value } from '../wiring/value.js';
import { changeOf } from './credential-change.js';
import { limiting } from './data-access.js';
import { isFoundByProof } from './record-queries.js';

// Loaded with the first statement: most repositories have none.
const require = createRequire(import.meta.url);

/** A text argument that begins like a statement of SQL. */
const STATEMENT =
  /^\s*(?:--[^\n]*\n\s*)*(select|insert\s+into|update|delete\s+from|replace\s+into|with)\b[\s\S]*\S/i;
interface Cell {
  column: string;
  hole: number | null;
}
interface Found {
  operation: string;
  class: 'read' | 'write';
  target: string;
  /** What its condition compares, or its new row is given, and the number of the hole that fills it. */
  columns: Cell[];
  projected: boolean;
  /** What an update sets, in the same way. */
  sets?: (Cell & { isEmptied: boolean; isFalse: boolean })[];
}

/** A statement that was prepared: it acts when it is run, with the keys that it is then given. */
const PREPARED: LibraryType = {
  name: 'prepared statement',
  methods: {
    '*': (it, self, args, site) => sqlEffects(it, [self.state as Value, ...args.slice(1)], site) ?? UNKNOWN,
  },
};
/** A call to anything that is given SQL: as text, as `{ text, values }`, or to be prepared. */
export function sqlCall(it: Evaluator, name: string, args: readonly Value[], site: Site): Value | null {
  let [first, ...rest] = args;
  if (first?.k === 'record') {
    const text = first.members.get('text') ?? first.members.get('sql');
    if (!text) return null;
    rest = [...(first.members.has('values') ? [first.members.get('values')!] : []), ...rest];
    first = text;
  }
  if (!first || !isStatement(first)) return null;
  if (/^prepare(Async|d)?$/i.test(name)) return it.native(PREPARED, first);
  return sqlEffects(it, [first, ...rest], site);
}
const isStatement = (value: Value): boolean => {
  const text = textOf(value, '?');
  return text !== null && text.length <= MAX_TEXT && STATEMENT.test(text);
};
const MAX_TEXT = 20_000;

/**
 * Effects of a call that is given SQL text: entity and operation are read off the statement, the keys off the values
 * that fill its holes. Null when no argument is SQL. The text is parsed as PostgreSQL after placeholders and quoting
 * of the other dialects have been rewritten; what still does not parse is a gap.
 */
export function sqlEffects(it: Evaluator, args: readonly Value[], site: Site): Value | null {
  const first = args[0];
  if (!first || (first.k !== 'literal' && first.k !== 'text')) return null;
  const inner: Value[] = [];
  const text =
    first.k === 'literal'
      ? typeof first.value === 'string'
        ? first.value
        : null
      : first.parts.map((p) => (typeof p === 'string' ? p : (inner.push(p), '?'))).join('');
  if (text === null || !STATEMENT.test(text) || text.length > MAX_TEXT) return null;
  const found = readStatement(text);
  if (found === null) {
    it.gap('this SQL could not be parsed', it.place(site));
    return promise(unknown(mergeSources(...args.map((a) => sourcesOf(a)))));
  }
  const given = inner.length > 0 ? inner : args.slice(1).flatMap((a) => (a.k === 'list' ? a.elements : [a]));
  const everything = mergeSources(...given.map((v) => sourcesOf(v, 3)));
  const source = `row#${it.rows.size + 1}`;
  let main: {
    entity: string;
    keys: readonly Source[];
    scoped: boolean;
    bySecret: boolean;
    own: boolean;
    isCaller: boolean;
  } | null = null;
  const keysIn = (v: Value): readonly Source[] => limiting(it, v, sourcesOf(v, 3));
  for (const { operation, class: kind, target, projected, columns, sets } of found) {
    const creates = operation === 'create';
    // Keys are what selects a row, or ties a new one to others; without a readable condition, all that is given.
    const filled = columns
      .map((c) => ({ ...c, sources: c.hole === null ? [] : keysIn(given[c.hole - 1] ?? UNKNOWN) }))
      .filter((c) => !creates || /_?id$/i.test(c.column) || isMe(c.sources));
    // A new row that is given its columns by name, and no key of others, hangs on nothing.
    const known = filled.some((c) => c.sources.length > 0) || (creates && columns.length > 0);
    const keys = known ? mergeSources(...filled.map((c) => c.sources)) : everything;
    const own = filled.some((c) => isMe(c.sources));
    const bySecret =
      !creates &&
      (keys.includes('hashed') ||
        filled.some((c) => SECRET_COLUMN.test(c.column) && c.sources.some((x) => !x.startsWith('identity'))));
    const scoped = keys.some((x) => x.startsWith('identity') || (it.rows.get(x)?.scoped ?? false));
    const changed = (sets ?? []).map((c) => ({
      ...c,
      sources: c.hole === null ? [] : sourcesOf(given[c.hole - 1] ?? UNKNOWN, 2),
    }));
    it.recorder?.effect(it, {
      operation,
      class: kind,
      target,
      keys,
      scoped,
      own,
      roles: [],
      projected,
      bySecret,
      storesSecret: creates && everything.includes('hashed'),
      change: changeOf(changed),
      row: source,
      site,
    });
    // Whoever is found by the caller's own id is the caller.
    const isCaller = kind === 'read' && filled.some((c) => PERSONAL_KEY.test(c.column) && isMe(c.sources));
    main ??= { entity: target, keys, scoped, bySecret, own, isCaller };
  }
  if (main === null) return promise(unknown(everything));
  it.rows.set(source, {
    entity: main.entity,
    keys: main.keys,
    scoped: main.scoped,
    roles: [],
    bySecret: main.bySecret,
    isOwn: main.own,
    isNew: found[0]!.operation === 'create',
  });
  const isCaller = main.isCaller || (isFoundByProof(it, main.keys) && found[0]!.class === 'read');
  return promise(isCaller ? CALLERS : unknown([source]));
}
/** What a query yields that looks up who calls: what some libraries call the rows of it are they too. */
const CALLERS = unknown(['identity'], {
  parts: new Map([
    ['rows', unknown(['identity'])],
    ['rowCount', unknown(['count', 'identity'])],
  ]),
});
const isMe = (sources: readonly Source[]): boolean =>
  sources.length > 0 && sources.every((x) => x.startsWith('identity'));
const SECRET_COLUMN = /token|secret|hash|api_?key/i;
/** Columns that hold who somebody is, in the table of people itself. */
const PERSONAL_KEY = /^(id|_?uid|uuid|email|username|sub)$/i;

const cache = new Map<string, Found[] | null>();
function readStatement(text: string): Found[] | null {
  let known = cache.get(text);
  if (known === undefined) {
    known = parseStatement(text);
    if (cache.size > 5_000) cache.clear();
    cache.set(text, known);
  }
  return known;
}
function parseStatement(text: string): Found[] | null {
  let hole = 0;
  const normal = text
    .replace(/`([^`]*)`/g, '"$1"')
    .replace(/\[(\w+)\]/g, '"$1"')
    .replace(/\bIN\s+\?/gi, 'IN (?)')
    .replace(/\?\??|:\w+(?<!::\w+)|@\w+/g, (m, at: number, whole: string) =>
      m.startsWith(':') && whole[at - 1] === ':' ? m : `$${++hole}`,
    )
    .replace(/^\s*replace\s+into/i, 'insert into')
    .replace(/\binsert\s+(or\s+\w+|ignore)\s+into/i, 'insert into')
    .replace(/;\s*$/, '');
  try {
    const { parse } = require('pgsql-ast-parser') as typeof PostgreSQL;
    return parse(normal).flatMap((s) => effectsOf(s));
  } catch {
    return fromWords(text);
  }
}
/** Beginnings of statements, up to the name of the table, with or without quotes and a schema. */
const BEGINNINGS: readonly (readonly [RegExp, string])[] = [
  [/^\s*(?:insert|replace)(?:\s+\w+)?\s+into\s+[`"[]?(?:\w+[`"\]]?\.[`"[]?)?(\w+)/i, 'create'],
  [/^\s*update(?:\s+(?:ignore|low_priority))?\s+[`"[]?(?:\w+[`"\]]?\.[`"[]?)?(\w+)/i, 'update'],
  [/^\s*delete(?:\s+\w+)?\s+from\s+[`"[]?(?:\w+[`"\]]?\.[`"[]?)?(\w+)/i, 'delete'],
  [/^\s*select\b[\s\S]*?\bfrom\s+[`"[]?(?:\w+[`"\]]?\.[`"[]?)?(\w+)/i, 'read'],
];
/** What the beginning of a statement says, where a dialect's own syntax keeps the rest from being parsed. */
function fromWords(text: string): Found[] | null {
  for (const [pattern, operation] of BEGINNINGS) {
    const table = pattern.exec(text)?.[1];
    if (table === undefined) continue;
    const kind = operation === 'read' ? 'read' : 'write';
    return [{ operation, class: kind, target: entityName(table), columns: [], projected: false }];
  }
  return null;
}
function effectsOf(statement: Statement): Found[] {
  switch (statement.type) {
    case 'select': {
      const from = statement.from ?? [];
      const projected = !(statement.columns ?? []).some((c) => c.expr.type === 'ref' && c.expr.name === '*');
      const tables = from.flatMap((f) => (f.type === 'table' ? [f.name.name] : []));
      return [
        ...tables.map(
          (t): Found => ({
            operation: 'read',
            class: 'read',
            target: entityName(t),
            columns: statement.where ? columnsOf(statement.where) : [],
            projected,
          }),
        ),
        ...from.flatMap((f) => (f.type === 'statement' ? effectsOf(f.statement) : [])),
      ];
    }
    case 'insert':
      return [
        {
          operation: 'create',
          class: 'write',
          target: entityName(statement.into.name),
          columns: newRow(statement),
          projected: false,
        },
      ];
    case 'update':
      return [
        {
          operation: 'update',
          class: 'write',
          target: entityName(statement.table.name),
          columns: statement.where ? columnsOf(statement.where) : [],
          projected: false,
          sets: statement.sets.map((s) => ({
            column: s.column.name,
            hole: holeOf(s.value),
            isEmptied: s.value.type === 'null',
            isFalse: s.value.type === 'boolean' && !s.value.value,
          })),
        },
      ];
    case 'delete':
      return [
        {
          operation: 'delete',
          class: 'write',
          target: entityName(statement.from.name),
          columns: statement.where ? columnsOf(statement.where) : [],
          projected: false,
        },
      ];
    case 'with':
      return [...statement.bind.flatMap((b) => effectsOf(b.statement)), ...effectsOf(statement.in)].filter(
        (f) => !statement.bind.some((b) => entityName(b.alias.name) === f.target),
      );
    case 'union':
    case 'union all':
      return [...effectsOf(statement.left), ...effectsOf(statement.right)];
    default:
      return [];
  }
}
/** `column = $1`, in any order, joined by anything. */
function columnsOf(expression: Expr): Cell[] {
  if (expression.type !== 'binary') return [];
  const { left, right } = expression;
  const [column, other] = left.type === 'ref' ? [left, right] : [right, left];
  if (column.type === 'ref' && other.type !== 'binary') return [{ column: column.name, hole: holeOf(other) }];
  return [...columnsOf(left), ...columnsOf(right)];
}
const holeOf = (expression: Expr): number | null => {
  if (expression.type === 'cast') return holeOf(expression.operand);
  return expression.type === 'parameter' && /^\$\d+$/.test(expression.name)
    ? Number(expression.name.slice(1))
    : null;
};
/** What each named column of a new row is given. */
function newRow(statement: Statement & { type: 'insert' }): Cell[] {
  const row = statement.insert.type === 'values' ? statement.insert.values[0] : undefined;
  return (statement.columns ?? []).flatMap((c, i) => {
    const value = row?.[i];
    return value ? [{ column: c.name, hole: holeOf(value) }] : [];
  });
}
/** `blog_posts`, `BlogPost` and `blogPosts` are one entity: words joined, last one singular. */
export function entityName(table: string): string {
  const words = table
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .split(/[\s_-]+/)
    .filter(Boolean);
  const last = words.pop() ?? table;
  const singular = /ies$/i.test(last)
    ? last.replace(/ies$/i, 'y')
    : /(ss|us|is)$/i.test(last)
      ? last
      : last.replace(/(?<=(?:x|ch|sh|ss))es$|s$/i, '');
  return [...words, singular].map((w) => w.charAt(0).toUpperCase() + w.slice(1).toLowerCase()).join('');
}
