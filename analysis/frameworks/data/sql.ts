import { MAILED_CODE } from '../../protections/names.js';
import type { Evaluator } from '../../wiring/evaluator.js';
import { mergeSources, type Source } from '../../wiring/fact.js';
import { broughtFrom } from '../../wiring/handed-over.js';
import { forEach } from '../../wiring/functions.js';
import type { LibraryType } from '../../wiring/library.js';
import { memberOf } from '../../wiring/members.js';
import {
  listed,
  promise,
  sourcesOf,
  textOf,
  unknown,
  UNKNOWN,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { NAMES_RECORD } from './entities.js';
import { columnsWritten } from './columns-written.js';
import { changeOf, isCalculated, isMadeUp, type Cell } from './credential-change.js';
import { limiting } from './data-access.js';
import { isFoundByProof } from './record-queries.js';
import { readStatement, WRITTEN_IN } from './sql-statements.js';

/** A text argument that begins like a statement of SQL. */
const STATEMENT =
  /^\s*(?:--[^\n]*\n\s*)*(select|insert\s+into|update|delete\s+from|replace\s+into|with)\b[\s\S]*\S/i;
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
  if (value.k === 'choice') return value.options.some((o) => isStatement(o.value));
  const text = textOf(value, '?');
  return text !== null && text.length <= MAX_TEXT && STATEMENT.test(text);
};
const MAX_TEXT = 20_000;

/**
 * Effects of a call that is given SQL text: entity and operation are read off the statement, the keys off the values
 * that fill its holes. Null when no argument is SQL. The text is parsed as PostgreSQL after placeholders and quoting
 * of the other dialects have been rewritten; what still does not parse is a gap.
 */
export function sqlEffects(it: Evaluator, args: readonly Value[], at: Site): Value | null {
  const [first, ...values] = args;
  // Many programs have one function that runs whatever statement it is given: who gives it does what it says.
  const site = first ? broughtFrom(it, first, at) : at;
  // Conditions that were added or not make several statements.
  if (first?.k === 'choice' && isStatement(first))
    return forEach(it, first.options, (text) => sqlEffects(it, [text, ...values], site) ?? UNKNOWN);
  if (!first || (first.k !== 'literal' && first.k !== 'text')) return null;
  const inner: Value[] = [];
  const text =
    first.k === 'literal'
      ? typeof first.value === 'string'
        ? first.value
        : null
      : first.parts.map((p) => (typeof p === 'string' ? p : writtenIn(inner.push(p), values))).join('');
  if (text === null || !STATEMENT.test(text) || text.length > MAX_TEXT) return null;
  const statements = readStatement(text);
  if (statements === null) {
    it.gap('this SQL could not be parsed', it.place(site));
    it.recorder?.runs(it, text, site);
    return promise(unknown(mergeSources(...args.map((a) => sourcesOf(a)))));
  }
  const { found, isOfItsOwn } = statements;
  if (isOfItsOwn) it.recorder?.runs(it, text, site);
  const filled = values.length === 0 ? inner : filling(it, statements.names, values, site);
  const valueIn = (hole: number | null): Value | undefined =>
    hole === null
      ? undefined
      : ((hole > WRITTEN_IN ? inner[hole - WRITTEN_IN - 1] : filled[hole - 1]) ?? UNKNOWN);
  const everything = mergeSources(...[...inner, ...filled].map((v) => sourcesOf(v, 3)));
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
  for (const { operation, class: kind, target, projected, columns, sets, isJoined } of found) {
    const creates = operation === 'create';
    // Keys are what selects a row, or ties a new one to others; without a readable condition, all that is given.
    const asked = columns
      .map((c) => ({ ...c, sources: c.hole === null ? [] : keysIn(valueIn(c.hole)!) }))
      .filter((c) => !creates || NAMES_RECORD.test(c.column) || isMe(c.sources));
    // A new row that is given its columns by name, and no key of others, hangs on nothing.
    const known = asked.some((c) => c.sources.length > 0) || (creates && columns.length > 0);
    const keys = known ? mergeSources(...asked.map((c) => c.sources)) : everything;
    const own = asked.some((c) => isMe(c.sources));
    // Where its condition can't be read, what is written may be all that is hashed.
    const bySecret =
      !creates &&
      (((known || kind === 'read') && keys.includes('hashed')) ||
        asked.some(
          (c) =>
            (SECRET_COLUMN.test(c.column) || MAILED_CODE.test(c.column)) &&
            c.sources.some((x) => !x.startsWith('identity')),
        ));
    const scoped = keys.some((x) => x.startsWith('identity') || (it.rows.get(x)?.scoped ?? false));
    const holding = (c: { column: string; hole: number | null }): Cell => {
      const value = valueIn(c.hole);
      const sources = value ? sourcesOf(value, 2) : [];
      return { isEmptied: false, ...c, sources, isCalculated: value !== undefined && isCalculated(value) };
    };
    const changed = (sets ?? []).map(holding);
    const written = creates ? columns.map(holding) : changed;
    it.recorder?.effect(it, {
      operation,
      class: kind,
      target,
      keys,
      scoped,
      own,
      roles: [],
      projected,
      nested: isJoined ?? false,
      isGuessed: !known && keys.length > 0,
      bySecret,
      storesSecret: creates && everything.includes('hashed'),
      change: changeOf(changed),
      written: columnsWritten(written),
      makesSecret: kind === 'write' && written.some(isMadeUp),
      row: source,
      site,
    });
    // Whoever is found by the caller's own id is the caller.
    const isCaller = kind === 'read' && asked.some((c) => PERSONAL_KEY.test(c.column) && isMe(c.sources));
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
  return promise(isCaller ? CALLERS : unknown([source], { parts: countsOf(source) }));
}
/** What is written into a text that is given values besides has a number of its own, beyond those of the values. */
const writtenIn = (n: number, values: readonly Value[]): string =>
  values.length === 0 ? '?' : `$${WRITTEN_IN + n}`;
/** What each hole of a statement is filled with: by its place, or by its name where what is given is an object. */
function filling(
  it: Evaluator,
  names: readonly (string | null)[],
  given: readonly Value[],
  site: Site,
): readonly Value[] {
  const [first, ...others] = given;
  const isNamed = names.length > 0 && names.every((name) => name !== null);
  if (isNamed && first && others.length === 0 && (first.k === 'record' || first.k === 'unknown'))
    return names.map((name) => memberOf(it, first, name, site));
  return given.flatMap(listed);
}
/** What a query yields that looks up who calls: what some libraries call the rows of it are they too. */
const CALLERS = unknown(['identity'], {
  parts: new Map([
    ['rows', unknown(['identity'])],
    ['rowCount', unknown(['count', 'identity'])],
  ]),
});
/** What drivers call how many records a statement has found or changed. */
const countsOf = (row: Source): Map<string, Value> =>
  new Map(['rowCount', 'affectedRows', 'changes'].map((name) => [name, unknown(['count', row])]));
const isMe = (sources: readonly Source[]): boolean =>
  sources.length > 0 && sources.every((x) => x.startsWith('identity'));
const SECRET_COLUMN = /token|secret|hash|api_?key/i;
/** Columns that hold who somebody is, in the table of people itself. */
const PERSONAL_KEY = /^(id|_?uid|uuid|email|username|sub)$/i;
