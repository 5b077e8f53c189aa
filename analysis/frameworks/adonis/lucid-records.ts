import { decorationsOf } from '../../wiring/decorators.js';
import type { Evaluator } from '../../wiring/evaluator.js';
import { memberOf } from '../../wiring/members.js';
import type { LibraryType, Method } from '../../wiring/library.js';
import {
  isCallable,
  list,
  listed,
  literal,
  promise,
  record,
  sourcesOf,
  stringOf,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type Native,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { act, type Operation } from '../data/record-queries.js';
import {
  heldBy,
  isNewRecord,
  makeRecord,
  narrow,
  oneOf,
  part,
  put,
  recordsOf,
  textPart,
  type Step,
} from '../data/record-values.js';
import { entityOf, makeSqlQuery, runSql, SQL_STEPS } from '../data/sql-builder.js';
import { entityName } from '../data/sql-statements.js';

/** A class of records, or what one is called of which the class was not seen. */
export type Model = Value | string;
const classOf = (model: Model): Value | null =>
  typeof model !== 'string' && model.k === 'class' ? model : null;
/** Classes are named as people think of them; the table says it where there is no name. */
export function nameOfModel(it: Evaluator, model: Model, site: Site): string {
  if (typeof model === 'string') return model;
  if (model.k !== 'class') return 'Model';
  return entityName(model.node.name ?? entityOf(memberOf(it, model, 'table', site)) ?? 'model');
}

// ── relations ─────────────────────────────────────────────────────────────────────────────────────────────────────
/** `@hasMany(() => Note)` on the member of that name, own class or one that it extends; else what it is called. */
function related(it: Evaluator, model: Model, name: string): Model {
  for (let cls: Value | null = classOf(model); cls?.k === 'class'; cls = cls.base) {
    const { members } = decorationsOf(it, cls);
    const [of] = (members.get(name) ?? []).flatMap((d) => (d.args[0]?.k === 'function' ? [d.args[0]] : []));
    const found = of && it.call(of, [], UNDEFINED, { module: cls.module, line: cls.node.line });
    if (found?.k === 'class') return found;
  }
  return entityName(name);
}
interface Relation {
  model: Model;
  /** What it is called. */
  name: string;
  /** By which those that are related say whose they are. */
  key: string;
  owner: Value;
}
const owned = ({ key, owner }: Relation): Value => record([[key, unknown(sourcesOf(owner))]]);
/** Columns that are given in two places, as those of one record. */
export const together = (one: Value | undefined, other: Value): Value =>
  one === undefined || other.k !== 'record'
    ? other
    : one.k === 'record'
      ? record([...one.members, ...other.members], one.open ?? other.open)
      : record([...other.members], one);
const withOwner = (relation: Relation, data: Value | undefined): Value => together(data, owned(relation));
const make =
  (operation: Operation, at = 0): Method =>
  (it, self, args, site) => {
    const relation = self.state as Relation;
    const { model } = relation;
    // What a new one has, or what it is looked for by, where that is all.
    const given = args.slice(0, at + 1).at(-1);
    if (!given) return promise(UNKNOWN);
    const sources = act(it, {
      entity: nameOfModel(it, model, site),
      operation,
      where: owned(relation),
      data: withOwner(relation, oneOf(given)),
      site,
    });
    return promise(recordOf(it, model, sources));
  };
/** What ties others to it, and unties them, is kept beside both. */
const tie =
  (operation: Operation): Method =>
  (it, self, [data], site) => {
    const relation = self.state as Relation;
    act(it, {
      entity: entityName(relation.name),
      operation,
      where: owned(relation),
      data: operation === 'create' ? withOwner(relation, data) : undefined,
      site,
    });
    return promise(UNDEFINED);
  };
/** https://lucid.adonisjs.com/docs/relationships */
const RELATION: LibraryType = {
  name: 'lucid relation',
  methods: {
    query: (it, self, _args, site) => {
      const relation = self.state as Relation;
      const query = queryOf(it, relation.model, site);
      narrow(it, query, owned(relation));
      return query;
    },
    create: make('create'),
    createMany: make('create'),
    save: make('update'),
    saveMany: make('update'),
    firstOrCreate: make('create', 1),
    updateOrCreate: make('update', 1),
    updateOrCreateMany: make('update'),
    fetchOrCreateMany: make('create'),
    attach: tie('create'),
    detach: tie('delete'),
    sync: tie('update'),
    associate: tie('update'),
    dissociate: tie('update'),
  },
};
export function relationOf(
  it: Evaluator,
  model: Model,
  owner: Value,
  args: readonly Value[],
  site: Site,
): Native {
  const name = stringOf(args[0] ?? UNDEFINED) ?? 'relation';
  const whose = nameOfModel(it, model, site);
  return it.native(RELATION, {
    model: related(it, model, name),
    name,
    key: `${whose.charAt(0).toLowerCase()}${whose.slice(1)}Id`,
    owner,
  } satisfies Relation);
}

// ── records ───────────────────────────────────────────────────────────────────────────────────────────────────────
/** What a record does by itself; null for what is none of the library's. */
export function onRecord(
  it: Evaluator,
  model: Model,
  self: Value,
  isNew: boolean,
  name: string,
  args: readonly Value[],
  site: Site,
): Value | null {
  const done = (operation: Operation): Value => {
    const sources = act(it, {
      entity: nameOfModel(it, model, site),
      operation,
      where: operation === 'create' ? record() : unknown(sourcesOf(self)),
      data: operation === 'delete' ? undefined : self.k === 'native' ? heldBy(self) : self,
      site,
    });
    return promise(operation === 'create' ? recordOf(it, model, sources) : self);
  };
  switch (name) {
    case 'save':
    case 'saveQuietly':
      return done(isNew ? 'create' : 'update');
    case 'delete':
    case 'deleteQuietly':
      return done('delete');
    case 'merge':
    case 'fill':
      if (self.k === 'native' || self.k === 'record')
        for (const data of args)
          if (data.k === 'record')
            for (const [column, v] of data.members) it.journal.write(self.members, column, v);
      return self;
    case 'related':
      return relationOf(it, model, self, args, site);
    case 'load':
    case 'loadOnce':
    case 'loadCount': {
      const relation = stringOf(args[0] ?? UNDEFINED);
      if (relation)
        act(it, {
          entity: nameOfModel(it, related(it, model, relation), site),
          operation: 'read',
          where: unknown(sourcesOf(self)),
          isNested: true,
          site,
        });
      return promise(self);
    }
    case 'refresh':
      return promise(self);
    case 'useTransaction':
    case 'useConnection':
    case 'enableForceUpdate':
      return self;
    case 'serialize':
    case 'toJSON':
    case 'toObject':
    case 'serializeAttributes':
      return unknown(sourcesOf(self));
    default:
      return null;
  }
}
export const recordOf = (it: Evaluator, model: Model, sources: readonly string[], data?: Value): Native =>
  makeRecord(it, {
    sources,
    own: classOf(model),
    data,
    method: (e, self, name, args, site) =>
      onRecord(e, model, self, isNewRecord(self), name, args, site) ?? undefined,
  });

// ── queries ───────────────────────────────────────────────────────────────────────────────────────────────────────
const ending =
  (...marks: string[]): Step =>
  (it, query) => {
    for (const name of marks) put(it, query, name, literal(name));
  };
const whenTrue: Step = (it, query, [, then, otherwise], site) => {
  for (const work of [then, otherwise])
    if (work && isCallable(work)) it.aside(() => void it.call(work, [query], UNDEFINED, site));
};
const stepsFor = (model: Model): Readonly<Record<string, Step>> => ({
  ...SQL_STEPS,
  firstOrFail: ending('one', 'failing'),
  paginate: () => {},
  getCount: ending('counted'),
  preload: (it, query, [relation, narrower], site) => {
    const name = stringOf(relation ?? UNDEFINED);
    if (name === null) return;
    const other = related(it, model, name);
    const before = part(query, 'joined');
    put(
      it,
      query,
      'joined',
      list([...listed(before).filter((b) => b !== UNDEFINED), literal(nameOfModel(it, other, site))]),
    );
    if (narrower && isCallable(narrower))
      it.aside(() => void it.call(narrower, [queryOf(it, other, site)], UNDEFINED, site));
  },
  whereHas: (it, query, [relation, narrower], site) => {
    const inner = queryOf(it, related(it, model, stringOf(relation ?? UNDEFINED) ?? ''), site);
    if (narrower && isCallable(narrower)) it.call(narrower, [inner], inner, site);
    const asked = part(inner, 'where');
    if (asked !== UNDEFINED) narrow(it, query, asked);
  },
  if: whenTrue,
  unless: whenTrue,
  exec: (it, query) => promise(it.awaiting(query)),
});
/** Runs it, and yields records of the class. */
function run(it: Evaluator, model: Model, query: Native): Value {
  const done = runSql(it, query);
  const found = done.k === 'promise' ? done.value : done;
  if (textPart(query, 'counted') !== null || textPart(query, 'operation') !== null) return done;
  const one = recordOf(it, model, sourcesOf(found));
  const value = textPart(query, 'one') === null ? recordsOf(it, one) : one;
  return done.k === 'promise' ? { ...done, value } : value;
}
export const queryOf = (it: Evaluator, model: Model, site: Site): Native =>
  makeSqlQuery(it, nameOfModel(it, model, site), site, stepsFor(model), (e, query) => run(e, model, query));
