import { decorationsOf, memberNameOf } from './decorators.js';
import type { Evaluator } from './evaluator.js';
import { constantText, list, UNDEFINED, type ClassValue, type Value } from './value.js';

/** What decorators note of a class or of one of its members, by key: the tables of `reflect-metadata`. */
export interface Note {
  key: Value;
  value: Value;
  member: string | null;
}
/** Which notes have been read, and which keys were asked for; whoever wants to know empties them before. */
export const readings = (it: Evaluator): { notes: Set<Note>; keys: Value[] } =>
  it.stateOf('metadata:readings', () => ({ notes: new Set<Note>(), keys: [] as Value[] }));
/** What is noted of a member of a class, or of the class as a whole. */
export const notesOn = (it: Evaluator, cls: ClassValue, member: string): Note[] => {
  decorationsOf(it, cls);
  return entriesOf(it, cls).filter((n) => n.member === member || n.member === null);
};
const entriesOf = (it: Evaluator, cls: ClassValue): Note[] => {
  const tables = it.stateOf('metadata', () => new Map<ClassValue, Note[]>());
  const known = tables.get(cls) ?? [];
  tables.set(cls, known);
  return known;
};
export const sameKey = (a: Value, b: Value): boolean =>
  a === b || (constantText(a) !== null && constantText(a) === constantText(b));

/** What decorators are given, or what a guard asks about: a class, its prototype with a name, or a method. */
function ownerOf(
  it: Evaluator,
  target: Value | undefined,
  name: Value | undefined,
): { cls: ClassValue; member: string | null } | null {
  const member = name ? constantText(name) : null;
  if (target?.k === 'class') return { cls: target, member };
  if (target?.k === 'function' && target.home) return { cls: target.home, member: memberNameOf(it, target) };
  const cls = target?.k === 'record' ? (target.members.get('constructor') ?? target.cls) : null;
  return cls?.k === 'class' ? { cls, member } : null;
}
export function defineMetadata(
  it: Evaluator,
  key: Value,
  value: Value,
  target: Value | undefined,
  name?: Value,
): void {
  const owner = ownerOf(it, target, name);
  // What is applied last is what stands.
  if (owner) entriesOf(it, owner.cls).unshift({ key, value, member: owner.member });
}
/** Looked up as `Reflect.getMetadata` does: a class has what its base classes have. Undefined when nobody noted it. */
export function metadataOf(it: Evaluator, key: Value, target: Value | undefined, name?: Value): Value {
  const owner = ownerOf(it, target, name);
  const { notes, keys } = readings(it);
  if (!keys.includes(key)) keys.push(key);
  for (let cls: Value | null = owner?.cls ?? null; cls?.k === 'class'; cls = cls.base) {
    decorationsOf(it, cls);
    const found = entriesOf(it, cls).find((e) => e.member === owner!.member && sameKey(e.key, key));
    if (found) {
      notes.add(found);
      return found.value;
    }
  }
  return UNDEFINED;
}
export function metadataKeysOf(it: Evaluator, target: Value | undefined, name?: Value): Value {
  const owner = ownerOf(it, target, name);
  if (!owner) return list([]);
  const keys = entriesOf(it, owner.cls).filter((e) => e.member === owner.member);
  return list(keys.map((e) => e.key));
}
/** A decorator that notes a value under a key, applied to a class or a method. */
export const noteMetadata = (
  it: Evaluator,
  key: Value,
  value: Value,
  [target, name, descriptor]: readonly Value[],
): void =>
  // The third argument of a parameter decorator is a position.
  defineMetadata(it, key, value, target, descriptor?.k === 'record' ? name : undefined);
