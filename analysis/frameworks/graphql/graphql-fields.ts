import { decorationsOf, type Decoration } from '../../wiring/decorators.js';
import type { Evaluator } from '../../wiring/evaluator.js';
import { disjunction, type Fact } from '../../wiring/fact.js';
import { classNamed } from '../../wiring/injection.js';
import type { ModuleInstance } from '../../wiring/instance.js';
import type { AppliedLink } from '../../wiring/recorder.js';
import { UNDEFINED, type ClassValue, type Value } from '../../wiring/value.js';
import type { Place } from '../../model/model.js';

/** A field of `Query`, `Mutation` or `Subscription`: the way to the types that it returns. */
interface Root {
  name: string;
  returns: readonly ClassValue[];
  facts: readonly Fact[];
  place: Place;
}
/** Which types lead to which, and from where; gathered while handlers are looked at. */
export interface Fields {
  roots: Root[];
  /** Types that fields resolved by methods return, by the name of their own type. */
  resolved: Map<string, ClassValue[]>;
}

/** The classes that a decorator's type function or a written type name: `() => [User]`, `Promise<User[]>`. */
export function typesOf(
  it: Evaluator,
  mark: Decoration,
  written: string | null,
  module: ModuleInstance,
): ClassValue[] {
  for (const arg of mark.args) {
    if (arg.k !== 'function') continue;
    const found: Value[] = [];
    it.attempt(it.place(mark.site), () => {
      it.withBudget(1_000, () => {
        it.quietly(() => void found.push(it.call(arg, [UNDEFINED], UNDEFINED, mark.site)));
      });
    });
    return found.flatMap((v) => classesIn(v));
  }
  const names = written?.match(/[A-Za-z_$][\w$]*/g) ?? [];
  return names.flatMap((name) => classNamed(it, name, module) ?? []);
}
const classesIn = (value: Value): ClassValue[] =>
  value.k === 'class' ? [value] : value.k === 'list' ? value.elements.flatMap(classesIn) : [];

/** Types that the fields of a type have, those of its base classes included. */
function fieldTypes(it: Evaluator, type: ClassValue): ClassValue[] {
  const found: ClassValue[] = [];
  for (let cls: Value | null = type; cls?.k === 'class'; cls = cls.base) {
    const { members } = decorationsOf(it, cls);
    for (const member of cls.node.members) {
      if (member.k === 'staticBlock' || typeof member.name !== 'string') continue;
      const field = members.get(member.name)?.find((d) => d.name === 'Field' || d.name === 'FilterableField');
      const written = member.k === 'field' ? member.type : member.fn.returnType;
      if (field) found.push(...typesOf(it, field, written, cls.module));
    }
  }
  return found;
}
/** The root fields through which a type is reached, by its name. */
function rootsByType(
  it: Evaluator,
  fields: Fields,
  nameOf: (cls: ClassValue) => string,
): Map<string, Root[]> {
  const next = new Map<ClassValue, ClassValue[]>();
  const onward = (cls: ClassValue): ClassValue[] => {
    let known = next.get(cls);
    if (!known)
      next.set(cls, (known = [...fieldTypes(it, cls), ...(fields.resolved.get(nameOf(cls)) ?? [])]));
    return known;
  };
  const found = new Map<string, Root[]>();
  for (const root of fields.roots) {
    const seen = new Set<ClassValue>(root.returns);
    for (const cls of seen) {
      for (const other of onward(cls)) seen.add(other);
      const name = nameOf(cls);
      const list = found.get(name) ?? [];
      if (!list.includes(root)) list.push(root);
      found.set(name, list);
    }
  }
  return found;
}
/**
 * What holds in front of a field of a type: what every root field that leads to it requires. Opaque where none is
 * known that does.
 */
export function linksToFields(
  it: Evaluator,
  fields: Fields,
  nameOf: (cls: ClassValue) => string,
): (type: string, place: Place) => AppliedLink {
  const byType = rootsByType(it, fields, nameOf);
  return (type, place) => {
    const roots = byType.get(type) ?? [];
    const name = roots.length === 0 ? `whatever returns ${type}` : describe(roots);
    const facts = shared(roots);
    return {
      name,
      arguments: [],
      place: roots[0]?.place ?? place,
      definition: null,
      facts,
      opaque: roots.length === 0,
    };
  };
}
const describe = (roots: readonly Root[]): string =>
  roots.length === 1 ? roots[0]!.name : `${roots[0]!.name} and ${roots.length - 1} more`;
/** What all of them require, and of the rest: what one or another does, where that is short enough to say. */
function shared(roots: readonly Root[]): readonly Fact[] {
  if (roots.length === 0) return [];
  const common = roots[0]!.facts.filter((f) =>
    roots.every((r) => r.facts.some((o) => meaning(o) === meaning(f))),
  );
  const said = new Set(common.map(meaning));
  const rests = new Map<string, readonly Fact[]>();
  for (const { facts } of roots) {
    const rest = facts.filter((f) => !said.has(meaning(f)));
    rests.set([...new Set(rest.map(meaning))].sort().join('&'), rest);
  }
  const any = rests.size > 1 ? disjunction([...rests.values()]) : null;
  return any ? [...common, any] : common;
}
/** What a fact says, wherever it was tested. */
const meaning = (fact: Fact): string =>
  fact.k === 'atom'
    ? `${fact.test}|${fact.sources.map((s) => s.replace(/^row#\d+$/, 'row')).join()}|${fact.arguments.join()}|${fact.known?.protection ?? ''}`
    : `any(${fact.alternatives.map((a) => a.map(meaning).sort().join('&')).join('|')})`;
