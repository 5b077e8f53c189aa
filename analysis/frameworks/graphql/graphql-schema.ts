import type { Place } from '../../model/model.js';
import type { Evaluator } from '../../wiring/evaluator.js';
import { yieldsItself, type LibraryType } from '../../wiring/library.js';
import type { AppliedLink } from '../../wiring/recorder.js';
import type { Native, Site, Value } from '../../wiring/value.js';
import type { SdlDirective } from './graphql-sdl.js';

/** A field that a schema resolves by a function. */
export interface Field {
  /** `Type.field` */
  name: string;
  /** Null: its parent's member of that name. */
  resolve: Value | null;
  /** Of a subscription: what yields the events that `resolve` is then given. */
  subscribe?: Value | null;
  site: Site;
  /** Where it is declared, when that is not in code. */
  place?: Place | undefined;
  self?: Value;
  /** Directives that nothing has been made of so far. */
  directives?: readonly SdlDirective[];
  /** What the library that made the schema runs in front of the resolver. */
  chain?(it: Evaluator, call: FieldCall): Iterable<AppliedLink>;
  /** That stands in front of `subscribe` too. */
  guardsSubscribe?: boolean;
  /** Arguments of its resolver, where they are not the usual four. */
  given?(call: FieldCall): Value[];
  /** What was laid around it before its schema became part of another, innermost first. */
  layers?: readonly Layer[];
}
/** `(parent, args, context, info)`, as resolvers and what stands in front of them are called. */
export interface FieldCall {
  parent: Value;
  args: Value;
  context: Value;
  info: Value;
}
/** What a function over schemas puts around the fields: middleware in front, or other resolvers in their place. */
export interface Layer {
  links?(it: Evaluator, field: Field, call: FieldCall): Iterable<AppliedLink>;
  map?(it: Evaluator, field: Field): Field;
}
export interface Schema {
  framework: string;
  site: Site;
  /** Its fields, asked for when all wiring has run. */
  fields(it: Evaluator): Iterable<Field>;
  /** Innermost first. */
  layers: readonly Layer[];
  /** It became part of another: served by itself only where a server has it. */
  isPart: boolean;
  isServed: boolean;
  /** What was made of it, by the place: code that is run twice makes it once. */
  derived?: Map<string, Native>;
}
export const schemas = (it: Evaluator): Native[] => it.stateOf<Native[]>('graphql:schemas', () => []);
export const stateOfSchema = (schema: Native): Schema => schema.state as Schema;
/** Whichever library made it: servers take any, and what transforms schemas too. */
export const SCHEMA: LibraryType = {
  name: 'graphql schema',
  methods: { toConfig: yieldsItself },
  // Older graphql-middleware says the new schema twice.
  get: (_it, self, name) => (name === 'schema' ? self : null),
};
export function makeSchema(
  it: Evaluator,
  made: Pick<Schema, 'framework' | 'site' | 'fields'> & Partial<Schema>,
): Native {
  const schema = it.native(SCHEMA, { layers: [], isPart: false, isServed: false, ...made } satisfies Schema);
  schemas(it).push(schema);
  return schema;
}
/** Schemas in what is given for one: itself, a promise of it, one or another. */
export function schemasIn(value: Value | undefined): Native[] {
  switch (value?.k) {
    case 'native':
      return value.type === SCHEMA ? [value] : [];
    case 'promise':
      return schemasIn(value.value);
    case 'choice':
      return value.options.flatMap((o) => schemasIn(o.value));
    default:
      return [];
  }
}
/** The schema with something more around its fields; null where none is known. What is made at one place is one. */
export function withLayers(
  it: Evaluator,
  given: Value | undefined,
  layers: readonly Layer[],
  site: Site | null = null,
): Native | null {
  const made = schemasIn(given).map((schema) => {
    const state = stateOfSchema(schema);
    state.isPart = true;
    const key = site && `${site.module.path}:${site.line}`;
    const known = key === null ? undefined : state.derived?.get(key);
    if (known) return known;
    const derived = makeSchema(it, {
      ...state,
      layers: [...state.layers, ...layers],
      isPart: false,
      isServed: false,
      derived: new Map(),
    });
    if (key !== null) (state.derived ??= new Map()).set(key, derived);
    return derived;
  });
  return made[0] ?? null;
}
/** One schema of several, each with what it has around its fields. */
export function merged(it: Evaluator, parts: readonly Native[], site: Site): Native | null {
  if (parts.length === 0) return null;
  for (const part of parts) stateOfSchema(part).isPart = true;
  const { framework } = stateOfSchema(parts[0]!);
  return makeSchema(it, {
    framework,
    site,
    *fields() {
      for (const part of parts) {
        const { layers, fields } = stateOfSchema(part);
        for (const field of fields(it)) yield { ...field, layers: [...(field.layers ?? []), ...layers] };
      }
    },
  });
}
/** Variables, and members of objects in variables, that hold a value: what people call it. */
export function namesOf(it: Evaluator): ReadonlyMap<Value, string> {
  const names = new Map<Value, string>();
  for (const { scope } of it.modules.loaded)
    for (const [name, value] of scope.variables) {
      if (!names.has(value)) names.set(value, name);
      if (value.k === 'record')
        for (const [member, inner] of value.members) if (!names.has(inner)) names.set(inner, member);
    }
  return names;
}
