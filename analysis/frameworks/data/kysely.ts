import type { Evaluator } from '../../wiring/evaluator.js';
import { yieldsItself, type LibraryModel, type LibraryType, type Method } from '../../wiring/library.js';
import {
  builtin,
  list,
  optionsOf,
  promise,
  stringOf,
  UNDEFINED,
  UNKNOWN,
  type Native,
  type PromiseValue,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { all, conditionsIn, filterOf, NOTHING, type Condition } from './conditions.js';
import { access, type Access } from './data-access.js';
import { sqlEffects } from './sql.js';
import { entityName } from './sql-statements.js';

/** A query while it is built; what is added to it is kept among its members. */
interface Query {
  operation: 'select' | 'create' | 'update' | 'delete';
  site: Site;
}
const CONDITION: LibraryType = { name: 'kysely condition', methods: { '*': yieldsItself } };
const conditionOf = (value: Value | undefined): Condition =>
  conditionsIn(value, (v) => (v.k === 'native' && v.type === CONDITION ? (v.state as Condition) : NOTHING));

/** `person as p` */
const named = (value: Value | undefined): { table: string; alias: string } | null => {
  const text = value ? stringOf(value) : null;
  if (text === null) return null;
  const [table, alias] = text.split(/\s+as\s+/i);
  const name = table!.split('.').at(-1)!.trim();
  return { table: name, alias: (alias ?? name).trim() };
};
const tablesOf = (self: Native): { table: string; alias: string }[] =>
  optionsOf(self.members.get('*tables*') ?? UNDEFINED).flatMap(({ value }) =>
    value.k === 'list' ? value.elements.flatMap((e) => named(e) ?? []) : [],
  );
const EQUAL = new Set(['=', '==', 'in', 'like', 'ilike', '>', '>=', '<', '<=', '@>', '&&']);
/** `('owner_id', '=', me)`, `(eb) => eb.or([…])`, in terms of the tables of the query. */
function comparison(it: Evaluator, self: Native, args: readonly Value[]): Condition {
  const [column, operator, value] = args;
  if (column?.k === 'function') {
    const made = it.call(column, [it.native(BUILDER, self)], UNDEFINED, (self.state as Query).site);
    return conditionOf(made);
  }
  if (args.length === 1) return conditionOf(column);
  const path = column ? stringOf(column)?.split('.') : undefined;
  if (!path || !value || !EQUAL.has(operator ? (stringOf(operator) ?? '').toLowerCase() : '')) return NOTHING;
  const inner = value.k === 'native' && value.type === QUERY ? value : null;
  if (inner) {
    const table = tablesOf(inner)[0]?.table;
    return table
      ? { k: 'some', entity: entityName(table), part: conditionOf(inner.members.get('*where*')) }
      : NOTHING;
  }
  const alias = path.length > 1 ? path.at(-2)! : null;
  const table = alias === null ? null : (tablesOf(self).find((t) => t.alias === alias)?.table ?? alias);
  const among = operator?.k === 'literal' && operator.value === 'in';
  return { k: 'cell', entity: table === null ? null : entityName(table), column: path.at(-1)!, value, among };
}
const put = (it: Evaluator, self: Native, name: string, value: Value): Native => {
  const before = self.members.get(name);
  const known = before?.k === 'list' ? before.elements : [];
  it.journal.write(self.members, name, list([...known, value]));
  return self;
};
/** Builders are not changed by what is called on them: each call yields another. */
const copy = (it: Evaluator, self: Native): Native => {
  const next = it.native(QUERY, self.state);
  for (const [name, value] of self.members) next.members.set(name, value);
  return next;
};
const where: Method = (it, self, args) =>
  put(it, copy(it, self), '*where*', it.native(CONDITION, comparison(it, self, args)));
/** What callbacks get: itself called compares, `and` and `or` join. */
const BUILDER: LibraryType = {
  name: 'kysely expression builder',
  methods: {
    and: (it, _self, [parts]) => it.native(CONDITION, conditionOf(parts)),
    or: (it, _self, [parts]) =>
      it.native(CONDITION, {
        k: 'any',
        parts: parts?.k === 'list' ? parts.elements.map((p) => conditionOf(p)) : [conditionOf(parts)],
      } satisfies Condition),
    not: (it) => it.native(CONDITION, NOTHING),
    exists: (it, _self, [query]) => {
      const table = query?.k === 'native' && query.type === QUERY ? tablesOf(query)[0]?.table : undefined;
      const part = query?.k === 'native' ? conditionOf(query.members.get('*where*')) : NOTHING;
      return it.native(
        CONDITION,
        table ? ({ k: 'some', entity: entityName(table), part } satisfies Condition) : NOTHING,
      );
    },
    selectFrom: (it, _self, args, site) => begin('select')(it, it.native(DATABASE, null), args, site),
    '*': () => UNKNOWN,
  },
  call: (it, self, args) => it.native(CONDITION, comparison(it, self.state as Native, args)),
};
/** What a callback for a join gets: `(join) => join.onRef('a.id', '=', 'b.a_id').on('b.owner', '=', me)`. */
const join =
  (isInner: boolean): Method =>
  (it, self, [table, on]) => {
    const next = put(it, copy(it, self), '*tables*', table ?? UNDEFINED);
    if (on?.k !== 'function') return next;
    const made = it.call(on, [copy(it, next)], UNDEFINED, (self.state as Query).site);
    const asked = made.k === 'native' ? made.members.get('*on*') : undefined;
    return isInner && asked ? put(it, next, '*where*', asked) : next;
  };
const data: Method = (it, self, [values]) => {
  const next = copy(it, self);
  const given = values?.k === 'function' ? UNKNOWN : (values ?? UNKNOWN);
  it.journal.write(next.members, '*data*', given.k === 'list' ? (given.elements[0] ?? UNKNOWN) : given);
  return next;
};
const run =
  (one: boolean, extra: Partial<Access> = {}): Method =>
  (it, self) =>
    perform(it, self, one, extra);
const QUERY: LibraryType = {
  name: 'kysely query',
  methods: {
    where,
    orWhere: where,
    innerJoin: join(true),
    leftJoin: join(false),
    rightJoin: join(false),
    fullJoin: join(false),
    on: (it, self, args) => put(it, copy(it, self), '*on*', it.native(CONDITION, comparison(it, self, args))),
    using: join(true),
    from: join(true),
    set: data,
    values: data,
    select: (it, self, [what]) => (what ? put(it, copy(it, self), '*projected*', what) : self),
    // The condition may hold or not: what is added under it is there in one of two cases.
    $if: (it, self, [, more], site) => (more ? it.call(more, [self], UNDEFINED, site) : self),
    $call: (it, self, [more], site) => (more ? it.call(more, [self], UNDEFINED, site) : self),
    execute: run(false),
    executeTakeFirst: run(true),
    executeTakeFirstOrThrow: run(true, { orThrow: true }),
    stream: run(false),
    '*': yieldsItself,
  },
};
function perform(it: Evaluator, self: Native, one: boolean, extra: Partial<Access>): PromiseValue {
  const { operation, site } = self.state as Query;
  const [main, ...joined] = tablesOf(self);
  if (!main) return promise(UNKNOWN) as PromiseValue;
  const entity = entityName(main.table);
  return access(it, {
    entities: new Map(),
    entity,
    operation: operation !== 'select' ? operation : one ? 'read' : 'list',
    where: filterOf(all([conditionOf(self.members.get('*where*'))]), entity),
    data: self.members.get('*data*'),
    projected: self.members.has('*projected*'),
    joined: joined.map((t) => entityName(t.table)).filter((name) => name !== entity),
    site,
    ...extra,
    // A row that is made, or was not changed, is not what was asked for.
    orThrow: operation !== 'create' && (extra.orThrow ?? false),
  });
}
const begin =
  (operation: Query['operation']): Method =>
  (it, _self, [table], site) => {
    const query = it.native(QUERY, { operation, site } satisfies Query);
    const tables = table?.k === 'list' ? table.elements : table ? [table] : [];
    query.members.set('*tables*', list([...tables]));
    return query;
  };
/** `sql\`…\`.execute(db)` */
const TEXT: LibraryType = {
  name: 'kysely sql',
  methods: {
    execute: (it, self, _args, site) =>
      sqlEffects(it, self.state as readonly Value[], site) ?? promise(UNKNOWN),
    '*': yieldsItself,
  },
};
const TAG: LibraryType = {
  name: 'kysely sql tag',
  methods: { '*': () => UNKNOWN },
  call: (it, _self, args) => it.native(TEXT, args),
};
const DATABASE: LibraryType = {
  name: 'kysely database',
  methods: {
    selectFrom: begin('select'),
    insertInto: begin('create'),
    replaceInto: begin('create'),
    updateTable: begin('update'),
    deleteFrom: begin('delete'),
    transaction: yieldsItself,
    connection: yieldsItself,
    setIsolationLevel: yieldsItself,
    withSchema: yieldsItself,
    withPlugin: yieldsItself,
    with: yieldsItself,
    execute: (it, self, [work], site) => (work ? it.call(work, [self], UNDEFINED, site) : promise(UNKNOWN)),
    destroy: () => promise(UNDEFINED),
  },
};
const database = (it: Evaluator): Native =>
  it.stateOf<Native>('kysely:database', () => it.native(DATABASE, null));

export const kysely: LibraryModel = {
  name: 'kysely',
  packages: ['kysely'],
  about: {
    title: 'Kysely',
    registers: 'nothing; queries are effects where they are executed',
    guards: "conditions with the caller's identity are ownership",
    answers: '',
    limits:
      'which entities have no owners is not known: the schema is a type; common table expressions are left out',
  },
  calls: { Kysely: database },
  member: (it, path) =>
    path.join('.') === 'sql'
      ? it.native(TAG, null)
      : path.join('.') === 'expressionBuilder'
        ? builtin('expressionBuilder', () => it.native(BUILDER, it.native(QUERY, null)))
        : null,
  typed: (it, type) => (/^(?:Kysely|Transaction)\s*</.test(type) ? database(it) : null),
};
