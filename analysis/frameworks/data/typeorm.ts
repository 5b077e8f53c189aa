import { construct } from '../../wiring/classes.js';
import type { Evaluator } from '../../wiring/evaluator.js';
import { assignMember } from '../../wiring/members.js';
import { changesOf } from '../../wiring/overwritten.js';
import { yieldsItself, type LibraryModel, type LibraryType, type Method } from '../../wiring/library.js';
import {
  builtin,
  list,
  literal,
  promise,
  record,
  sourcesOf,
  stringOf,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type Native,
  type Record_,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { access, readAlong, type Access } from './data-access.js';
import type { Entities } from './entities.js';
import { oneOf } from './record-values.js';
import { sqlEffects } from './sql.js';
import {
  decoratedEntities,
  entityNamed,
  isLoaded,
  NAMED,
  normalFilter,
  relationTree,
} from './typeorm-entities.js';
import { BRACKETS, queryBuilder } from './typeorm-query.js';

const entities = (it: Evaluator): Entities => decoratedEntities(it, (p) => p === 'typeorm');
const OPTIONS =
  /^(?:where|relations|select|order|skip|take|withDeleted|cache|lock|join|loadRelationIds|loadEagerRelations|comment|transaction|relationLoadStrategy)$/;

/** How a method of a repository reads. `By`: what it is given is the filter, not options that hold one. */
const read =
  (operation: 'read' | 'list', by: boolean, extra: Partial<Access> = {}) =>
  (it: Evaluator, entity: string, [given]: readonly Value[], site: Site): Value & { k: 'promise' } => {
    const options: Record_ | null = !by && given?.k === 'record' ? given : null;
    // Before version 0.3, `findOne` took an id, or the conditions themselves.
    const isPlain =
      !by &&
      (options === null ||
        (options.open === null && ![...options.members.keys()].some((n) => OPTIONS.test(n))));
    const asked: Access = {
      entities: entities(it),
      entity,
      operation,
      where: normalFilter(by || isPlain ? given : options!.members.get('where')),
      projected: options?.members.has('select') ?? false,
      site,
      ...extra,
    };
    return access(it, asked, (found) =>
      readAlong(it, asked, relationTree(options?.members.get('relations')), found, ['include']),
    );
  };
type Read = ReturnType<typeof read>;
const READS: Readonly<Record<string, Read>> = {
  find: read('list', false),
  findBy: read('list', true),
  findByIds: read('list', true),
  findOne: read('read', false),
  findOneBy: read('read', true),
  findOneById: read('read', true),
  findOneOrFail: read('read', false, { orThrow: true }),
  findOneByOrFail: read('read', true, { orThrow: true }),
  findTrees: read('list', false),
  count: read('read', false, { counts: true }),
  countBy: read('read', true, { counts: true }),
  exist: read('read', false, { counts: true }),
  exists: read('read', false, { counts: true }),
  existsBy: read('read', true, { counts: true }),
};
const PAIRS: Readonly<Record<string, Read>> = {
  findAndCount: read('list', false),
  findAndCountBy: read('list', true),
};

/** Writes of what `criteria` select: an id, ids, or a filter. */
const WRITES_BY: Readonly<Record<string, 'update' | 'delete'>> = {
  update: 'update',
  increment: 'update',
  decrement: 'update',
  restore: 'update',
  delete: 'delete',
  softDelete: 'delete',
};
/** Writes of what they are given: a record that was loaded, or a new one. */
const WRITES_OF: Readonly<Record<string, 'save' | 'create' | 'update' | 'delete'>> = {
  save: 'save',
  insert: 'create',
  upsert: 'save',
  remove: 'delete',
  softRemove: 'delete',
  recover: 'update',
};
function write(it: Evaluator, entity: string, name: string, args: readonly Value[], site: Site): Value {
  const [given, data] = args;
  const by = WRITES_BY[name];
  if (by) {
    const changes = by === 'update' && data ? changesOfItself(it, given, data) : null;
    return access(it, {
      entities: entities(it),
      entity,
      operation: by,
      where: normalFilter(given),
      data: by === 'update' && !changes ? data : undefined,
      changes: changes ?? undefined,
      site,
    });
  }
  const kind = WRITES_OF[name]!;
  const value = oneOf(given ?? UNKNOWN);
  const id = value.k === 'record' ? value.members.get('id') : undefined;
  const hasId = id !== undefined && sourcesOf(id).length > 0;
  const operation = kind !== 'save' ? kind : isLoaded(it, value) || hasId ? 'update' : 'create';
  const key = hasId ? id : value.k === 'record' ? (value.open ?? UNDEFINED) : unknown(sourcesOf(value));
  const done = access(it, {
    entities: entities(it),
    entity,
    operation,
    where: operation === 'create' ? undefined : record([['id', key]]),
    data: operation === 'create' ? value : undefined,
    changes: operation === 'update' ? (changesOf(it, value) ?? value) : undefined,
    upserts: kind === 'save' && operation === 'create',
    site,
  });
  return operation === 'update' || operation === 'delete' ? promise(given ?? UNKNOWN, done.facts) : done;
}
/** `update(user.id, user)`: a record that was loaded is stored again, in its own place, with what has been written into it. */
function changesOfItself(it: Evaluator, key: Value | undefined, row: Value): Value | null {
  const [own] = sourcesOf(row);
  const found = key === undefined ? [] : sourcesOf(key, 1);
  return found.length > 0 && found.every((s) => s === own) ? changesOf(it, row) : null;
}
/** `create({ name })` makes an object, and stores nothing; with a loaded one it changes that. */
const made = (args: readonly Value[]): Value =>
  args.findLast((a) => a.k !== 'literal') ?? record([], UNKNOWN);

/** `merge(row, changes, …)` writes into the first, stores nothing, and yields it. */
function merged(it: Evaluator, [target, ...changes]: readonly Value[], site: Site): Value {
  if (!target) return UNKNOWN;
  for (const change of changes)
    if (change.k === 'record')
      for (const [name, value] of change.members) assignMember(it, target, name, value, site);
  return target;
}
function operate(
  it: Evaluator,
  entity: string,
  name: string,
  args: readonly Value[],
  site: Site,
): Value | null {
  if (Object.hasOwn(READS, name)) return READS[name]!(it, entity, args, site);
  if (Object.hasOwn(PAIRS, name)) {
    const rows = PAIRS[name]!(it, entity, args, site);
    return promise(list([rows.value, unknown(['count'])]), rows.facts);
  }
  if (Object.hasOwn(WRITES_BY, name) || Object.hasOwn(WRITES_OF, name))
    return write(it, entity, name, args, site);
  switch (name) {
    case 'create':
      return made(args);
    case 'merge':
      return merged(it, args, site);
    case 'clear':
      return access(it, { entities: entities(it), entity, operation: 'delete', site });
    case 'createQueryBuilder':
      return queryBuilder(it, entities, site, it.native(NAMED, entity), args[0]);
    default:
      return null;
  }
}
const NAMES = [
  ...Object.keys(READS),
  ...Object.keys(PAIRS),
  ...Object.keys(WRITES_BY),
  ...Object.keys(WRITES_OF),
  'create',
  'merge',
  'clear',
  'createQueryBuilder',
];
const query: Method = (it, _self, args, site) => sqlEffects(it, args, site) ?? promise(UNKNOWN);
const ofRepository =
  (name: string): Method =>
  (it, self, args, site) => {
    const { entity } = self.state as { entity: string | null };
    return entity === null ? promise(UNKNOWN) : (operate(it, entity, name, args, site) ?? UNKNOWN);
  };
const REPOSITORY: LibraryType = {
  name: 'typeorm repository',
  methods: {
    ...Object.fromEntries(NAMES.map((name) => [name, ofRepository(name)])),
    query,
    extend: (it, self, [more]) => {
      const extended = it.native(REPOSITORY, self.state);
      if (more?.k === 'record') for (const [name, value] of more.members) extended.members.set(name, value);
      return extended;
    },
  },
  get: (it, _self, name) => (name === 'manager' ? manager(it) : null),
};
const repository = (it: Evaluator, target: Value | undefined): Native =>
  it.native(REPOSITORY, { entity: entityNamed(target) });

/** The manager is told the entity first; `save`, `remove` see it in what they are given. */
const ofManager =
  (name: string): Method =>
  (it, _self, args, site) => {
    const [first, ...rest] = args;
    const isTarget =
      first?.k === 'class' || (first !== undefined && rest.length > 0 && entityNamed(first) !== null);
    const given = first?.k === 'list' ? first.elements[0] : first;
    const row =
      isTarget || !given
        ? undefined
        : sourcesOf(given)
            .map((s) => it.rows.get(s))
            .find((r) => r !== undefined);
    const entity = isTarget
      ? entityNamed(first)
      : given?.k === 'record' && given.cls
        ? given.cls.node.name
        : (row?.entity ?? null);
    if (name === 'createQueryBuilder')
      return queryBuilder(it, entities, site, isTarget ? first : undefined, rest[0]);
    if (entity === null) return promise(UNKNOWN);
    return operate(it, entity, name, isTarget ? rest : args, site) ?? UNKNOWN;
  };
const self_: Method = (_it, self) => promise(self);
const SOURCE: LibraryType = {
  name: 'typeorm data source',
  methods: {
    ...Object.fromEntries(NAMES.map((name) => [name, ofManager(name)])),
    getRepository: (it, _self, [target]) => repository(it, target),
    getTreeRepository: (it, _self, [target]) => repository(it, target),
    getMongoRepository: (it, _self, [target]) => repository(it, target),
    getCustomRepository: (it, _self, [cls], site) => (cls ? construct(it, cls, [], site) : UNKNOWN),
    withRepository: (_it, _self, [given]) => given ?? UNKNOWN,
    transaction: (it, self, args, site) => {
      const work = args.at(-1);
      return work ? it.call(work, [self], UNDEFINED, site) : promise(UNKNOWN);
    },
    query,
    createQueryRunner: yieldsItself,
    createEntityManager: yieldsItself,
    initialize: self_,
    connect: self_,
    destroy: () => promise(UNDEFINED),
    release: () => promise(UNDEFINED),
    startTransaction: () => promise(UNDEFINED),
    commitTransaction: () => promise(UNDEFINED),
    rollbackTransaction: () => promise(UNDEFINED),
  },
  get: (_it, self, name) =>
    ['manager', 'connection', 'queryRunner', 'dataSource'].includes(name)
      ? self
      : name === 'isInitialized'
        ? literal(true)
        : null,
};
const manager = (it: Evaluator): Native =>
  it.stateOf<Native>('typeorm:source', () => it.native(SOURCE, null));

/** `class Note extends BaseEntity`: methods of the class find, those of an instance write it. */
const ACTIVE: LibraryType = {
  name: 'typeorm active record',
  methods: {},
  get: (it, _self, name) =>
    NAMES.includes(name)
      ? builtin(name, (args, self, site) =>
          self.k === 'class' && self.node.name !== null
            ? (operate(it, self.node.name, name, args, site) ?? UNKNOWN)
            : UNKNOWN,
        )
      : name === 'getRepository'
        ? builtin(name, (_args, self) => repository(it, self))
        : null,
  inherited: (it, _base, name) =>
    Object.hasOwn(WRITES_OF, name)
      ? builtin(name, (_args, self, site) => {
          const entity = self.k === 'record' || self.k === 'unknown' ? self.cls?.node.name : null;
          return entity ? write(it, entity, name, [self], site) : UNKNOWN;
        })
      : null,
};
const source = (it: Evaluator): Native => manager(it);
const find = (it: Evaluator, args: readonly Value[]): Native => repository(it, args[0]);
const value = (_it: Evaluator, [v]: readonly Value[]): Value => v ?? UNKNOWN;
/** What excludes selects nothing that could be somebody's. */
const nothing = (): Value => UNKNOWN;
const among = (_it: Evaluator, [values]: readonly Value[]): Value => record([['in', values ?? UNKNOWN]]);

export const typeorm: LibraryModel = {
  name: 'typeorm',
  packages: ['typeorm'],
  about: {
    title: 'TypeORM',
    registers:
      'nothing; operations of repositories, managers, query builders and active records are effects, entities and owners come from decorators',
    guards: "filters with the caller's identity are ownership",
    answers: '',
    limits: 'subscribers and cascades; entities that are declared by `EntitySchema` have no owners',
  },
  calls: {
    DataSource: source,
    createConnection: (it) => promise(source(it)),
    getConnection: source,
    getManager: source,
    getRepository: find,
    getTreeRepository: find,
    getCustomRepository: (it, [cls], site) => (cls ? construct(it, cls, [], site) : UNKNOWN),
    Repository: find,
    TreeRepository: find,
    EntitySchema: (it, [options]) =>
      it.native(
        NAMED,
        (options?.k === 'record' && stringOf(options.members.get('name') ?? UNDEFINED)) || 'Entity',
      ),
    Brackets: (it, [work]) => it.native(BRACKETS, work ?? UNKNOWN),
    Equal: value,
    Like: value,
    ILike: value,
    MoreThan: value,
    MoreThanOrEqual: value,
    LessThan: value,
    LessThanOrEqual: value,
    ArrayContains: value,
    Raw: value,
    In: among,
    Any: among,
    Not: nothing,
    IsNull: nothing,
  },
  member: (it, path) =>
    path.join('.') === 'BaseEntity'
      ? it.stateOf<Native>('typeorm:active', () => it.native(ACTIVE, null))
      : null,
  typed: (it, type) => {
    const [, name] = /^(?:Mongo|Tree)?Repository\s*<\s*(\w+)\s*>/.exec(type) ?? [];
    if (name) return repository(it, literal(name));
    return /^(?:DataSource|EntityManager|QueryRunner|Connection)$/.test(type) && type !== 'Connection'
      ? source(it)
      : null;
  },
};
