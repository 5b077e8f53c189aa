import type { LibraryModel } from '../../wiring/library.js';
import { literal, promise, UNKNOWN } from '../../wiring/value.js';
import { makeConnection, makeRegister } from './mongoose-connections.js';
import { define } from './mongoose-define.js';
import { makeSchema } from './mongoose-schemas.js';

/** https://mongoosejs.com/docs/api/model.html */
export const mongoose: LibraryModel = {
  name: 'mongoose',
  packages: ['mongoose'],
  about: {
    title: 'Mongoose',
    registers:
      'nothing; operations of models, queries and documents are effects, entities are the names of models',
    guards:
      "filters with the caller's identity are ownership, also under `$and`, in each branch of `$or`, and by `where`",
    answers: '',
    limits: 'hooks (`pre`, `post`) and plugins; stages of a pipeline other than `$match`',
  },
  calls: {
    Schema: makeSchema,
    model: (it, [name, schema]) => define(it, name, schema),
    createConnection: makeConnection,
    connect: () => promise(UNKNOWN),
  },
  member: (it, path) =>
    path.join('.') === 'models'
      ? makeRegister(it)
      : path.join('.') === 'connection'
        ? makeConnection(it)
        : null,
  typed: (it, type) => {
    const entity =
      /^(?:mongoose\.)?(?:Model|PaginateModel|AggregateModel)\s*<\s*(?!any\b|unknown\b|[A-Z]\b)(?:I(?=[A-Z]))?(\w+?)(?:Document|Doc|Model)?\s*[,>]/.exec(
        type,
      )?.[1];
    return entity && it.loader.uses('mongoose') ? define(it, literal(entity), undefined) : null;
  },
};
/** https://typegoose.github.io/typegoose: a class stands for the schema. */
export const typegoose: LibraryModel = {
  name: 'typegoose',
  packages: ['@typegoose/typegoose'],
  calls: {
    getModelForClass: (it, [cls]) =>
      cls?.k === 'class' ? define(it, literal(cls.node.name ?? 'document'), undefined, cls) : UNKNOWN,
  },
  typed: (it, type) => {
    const entity = /^ReturnModelType\s*<\s*typeof\s+(\w+)/.exec(type)?.[1];
    return entity ? define(it, literal(entity), undefined) : null;
  },
};
