import type { Evaluator } from '../../wiring/evaluator.js';
import { mergeSources, type Source } from '../../wiring/fact.js';
import type { LibraryModel, LibraryType, Method } from '../../wiring/library.js';
import {
  list,
  literal,
  optionsOf,
  promise,
  record,
  sourcesOf,
  textOf,
  UNDEFINED,
  unknown,
  type Native,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { act, type Operation } from './record-queries.js';
import { heldBy, isNewRecord, isRecord, makeRecord, recordsOf } from './record-values.js';
import { sqlEffects } from './sql.js';
import { entityName } from './sql-statements.js';

const beanOf = (it: Evaluator, type: Value | undefined, found: Value | null): Native => {
  const bean = makeRecord(it, {
    sources: found ? sourcesOf(found) : [],
    data: found ? undefined : record(),
    method: (_it, self, name) => (/^(import|export|toJSON)$/.test(name) ? self : undefined),
  });
  if (type) bean.members.set('*type*', type);
  return bean;
};
/** `R.findOne('boat', ' id = ? AND owner_id = ? ', [id, owner])`: the end of a statement, and what fills it. */
function select(it: Evaluator, [type, condition, bound]: readonly Value[], begin: string, site: Site): Value {
  const table = (type && textOf(type)) ?? 'bean';
  const end = (condition && textOf(condition))?.trim() ?? '';
  const where = end === '' || /^(where|order|limit|group)\b/i.test(end) ? end : `WHERE ${end}`;
  const text = literal(`${begin} FROM \`${table}\` ${where}`);
  return it.awaiting(sqlEffects(it, [text, bound ?? list([])], site) ?? unknown());
}
const find: Method = (it, _self, args, site) =>
  promise(recordsOf(it, beanOf(it, args[0], select(it, args, 'SELECT *', site))));
const findOne: Method = (it, _self, args, site) =>
  promise(beanOf(it, args[0], select(it, args, 'SELECT *', site)));
/** `let bean = await R.findOne(…); if (!bean) bean = R.dispense(…)`: what is stored may be either. */
function change(it: Evaluator, given: Value | undefined, operation: Operation, site: Site): Value {
  const beans = optionsOf(given ?? UNDEFINED).flatMap(({ value }) => (isRecord(value) ? [value] : []));
  return promise(unknown(mergeSources(...beans.map((bean) => changeOne(it, bean, operation, site)))));
}
function changeOne(it: Evaluator, bean: Native, operation: Operation, site: Site): readonly Source[] {
  const isNew = isNewRecord(bean) && operation === 'update';
  const type = bean.members.get('*type*');
  return act(it, {
    entity: entityName((type && textOf(type)) ?? 'bean'),
    operation: isNew ? 'create' : operation,
    where: unknown(sourcesOf(bean)),
    data: isNew ? heldBy(bean) : undefined,
    site,
  });
}
const run: Method = (it, _self, args, site) => sqlEffects(it, args, site) ?? promise(unknown());
const R: LibraryType = {
  name: 'redbean',
  methods: {
    find,
    findAll: find,
    findOne,
    load: (it, _self, [type, id], site) =>
      findOne(it, _self, [type ?? UNDEFINED, literal('id = ?'), list([id ?? UNDEFINED])], site),
    count: (it, _self, args, site) =>
      promise(unknown(['count', ...sourcesOf(select(it, args, 'SELECT *', site))])),
    dispense: (it, _self, [type]) => beanOf(it, type, null),
    store: (it, _self, [bean], site) => change(it, bean, 'update', site),
    trash: (it, _self, [bean], site) => change(it, bean, 'delete', site),
    trashAll: (it, _self, [beans], site) => {
      const one = beans?.k === 'native' ? beans.type.get?.(it, beans, '0', site) : undefined;
      return change(it, one ?? undefined, 'delete', site);
    },
    exec: run,
    getAll: run,
    getRow: run,
    getCol: run,
    getCell: run,
    convertToBean: (it, _self, [type, row]) => beanOf(it, type, row ?? unknown()),
    convertToBeans: (it, _self, [type, rows]) => recordsOf(it, beanOf(it, type, rows ?? unknown())),
    isoDateTime: () => unknown(),
  },
};

/** https://github.com/louislam/redbean-node */
export const redbean: LibraryModel = {
  name: 'redbean',
  packages: ['redbean-node'],
  about: {
    title: 'RedBeanNode',
    registers:
      'nothing; what is found, stored, trashed or executed is an effect, entities are the types of beans',
    guards: "conditions that compare a column with the caller's identity are ownership",
    answers: '',
    limits: 'classes of beans that are loaded by their file name; shared and own lists',
  },
  calls: {},
  member: (it, path) =>
    path.join('.') === 'R' ? it.stateOf<Native>('redbean', () => it.native(R, null)) : null,
};
