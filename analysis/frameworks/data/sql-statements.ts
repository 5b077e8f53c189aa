import { createRequire } from 'node:module';
import type * as PostgreSQL from 'pgsql-ast-parser';
import type { Expr, From, Statement } from 'pgsql-ast-parser';

// Loaded with the first statement: most repositories have none.
const require = createRequire(import.meta.url);

/** A column, and the number of the hole that fills it. */
export interface Cell {
  column: string;
  hole: number | null;
}
/** What a statement does to the records of one table. */
export interface Found {
  operation: string;
  class: 'read' | 'write';
  target: string;
  /** What its condition compares, or its new row is given, and the number of the hole that fills it. */
  columns: Cell[];
  projected: boolean;
  /** It is read along with another, which it is joined to. */
  isJoined?: boolean;
  /** What an update sets, in the same way. */
  sets?: (Cell & { isEmptied: boolean; isFalse: boolean; isStep: boolean; isRaised: boolean })[];
}

/** A text of SQL: what it does, and what its holes are called, where they have names. */
export interface Statements {
  found: readonly Found[];
  names: readonly (string | null)[];
  /** It calls a function of the program's own in the database, which may do anything there. */
  isOfItsOwn: boolean;
}
const cache = new Map<string, Statements | null>();
export function readStatement(text: string): Statements | null {
  let known = cache.get(text);
  if (known === undefined) {
    known = parseStatement(text);
    if (cache.size > 5_000) cache.clear();
    cache.set(text, known);
  }
  return known;
}
function parseStatement(text: string): Statements | null {
  const names: (string | null)[] = [];
  const normal = text
    // `LIKE $${at}`: the number of a value, which is written into the text. What two of these begin is a text that has no end.
    .replace(/\$(?=\$\d)/g, '')
    .replace(/\{\{\s*(\w+)[^{}]*\}\}/g, ':$1')
    .replace(/`([^`]*)`/g, '"$1"')
    .replace(/\[(\w+)\]/g, '"$1"')
    .replace(/\bIN\s+(\?|\$\d+)/gi, 'IN ($1)')
    .replace(/\?\??|:\w+(?<!::\w+)|@\w+|\$[a-z_]\w*\b(?!\$)/gi, (m, at: number, whole: string) =>
      m.startsWith(':') && whole[at - 1] === ':'
        ? m
        : `$${names.push(m.startsWith('?') ? null : m.slice(1))}`,
    )
    .replace(/^\s*replace\s+into/i, 'insert into')
    .replace(/\binsert\s+(or\s+\w+|ignore)\s+into/i, 'insert into')
    .replace(/;\s*$/, '');
  // What is written into a text may be a clause of its own, or none: `WHERE a = $1 ${page}`.
  const found =
    parsed(normal) ?? parsed(normal.replace(WRITTEN, '')) ?? parsed(fitted(normal)) ?? fromWords(text);
  return found && { found, names, isOfItsOwn: found.length === 0 && CALLED.test(text) };
}
/**
 * `SELECT open_kiln($1)`, `SELECT * FROM find_shards($1)`: named after what is done, as no function is that a database brings, but for few.
 */
const CALLED =
  /^\s*select\s+(?:\*\s+from\s+|\(\s*select\s+)?(?:\w+\.)?(?:fn_|sp_)?(?!(?:get|set)_(?:bit|byte|config|current_ts_config)\b)(?:accept|add|apply|approve|assign|bulk|cancel|change|check|clear|close|complete|copy|create|delete|duplicate|fetch|find|get|handle|import|insert|invite|join|leave|list|log|mark|merge|move|open|process|record|register|reject|remove|reset|resolve|save|search|send|set|sort|start|stop|submit|sync|toggle|transfer|update|upsert|validate|verify)_\w+\s*\(/i;
/** Numbers of holes that begin here are those of what is written into a text that is given values besides. */
export const WRITTEN_IN = 10_000;
const WRITTEN = /\$1\d{4}\b/g;
function parsed(text: string): Found[] | null {
  try {
    const { parse } = require('pgsql-ast-parser') as typeof PostgreSQL;
    const found = parse(text).flatMap((s) => effectsOf(s));
    const known = found.filter((f) => f.target !== UNNAMED);
    // Of a table whose name is not known nothing can be said.
    return known.length === 0 && found.length > 0 ? null : known;
  } catch {
    return null;
  }
}
/** What stands for a name that is written into a text, as that of a table. */
const NAME = 'written_in';
const HOLE = /\$\d+/g;
/** After these a value is due, or a condition. */
const DUE =
  /(?:^|[=<>(,+\-*/%|~]|\b(?:all|and|any|between|by|case|distinct|else|having|i?like|in|interval|is|limit|not|offset|on|or|returning|select|then|values|when|where))$/i;
const NAMED = /\b(?:from|into|join|update)$/i;
/**
 * Of what is written into a text only itself is unknown: where a value is due, it is one; where a name is, it is one; and after a
 * condition that is whole it is one more, or none, so that the others hold as they are: `WHERE hall_id = $1 ${alsoOf} ORDER BY ${by} ${way}`.
 */
function fitted(text: string): string {
  const plain = text.replace(/--[^\n]*/g, '');
  let out = '';
  let at = 0;
  for (const { 0: hole, index } of plain.matchAll(HOLE)) {
    out += plain.slice(at, index);
    at = index + hole.length;
    const before = out.trimEnd();
    if (/\w$/.test(out) || /^[\w.]/.test(plain.slice(at, at + 1)) || NAMED.test(before)) out += NAME;
    else if (/\bset$/i.test(before)) out += `${NAME} = NULL`;
    else if (DUE.test(before)) out += hole;
  }
  return out + plain.slice(at);
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
      const tables = from.flatMap((f) => (f.type === 'table' && !isCatalog(f.name) ? [f] : []));
      const columns = [...(statement.where ? columnsOf(statement.where) : []), ...from.flatMap(joinedBy)];
      return [
        ...tables.map(
          (t): Found => ({
            operation: 'read',
            class: 'read',
            target: entityName(t.name.name),
            columns,
            projected,
            isJoined: t.join != null,
          }),
        ),
        ...from.flatMap((f) => (f.type === 'statement' ? effectsOf(f.statement) : [])),
        // `SELECT EXISTS (SELECT 1 FROM …)`: of no table itself, it yields what these find.
        ...(from.length === 0 ? (statement.columns ?? []).flatMap((c) => lookUpsIn(c.expr)) : []),
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
          sets: statement.sets
            .filter((s) => s.column.name !== NAME)
            .map((s) => ({
              column: s.column.name,
              hole: holeOf(s.value),
              isEmptied: s.value.type === 'null',
              isFalse: s.value.type === 'boolean' && !s.value.value,
              isStep: isStep(s.value, s.column.name),
              isRaised: isRaised(s.value, s.column.name),
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
function lookUpsIn(expression: Expr): Found[] {
  if (expression.type === 'select') return effectsOf(expression);
  if (expression.type === 'call') return expression.args.flatMap(lookUpsIn);
  return expression.type === 'cast' ? lookUpsIn(expression.operand) : [];
}
/** What a database says of itself: which tables there are, and what columns they have. */
const isCatalog = ({ name, schema }: { name: string; schema?: string }): boolean =>
  /^(?:information_schema|pg_catalog)$/i.test(schema ?? '') ||
  /^(?:sqlite_(?:master|schema)|pg_\w+)$/i.test(name);
/** `views = views + 1` */
const isStep = (value: Expr, column: string): boolean =>
  isRaised(value, column) &&
  value.type === 'binary' &&
  (value.right.type === 'integer' || value.right.type === 'numeric');
/** `seats = seats + $1` */
const isRaised = (value: Expr, column: string): boolean =>
  value.type === 'binary' && value.op === '+' && value.left.type === 'ref' && value.left.name === column;
/** What records have to meet to be joined: `JOIN seats s ON s.hall_id = h.id AND s.guest_id = $1`. */
const joinedBy = (from: From): Cell[] => (from.join?.on ? columnsOf(from.join.on) : []);
/**
 * `column = $1`, in any order, joined by anything. A record that has to be among others, or beside which there has to be another,
 * is limited by what limits those: `list_id IN (SELECT id FROM lists WHERE owner_id = $2)`.
 */
function columnsOf(expression: Expr): Cell[] {
  if (expression.type === 'select') return expression.where ? columnsOf(expression.where) : [];
  if (expression.type === 'call')
    return isExists(expression) ? expression.args.flatMap(columnsOf) : askedOf(expression);
  if (expression.type === 'unary' && expression.op === 'IS TRUE') return columnsOf(expression.operand);
  if (expression.type !== 'binary' || EXCLUDING.test(expression.op)) return [];
  const { left, right } = expression;
  const [column, other] = left.type === 'ref' ? [left, right] : [right, left];
  if (other.type === 'select') return columnsOf(other);
  if (column.type === 'ref' && other.type !== 'binary' && other.type !== 'ref')
    return [{ column: column.name, hole: holeOf(other) }];
  // Of a comparison with what a function comes to, only what it looks up is a limit.
  const isJoin = /^(?:and|or)$/i.test(expression.op);
  return [left, right].flatMap((e) => (isJoin || e.type !== 'call' || isExists(e) ? columnsOf(e) : []));
}
const isExists = (e: Expr & { type: 'call' }): boolean => /^exists$/i.test(e.function.name);
/**
 * A function decides by a column and by what it is given: `is_of_guild(s.guild_id, $1)`. It is no comparison with that column, and
 * goes by its own name.
 */
function askedOf({ function: { name }, args }: Expr & { type: 'call' }): Cell[] {
  if (!args.some((a) => a.type === 'ref')) return [];
  return args.flatMap((a) => (holeOf(a) === null ? [] : [{ column: name, hole: holeOf(a) }]));
}
/** What is left out says nothing of what is found. */
const EXCLUDING = /^(?:!=|<>|NOT )/i;
const holeOf = (expression: Expr): number | null => {
  if (expression.type === 'cast') return holeOf(expression.operand);
  return expression.type === 'parameter' && /^\$\d+$/.test(expression.name)
    ? Number(expression.name.slice(1))
    : null;
};
/**
 * What each named column of a new row is given. What ties it to another record may be looked up on the way, and is then tied to
 * what that is found by: `VALUES ((SELECT id FROM guilds WHERE owner_id = $1), $2)`.
 */
function newRow({ columns, insert }: Statement & { type: 'insert' }): Cell[] {
  const from = insert.type === 'select' ? insert : null;
  const row = insert.type === 'values' ? insert.values[0] : from?.columns?.map((c) => c.expr);
  return (columns ?? []).flatMap(({ name }, i): Cell[] => {
    const value = row?.[i];
    if (!value) return [];
    const look = value.type === 'select' ? value : value.type === 'ref' ? from : null;
    const found = look && /_?id$/i.test(name) ? columnsOf(look) : [];
    return found.length > 0
      ? found.map((c) => ({ column: name, hole: c.hole }))
      : [{ column: name, hole: holeOf(value) }];
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
const UNNAMED = entityName(NAME);
