import type { Evaluator } from '../../wiring/evaluator.js';
import { optionIn, type Native, type Site, type Value } from '../../wiring/value.js';

/** What a `new SchemaBuilder(options)` has been told. */
export interface Builder {
  options: Value;
  site: Site;
  types: Map<string, TypeState>;
  /** Functions that make fields, run when all wiring has been. `one`: the name, where they make a single field. */
  waiting: { type: string; one: string | null; make: Value; site: Site }[];
}
/** A type, with what it was declared with first. */
export interface TypeState {
  options: Value;
  site: Site;
}
/** The builders of the program. */
export const builders = (it: Evaluator): Native[] => it.stateOf<Native[]>('pothos', () => []);
/** What one has been told. */
export const declaredIn = (builder: Native): Builder => builder.state as Builder;
/** Declares a type, whose fields are made later. */
export function define(builder: Native, name: string, options: Value, site: Site): void {
  const { types, waiting } = declaredIn(builder);
  if (!types.has(name)) types.set(name, { options, site });
  const fields = optionIn(options, 'fields');
  if (fields) waiting.push({ type: name, one: null, make: fields, site });
}
