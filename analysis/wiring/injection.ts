import { constructInto } from './classes.js';
import type { Evaluator } from './evaluator.js';
import type { FunctionNode } from '../syntax/ast.js';
import type { ModuleInstance } from './instance.js';
import { record, UNKNOWN, unknown, type ClassValue, type Record_, type Value } from './value.js';

/** Something that a container is asked for: a parameter of a constructor, or a field. */
export interface Request {
  owner: ClassValue;
  /** Position in the constructor, or name of the field. */
  at: number | string;
  type: string | null;
}
/** Who else may know what is wanted; null when they do not. */
export type Provide = (wanted: Request) => Value | null;

/**
 * The one instance of a class that a container would hand out: made with what its constructor's types name, each made
 * the same way. What cannot be told stays unknown.
 */
export function injected(it: Evaluator, cls: ClassValue, provide: Provide = () => null): Value {
  const made = it.stateOf('injection', () => new Map<ClassValue, Value>());
  const known = made.get(cls);
  if (known) return known;
  // Two that need each other: the second is handed the first unfinished, which is finished by the time anybody calls it.
  const self: Record_ = { ...record(), cls };
  made.set(cls, self);
  const { owner, fn } = constructorOf(cls);
  const args = fn ? fn.params.map((p, at) => wanted(it, { owner, at, type: p.type }, provide)) : [];
  let instance = UNKNOWN as Value;
  const site = { module: cls.module, line: cls.node.line };
  it.attempt(it.place(site), () => {
    it.apart(cls.scope, () => {
      it.withBudget(CONSTRUCTOR_STEPS, () => {
        constructInto(it, cls, self, args, site);
        instance = self;
      });
    });
  });
  made.set(cls, instance);
  for (let current: Value | null = cls; current?.k === 'class'; current = current.base) {
    for (const member of current.node.members) {
      if (member.k !== 'field' || member.isStatic || member.value || typeof member.name !== 'string')
        continue;
      if (member.decorators.length === 0 || instance.k !== 'record') continue;
      const value = wanted(it, { owner: current, at: member.name, type: member.type }, provide);
      if (value.k !== 'unknown' || value.type !== null) instance.members.set(member.name, value);
    }
  }
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
/** What is injected: what is provided, an instance of the class that the type names, else what libraries know of it. */
function wanted(it: Evaluator, request: Request, provide: Provide): Value {
  const provided = provide(request);
  if (provided) return provided;
  const { type, owner } = request;
  if (type === null) return UNKNOWN;
  const cls = classNamed(it, type, owner.module);
  if (cls) return injected(it, cls, provide);
  const typed = it.typedValue(type, owner.module);
  return typed.k === 'unknown' ? unknown([], { type, origin: instanceOf(it, type, owner.module) }) : typed;
}
/** An instance of a package's class of which no model knows anything: what it does may be known by its name. */
function instanceOf(it: Evaluator, type: string, module: ModuleInstance): (Value & { k: 'external' }) | null {
  const name = simpleName(type);
  const binding = name === null ? undefined : module.typeImports.get(name);
  const target = binding ? it.loader.resolve(module.path, binding.source) : null;
  return binding && target?.kind === 'package' && it.knowledge.model(target.name) === null
    ? { k: 'external', package: target.name, path: [binding.imported, '()'] }
    : null;
}
const simpleName = (type: string): string | null =>
  /^:?\s*([A-Za-z_$][\w$]*)\s*(?:<.*>)?$/s.exec(type)?.[1] ?? null;
/** The class that a written type names in a module; null when it is none of the project's. */
export function classNamed(it: Evaluator, type: string, module: ModuleInstance): ClassValue | null {
  const name = simpleName(type);
  if (!name) return null;
  const own = module.scope.variables.get(name);
  if (own) return own.k === 'class' ? own : null;
  const binding = module.typeImports.get(name);
  if (!binding || it.loader.resolve(module.path, binding.source).kind !== 'file') return null;
  const value = it.modules.importValue(module, binding.source, binding.imported);
  return value.k === 'class' ? value : null;
}
/** What a container files something under: tokens that are written alike are one, others are themselves. */
export const tokenKey = (token: Value): unknown =>
  token.k === 'literal'
    ? `=${String(token.value)}`
    : token.k === 'external'
      ? `${token.package}:${token.path.join('.')}`
      : token;
