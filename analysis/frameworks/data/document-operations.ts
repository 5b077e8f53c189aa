import { list, listed, sourcesOf, unknown, type Value } from '../../wiring/value.js';
import type { Operation } from './record-queries.js';

/** What the first argument is. */
export type Shape = 'filter' | 'key' | 'data' | 'stages';
/** Operations of a collection, as MongoDB's driver and Mongoose name them. */
export const OPERATIONS: Readonly<Record<string, readonly [Operation, Shape]>> = {
  find: ['list', 'filter'],
  findOne: ['read', 'filter'],
  findById: ['read', 'key'],
  exists: ['read', 'filter'],
  count: ['list', 'filter'],
  countDocuments: ['list', 'filter'],
  estimatedDocumentCount: ['list', 'filter'],
  paginate: ['list', 'filter'],
  aggregate: ['list', 'stages'],
  create: ['create', 'data'],
  insertMany: ['create', 'data'],
  insertOne: ['create', 'data'],
  update: ['update', 'filter'],
  updateOne: ['update', 'filter'],
  updateMany: ['update', 'filter'],
  replaceOne: ['update', 'filter'],
  findOneAndUpdate: ['update', 'filter'],
  findOneAndReplace: ['update', 'filter'],
  findByIdAndUpdate: ['update', 'key'],
  bulkWrite: ['update', 'stages'],
  deleteOne: ['delete', 'filter'],
  deleteMany: ['delete', 'filter'],
  remove: ['delete', 'filter'],
  findOneAndDelete: ['delete', 'filter'],
  findOneAndRemove: ['delete', 'filter'],
  findByIdAndDelete: ['delete', 'key'],
  findByIdAndRemove: ['delete', 'key'],
};
/** Operations that yield how many there are. */
export const COUNTS = /count/i;
/** `$match` of a pipeline asks. */
export function askedBy(stages: Value): Value {
  const each = listed(stages);
  return list(
    each.flatMap((s) =>
      s.k === 'record'
        ? s.members.has('$match')
          ? [s.members.get('$match')!]
          : []
        : [unknown(sourcesOf(s))],
    ),
  );
}
