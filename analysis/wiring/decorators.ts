import type { Decorator, Expression } from '../syntax/ast.js';
import type { Evaluator } from './evaluator.js';
import { evaluate } from './expressions.js';
import type { LibraryType } from './library.js';
import {
  literal,
  record,
  textOf,
  UNDEFINED,
  type ClassValue,
  type External,
  type FunctionValue,
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
  site: Site;
}
export interface Decorations {
  own: readonly Decoration[];
  members: ReadonlyMap<string, readonly Decoration[]>;
  /** By member, then by position; those of the constructor under `constructor`. */
  parameters: ReadonlyMap<string, readonly (readonly Decoration[])[]>;
  /** Methods that a decorator put in place of the written ones. */
  replaced: ReadonlyMap<string, FunctionValue>;
}

/** What a call of a package yields while decorators are evaluated. Applying it is noted. */
export const DECORATION: LibraryType = {
  name: 'decoration',
  methods: {},
  call: (it, self) => {
    it.stateOf<{ applied: Decoration[] }>('decorators', () => ({ applied: [] })).applied.push(
      self.state as Decoration,
    );
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
  let found = known.get(cls);
  if (!found) known.set(cls, (found = evaluateAll(it, cls)));
  return found;
}
function evaluateAll(it: Evaluator, cls: ClassValue): Decorations {
  const members = new Map<string, Decoration[]>();
  const parameters = new Map<string, Decoration[][]>();
  const replaced = new Map<string, FunctionValue>();
  const own = apply(it, cls, cls.node.decorators, [cls]);
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
    if (member.decorators.length > 0) {
      const descriptor = record([['value', method ?? UNDEFINED]]);
      const target = it.classPrototype(cls);
      members.set(name, apply(it, cls, member.decorators, [target, literal(name), descriptor]));
      const now = descriptor.members.get('value');
      if (now?.k === 'function' && method && now.fn !== method.fn) replaced.set(name, { ...now, home: cls });
    }
    if (isMethod && member.fn.params.some((p) => p.decorators.length > 0))
      parameters.set(
        member.kind === 'constructor' ? 'constructor' : name,
        member.fn.params.map((p, i) => apply(it, cls, p.decorators, [cls, literal(name), literal(i)])),
      );
  }
  return { own, members, parameters, replaced };
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
          const value = evaluate(it, expression, cls.scope, cls.module);
          if (value.k === 'external')
            state.applied.push({
              package: value.package,
              name: value.path.join('.'),
              args: [],
              callee: value,
              site,
            });
          else if (value.k === 'unknown' && value.origin)
            state.applied.push({
              package: value.origin.package,
              name: value.origin.path.join('.'),
              args: [],
              callee: value,
              site,
            });
          else it.call(value, target, UNDEFINED, site);
        });
      });
    });
    it.decorating = outer.decorating;
    found.unshift(...state.applied.flatMap((d) => flatten({ ...d, site })));
  }
  state.applied = outer.applied;
  return found;
}
const DECORATOR_STEPS = 20_000;
/** Decorators that apply those they are given (`applyDecorators(A(), B())`) stand for them all. */
const flatten = (d: Decoration): Decoration[] => {
  const inner = d.args.filter((a) => a.k === 'native' && a.type === DECORATION);
  return [
    d,
    ...inner.flatMap((a) => flatten({ ...((a as { state: unknown }).state as Decoration), site: d.site })),
  ];
};
