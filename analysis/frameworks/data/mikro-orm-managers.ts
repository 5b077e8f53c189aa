import { construct } from '../../wiring/classes.js';
import { decorationsOf } from '../../wiring/decorators.js';
import type { Evaluator } from '../../wiring/evaluator.js';
import type { LibraryType, Method } from '../../wiring/library.js';
import {
  optionIn,
  promise,
  UNDEFINED,
  UNKNOWN,
  type Native,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { declaredBy } from './entities.js';
import { flush } from './mikro-orm-flush.js';
import { OPERATIONS, type Operation } from './mikro-orm-operations.js';
import { queryOf } from './mikro-orm-query-builder.js';
import { assign } from './mikro-orm-records.js';
import { targetOf, type Target } from './mikro-orm-targets.js';
import { persist, remember, unitOfWork } from './mikro-orm-unit-of-work.js';
import { sqlEffects } from './sql.js';
import { entityNamed } from './typeorm-entities.js';

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
/** With the builder, which puts them together step by step. */
const ALL_OPERATIONS: Readonly<Record<string, Operation>> = {
  ...OPERATIONS,
  createQueryBuilder: (it, target, _args, site) => queryOf(it, target, site),
};
const MANAGER: LibraryType = {
  name: 'mikro-orm manager',
  methods: {
    ...Object.fromEntries(
      Object.entries(ALL_OPERATIONS).map(([name, operate]): [string, Method] => [
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
/** The one manager of a program, for its forks write to the same database. */
export const manager = (it: Evaluator): Native =>
  it.stateOf<Native>('mikro-orm:manager', () => {
    // Paths that part later know one unit of work.
    unitOfWork(it);
    return it.native(MANAGER, null);
  });
const REPOSITORY: LibraryType = {
  name: 'mikro-orm repository',
  methods: {
    ...Object.fromEntries(
      Object.entries(ALL_OPERATIONS).map(([name, operate]): [string, Method] => [
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
/** What `getRepository` yields where the project has no class for it. */
export const repository = (it: Evaluator, entity: Value | undefined): Native =>
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
