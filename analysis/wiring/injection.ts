import { makeClassInstance } from './classes.js';
import type { Evaluator } from './evaluator.js';
import type { FunctionNode } from '../syntax/ast.js';
import type { ModuleInstance } from './instance.js';
import { UNKNOWN, unknown, type ClassValue, type Value } from './value.js';

/** Who else may know what a constructor is given; null when they do not. */
export type Provide = (cls: ClassValue, position: number, type: string | null) => Value | null;

/**
 * The one instance of a class that a container would hand out: made with what its constructor's types name, each made
 * the same way. What cannot be told stays unknown.
 */
export function injected(it: Evaluator, cls: ClassValue, provide: Provide = () => null): Value {
  const made = it.stateOf('injection', () => new Map<ClassValue, Value>());
  const known = made.get(cls);
  if (known) return known;
  // Two that need each other: the second gets an unknown, as it would get something unfinished.
  made.set(cls, UNKNOWN);
  const { owner, fn } = constructorOf(cls);
  const args = fn
    ? fn.params.map((p, i) => provide(owner, i, p.type) ?? ofType(it, p.type, owner.module, provide))
    : [];
  let instance = UNKNOWN as Value;
  const site = { module: cls.module, line: cls.node.line };
  it.attempt(it.place(site), () => {
    it.apart(cls.scope, () => {
      it.withBudget(CONSTRUCTOR_STEPS, () => {
        instance = makeClassInstance(it, cls, args, site);
      });
    });
  });
  for (let current: Value | null = cls; current?.k === 'class'; current = current.base) {
    for (const member of current.node.members) {
      if (member.k !== 'field' || member.isStatic || member.value || typeof member.name !== 'string')
        continue;
      if (member.decorators.length === 0 || instance.k !== 'record') continue;
      const value = ofType(it, member.type, current.module, provide);
      if (value.k !== 'unknown') instance.members.set(member.name, value);
    }
  }
  made.set(cls, instance);
  return instance;
}
const CONSTRUCTOR_STEPS = 20_000;

function constructorOf(cls: ClassValue): { owner: ClassValue; fn: FunctionNode | null } {
  for (let current: Value | null = cls; current?.k === 'class'; current = current.base) {
    for (const member of current.node.members)
      if (member.k === 'method' && member.kind === 'constructor') return { owner: current, fn: member.fn };
  }
  return { owner: cls, fn: null };
}
/** What is injected for a written type: an instance of the class that it names, else what libraries know of it. */
function ofType(it: Evaluator, type: string | null, module: ModuleInstance, provide: Provide): Value {
  if (type === null) return UNKNOWN;
  const cls = classNamed(it, type, module);
  if (cls) return injected(it, cls, provide);
  const typed = it.typedValue(type, module);
  return typed.k === 'unknown' ? unknown([], { type }) : typed;
}
/** The class that a written type names in a module; null when it is none of the project's. */
export function classNamed(it: Evaluator, type: string, module: ModuleInstance): ClassValue | null {
  const name = /^:?\s*([A-Za-z_$][\w$]*)\s*(?:<.*>)?$/s.exec(type)?.[1];
  if (!name) return null;
  const own = module.scope.variables.get(name);
  if (own) return own.k === 'class' ? own : null;
  const binding = module.typeImports.get(name);
  if (!binding || it.loader.resolve(module.path, binding.source).kind !== 'file') return null;
  const value = it.modules.importValue(module, binding.source, binding.imported);
  return value.k === 'class' ? value : null;
}
