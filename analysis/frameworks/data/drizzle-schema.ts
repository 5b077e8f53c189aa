import type { Evaluator } from '../../wiring/evaluator.js';
import { yieldsItself, type LibraryType } from '../../wiring/library.js';
import {
  builtin,
  constantsOf,
  list,
  optionsOf,
  stringOf,
  UNDEFINED,
  UNKNOWN,
  type Native,
  type Value,
} from '../../wiring/value.js';
import { declaredBy, markOwned, type Entities, type Entity, type EntityField } from './entities.js';
import { entityName } from './sql-statements.js';

/** A column as `pgTable` is given it. */
interface Declared {
  references: Value | null;
  isUnique: boolean;
}
interface Table {
  entity: string;
  columns: ReadonlyMap<string, Value>;
}
/** `users.email` */
export interface Column {
  entity: string;
  name: string;
  isUnique: boolean;
}
interface Schema {
  tables: Native[];
  /** What `relations(table, callback)` was given. */
  relations: { table: Value; callback: Value }[];
  entities: Entities;
  /** How many tables and relations the entities have been made of. */
  read: number;
}
const schemaOf = (it: Evaluator): Schema =>
  it.stateOf<Schema>('drizzle:schema', () => ({ tables: [], relations: [], entities: new Map(), read: 0 }));

const chained = (change: (column: Declared, args: readonly Value[]) => void) => {
  return (_it: Evaluator, self: Native, args: readonly Value[]): Value => {
    change(self.state as Declared, args);
    return self;
  };
};
const DECLARED: LibraryType = {
  name: 'drizzle column definition',
  methods: {
    references: chained((column, [target]) => void (column.references = target ?? null)),
    primaryKey: chained((column) => void (column.isUnique = true)),
    unique: chained((column) => void (column.isUnique = true)),
    '*': yieldsItself,
  },
};
const declared = (it: Evaluator): Native =>
  it.native(DECLARED, { references: null, isUnique: false } satisfies Declared);
/** A type of column: `text('name')`, `text('role', { enum: ['owner', 'guest'] })`. */
const columnType = (it: Evaluator): Value =>
  builtin('column', (args) => {
    for (const arg of args) enumerated(it, arg.k === 'record' ? arg.members.get('enum') : arg);
    return declared(it);
  });
function enumerated(it: Evaluator, values: Value | undefined): void {
  const constants = values?.k === 'list' ? constantsOf(values) : null;
  if (constants) it.enumerations.push(constants);
}
/** What callbacks for columns get: `(t) => ({ id: t.uuid() })`. */
const COLUMN_TYPES: LibraryType = {
  name: 'drizzle column types',
  methods: {},
  get: (it) => columnType(it),
};
/** `pgEnum('mood', ['sad', 'ok'])`: a type of column, and the constants. */
const ENUM: LibraryType = {
  name: 'drizzle enumeration',
  methods: {},
  call: (it) => declared(it),
  get: (_it, self, name) => (name === 'enumValues' ? (self.state as Value) : null),
};
const COLUMN: LibraryType = { name: 'drizzle column', methods: {} };
/** The column that a value is; of several, such as one for each kind of database, the first. */
export function columnOf(value: Value | undefined): Column | null {
  const columns = optionsOf(value ?? UNDEFINED).map(({ value: v }) =>
    v.k === 'native' && v.type === COLUMN ? (v.state as Column) : null,
  );
  return columns.every((c) => c !== null) ? (columns[0] ?? null) : null;
}
export const makeColumn = (it: Evaluator, column: Column): Native => it.native(COLUMN, column);

const TABLE: LibraryType = {
  name: 'drizzle table',
  // What the database lets its own roles see is no check of the program: it connects as who may see everything.
  methods: { enableRLS: yieldsItself },
  get: (it, self, name) => {
    if (name === 'enableRLS') return null;
    if (name.startsWith('$') || name.startsWith('*') || name === 'then') return UNKNOWN;
    const { entity, columns } = self.state as Table;
    const column = columns.get(name);
    const isUnique =
      column?.k === 'native' && column.type === DECLARED && (column.state as Declared).isUnique;
    return makeColumn(it, { entity, name, isUnique });
  },
};
/** The table that a value is; of several, such as one for each kind of database, the first. */
export function tableOf(value: Value | undefined): Native | null {
  for (const { value: v } of optionsOf(value ?? UNDEFINED))
    if (v.k === 'native' && v.type === TABLE) return v;
  return null;
}
export const entityOf = (table: Native): string => (table.state as Table).entity;

/** `pgTable(name, columns)` */
const makeTable = (it: Evaluator): Value =>
  builtin('table', ([name, given], _self, site) => {
    const columns =
      given?.k === 'function' ? it.call(given, [it.native(COLUMN_TYPES, null)], UNDEFINED, site) : given;
    const text = name ? stringOf(name) : null;
    if (text === null) return UNKNOWN;
    const table = it.native(TABLE, {
      entity: entityName(text),
      columns: columns?.k === 'record' ? columns.members : new Map(),
    } satisfies Table);
    schemaOf(it).tables.push(table);
    return table;
  });
const SCHEMA: LibraryType = {
  name: 'drizzle schema',
  methods: {},
  get: (it, _self, name) =>
    name === 'table' || name === 'view' ? makeTable(it) : name === 'enum' ? makeEnum(it) : null,
};
const makeEnum = (it: Evaluator): Value =>
  builtin('enum', ([, values]) => {
    enumerated(it, values);
    return it.native(ENUM, values ?? list([]));
  });

/** What of the modules `drizzle-orm/…-core` declares a schema; null for what does not. */
export function schemaMember(it: Evaluator, name: string): Value | null {
  if (/^(?:pg|mysql|sqlite|singlestore|gel)(?:Materialized)?(?:Table|View)$/.test(name)) return makeTable(it);
  if (/^[a-z]+TableCreator$/.test(name)) return builtin(name, () => makeTable(it));
  if (/^(?:pg|mysql|singlestore|gel)Schema$/.test(name)) return builtin(name, () => it.native(SCHEMA, null));
  if (name === 'pgEnum') return makeEnum(it);
  if (name === 'alias') return builtin(name, ([table]) => table ?? UNKNOWN);
  if (name === 'customType') return builtin(name, () => columnType(it));
  return /^[a-z]/.test(name) && !/^(?:union|except|intersect)/.test(name) ? columnType(it) : null;
}
/** `relations(table, ({ one, many }) => ({ … }))` */
export const relations = (it: Evaluator): Value =>
  builtin('relations', ([table, callback]) => {
    if (table && callback) schemaOf(it).relations.push({ table, callback });
    return UNKNOWN;
  });
const LINK: LibraryType = { name: 'drizzle relation', methods: {} };
const link =
  (isList: boolean) =>
  (it: Evaluator, _self: Native, [table]: readonly Value[]) => {
    const target = tableOf(table);
    return target
      ? it.native(LINK, { type: entityOf(target), isRelation: true, isList } satisfies EntityField)
      : UNKNOWN;
  };
const LINKS: LibraryType = {
  name: 'drizzle relation builder',
  methods: { one: link(false), many: link(true) },
};

/** Entities of all tables that have been declared, with what they refer to. Read when first asked for: tables refer to each other in circles. */
export function entitiesOf(it: Evaluator): Entities {
  const schema = schemaOf(it);
  const size = (): number => schema.tables.length + schema.relations.length;
  for (let turn = 0; schema.read < size() && turn < MAX_TURNS; turn++) {
    schema.read = size();
    schema.entities = readEntities(it, schema);
  }
  return schema.entities;
}
/** Reading what refers to a table may run the module that declares it. */
const MAX_TURNS = 3;
function readEntities(it: Evaluator, { tables, relations: declaredRelations }: Schema): Entities {
  const entities = new Map<string, Entity>();
  for (const table of tables) {
    const { entity: name, columns } = table.state as Table;
    const fields = new Map<string, EntityField>();
    for (const [column, value] of columns) {
      const references =
        value.k === 'native' && value.type === DECLARED ? (value.state as Declared).references : null;
      const target = references ? columnOf(declaredBy(it, references)) : null;
      fields.set(column, { type: target?.entity ?? '', isRelation: target !== null, isList: false });
    }
    entities.set(name, { name, fields, owned: false });
  }
  for (const { table, callback } of declaredRelations) {
    const owner = tableOf(table);
    const found = declaredBy(it, callback, [it.native(LINKS, null)]);
    if (!owner || found.k !== 'record') continue;
    for (const [name, value] of found.members)
      if (value.k === 'native' && value.type === LINK)
        entities.get(entityOf(owner))?.fields.set(name, value.state as EntityField);
  }
  markOwned(entities);
  return entities;
}
/** The table of that entity, as an object that has its columns; one without a declaration has any. */
export const tableFor = (it: Evaluator, entity: string): Native =>
  schemaOf(it).tables.find((t) => entityOf(t) === entity) ??
  it.native(TABLE, { entity, columns: new Map() } satisfies Table);
