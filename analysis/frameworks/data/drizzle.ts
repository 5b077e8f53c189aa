import type { Evaluator } from '../../wiring/evaluator.js';
import { yieldsItself, type LibraryModel, type LibraryType, type Method } from '../../wiring/library.js';
import { callMember } from '../../wiring/members.js';
import { awaited } from '../../wiring/promises.js';
import {
  builtin,
  list,
  literal,
  promise,
  record,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type Native,
  type PromiseValue,
  type Record_,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { all, filterOf, whereThere, type Condition } from './conditions.js';
import { access, readAlong, type Access, type Found } from './data-access.js';
import { joinedOfCaller, relationsOfCaller } from './relations-of-caller.js';
import {
  conditionOf,
  isAggregate,
  operatorNamed,
  OPERATORS_OBJECT,
  QUERY,
  statementOf,
  WHERE,
} from './drizzle-conditions.js';
import {
  columnOf,
  entitiesOf,
  entityOf,
  makeColumn,
  relations,
  schemaMember,
  tableFor,
  tableOf,
} from './drizzle-schema.js';
import { sqlEffects } from './sql.js';
import { entityName } from './sql-statements.js';

/** A query while it is built: what it does, to what. What is added to it is kept among its members. */
interface Query {
  entity: string | null;
  operation: 'select' | 'create' | 'update' | 'delete';
  columns: Value | null;
  site: Site;
}
const DATA = '*data*';
const JOINED = '*joined*';
const LIMIT = '*limit*';
const OUTER = '*outer*';
const keep = (it: Evaluator, self: Native, name: string, value: Value): void => {
  const before = self.members.get(name);
  it.journal.write(self.members, name, before ? list([before, value]) : value);
};
/** Tables in the order in which they were joined. */
const joinedTo = (value: Value | undefined): string[] =>
  value === undefined
    ? []
    : value.k === 'list'
      ? value.elements.flatMap(joinedTo)
      : [String((value as { value: unknown }).value)];

const join =
  (kind: 'inner' | 'left' | 'other'): Method =>
  (it, self, [table, on]) => {
    const target = entityIn(table);
    if (target !== null) keep(it, self, JOINED, literal(target));
    // What an inner join asks for, its rows fulfil. The others have rows of which it does not hold; where what was joined to the
    // left is there, it does.
    if (kind === 'inner' && on) keep(it, self, WHERE, on);
    else if (kind === 'left' && target !== null && on) keep(it, self, OUTER + target, on);
    return self;
  };
const set: Method = (it, self, [data]) => {
  it.journal.write(self.members, DATA, data ?? UNKNOWN);
  return self;
};
const run: Method = (it, self) => perform(it, self);
const atOnce: Method = (it, self) => it.awaiting(perform(it, self));
const after =
  (name: string): Method =>
  (it, self, args, site) =>
    callMember(it, perform(it, self), name, () => [...args], site);
/** Of a table, or a query in its place: `db.select().from(recent)`. */
const entityIn = (value: Value | undefined): string | null => {
  const table = tableOf(value);
  if (table) return entityOf(table);
  return value?.k === 'native' && value.type === BUILDER ? (value.state as Query).entity : null;
};
const BUILDER: LibraryType = {
  name: QUERY,
  methods: {
    from: (it, self, [table], site) => {
      const query = self.state as Query;
      if (query.operation !== 'select' || query.entity !== null)
        return join('other')(it, self, [table!], site);
      const built = it.native(BUILDER, { ...query, entity: entityIn(table) } satisfies Query);
      if (table?.k === 'native' && table.type === BUILDER)
        for (const [name, value] of table.members) built.members.set(name, value);
      return built;
    },
    where: (it, self, [condition]) => {
      keep(it, self, WHERE, condition ?? UNDEFINED);
      return self;
    },
    innerJoin: join('inner'),
    leftJoin: join('left'),
    rightJoin: join('other'),
    fullJoin: join('other'),
    crossJoin: join('other'),
    set,
    values: (it, self, args, site) =>
      (self.state as Query).operation === 'create' ? set(it, self, args, site) : perform(it, self),
    limit: (it, self, [count]) => {
      it.journal.write(self.members, LIMIT, count ?? UNKNOWN);
      return self;
    },
    execute: run,
    // Of SQLite alone: its drivers answer at once, and waiting for what is there changes nothing.
    run: atOnce,
    all: atOnce,
    get: (it, self, args, site) => {
      it.journal.write(self.members, LIMIT, literal(1));
      return atOnce(it, self, args, site);
    },
    ...Object.fromEntries(['then', 'catch', 'finally'].map((name) => [name, after(name)])),
    '*': yieldsItself,
  },
  // A query in the place of a table has columns.
  get: (it, self, name) => {
    const { entity } = self.state as Query;
    return entity !== null && !Object.hasOwn(BUILDER.methods, name) && CHAINED.test(name) === false
      ? makeColumn(it, { entity, name, isUnique: false })
      : null;
  },
  awaited: (it, self) => awaited(it, perform(it, self)),
};
/** Methods that change nothing of what a query means here. */
const CHAINED =
  /^(?:\*.*|\$\w+|as|orderBy|groupBy|having|offset|returning|for|prepare|onConflict\w*|onDuplicateKeyUpdate|union\w*|intersect\w*|except\w*|toSQL|comment|select|\w+Lateral|overridingSystemValue|ignore|getSQL|iterator|\$?withCache)$/;

/** A condition that a column, or columns, of which no two records have the same, is one value. */
function asksForOne(condition: Condition, isUnique: (name: string) => boolean): boolean {
  if (condition.k === 'cell') return !condition.among && isUnique(condition.column);
  return condition.k === 'all' && condition.parts.some((p) => asksForOne(p, isUnique));
}
function perform(it: Evaluator, self: Native): PromiseValue {
  const { entity, operation, columns, site } = self.state as Query;
  if (entity === null) return promise(UNKNOWN) as PromiseValue;
  const entities = entitiesOf(it);
  const joinedBy = (other: string): Condition | null => {
    const on = self.members.get(OUTER + other);
    return on ? conditionOf(it, on) : null;
  };
  const condition = whereThere(conditionOf(it, self.members.get(WHERE)), joinedBy);
  const limit = self.members.get(LIMIT);
  const table = tableFor(it, entity);
  const isOne =
    (limit?.k === 'literal' && limit.value === 1) ||
    asksForOne(
      condition,
      (name) => columnOf(table.type.get!(it, table, name, site) ?? UNDEFINED)?.isUnique ?? false,
    );
  const selected = columns?.k === 'record' ? [...columns.members.values()] : [];
  const data = self.members.get(DATA);
  const asked: Access = {
    entities,
    entity,
    operation: operation !== 'select' ? operation : isOne ? 'read' : 'list',
    counts: selected.length > 0 && selected.every(isAggregate),
    where: filterOf(condition, entity),
    data: data?.k === 'list' ? (data.elements[0] ?? data.open ?? undefined) : data,
    projected: selected.length > 0,
    joined: [...new Set(joinedTo(self.members.get(JOINED)))].filter((t) => t !== entity),
    site,
  };
  return access(it, asked, (found) => {
    const parts = columns?.k === 'record' ? partsOfCaller(it, columns, joinedBy, found, site) : null;
    // A query yields a list, also of one.
    return parts && new Map([...parts, ['0', unknown([found.row], { parts })]]);
  });
}

/** What is selected of tables that a query was joined with by who calls: columns, or whole records. */
function partsOfCaller(
  it: Evaluator,
  columns: Record_,
  joinedBy: (entity: string) => Condition | null,
  found: Found,
  site: Site,
): ReadonlyMap<string, Value> | null {
  const parts = new Map<string, Value>();
  for (const [name, selected] of columns.members) {
    const column = columnOf(selected);
    const table = tableOf(selected);
    const entity = column?.entity ?? (table && entityOf(table));
    const on = entity === null ? null : joinedBy(entity);
    const inner = selected.k === 'record' ? partsOfCaller(it, selected, joinedBy, found, site) : null;
    const row = entity !== null && on ? joinedOfCaller(it, entity, filterOf(on, entity), found, site) : null;
    if (row !== null) parts.set(name, unknown([row], column ? { column: column.name } : {}));
    else if (inner) parts.set(name, unknown([found.row], { parts: inner }));
  }
  return parts.size > 0 ? parts : null;
}

const begin =
  (operation: Query['operation']): Method =>
  (it, _self, args, site) =>
    it.native(BUILDER, {
      entity: operation === 'select' ? null : entityIn(args[0]),
      operation,
      columns: operation === 'select' ? (args.at(-1) ?? null) : null,
      site,
    } satisfies Query);
const statement: Method = (it, _self, [text, ...rest], site) => {
  const written = statementOf(text);
  const found = written
    ? sqlEffects(it, [literal(written.text), ...written.values], site)
    : sqlEffects(it, [text ?? UNDEFINED, ...rest], site);
  return found ?? promise(UNKNOWN);
};
const DATABASE: LibraryType = {
  name: 'drizzle database',
  methods: {
    select: begin('select'),
    selectDistinct: begin('select'),
    selectDistinctOn: begin('select'),
    insert: begin('create'),
    update: begin('update'),
    delete: begin('delete'),
    with: yieldsItself,
    $with: (it, self) => it.native(AS, self),
    $count: (it, _self, [table, condition], site) => {
      const entity = entityIn(table);
      if (entity === null) return promise(UNKNOWN);
      const where = filterOf(conditionOf(it, condition), entity);
      return access(it, { entities: entitiesOf(it), entity, operation: 'read', counts: true, where, site });
    },
    transaction: (it, self, [work], site) =>
      work ? it.call(work, [self], UNDEFINED, site) : promise(UNKNOWN),
    batch: (it, _self, [queries]) =>
      promise(queries?.k === 'list' ? list(queries.elements.map((q) => awaited(it, q))) : UNKNOWN),
    execute: statement,
    run: statement,
    all: statement,
    get: statement,
  },
  get: (it, self, name) => (name === 'query' || name === '_query' ? it.native(RELATIONAL, self.state) : null),
};
/** `db.$with('recent').as(query)` */
const AS: LibraryType = { name: 'drizzle with', methods: { as: (_it, _self, [query]) => query ?? UNKNOWN } };
/** `db.query`: tables by the names under which the schema exports them. */
const RELATIONAL: LibraryType = {
  name: 'drizzle relational queries',
  methods: {},
  get: (it, self, name, site) => {
    const schema = self.state as Value | null;
    const member = schema?.k === 'native' ? schema.type.get?.(it, schema, name, site) : null;
    const known = schema?.k === 'record' ? schema.members.get(name) : member;
    return it.native(FINDER, tableOf(known ?? UNDEFINED) ?? tableFor(it, entityName(name)));
  },
};
const find =
  (operation: 'read' | 'list'): Method =>
  (it, self, [given], site) => {
    const table = self.state as Native;
    const entity = entityOf(table);
    const options = given?.k === 'record' ? given : record();
    const filterBy = (given: Value | undefined, of: string): Value => {
      const operators = it.native(OPERATORS_OBJECT, null);
      const where =
        given?.k === 'function'
          ? it.call(given, [of === entity ? table : tableFor(it, of), operators], UNDEFINED, site)
          : given;
      return where?.k === 'record' ? where : filterOf(all([conditionOf(it, where)]), of);
    };
    const asked: Access = {
      entities: entitiesOf(it),
      entity,
      operation,
      where: filterBy(options.members.get('where'), entity),
      projected: options.members.has('columns'),
      site,
    };
    return access(it, asked, (found) => {
      readAlong(it, asked, options.members.get('with'), found, ['with'], filterBy);
      const fieldsOf = (of: string) => asked.entities.get(of)?.fields;
      return relationsOfCaller(it, fieldsOf, { ...found, entity }, options, ['with'], site, filterBy);
    });
  };
const FINDER: LibraryType = {
  name: 'drizzle table queries',
  methods: { findFirst: find('read'), findMany: find('list') },
};

/** `drizzle(client, { schema })`, `drizzle({ client, schema })`; on a client whose schema is not given, the last one that was. */
function database(it: Evaluator, args: readonly Value[]): Native {
  const known = it.stateOf<{ schema: Value | null }>('drizzle:database', () => ({ schema: null }));
  for (const arg of args) {
    const schema = arg.k === 'record' ? arg.members.get('schema') : undefined;
    if (schema) known.schema = schema;
  }
  return it.native(DATABASE, known.schema);
}
/** The entity that a condition asks first. */
function entityAsked(condition: Condition): string | null {
  if (condition.k === 'cell') return condition.entity;
  if (condition.k !== 'all' && condition.k !== 'any') return null;
  return condition.parts.map(entityAsked).find((e) => e !== null) ?? null;
}
/** Calls on what is not known to be a database, where a table or a condition is given to them: `context.db.insert(orders)`. */
export function onTable(it: Evaluator, name: string, args: readonly Value[], site: Site): Value | null {
  const [table] = args;
  if ((name === 'findFirst' || name === 'findMany') && table?.k === 'record') {
    const where = table.members.get('where');
    const entity = where?.k === 'native' ? entityAsked(conditionOf(it, where)) : null;
    return entity === null
      ? null
      : FINDER.methods[name]!(it, it.native(FINDER, tableFor(it, entity)), args, site);
  }
  if (table?.k !== 'native' || !tableOf(table)) return null;
  const builder = it.native(BUILDER, {
    entity: null,
    operation: 'select',
    columns: null,
    site,
  } satisfies Query);
  if (name === 'from') return BUILDER.methods['from']!(it, builder, args, site);
  return ['insert', 'update', 'delete', '$count'].includes(name)
    ? DATABASE.methods[name]!(it, database(it, []), args, site)
    : null;
}
const TYPES =
  /^(?:(?:Node)?Pg|PostgresJs|Vercel\w*|Neon\w*|MySql2?|MySqlRemote|PlanetScale|TiDBServerless|BetterSQLite3|LibSQL|DrizzleD1|BunSQL(?:ite)?|Pglite|SQLJs|BaseSQLite|AwsDataApiPg|XataHttp|SqliteRemote|PgRemote|SingleStore\w*|DrizzleSqliteDO|ExpoSQLite|OPSQLite)Database\b|^(?:Pg|NodePg|PostgresJs|MySql2?|SQLite|LibSQL)Transaction\b/;

export const drizzle: LibraryModel = {
  name: 'drizzle',
  packages: ['drizzle-orm'],
  about: {
    title: 'Drizzle',
    registers:
      'nothing; queries are effects where they are awaited, entities and owners come from tables and `relations`',
    guards: "conditions with the caller's identity are ownership",
    answers: '',
    limits: 'of set operations the first query counts; `defineRelations` is not read',
  },
  calls: {},
  member: (it, path) => {
    const name = path.at(-1) ?? '';
    if (name === 'drizzle') return builtin(name, (args) => database(it, args));
    if (name === 'withReplicas') return builtin(name, ([primary]) => primary ?? UNKNOWN);
    if (/^\/[a-z]+-core$/.test(path[0] ?? '') && path.length === 2) return schemaMember(it, name);
    if (path.length !== 1) return null;
    return name === 'relations' ? relations(it) : operatorNamed(it, name);
  },
  schemaMember: (it, name) =>
    name === 'query' && entitiesOf(it).size > 0 ? it.native(RELATIONAL, database(it, []).state) : null,
  typed: (it, type) => (TYPES.test(type) ? database(it, []) : null),
};
