import type { Evaluator } from '../../wiring/evaluator.js';
import type { LibraryModel, LibraryType } from '../../wiring/library.js';
import {
  literal,
  promise,
  sourcesOf,
  UNDEFINED,
  UNKNOWN,
  type Native,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { manager, repository } from './mikro-orm-managers.js';
import { makeCollection, recordOf, wrap } from './mikro-orm-records.js';
import { targetOf } from './mikro-orm-targets.js';

const ORM: LibraryType = {
  name: 'mikro-orm',
  methods: {
    getSchemaGenerator: () => UNKNOWN,
    close: () => promise(UNDEFINED),
    isConnected: () => promise(literal(true)),
  },
  get: (it, _self, name) => (name === 'em' ? manager(it) : null),
};
const orm = (it: Evaluator): Native => it.native(ORM, null);
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
    Collection: (it) => makeCollection(it, []),
    wrap,
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
