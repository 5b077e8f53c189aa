import type { LibraryType, Operation } from '../../wiring/library.js';
import { optionIn, record, stringOf, type Native, type Record_, type Value } from '../../wiring/value.js';

/** What a schema says of the models that are made with it. */
export interface Schema {
  /** Fields by name; null where they could not be followed. */
  fields: Record_ | null;
  statics: Record_;
  methods: Record_;
}
const schemaOf = (self: Native): Schema => self.state as Schema;

const CLASS = '*class*';
const SCHEMA: LibraryType = {
  name: 'mongoose schema',
  methods: {
    '*': (_it, self) => self,
    add: (_it, self, [more]) => {
      const { fields } = schemaOf(self);
      if (fields && more?.k === 'record') for (const [name, v] of more.members) fields.members.set(name, v);
      return self;
    },
    static: (_it, self, [name, fn]) => {
      addFunctions(schemaOf(self).statics, name, fn);
      return self;
    },
    method: (_it, self, [name, fn]) => {
      addFunctions(schemaOf(self).methods, name, fn);
      return self;
    },
    loadClass: (_it, self, [cls]) => {
      if (cls) self.members.set(CLASS, cls);
      return self;
    },
  },
  set: (_it, self, name, value) => {
    if (name !== 'statics' && name !== 'methods') return false;
    addFunctions(schemaOf(self)[name], value);
    return true;
  },
  get: (_it, self, name) =>
    name === 'statics' ? schemaOf(self).statics : name === 'methods' ? schemaOf(self).methods : null,
};
/** `{ name: fn }`, or `name, fn` */
function addFunctions(to: Record_, name: Value | undefined, fn?: Value): void {
  if (name?.k === 'record') for (const [key, value] of name.members) to.members.set(key, value);
  else if (name && fn && stringOf(name) !== null) to.members.set(stringOf(name)!, fn);
}
/** `new Schema({ … }, { statics, methods })` */
export const makeSchema: Operation = (it, [fields, options]) => {
  const given = (name: string): Record_ => {
    const found = optionIn(options, name);
    return found?.k === 'record' ? found : record();
  };
  const state: Schema = {
    fields: fields?.k === 'record' ? fields : null,
    statics: given('statics'),
    methods: given('methods'),
  };
  return it.native(SCHEMA, state);
};
/** The schema that a value is, with the class that was loaded into it. */
export const readSchema = (value: Value | undefined): { schema: Schema; cls: Value | null } | null =>
  value?.k === 'native' && value.type === SCHEMA
    ? { schema: schemaOf(value), cls: value.members.get(CLASS) ?? null }
    : null;
