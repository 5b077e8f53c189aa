import type { ClassNode, Expression } from '../syntax/ast.js';
import { functionValue, typed } from './binding.js';
import { decorationsOf } from './decorators.js';
import type { Evaluator } from './evaluator.js';
import { evaluate } from './expressions.js';
import { memberOf } from './members.js';
import type { ModuleInstance } from './instance.js';
import { NO_FUNCTION } from './promises.js';
import { Scope } from './scope.js';
import { notePeople } from './kept-people.js';
import { noteUnfilled, noteUnsetField } from './unfilled.js';
import {
  record,
  textOf,
  UNDEFINED,
  UNKNOWN,
  type ClassValue,
  type External,
  type FunctionValue,
  type Record_,
  type Site,
  type Unknown,
  type Value,
} from './value.js';

export function classValue(
  it: Evaluator,
  node: ClassNode,
  scope: Scope,
  module: ModuleInstance,
  base?: Value | null,
): ClassValue {
  const parent =
    base === undefined ? (node.superClass ? evaluate(it, node.superClass, scope, module) : null) : base;
  const inner = new Scope(scope, false);
  const value: ClassValue = { k: 'class', node, module, scope: inner, base: parent, members: new Map() };
  if (node.name) inner.variables.set(node.name, value);
  if (
    node.decorators.length > 0 ||
    node.members.some((m) => m.k !== 'staticBlock' && m.decorators.length > 0)
  )
    it.decorated.push(value);
  inner.variables.set('*home*', value);
  for (const member of node.members) {
    if (member.k === 'staticBlock') {
      const block = new Scope(inner, true);
      block.variables.set('this', value);
      it.quietly(() => it.statements(member.body, block, module));
    } else if (member.isStatic) {
      const name = memberName(it, member.name, inner, module);
      if (name === null) continue;
      if (member.k === 'method' && member.kind === 'method')
        value.members.set(name, { ...functionValue(member.fn, inner, module), home: value });
      if (member.k === 'field' && !member.isDeclared) {
        const fieldScope = new Scope(inner, true);
        fieldScope.variables.set('this', value);
        const held = member.value ? evaluate(it, member.value, fieldScope, module) : UNDEFINED;
        noteUnfilled(it, held);
        value.members.set(name, held);
        noteUnsetField(it, member, value.members, module);
      }
    }
  }
  return value;
}
function memberName(
  it: Evaluator,
  name: string | Expression,
  scope: Scope,
  module: ModuleInstance,
): string | null {
  return typeof name === 'string' ? name : textOf(evaluate(it, name, scope, module));
}

/** `new Class(...)` */
export function makeClassInstance(it: Evaluator, cls: ClassValue, args: readonly Value[], site: Site): Value {
  const self: Record_ = { ...record(), cls };
  constructInto(it, cls, self, args, site);
  return self;
}
export function constructInto(
  it: Evaluator,
  cls: ClassValue,
  self: Record_,
  args: readonly Value[],
  site: Site,
): void {
  it.step();
  const constructor = cls.node.members.find((m) => m.k === 'method' && m.kind === 'constructor');
  if (!constructor && cls.base?.k === 'class') constructInto(it, cls.base, self, args, site);
  if (cls.base && cls.base.k !== 'class') {
    // Something of a library: members that it brings are unknown. `Error` subclasses keep their message.
    self.open = UNKNOWN;
    if (!constructor) {
      if (args[0]) it.journal.write(self.members, 'message', args[0]);
      constructBase(it, cls.base, self, args, site);
    }
  }
  const unset = new Map<string, Value>();
  for (const member of cls.node.members) {
    if (member.k !== 'field' || member.isStatic || member.isDeclared) continue;
    const name = memberName(it, member.name, cls.scope, cls.module);
    if (name === null) continue;
    const scope = new Scope(cls.scope, true);
    scope.variables.set('this', self);
    let value: Value = UNDEFINED;
    if (member.value)
      it.quietly(() => {
        value = evaluate(it, member.value!, scope, cls.module);
      });
    else if (member.type && !self.members.has(name)) {
      value = it.typedValue(member.type, cls.module);
      unset.set(name, value);
    }
    noteUnfilled(it, value);
    notePeople(it, name, value);
    if (!self.members.has(name) || member.value) it.journal.write(self.members, name, value);
  }
  if (constructor?.k === 'method') {
    const fn: FunctionValue = { ...functionValue(constructor.fn, cls.scope, cls.module), home: cls };
    it.call(fn, args, self, site);
    for (const [name, value] of unset) leaveUnset(it, self, name, value);
  }
}
/** `if (config.fare) this.till = new Till()`: a field that the constructor fills, and not always, holds nothing else. */
function leaveUnset(it: Evaluator, self: Record_, name: string, placeholder: Value): void {
  const now = self.members.get(name);
  if (now?.k !== 'choice' || !now.options.some((o) => o.value === placeholder)) return;
  const options = now.options.map((o) => (o.value === placeholder ? { ...o, value: UNDEFINED } : o));
  it.journal.write(self.members, name, { ...now, options });
}
/** `new Ledger()` of `function Ledger() {}`: what is put into its prototype, by then or later, are the methods of what it makes. */
export function madeByFunction(it: Evaluator, callee: FunctionValue, site: Site): Record_ {
  const made: Record_ = { ...record([], UNKNOWN), maker: callee.fn };
  const prototype = memberOf(it, callee, 'prototype', site);
  if (prototype.k === 'record') made.members.set(BASE, prototype);
  return made;
}
/** What a library's constructor makes: the instance has its members, and is asked first. */
export function constructBase(
  it: Evaluator,
  base: Value,
  self: Record_,
  args: readonly Value[],
  site: Site,
): void {
  if (base.k !== 'external') return;
  const operation = it.knowledge.model(base.package)?.calls[base.path.join('.')];
  const made = asWritten(it, base, self, args) ?? operation?.(it, args, site);
  // Written as what a program writes is, so that whoever looks whether a call left anything sees it.
  if (made?.k === 'native') it.journal.write(self.members, BASE, made);
  else if (made?.k === 'record')
    for (const [name, value] of made.members) it.journal.write(self.members, name, value);
}
/** `class Boats extends Repository<Boat> {}`: what it is made with says nothing, and its type does. */
function asWritten(it: Evaluator, base: External, { cls }: Record_, args: readonly Value[]): Value | null {
  const types = cls?.node.superTypes;
  if (!cls || !types || args.some((a) => a.k !== 'unknown')) return null;
  const made = it.typedValue(`${base.path.at(-1)}<${types}>`, cls.module);
  return made.k === 'native' ? made : null;
}
/** Hidden member: what the library's constructor made. */
export const BASE = '*base*';

/**
 * A method or accessor of an instance, own class first. What a library makes of a class, as a record that is loaded, is constructed
 * out of sight: it has the functions that fields hold too, `link = () => sign(this.id)`.
 */
export function classMember(
  it: Evaluator,
  cls: ClassValue,
  name: string,
  self: Value,
  site: Site,
): Value | null {
  let current: Value | null = cls;
  for (; current?.k === 'class'; current = current.base) {
    for (const member of current.node.members) {
      if (member.k === 'field' && !member.isStatic && member.value?.k === 'function' && self.k !== 'record') {
        if (memberName(it, member.name, current.scope, current.module) !== name) continue;
        const scope = new Scope(current.scope, true);
        scope.variables.set('this', self);
        return evaluate(it, member.value, scope, current.module);
      }
      if (member.k !== 'method' || member.isStatic || member.kind === 'constructor' || member.kind === 'set')
        continue;
      if (memberName(it, member.name, current.scope, current.module) !== name) continue;
      // A decorator may have put another function in its place.
      const replaced =
        member.kind === 'method' && member.decorators.length > 0
          ? decorationsOf(it, current).methods.get(name)
          : undefined;
      if (replaced) return replaced;
      const fn: FunctionValue = { ...functionValue(member.fn, current.scope, current.module), home: current };
      return member.kind === 'get' ? it.call(fn, [], self, site) : fn;
    }
    const prototype = current.members.get('*prototype*');
    if (prototype?.k === 'record' && prototype.members.has(name)) return prototype.members.get(name)!;
  }
  return inheritedMember(it, current, name);
}
/** What a class has itself; a decorator may have put another function in the place of a method. */
export function staticMember(it: Evaluator, cls: ClassValue, name: string): Value | undefined {
  const own = cls.members.get(name);
  const isDecorated =
    own?.k === 'function' &&
    cls.node.members.some((m) => m.k === 'method' && m.fn === own.fn && m.decorators.length > 0);
  return isDecorated ? (decorationsOf(it, cls).statics.get(name) ?? own) : own;
}
/** A member of something of which little is known, where that is said of it, or its class has it. */
export const knownMember = (it: Evaluator, value: Unknown, name: string, site: Site): Value | null =>
  value.parts?.get(name) ?? (value.cls ? classMember(it, value.cls, name, value, site) : null);
/** What a class gets from a base class of a library: as its model says, or where it is known what the method does. */
function inheritedMember(it: Evaluator, base: Value | null, name: string): Value | null {
  if (base?.k === 'native') return base.type.inherited?.(it, base, name) ?? null;
  if (base?.k !== 'external') return null;
  const method: External = { k: 'external', package: base.package, path: [...base.path, '()', name] };
  const does = it.knowledge.behaviour(method)?.does ?? 'nothing';
  return does === 'nothing' ? null : method;
}
export function superMember(it: Evaluator, scope: Scope, name: string): Value {
  const home = scope.find('*home*')?.variables.get('*home*');
  const self = scope.find('this')?.variables.get('this') ?? UNKNOWN;
  if (home?.k !== 'class') return UNKNOWN;
  const site: Site = { module: home.module, line: home.node.line };
  // In a static method it is the base class itself that is asked.
  if (self.k === 'class' && home.base) return memberOf(it, home.base, name, site);
  if (home.base?.k !== 'class') {
    const made = self.k === 'record' ? self.members.get(BASE) : undefined;
    const known = inheritedMember(it, home.base, name) ?? (made ? memberOf(it, made, name, site) : null);
    return known ?? UNKNOWN;
  }
  return classMember(it, home.base, name, self, site) ?? UNKNOWN;
}

/** `new` of whatever it is. */
export function construct(it: Evaluator, callee: Value, args: readonly Value[], site: Site): Value {
  it.step();
  if (callee.k === 'class') return makeClassInstance(it, callee, args, site);
  if (callee.k === 'function' && callee.fn === NO_FUNCTION)
    return it.call(callee.members.get('*construct*')!, args, UNDEFINED, site);
  if (callee.k === 'function') {
    const self = madeByFunction(it, callee, site);
    const result = it.callFunction(callee, args, self, site);
    return result.k === 'record' || result.k === 'function' || result.k === 'native' ? result : self;
  }
  if (callee.k === 'choice') {
    const first = callee.options.find((o) => o.value.k === 'class' || o.value.k === 'external');
    if (first) return construct(it, first.value, args, site);
  }
  // A class that is made by a build, or lies elsewhere: what it makes is of the type that it is.
  const made = callee.k === 'unknown' && callee.name ? typed(it, callee.name, UNKNOWN, null) : UNKNOWN;
  if (made.k === 'native') return made;
  return it.call(callee, args, UNDEFINED, site);
}
