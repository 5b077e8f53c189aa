import type { Evaluator } from '../../wiring/evaluator.js';
import type { LibraryType, Method } from '../../wiring/library.js';
import {
  isCallable,
  literal,
  record,
  sourcesOf,
  stringOf,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type Value,
} from '../../wiring/value.js';
import { OPERATIONS } from './document-operations.js';
import { documentOf } from './mongoose-documents.js';
import { modelOf, models, MODEL_TYPE, staticOf, type Model } from './mongoose-models.js';
import { queryOf, start } from './mongoose-queries.js';
import { STEPS } from './mongoose-query-steps.js';
import { readSchema } from './mongoose-schemas.js';

/** The model of a name, which may be asked for before it is given its schema. */
export function define(
  it: Evaluator,
  name: Value | undefined,
  schema: Value | undefined,
  cls: Value | null = null,
): Value {
  const text = name ? stringOf(name) : null;
  const known = text === null ? undefined : models(it).get(text);
  if (known && !schema) return known;
  const found = readSchema(schema);
  const state: Model = {
    name: text ?? 'document',
    schema: found?.schema ?? null,
    cls: found?.cls ?? cls,
  };
  if (known) {
    // Named before it was defined: it is the same model.
    if (found) Object.assign(modelOf(known), state);
    return known;
  }
  const made = it.native(MODEL, state);
  if (text !== null) models(it).set(text, made);
  return made;
}

const call: Method = (it, self, [given, ...args], site) => {
  const model = modelOf(self);
  const name = stringOf(given ?? UNDEFINED) ?? '';
  const own = staticOf(model, name);
  if (own && isCallable(own)) return it.call(own, args, self, site);
  if (Object.hasOwn(OPERATIONS, name)) return start(it, model, name, args, site);
  // `Model.where('owner').equals(…)`
  if (name === 'where' || name === 'populate' || name === 'select') {
    const query = queryOf(it, model, site);
    STEPS[name]!(it, query, args, site);
    return query;
  }
  if (name === 'hydrate') return documentOf(it, model, sourcesOf(args[0] ?? UNKNOWN));
  if (name === 'discriminator') return define(it, args[0], args[1]);
  it.handToUnknown(args, [], site);
  return unknown(args.flatMap((a) => sourcesOf(a)));
};
const MODEL: LibraryType = {
  name: MODEL_TYPE,
  methods: { '*': call },
  call: (it, self, [data]) => documentOf(it, modelOf(self), [], data ?? record()),
  get: (_it, self, name) =>
    name === 'modelName' || name === 'name' ? literal(modelOf(self).name) : staticOf(modelOf(self), name),
};
