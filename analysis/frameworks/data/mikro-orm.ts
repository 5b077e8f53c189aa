import { decorationsOf } from '../../wiring/decorators.js';
import { construct } from '../../wiring/classes.js';
import type { Evaluator } from '../../wiring/evaluator.js';
import type { LibraryModel, LibraryType, Method } from '../../wiring/library.js';
import {
  list,
  literal,
  optionIn,
  promise,
  record,
  sourcesOf,
  stringOf,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type ClassValue,
  type Native,
  type PromiseValue,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { access, readAlong, type Access } from './data-access.js';
import { declaredBy, type Entities } from './entities.js';
import {
  heldBy,
  isNewRecord,
  isRecord,
  makeQuery,
  makeRecord,
  narrow,
  oneOf,
  part,
  put,
  recordsOf,
  textPart,
  type Step,
} from './record-values.js';
import { sqlEffects } from './sql.js';
import { decoratedEntities, entityNamed, normalFilter, relationTree } from './typeorm-entities.js';

const isMikro = (packageName: string): boolean => packageName.startsWith('@mikro-orm/');
const entities = (it: Evaluator): Entities => decoratedEntities(it, isMikro);

/** What is asked for: an entity by its class, its schema or its name. */
interface Target {
  entity: string;
  cls: ClassValue | null;
}
function targetOf(given: Value | undefined): Target {
  const cls = given?.k === 'class' ? given : given?.k === 'record' ? given.cls : null;
  return {
    entity: (isRecord(given) ? entityOf(given) : null) ?? cls?.node.name ?? entityNamed(given) ?? 'Entity',
    cls,
  };
}

// ── the unit of work ──────────────────────────────────────────────────────────────────────────────────────────────
/**
 * Records that were loaded or are to be stored, until `flush` writes what has become of them:
 * https://mikro-orm.io/docs/unit-of-work
 */
type Fate = 'loaded' | 'new' | 'gone';
const unit = (it: Evaluator): readonly Value[] => {
  const kept = manager(it).members.get(UNIT);
  return kept?.k === 'list' ? kept.elements : [];
};
const UNIT = '*unit*';
function remember(it: Evaluator, fate: Fate, value: Value): void {
  const item = record([
    ['fate', literal(fate)],
    ['value', value],
  ]);
  it.journal.write(manager(it).members, UNIT, list([...unit(it), item].slice(-MAX_UNIT)));
}
/** The oldest are forgotten first: what is written of them goes unseen. */
const MAX_UNIT = 64;
function flush(it: Evaluator, site: Site): Value {
  const items = unit(it);
  it.journal.write(manager(it).members, UNIT, list([]));
  for (const item of items) {
    const fate = stringOf(optionIn(item, 'fate')!) as Fate;
    const value = optionIn(item, 'value')!;
    const held = isRecord(value) ? heldBy(value) : value;
    if (fate === 'loaded' && !isChanged(held)) continue;
    const { entity } = targetOf(value);
    const where = record([['id', unknown(sourcesOf(value))]]);
    access(it, {
      entities: entities(it),
      entity,
      operation: fate === 'new' ? 'create' : fate === 'gone' ? 'delete' : 'update',
      where: fate === 'new' ? undefined : where,
      data: fate === 'gone' ? undefined : held,
      site,
    });
  }
  return promise(UNDEFINED);
}
const isChanged = (held: Value): boolean =>
  held.k === 'record' &&
  (held.open !== null ||
    [...held.members.values()].some((v) => !(v.k === 'native' && v.type === COLLECTION)));
const persist = (it: Evaluator, values: readonly Value[]): void => {
  for (const value of values)
    if (value.k === 'list') persist(it, value.elements);
    else if (!isRecord(value) || isNewRecord(value)) remember(it, 'new', value);
};

// ── records ───────────────────────────────────────────────────────────────────────────────────────────────────────
const ENTITY = '*entity*';
const entityOf = (value: Native): string | null => {
  const named = value.members.get(ENTITY);
  return named ? stringOf(named) : null;
};
function recordOf(it: Evaluator, { entity, cls }: Target, sources: readonly string[], data?: Value): Native {
  const made = makeRecord(it, { sources, own: cls, data, method: () => undefined });
  made.members.set(ENTITY, literal(entity));
  if (data === undefined)
    for (const [name, field] of entities(it).get(entity)?.fields ?? [])
      if (field.isList) made.members.set(name, it.native(COLLECTION, sources));
  return made;
}
/** What is put into a collection of a record is stored with it. */
const COLLECTION: LibraryType = {
  name: 'mikro-orm collection',
  methods: {
    add: (it, _self, values) => {
      persist(it, values);
      return UNDEFINED;
    },
    '*': (_it, self) => unknown(self.state as readonly string[]),
  },
  sources: (self) => self.state as readonly string[],
};
function assign(it: Evaluator, to: Value | undefined, data: Value | undefined): Value {
  if ((isRecord(to) || to?.k === 'record') && data) {
    if (data.k === 'record')
      for (const [name, value] of data.members) it.journal.write(to.members, name, value);
    const rest = data.k === 'record' ? data.open : data;
    if (rest && sourcesOf(rest).length > 0) it.journal.write(to.members, REST, unknown(sourcesOf(rest)));
  }
  return to ?? UNKNOWN;
}
/** Whatever else it was given, as the request has it. */
const REST = '*rest*';

// ── operations ────────────────────────────────────────────────────────────────────────────────────────────────────
function find(
  it: Evaluator,
  target: Target,
  operation: 'read' | 'list',
  [where, options]: readonly (Value | undefined)[],
  site: Site,
  extra: Partial<Access> = {},
): PromiseValue {
  const asked: Access = {
    entities: entities(it),
    entity: target.entity,
    operation,
    where: normalFilter(where),
    projected: optionIn(options, 'fields') !== undefined,
    site,
    ...extra,
  };
  const found = access(it, asked, (row) =>
    readAlong(it, asked, relationTree(optionIn(options, 'populate')), row, ['include']),
  );
  if (extra.counts) return found;
  const sources = sourcesOf(found.value);
  // Whoever is found by their own id is the caller, and no more than that is asked of them.
  const one = sources.includes('identity') ? found.value : recordOf(it, target, sources);
  if (isRecord(one)) remember(it, 'loaded', one);
  return { ...found, value: operation === 'list' ? recordsOf(it, one) : one };
}
type Operation = (it: Evaluator, target: Target, args: readonly Value[], site: Site) => Value;
const write =
  (operation: 'create' | 'update' | 'delete', upserts = false): Operation =>
  (it, { entity }, [first, second], site) => {
    const isNew = operation === 'create';
    const one = first && oneOf(first);
    const data = isNew ? one : operation === 'update' ? second : undefined;
    const where = isNew ? undefined : normalFilter(first);
    return access(it, { entities: entities(it), entity, operation, where, data, upserts, site });
  };
/** By name, after the entity: https://mikro-orm.io/api/core/class/EntityManager */
const OPERATIONS: Readonly<Record<string, Operation>> = {
  find: (it, target, args, site) => find(it, target, 'list', args, site),
  findAll: (it, target, [options], site) =>
    find(it, target, 'list', [optionIn(options, 'where'), options], site),
  findOne: (it, target, args, site) => find(it, target, 'read', args, site),
  findOneOrFail: (it, target, args, site) => find(it, target, 'read', args, site, { orThrow: true }),
  findAndCount: (it, target, args, site) => {
    const found = find(it, target, 'list', args, site);
    return promise(list([found.value, unknown(['count'])]), found.facts);
  },
  count: (it, target, args, site) => find(it, target, 'read', args, site, { counts: true }),
  nativeUpdate: write('update'),
  nativeDelete: write('delete'),
  nativeInsert: write('create'),
  insert: write('create'),
  insertMany: write('create'),
  upsert: write('create', true),
  upsertMany: write('create', true),
  create: (it, target, [data]) => {
    const made = recordOf(it, target, [], data ?? record());
    remember(it, 'new', made);
    return made;
  },
  getReference: (it, target, [id]) => recordOf(it, target, id ? sourcesOf(id) : []),
  createQueryBuilder: (it, target, _args, site) => queryOf(it, target, site),
};

const acts =
  (operation: 'create' | 'update' | 'delete'): Step =>
  (it, query, [given]) => {
    put(it, query, 'operation', literal(operation));
    if (operation === 'delete') return void (given && narrow(it, query, given));
    if (given) put(it, query, 'data', given);
  };
const asked: Step = (it, query, [where]) => void (where && narrow(it, query, where));
const one: Step = (it, query) => {
  put(it, query, 'one', literal(true));
  return promise(it.awaiting(query));
};
const all: Step = (it, query) => promise(it.awaiting(query));
const QUERY: Readonly<Record<string, Step>> = {
  where: asked,
  andWhere: asked,
  update: acts('update'),
  delete: acts('delete'),
  insert: acts('create'),
  getResult: all,
  getResultList: all,
  execute: all,
  getResultAndCount: (it, query) => promise(list([it.awaiting(query), unknown(['count'])])),
  getSingleResult: one,
  getCount: (it, query) => promise(unknown(['count', ...sourcesOf(it.awaiting(query))])),
};
function queryOf(it: Evaluator, target: Target, site: Site): Native {
  const run = (query: Native): Value => {
    const operation = textPart(query, 'operation') as 'create' | 'update' | 'delete' | null;
    const [where, data] = [part(query, 'where'), part(query, 'data')];
    if (operation !== null)
      return it.awaiting(write(operation)(it, target, operation === 'create' ? [data] : [where, data], site));
    return it.awaiting(find(it, target, part(query, 'one') === UNDEFINED ? 'list' : 'read', [where], site));
  };
  return makeQuery(it, { steps: QUERY, run: (_it, query) => run(query), site });
}

// ── managers and repositories ─────────────────────────────────────────────────────────────────────────────────────
const self_: Method = (_it, self) => self;
const nothing: Method = () => promise(UNDEFINED);
/** What managers and repositories do with records, whatever these are of. */
const WITH_RECORDS: LibraryType['methods'] = {
  persist: (it, self, values) => {
    persist(it, values);
    return self;
  },
  persistAndFlush: (it, _self, values, site) => {
    persist(it, values);
    return flush(it, site);
  },
  remove: (it, self, [value]) => {
    if (value) remember(it, 'gone', value);
    return self;
  },
  removeAndFlush: (it, _self, [value], site) => {
    if (value) remember(it, 'gone', value);
    return flush(it, site);
  },
  flush: (it, _self, _args, site) => flush(it, site),
  assign: (it, _self, [to, data]) => assign(it, to, data),
  populate: (_it, _self, [given]) => promise(given ?? UNKNOWN),
};
const MANAGER: LibraryType = {
  name: 'mikro-orm manager',
  methods: {
    ...Object.fromEntries(
      Object.entries(OPERATIONS).map(([name, operate]): [string, Method] => [
        name,
        (it, _self, [entity, ...args], site) => {
          // `upsert(book)`, and builders without an entity.
          const isTold = entity?.k === 'class' || args.length > 0 || entityNamed(entity) !== null;
          return operate(it, targetOf(entity), isTold ? args : entity ? [entity] : [], site);
        },
      ]),
    ),
    ...WITH_RECORDS,
    getRepository: (it, _self, [entity], site) => repositoryOf(it, entity, site),
    fork: self_,
    getContext: self_,
    clear: nothing,
    begin: nothing,
    commit: (it, _self, _args, site) => flush(it, site),
    rollback: nothing,
    transactional: (it, self, [work], site) => {
      if (!work) return promise(UNKNOWN);
      const result = it.call(work, [self], UNDEFINED, site);
      flush(it, site);
      return result;
    },
    getConnection: self_,
    getKnex: () => UNKNOWN,
    execute: (it, _self, args, site) => sqlEffects(it, args, site) ?? promise(UNKNOWN),
  },
};
const manager = (it: Evaluator): Native =>
  it.stateOf<Native>('mikro-orm:manager', () => it.native(MANAGER, null));
const REPOSITORY: LibraryType = {
  name: 'mikro-orm repository',
  methods: {
    ...Object.fromEntries(
      Object.entries(OPERATIONS).map(([name, operate]): [string, Method] => [
        name,
        (it, self, args, site) => operate(it, self.state as Target, args, site),
      ]),
    ),
    ...WITH_RECORDS,
    qb: (it, self, _args, site) => queryOf(it, self.state as Target, site),
    getEntityManager: (it) => manager(it),
  },
  get: (it, _self, name) => (name === 'em' ? manager(it) : null),
};
const repository = (it: Evaluator, entity: Value | undefined): Native =>
  it.native(REPOSITORY, targetOf(entity));
/** `@Entity({ repository: () => BookRepository })` */
function repositoryOf(it: Evaluator, entity: Value | undefined, site: Site): Value {
  const declared =
    entity?.k === 'class'
      ? decorationsOf(it, entity)
          .own.map((d) => optionIn(d.args[0], 'repository'))
          .find((r) => r !== undefined)
      : undefined;
  const cls = declaredBy(it, declared);
  return cls.k === 'class' ? construct(it, cls, [manager(it), entity!], site) : repository(it, entity);
}
const ORM: LibraryType = {
  name: 'mikro-orm',
  methods: {
    getSchemaGenerator: () => UNKNOWN,
    close: nothing,
    isConnected: () => promise(literal(true)),
  },
  get: (it, _self, name) => (name === 'em' ? manager(it) : null),
};
const orm = (it: Evaluator): Native => it.native(ORM, null);
/** `wrap(book).assign(data)` */
const WRAPPED: LibraryType = {
  name: 'mikro-orm entity helper',
  methods: {
    assign: (it, self, [data]) => assign(it, self.state as Value, data),
    init: (_it, self) => promise(self.state as Value),
    '*': (_it, self) => self.state as Value,
  },
};
/** `RequestContext.create(orm.em, next)` */
const inContext = (it: Evaluator, [, next, ...args]: readonly Value[], site: Site): Value =>
  next ? it.inTail(() => it.call(next, args, UNDEFINED, site)) : UNKNOWN;

const DRIVERS = 'core knex sql postgresql mysql mariadb sqlite better-sqlite libsql mongodb mssql'
  .split(' ')
  .map((driver) => `@mikro-orm/${driver}`);

/** https://mikro-orm.io/docs/entity-manager */
export const mikroOrm: LibraryModel = {
  name: 'mikro-orm',
  packages: DRIVERS,
  about: {
    title: 'MikroORM',
    registers:
      'nothing; operations of managers, repositories and query builders are effects, and what `flush` writes of records that were loaded, made or removed; entities and owners come from decorators',
    guards: "filters with the caller's identity are ownership",
    answers: '',
    limits:
      'filters that entities declare, subscribers; entities that are declared by `EntitySchema` or `defineEntity` have no owners',
  },
  calls: {
    'MikroORM.init': (it) => promise(orm(it)),
    'MikroORM.initSync': orm,
    MikroORM: orm,
    EntityRepository: (it, [, entity]) => repository(it, entity),
    SqlEntityRepository: (it, [, entity]) => repository(it, entity),
    'RequestContext.create': inContext,
    'RequestContext.createAsync': inContext,
    'RequestContext.getEntityManager': manager,
    Collection: (it) => it.native(COLLECTION, []),
    wrap: (it, [entity]) => it.native(WRAPPED, entity ?? UNKNOWN),
    ref: (it, [entity, id]) => (id ? recordOf(it, targetOf(entity), sourcesOf(id)) : (entity ?? UNKNOWN)),
  },
  typed: (it, type) => {
    const [, name] = /^(?:Sql)?EntityRepository\s*<\s*(\w+)\s*>/.exec(type) ?? [];
    if (name) return repository(it, literal(name));
    if (!DRIVERS.some((driver) => it.loader.uses(driver))) return null;
    return /^(?:Sql|Mongo)?EntityManager\b/.test(type)
      ? manager(it)
      : /^MikroORM\b/.test(type)
        ? orm(it)
        : null;
  },
};
