import type { Decorator, Expression } from '../syntax/ast.js';
import type { Evaluator } from './evaluator.js';
import { evaluate } from './expressions.js';
import type { LibraryType } from './library.js';
import {
  builtin,
  literal,
  record,
  textOf,
  UNDEFINED,
  type ClassValue,
  type External,
  type FunctionValue,
  type Record_,
  type Site,
  type Value,
} from './value.js';

/** A decorator of a package as applied: `@Name(args)`, bare `@Name`, or one that a project's own decorator applied. */
export interface Decoration {
  package: string;
  /** Member path, joined by dots; `()` where what is applied was made by a call before. */
  name: string;
  args: readonly Value[];
  /** What was called: decorators that a package made of the project's functions carry them as `wraps`. */
  callee: Value;
  /** The name by which it is applied, which may be that of a project's own decorator. */
  written?: string;
  /** The member to which it was applied, where something applied it by hand. */
  member?: string;
  site: Site;
}
/** In the order in which they are applied: from the last that is written to the first. */
export interface Decorations {
  own: readonly Decoration[];
  members: ReadonlyMap<string, readonly Decoration[]>;
  /** By member, then by position; those of the constructor under `constructor`. */
  parameters: ReadonlyMap<string, readonly (readonly Decoration[])[]>;
  /** Methods of instances by name, as decorators left them. */
  methods: ReadonlyMap<string, FunctionValue>;
  /** What decorators have put in the place of methods of the class itself, by name. */
  statics: ReadonlyMap<string, FunctionValue>;
}

interface Fresh {
  own: Decoration[];
  members: Map<string, readonly Decoration[]>;
  parameters: Map<string, readonly (readonly Decoration[])[]>;
  methods: Map<string, FunctionValue>;
  statics: Map<string, FunctionValue>;
}

/** What a call of a package yields while decorators are evaluated. Applying it is noted. */
export const DECORATION: LibraryType = {
  name: 'decoration',
  methods: {},
  call: (it, self, [, key]) => {
    const member = key?.k === 'literal' && typeof key.value === 'string' ? key.value : undefined;
    it.stateOf<{ applied: Decoration[] }>('decorators', () => ({ applied: [] })).applied.push({
      ...(self.state as Decoration),
      ...(member === undefined ? {} : { member }),
    });
    return UNDEFINED;
  },
};
export const decoration = (
  it: Evaluator,
  callee: Value,
  origin: External,
  args: readonly Value[],
  site: Site,
): Value =>
  it.native(DECORATION, {
    package: origin.package,
    name: origin.path.join('.'),
    args,
    callee,
    site,
  } satisfies Decoration);

/** The decorators of a class, its members and their parameters, evaluated once. */
export function decorationsOf(it: Evaluator, cls: ClassValue): Decorations {
  const known = it.stateOf('decorations', () => new Map<ClassValue, Decorations>());
  const found = known.get(cls);
  if (found) return found;
  const fresh = {
    own: [],
    members: new Map(),
    parameters: new Map(),
    methods: new Map(),
    statics: new Map(),
  };
  known.set(cls, fresh);
  // Whoever asks, and wherever: they are evaluated when the class is made.
  it.apart(cls.scope, () => void it.withBudget(NAME_STEPS, () => evaluateAll(it, cls, fresh)));
  return fresh;
}
function evaluateAll(it: Evaluator, cls: ClassValue, fresh: Fresh): void {
  const { own, members, parameters, methods, statics } = fresh;
  const target = it.classPrototype(cls);
  if (target.k === 'record') target.members.set('constructor', cls);
  for (const member of cls.node.members) {
    if (member.k === 'staticBlock') continue;
    const name = memberName(it, cls, member.name);
    if (name === null) continue;
    const isMethod = member.k === 'method';
    const method: FunctionValue | null = isMethod
      ? {
          k: 'function',
          fn: member.fn,
          module: cls.module,
          scope: cls.scope,
          self: null,
          home: cls,
          bound: [],
          members: new Map(),
        }
      : null;
    if (member.k === 'method' && member.kind === 'method' && !member.isStatic && method)
      methods.set(name, method);
    if (member.decorators.length > 0) {
      const descriptor = record([['value', method ? { ...method, standsFor: name } : UNDEFINED]]);
      // Of what is the class's own, the class itself is the target.
      const holder = isMethod && member.isStatic ? cls : target;
      members.set(name, apply(it, cls, member.decorators, [holder, literal(name), descriptor]));
      const now = descriptor.members.get('value');
      if (now?.k === 'function' && method && now.fn !== method.fn)
        (member.isStatic ? statics : methods).set(name, { ...now, home: cls });
    }
    if (isMethod && member.fn.params.some((p) => p.decorators.length > 0))
      parameters.set(
        member.kind === 'constructor' ? 'constructor' : name,
        member.fn.params.map((p, i) => apply(it, cls, p.decorators, [cls, literal(name), literal(i)])),
      );
  }
  for (const each of apply(it, cls, cls.node.decorators, [cls])) {
    // `@HeroServiceControllerMethods()` goes through the methods of a class, and decorates each.
    if (each.member === undefined) own.push(each);
    else members.set(each.member, [...(members.get(each.member) ?? []), each]);
  }
}
const memberName = (it: Evaluator, cls: ClassValue, name: string | Expression): string | null =>
  typeof name === 'string' ? name : textOf(evaluate(it, name, cls.scope, cls.module));

/** Decorators apply from the last to the first. */
function apply(
  it: Evaluator,
  cls: ClassValue,
  decorators: readonly Decorator[],
  target: readonly Value[],
): Decoration[] {
  const state = it.stateOf<{ applied: Decoration[] }>('decorators', () => ({ applied: [] }));
  const outer = { applied: state.applied, decorating: it.decorating };
  const found: Decoration[] = [];
  for (const { expression, line } of [...decorators].reverse()) {
    const site = { module: cls.module, line };
    it.attempt(it.place(site), () => {
      state.applied = [];
      it.decorating = true;
      it.withBudget(DECORATOR_STEPS, () => {
        it.quietly(() => {
          const before = replacedIn(target);
          applyOne(it, evaluate(it, expression, cls.scope, cls.module), target, site);
          const now = replacedIn(target);
          if (now && now.fn !== before?.fn)
            descriptorIn(target)!.members.set('value', { ...now, standsFor: writtenName(expression) });
        });
      });
    });
    it.decorating = outer.decorating;
    const written = writtenName(expression);
    found.push(...state.applied.map((d) => ({ ...d, written, site })));
  }
  state.applied = outer.applied;
  return found;
}
const descriptorIn = ([, , descriptor]: readonly Value[]): Record_ | null =>
  descriptor?.k === 'record' ? descriptor : null;
/** What stands in the place of a method by now. */
function replacedIn(target: readonly Value[]): FunctionValue | null {
  const value = descriptorIn(target)?.members.get('value');
  return value?.k === 'function' ? value : null;
}
function writtenName(expression: Expression): string {
  if (expression.k === 'call') return writtenName(expression.callee);
  if (expression.k === 'identifier' || expression.k === 'member') return expression.name;
  return 'decorator';
}
const DECORATOR_STEPS = 20_000;
/** For names of members that are computed. */
const NAME_STEPS = 20_000;
function applyOne(it: Evaluator, decorator: Value, target: readonly Value[], site: Site): void {
  if (decorator.k === 'list') {
    for (const each of decorator.elements) applyOne(it, each, target, site);
    return;
  }
  const origin = decorator.k === 'external' ? decorator : decorator.k === 'unknown' ? decorator.origin : null;
  // A decorator of a package that was not called: `@Injectable`.
  if (origin && !(decorator.k === 'unknown' && decorator.wraps)) {
    it.call(decoration(it, decorator, origin, [], site), target, UNDEFINED, site);
    return;
  }
  const result = it.call(decorator, target, UNDEFINED, site);
  // A descriptor that is returned takes the place of the one that was given.
  const given = target[2];
  const put = result.k === 'record' && result !== given ? result.members.get('value') : undefined;
  if (put?.k === 'function' && given?.k === 'record') given.members.set('value', put);
}
/** A decorator that applies those it is given: `applyDecorators(A(), B())`. */
export const composed = (it: Evaluator, decorators: readonly Value[]): Value =>
  builtin('composed', (target, _self, site) => {
    for (const each of decorators) applyOne(it, each, target, site);
    return UNDEFINED;
  });

/** The method's name in the class that decorates it, whether or not a decorator has replaced it. */
export function memberNameOf(it: Evaluator, method: FunctionValue): string | null {
  const cls = method.home;
  if (!cls) return null;
  for (const member of cls.node.members)
    if (member.k === 'method' && member.fn === method.fn) return memberName(it, cls, member.name);
  const { methods, statics } = decorationsOf(it, cls);
  for (const [name, known] of [...methods, ...statics]) if (known.fn === method.fn) return name;
  return null;
}
