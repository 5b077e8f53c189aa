import type { ClassMember, Declarator } from '../syntax/ast.js';
import { typed } from './binding.js';
import type { Evaluator } from './evaluator.js';
import { UNFILLED } from './unfilled-sources.js';
import type { ModuleInstance } from './instance.js';
import { filledBySetters, type Place } from './setters.js';
import { isNullish, UNDEFINED, unknown, UNKNOWN, type List, type Value } from './value.js';

const unfilled = (it: Evaluator): List[] => it.stateOf('unfilled lists', () => []);

/** A variable or field begins as an empty list. */
export function noteUnfilled(it: Evaluator, value: Value | undefined): void {
  if (it.recorder === null && value?.k === 'list' && value.elements.length === 0 && !value.open)
    unfilled(it).push(value);
}

/** A variable or member in which nothing is yet. */
interface Unset {
  map: Map<string, Value>;
  name: string;
  type: string | null;
  module: ModuleInstance;
}
const unset = (it: Evaluator): Unset[] => it.stateOf('unset variables', () => []);

/** A variable, or what it holds, begins without a value, and is given one by functions that do nothing else with it. */
export function noteUnset(
  it: Evaluator,
  declarator: Declarator,
  value: Value,
  variables: Map<string, Value>,
  module: ModuleInstance,
): void {
  const { target, type, init } = declarator;
  if (it.recorder !== null || target.k !== 'identifier') return;
  const note = (place: Place, map: Map<string, Value>, name: string, type: string | null): void => {
    if (filledBySetters(module.module).has(place)) unset(it).push({ map, name, type, module });
  };
  if (isNullish(value)) note(declarator, variables, target.name, type);
  if (value.k !== 'record' || init?.k !== 'object') return;
  for (const p of init.properties)
    if (p.k === 'property' && typeof p.key === 'string' && p.kind === 'init') {
      const held = value.members.get(p.key);
      if (held && isNullish(held)) note(p, value.members, p.key, null);
    }
}
/** The same of a field that a class itself has. */
export function noteUnsetField(
  it: Evaluator,
  field: ClassMember & { k: 'field' },
  members: Map<string, Value>,
  module: ModuleInstance,
): void {
  const { name, type } = field;
  const value = typeof name === 'string' ? members.get(name) : undefined;
  if (it.recorder === null && typeof name === 'string' && value && isNullish(value))
    if (filledBySetters(module.module).has(field)) unset(it).push({ map: members, name, type, module });
}

/**
 * Once a program stands, what nothing of it has filled is filled by requests, in whatever order they come, or by what was not
 * followed so far: what is in it is not known, and it is not empty.
 */
export function expectFilled(it: Evaluator): void {
  for (const list of unfilled(it).splice(0)) if (list.elements.length === 0) list.open ??= UNKNOWN;
  for (const { map, name, type, module } of unset(it).splice(0)) {
    const value = map.get(name);
    if (value && isNullish(value)) map.set(name, expected(it, type, module));
  }
}
function expected(it: Evaluator, type: string | null, module: ModuleInstance): Value {
  const text = type
    ?.replace(/^\s*:/, '')
    .replace(/\|\s*(?:null|undefined)\b|\b(?:null|undefined)\s*\|/g, '')
    .trim();
  const ofSetter = unknown([UNFILLED]);
  // A switch that nobody has thrown is off.
  if (text === 'boolean') return UNDEFINED;
  return text ? typed(it, text, ofSetter, module) : ofSetter;
}
