import type { Evaluator } from '../../wiring/evaluator.js';
import { yieldsItself, type LibraryType, type Method } from '../../wiring/library.js';
import {
  list,
  literal,
  optionsOf,
  promise,
  record,
  stringOf,
  textOf,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type Native,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { all, conditionsIn, filterOf, NOTHING, type Condition } from './conditions.js';
import { access, readAlong, type Access } from './data-access.js';
import type { Entities } from './entities.js';
import { entityNamed, normalFilter } from './typeorm-entities.js';

/** A query while it is built. What is added to it is kept among its members. */
interface Query {
  entities(it: Evaluator): Entities;
  site: Site;
}
const put = (it: Evaluator, self: Native, name: string, value: Value | undefined): Native => {
  it.journal.write(self.members, name, value ?? UNDEFINED);
  return self;
};
const add = (it: Evaluator, self: Native, name: string, value: Value): Native =>
  put(it, self, name, list([...elements(self, name), value]));
const elements = (self: Native, name: string): readonly Value[] =>
  optionsOf(self.members.get(name) ?? UNDEFINED).flatMap(({ value }) =>
    value.k === 'list' ? value.elements : [],
  );

/** `where('note.id = :id', { id })`, `where({ id })`, `where(new Brackets((q) => …))` */
const where: Method = (it, self, [condition, parameters]) => {
  if (parameters) add(it, self, '*parameters*', parameters);
  if (condition?.k === 'function') {
    it.call(condition, [self], UNDEFINED, (self.state as Query).site);
    return self;
  }
  if (condition?.k === 'native' && condition.type === BRACKETS)
    return where(it, self, [condition.state as Value], (self.state as Query).site);
  return condition ? add(it, self, '*where*', condition) : self;
};
/** `new Brackets((q) => q.where(…))` */
export const BRACKETS: LibraryType = { name: 'typeorm brackets', methods: {} };
/** `leftJoinAndSelect('note.owner', 'owner')`, `innerJoin(Team, 'team', 'team.id = note.teamId')` */
const join =
  (isInner: boolean): Method =>
  (it, self, [relation, alias, condition, parameters], site) => {
    const path = relation ? stringOf(relation) : null;
    const name = path?.includes('.') ? path.split('.')[1]! : (entityNamed(relation) ?? '');
    add(
      it,
      self,
      '*joined*',
      record([
        ['name', literal(name)],
        ['alias', alias ?? UNDEFINED],
        ['isRelation', literal(path?.includes('.') ?? false)],
      ]),
    );
    return isInner && condition ? where(it, self, [condition, parameters ?? UNDEFINED], site) : self;
  };
const become =
  (operation: Access['operation']): Method =>
  (it, self, [entity, second]) => {
    put(it, self, '*operation*', literal(operation));
    if (operation === 'update' && second) put(it, self, '*data*', second);
    const isData = entity?.k === 'record';
    if (isData) put(it, self, '*data*', entity);
    return entity && !isData && entityNamed(entity) ? put(it, self, '*entity*', entity) : self;
  };
const target: Method = (it, self, [entity, alias]) => {
  put(it, self, '*entity*', entity);
  return alias ? put(it, self, '*alias*', alias) : self;
};
const data: Method = (it, self, [values]) => put(it, self, '*data*', values);
const run =
  (operation: 'read' | 'list' | null, extra: Partial<Access> = {}): Method =>
  (it, self) =>
    perform(it, self, operation, extra);
export const QUERY_BUILDER: LibraryType = {
  name: 'typeorm query',
  methods: {
    where,
    andWhere: where,
    orWhere: where,
    whereInIds: (it, self, [ids]) => add(it, self, '*where*', record([['id', ids ?? UNKNOWN]])),
    andWhereInIds: (it, self, [ids]) => add(it, self, '*where*', record([['id', ids ?? UNKNOWN]])),
    setParameter: (it, self, [name, value]) =>
      add(it, self, '*parameters*', record([[name ? (stringOf(name) ?? '') : '', value ?? UNKNOWN]])),
    setParameters: (it, self, [values]) => add(it, self, '*parameters*', values ?? UNKNOWN),
    leftJoin: join(false),
    leftJoinAndSelect: join(false),
    leftJoinAndMapOne: (it, self, [, ...rest], site) => join(false)(it, self, rest, site),
    leftJoinAndMapMany: (it, self, [, ...rest], site) => join(false)(it, self, rest, site),
    innerJoin: join(true),
    innerJoinAndSelect: join(true),
    innerJoinAndMapOne: (it, self, [, ...rest], site) => join(true)(it, self, rest, site),
    select: (it, self, [what]) => (what ? put(it, self, '*projected*', literal(true)) : self),
    from: target,
    into: target,
    insert: become('create'),
    update: become('update'),
    delete: become('delete'),
    softDelete: become('delete'),
    restore: become('update'),
    set: data,
    values: data,
    getOne: run('read'),
    getOneOrFail: run('read', { orThrow: true }),
    getRawOne: run('read', { isRaw: true }),
    getMany: run('list'),
    getRawMany: run('list'),
    getRawAndEntities: run('list'),
    stream: run('list'),
    getManyAndCount: (it, self) => {
      const rows = perform(it, self, 'list', {});
      return promise(list([rows.value, unknown(['count'])]), rows.facts);
    },
    getCount: run('read', { counts: true }),
    getExists: run('read', { counts: true }),
    execute: run(null),
    clone: (it, self) => {
      const copy = it.native(QUERY_BUILDER, self.state);
      for (const [name, value] of self.members) copy.members.set(name, value);
      return copy;
    },
    getQuery: () => UNKNOWN,
    getSql: () => UNKNOWN,
    getParameters: () => UNKNOWN,
    subQuery: (it, self) => it.native(QUERY_BUILDER, self.state),
    '*': yieldsItself,
  },
};
export function queryBuilder(
  it: Evaluator,
  entities: Query['entities'],
  site: Site,
  entity?: Value,
  alias?: Value,
): Native {
  const self = it.native(QUERY_BUILDER, { entities, site } satisfies Query);
  if (entity) self.members.set('*entity*', entity);
  if (alias) self.members.set('*alias*', alias);
  return self;
}
/** `note.id = :id`, `note.ownerId IN (:...ids)` */
const COMPARISON =
  /(?:["`]?(\w+)["`]?\.)?["`]?(\w+)["`]?\s*(?:=|\b(?:i?like|in)\b)\s*\(?\s*(?:lower\()?:(?:\.\.\.)?(\w+)/gi;
function conditionOf(self: Native, entity: string): Condition {
  const alias = stringOf(self.members.get('*alias*') ?? UNDEFINED);
  const parameters = elements(self, '*parameters*');
  const joined = elements(self, '*joined*').flatMap((j) => (j.k === 'record' ? [j] : []));
  return conditionsIn(
    list([...elements(self, '*where*')]),
    (v) => {
      if (v.k === 'record') {
        const filter = normalFilter(v);
        return filter?.k === 'record'
          ? all(
              [...filter.members].map(
                ([column, value]): Condition => ({ k: 'cell', entity: null, column, value }),
              ),
            )
          : NOTHING;
      }
      return v.k === 'text' ? compared(v) : { k: 'open', value: v };
    },
    (text) => compared(text),
  );
  function compared(v: Value): Condition {
    const filled: Value[] = [];
    const text =
      v.k === 'text'
        ? v.parts.map((p) => (typeof p === 'string' ? p : `:hole${filled.push(p) - 1}`)).join('')
        : (textOf(v) ?? '');
    const parts = [...text.replace(/'(:hole\d+)'/g, '$1').matchAll(COMPARISON)].map(
      ([, from, column, name]): Condition => {
        const hole = /^hole(\d+)$/.exec(name!);
        const value = hole ? filled[Number(hole[1])]! : parameterNamed(name!);
        const other = joined.find((j) => from && stringOf(j.members.get('alias') ?? UNDEFINED) === from);
        if (!other || from === alias) return { k: 'cell', entity: null, column: column!, value };
        const relation = stringOf(other.members.get('name') ?? UNDEFINED) ?? '';
        // `owner.id` of a relation that is joined is the key that leads to it.
        return column === 'id' && other.members.get('isRelation')?.k === 'literal'
          ? { k: 'cell', entity: null, column: `${relation}_id`, value }
          : { k: 'cell', entity: relation === entity ? null : relation, column: column!, value };
      },
    );
    return all(parts);
  }
  function parameterNamed(name: string): Value {
    for (const parameter of parameters) {
      if (parameter.k === 'record' && parameter.members.has(name)) return parameter.members.get(name)!;
    }
    return UNKNOWN;
  }
}
function perform(it: Evaluator, self: Native, asked: 'read' | 'list' | null, extra: Partial<Access>) {
  const entity = entityNamed(self.members.get('*entity*'));
  if (entity === null) return promise(UNKNOWN) as Value & { k: 'promise' };
  const { entities, site } = self.state as Query;
  const known = entities(it);
  const operation = stringOf(self.members.get('*operation*') ?? UNDEFINED) as Access['operation'] | null;
  const values = self.members.get('*data*');
  const joined = elements(self, '*joined*').flatMap((j) => (j.k === 'record' ? [j] : []));
  const isRelation = (j: (typeof joined)[number]): boolean => {
    const flag = j.members.get('isRelation');
    return flag?.k === 'literal' && flag.value === true;
  };
  const nameOf = (j: (typeof joined)[number]): string => stringOf(j.members.get('name') ?? UNDEFINED) ?? '';
  const access_: Access = {
    entities: known,
    entity,
    operation: asked ?? operation ?? 'list',
    where: filterOf(conditionOf(self, entity), entity),
    data: values?.k === 'list' ? values.elements[0] : values,
    projected: self.members.has('*projected*'),
    joined: joined
      .filter((j) => !isRelation(j))
      .map(nameOf)
      .filter((n) => n !== ''),
    site,
    ...extra,
  };
  const relations = record(joined.filter(isRelation).map((j): [string, Value] => [nameOf(j), literal(true)]));
  return access(it, access_, (found) => readAlong(it, access_, relations, found, []));
}
