import type { Evaluator } from '../../wiring/evaluator.js';
import { optionIn, stringOf, type Native, type Value } from '../../wiring/value.js';
import type { Schema } from './mongoose-schemas.js';

/** What is known of a model. */
export interface Model {
  name: string;
  schema: Schema | null;
  /** Of a class that stands for the schema: what its records and the model have. */
  cls: Value | null;
}
/** The name of the type of values that are models. */
export const MODEL_TYPE = 'mongoose model';
/** What is known of one. */
export const modelOf = (self: Native): Model => self.state as Model;
/** The models of the program by their names. */
export const models = (it: Evaluator): Map<string, Native> => it.stateOf('mongoose:models', () => new Map());

/** A function that the model itself has: a static of its schema, or of its class. */
export function staticOf({ schema, cls }: Model, name: string): Value | null {
  return schema?.statics.members.get(name) ?? (cls?.k === 'class' ? (cls.members.get(name) ?? null) : null);
}
/** What a schema says of a field, or of what its list holds. */
function fieldOf({ schema }: Model, field: string): Value | undefined {
  const found = schema?.fields?.members.get(field.split('.')[0]!);
  const one = found?.k === 'list' ? found.elements[0] : found;
  const type = optionIn(one, 'type');
  return type?.k === 'list' ? type.elements[0] : one;
}
/** The entity that a field refers to: `{ type: ObjectId, ref: 'Boat' }`, or a list of such. */
export function refOf(model: Model, field: string): string | null {
  const ref = optionIn(fieldOf(model, field), 'ref');
  return ref?.k === 'native' && ref.type.name === MODEL_TYPE ? modelOf(ref).name : ref ? stringOf(ref) : null;
}
/** It holds the key of another record, also where it is not said of which kind: `{ type: ObjectId, required: true }`. */
export function isTie(model: Model, field: string): boolean {
  const found = fieldOf(model, field);
  const type = optionIn(found, 'type') ?? found;
  return refOf(model, field) !== null || (type?.k === 'external' && type.path.at(-1) === 'ObjectId');
}
