import type { Evaluator } from '../../wiring/evaluator.js';
import type { LibraryType } from '../../wiring/library.js';
import {
  literal,
  promise,
  sourcesOf,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type Native,
  type Value,
} from '../../wiring/value.js';
import { isRecord, makeRecord } from './record-values.js';
import { ENTITY, entities, type Target } from './mikro-orm-targets.js';
import { persist } from './mikro-orm-unit-of-work.js';

/** A record of an entity, with its collections where it was loaded. */
export function recordOf(
  it: Evaluator,
  { entity, cls }: Target,
  sources: readonly string[],
  data?: Value,
): Native {
  const made = makeRecord(it, { sources, own: cls, data, method: () => undefined });
  made.members.set(ENTITY, literal(entity));
  if (data === undefined)
    for (const [name, field] of entities(it).get(entity)?.fields ?? [])
      if (field.isList) made.members.set(name, makeCollection(it, sources));
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
/** `new Collection(this)`, or what a relation to many is where its record was loaded from `sources`. */
export const makeCollection = (it: Evaluator, sources: readonly string[]): Native =>
  it.native(COLLECTION, sources);
/** Is it one of those? */
export const isCollection = (value: Value): boolean => value.k === 'native' && value.type === COLLECTION;

/** `assign(book, data)`: yields the record, which has the data then. */
export function assign(it: Evaluator, to: Value | undefined, data: Value | undefined): Value {
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
const WRAPPED: LibraryType = {
  name: 'mikro-orm entity helper',
  methods: {
    assign: (it, self, [data]) => assign(it, self.state as Value, data),
    init: (_it, self) => promise(self.state as Value),
    '*': (_it, self) => self.state as Value,
  },
};
/** `wrap(book).assign(data)` */
export const wrap = (it: Evaluator, [entity]: readonly Value[]): Native =>
  it.native(WRAPPED, entity ?? UNKNOWN);
