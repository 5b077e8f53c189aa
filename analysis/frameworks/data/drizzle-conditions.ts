import type { Evaluator } from '../../wiring/evaluator.js';
import { yieldsItself, type LibraryType } from '../../wiring/library.js';
import { mergeSources } from '../../wiring/fact.js';
import { builtin, sourcesOf, textOf, UNKNOWN, type Native, type Value } from '../../wiring/value.js';
import { all, conditionsIn, filterOf, NOTHING, type Condition } from './conditions.js';
import { columnOf, entityOf, tableOf, type Column } from './drizzle-schema.js';

/** What operators make: `eq(users.id, id)`. */
const CONDITION: LibraryType = {
  name: 'drizzle condition',
  methods: { '*': yieldsItself },
  sources: (self) => sourcesOf(filterOf(self.state as Condition, ''), 4),
};
/** SQL as a text with holes, and what fills them. */
interface Text {
  text: string;
  values: readonly Value[];
}
const SQL: LibraryType = {
  name: 'drizzle sql',
  methods: { '*': yieldsItself },
  sources: (self) => mergeSources(...(self.state as Text).values.map((v) => sourcesOf(v))),
};
/** `count()`, `sum(column)` */
const AGGREGATE: LibraryType = { name: 'drizzle aggregate', methods: { '*': yieldsItself } };

/** The name of the type of queries, and what they have for being asked in conditions. */
export const QUERY = 'drizzle query';
export const WHERE = '*where*';
function subquery(it: Evaluator, value: Value | undefined): Condition | null {
  if (value?.k !== 'native' || value.type.name !== QUERY) return null;
  const { entity } = value.state as { entity: string | null };
  const part = conditionOf(it, value.members.get(WHERE));
  return entity === null ? NOTHING : { k: 'some', entity, part };
}
export const conditionOf = (it: Evaluator, value: Value | undefined): Condition =>
  conditionsIn(value, (v) => {
    if (v.k !== 'native') return { k: 'open', value: v };
    if (v.type === CONDITION) return v.state as Condition;
    return v.type === SQL ? comparisons(v.state as Text) : NOTHING;
  });
/** What a text compares for equality: its columns, and what stands on the other side. */
function comparisons({ text, values }: Text): Condition {
  const between = text.split('?').slice(1);
  const parts = values.flatMap((v, i): Condition[] => {
    if (v.k === 'native' && (v.type === SQL || v.type === CONDITION)) return [conditionOf0(v)];
    const column = columnOf(v);
    const value = values[i + 1];
    if (
      !column ||
      !value ||
      !/^\s*\)?\s*(?:=|(?:i?like|in)\b)\s*\(?\s*(?:lower\(|any\()?\s*$/i.test(between[i] ?? '')
    )
      return [];
    return columnOf(value) ? [] : [cell(column, value)];
  });
  return all(parts);
}
const conditionOf0 = (v: Native): Condition =>
  v.type === SQL ? comparisons(v.state as Text) : (v.state as Condition);
const cell = (column: Column, value: Value, among = false): Condition => ({
  k: 'cell',
  entity: column.entity,
  column: column.name,
  value,
  among,
});
/** A column, or the one that a text is about: `lower(${people.email})`. */
const columnIn = (value: Value | undefined): Column | null =>
  columnOf(value) ??
  (value?.k === 'native' && value.type === SQL
    ? ((value.state as Text).values.map((v) => columnOf(v)).find((c) => c !== null) ?? null)
    : null);

const isAsked = (value: Value | undefined): boolean =>
  value !== undefined && sourcesOf(value, 1).some((s) => !s.startsWith('config:'));

type Operator = (it: Evaluator, args: readonly Value[]) => Condition;
const compare =
  (among: boolean): Operator =>
  (it, [left, right]) => {
    // Where no table was found, the column is the side that comes from nowhere.
    const isReversed = columnIn(right) !== null || (isAsked(left) && !isAsked(right));
    const [column, value] = columnIn(left) || !isReversed ? [columnIn(left), right] : [columnIn(right), left];
    const inner = subquery(it, value);
    if (inner) return inner;
    if (!value || columnIn(value)) return NOTHING;
    return column ? cell(column, value, among) : { k: 'open', value };
  };
const nothing: Operator = () => NOTHING;
/** Operators by name. What excludes, or orders, selects nothing that could be somebody's. */
const OPERATORS: Readonly<Record<string, Operator>> = {
  ...Object.fromEntries(
    ['eq', 'like', 'ilike', 'gt', 'gte', 'lt', 'lte', 'between'].map((name) => [name, compare(false)]),
  ),
  ...Object.fromEntries(
    ['inArray', 'arrayContains', 'arrayContained', 'arrayOverlaps'].map((name) => [name, compare(true)]),
  ),
  ...Object.fromEntries(
    [
      'not',
      'ne',
      'isNull',
      'notInArray',
      'notExists',
      'notBetween',
      'notLike',
      'notIlike',
      'asc',
      'desc',
    ].map((name) => [name, nothing]),
  ),
  and: (it, args) => all(args.map((a) => conditionOf(it, a))),
  or: (it, args) => {
    // One that is not given on this way is left out.
    const parts = args
      .filter((a) => !(a.k === 'literal' && a.value === undefined))
      .map((a) => conditionOf(it, a));
    return parts.length === 1 ? parts[0]! : { k: 'any', parts };
  },
  exists: (it, [query]) => subquery(it, query) ?? NOTHING,
  isNotNull: (_it, [column]) => {
    const asked = columnIn(column);
    return asked?.entity ? { k: 'there', entity: asked.entity } : NOTHING;
  },
};
const AGGREGATES = /^(?:count|sum|avg|min|max)(?:Distinct)?$/;
const TAG: LibraryType = {
  name: 'drizzle sql tag',
  methods: {
    join: (it, _self, [parts]) =>
      it.native(SQL, { text: '', values: parts?.k === 'list' ? parts.elements : [] } satisfies Text),
    raw: (it, _self, [text]) =>
      it.native(SQL, { text: textOf(text ?? UNKNOWN, '?') ?? '', values: [] } satisfies Text),
    '*': () => UNKNOWN,
  },
  call: (it, _self, [text, ...values]) =>
    it.native(SQL, { text: textOf(text ?? UNKNOWN, '?') ?? '', values } satisfies Text),
};
/** Operators, aggregates and `sql`, as the package exports them and as callbacks get them. */
export function operatorNamed(it: Evaluator, name: string): Value | null {
  if (name === 'sql') return it.native(TAG, null);
  const operator = Object.hasOwn(OPERATORS, name) ? OPERATORS[name]! : null;
  if (operator) return builtin(name, (args) => it.native(CONDITION, operator(it, args)));
  return AGGREGATES.test(name) ? builtin(name, () => it.native(AGGREGATE, null)) : null;
}
/** What callbacks get: `where: (posts, { eq }) => eq(posts.id, id)`. */
export const OPERATORS_OBJECT: LibraryType = {
  name: 'drizzle operators',
  methods: {},
  get: (it, _self, name) => operatorNamed(it, name),
};
/** Asked for in place of columns, it says how many there are. */
export const isAggregate = (value: Value): boolean =>
  value.k === 'native' &&
  (value.type === AGGREGATE ||
    (value.type === SQL && /^\s*(?:count|sum|avg|min|max|coalesce)\s*\(/i.test((value.state as Text).text)));
/** A whole statement, with tables and columns by name, and the values that fill what remains. */
export function statementOf(value: Value | undefined): { text: string; values: Value[] } | null {
  if (value?.k !== 'native' || value.type !== SQL) return null;
  const { text, values } = value.state as Text;
  const left: Value[] = [];
  const parts = text.split('?');
  const filled = parts.map((part, i) => {
    const hole = values[i];
    if (i === parts.length - 1 || !hole) return part;
    const table = tableOf(hole);
    const inner = statementOf(hole);
    if (inner) left.push(...inner.values);
    else if (!table && !columnOf(hole)) left.push(hole);
    return part + (inner?.text ?? (table ? entityOf(table) : (columnOf(hole)?.name ?? '?')));
  });
  return { text: filled.join(''), values: left };
}
