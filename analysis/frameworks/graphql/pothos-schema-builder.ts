import type { Evaluator } from '../../wiring/evaluator.js';
import type { LibraryType, Method } from '../../wiring/library.js';
import {
  builtin,
  optionIn,
  textOf,
  UNDEFINED,
  UNKNOWN,
  type Native,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { makeSchema } from './graphql-schema.js';
import { builders, declaredIn, define, type Builder } from './pothos-declared.js';
import { makeField } from './pothos-field-builder.js';
import { fieldsOf } from './pothos-fields.js';
import { isTrue } from './pothos-options.js';
import { nameOf, refTo } from './pothos-refs.js';
import { inputRef } from './pothos-validation.js';

/** `new SchemaBuilder(options)` */
export function makeBuilder(it: Evaluator, options: Value | undefined, site: Site): Native {
  const state: Builder = { options: options ?? UNDEFINED, site, types: new Map(), waiting: [] };
  const builder = it.native(BUILDER, state);
  builders(it).push(builder);
  return builder;
}

const SCHEMA = '*schema*';
/** Was a schema made of what has been declared? */
export const isBuilt = (builder: Native): boolean => builder.members.has(SCHEMA);
/** `builder.toSchema(options)`: all of them are the first one. */
export function toSchema(it: Evaluator, builder: Native, options: Value | undefined, site: Site): Native {
  const known = builder.members.get(SCHEMA);
  if (known?.k === 'native') return known;
  const schema = makeSchema(it, {
    framework: 'pothos',
    site,
    fields: () => fieldsOf(it, builder, isTrue(optionIn(options, 'disableScopeAuth'))),
  });
  builder.members.set(SCHEMA, schema);
  return schema;
}

const writtenName = (name: Value | undefined): string => (name && textOf(name)) ?? '?';
const root =
  (type: string): Method =>
  (it, self, [options], site) => {
    define(self, type, options ?? UNDEFINED, site);
    return refTo(it, self, type);
  };
const rootFields =
  (type: string): Method =>
  (it, self, [make], site) => {
    if (make) declaredIn(self).waiting.push({ type, one: null, make, site });
    return refTo(it, self, type);
  };
const rootField =
  (type: string): Method =>
  (it, self, [name, make], site) => {
    const one = writtenName(name);
    if (make) declaredIn(self).waiting.push({ type, one, make, site });
    return refTo(it, self, type);
  };
const object: Method = (it, self, [type, options], site) => {
  const name = nameOf(it, type, options ?? UNDEFINED);
  define(self, name, options ?? UNDEFINED, site);
  return refTo(it, self, name);
};
const fieldsOfType: Method = (it, self, [type, make], site) => {
  if (make) declaredIn(self).waiting.push({ type: nameOf(it, type, UNDEFINED), one: null, make, site });
  return type ?? UNKNOWN;
};
const fieldOfType: Method = (it, self, [type, name, make], site) => {
  const one = writtenName(name);
  if (make) declaredIn(self).waiting.push({ type: nameOf(it, type, UNDEFINED), one, make, site });
  return type ?? UNKNOWN;
};
const input: Method = (it, self, [name, options]) => inputRef(it, self, writtenName(name), options);
/** https://pothos-graphql.dev/docs/api/schema-builder */
const BUILDER: LibraryType = {
  name: 'schema builder',
  methods: {
    queryType: root('Query'),
    mutationType: root('Mutation'),
    subscriptionType: root('Subscription'),
    queryFields: rootFields('Query'),
    mutationFields: rootFields('Mutation'),
    subscriptionFields: rootFields('Subscription'),
    queryField: rootField('Query'),
    mutationField: rootField('Mutation'),
    subscriptionField: rootField('Subscription'),
    relayMutationField: (it, self, [name, , options], site) => {
      const one = writtenName(name);
      const made = makeField(it, { method: 'field', options: options ?? UNDEFINED, site, scopes: null });
      declaredIn(self).waiting.push({ type: 'Mutation', one, make: builtin('field', () => made), site });
      return UNKNOWN;
    },
    inputType: input,
    inputRef: input,
    toSchema: (it, self, [options], site) => toSchema(it, self, options, site),
    toSubGraphSchema: (it, self, [options], site) => toSchema(it, self, options, site),
  },
  get: (it, self, name) => {
    if (BUILDER.methods[name] || self.members.has(name)) return null;
    const as = (method: Method): Value => builtin(name, (args, _self, site) => method(it, self, args, site));
    if (/(?:Object|Interface|Node)Fields$|^(?:object|interface)Fields$/.test(name)) return as(fieldsOfType);
    if (/(?:Object|Interface|Node)Field$|^(?:object|interface)Field$/.test(name)) return as(fieldOfType);
    if (name.endsWith('Ref'))
      return as((_i, b, [type, options]) => refTo(it, b, nameOf(it, type, options ?? UNDEFINED)));
    if (/(?:Object|Interface|Node)$|^(?:object|interface)Type$|^(?:node|interface|object)$/.test(name))
      return as(object);
    return null;
  },
};
