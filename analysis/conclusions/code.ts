import type { Place } from '../model/model.js';
import type { Declarator, Expression, FunctionNode, Module, Statement } from '../syntax/ast.js';
import type { Evaluator } from '../wiring/evaluator.js';
import type { ModuleInstance } from '../wiring/instance.js';

/** Where something is being looked up in written code, and after how many steps. */
export interface Where {
  it: Evaluator;
  instance: ModuleInstance;
  depth: number;
}
export const MAX_STEPS = 12;
export type Node = Expression | Statement;

/** The function that a name stands for in a module. */
export function functionOf(name: string, at: Where): { fn: FunctionNode; instance: ModuleInstance } | null {
  const { instance } = at;
  for (const s of instance.module.body)
    if (s.k === 'functionDeclaration' && s.fn.name === name) return { fn: s.fn, instance };
  const declared = declarationOf(instance.module, name);
  if (declared) return declared.k === 'function' ? { fn: declared.fn, instance } : null;
  const imported = at.depth > MAX_STEPS ? null : importedFrom(at.it, instance, name);
  return imported && functionOf(imported.name, { ...at, instance: imported.instance, depth: at.depth + 1 });
}
export function importedFrom(
  it: Evaluator,
  instance: ModuleInstance,
  name: string,
): { instance: ModuleInstance; name: string } | null {
  const binding = instance.imports.get(name);
  const target = binding && it.loader.resolve(instance.path, binding.source);
  if (target?.kind !== 'file') return null;
  const home = it.modules.at(target.path);
  const local = home?.ownExports.get(binding!.imported);
  return home && local ? { instance: home, name: local } : null;
}
/** What a name is declared as; of several declarations of one name none is known to be meant. */
export function declarationOf(module: Module, name: string): Expression | null {
  const found = declaratorsIn(module).flatMap((d): Expression[] => {
    if (d.target.k === 'identifier') return d.target.name === name && d.init ? [d.init] : [];
    if (d.target.k !== 'objectPattern' || !d.init) return [];
    // `const { SECRET = 'x' } = process.env`
    return d.target.properties.flatMap((p): Expression[] => {
      const target = p.value.k === 'defaultPattern' ? p.value.target : p.value;
      if (target.k !== 'identifier' || target.name !== name || typeof p.key !== 'string') return [];
      const read: Expression = { k: 'member', object: d.init!, name: p.key, optional: false, line: p.line };
      return p.value.k === 'defaultPattern'
        ? [{ k: 'logical', operator: '??', left: read, right: p.value.value, line: p.line }]
        : [read];
    });
  });
  if (found.length === 1) return found[0]!;
  const [exported] = module.body.flatMap((s) =>
    s.k === 'exportDefault' && name === '*default*' ? [s.value] : [],
  );
  return exported ?? null;
}
/** `./limits` of `require('./limits')`, what CommonJS has for an import; null for anything else. */
export function requiredBy(e: Expression | null): string | null {
  const [path] = e?.k === 'call' && e.callee.k === 'identifier' && e.callee.name === 'require' ? e.args : [];
  return path?.k === 'literal' && typeof path.value === 'string' ? path.value : null;
}
const declarators = new WeakMap<Module, Declarator[]>();
export function declaratorsIn(module: Module): Declarator[] {
  let known = declarators.get(module);
  if (!known) {
    declarators.set(module, (known = []));
    visit(module.body, (node) => {
      if (node.k === 'variable') known!.push(...node.declarations);
    });
  }
  return known;
}
/** Every node of a tree, in source order. */
export function visit(tree: unknown, see: (node: Node) => void): void {
  if (Array.isArray(tree)) for (const part of tree) visit(part, see);
  else if (typeof tree === 'object' && tree !== null) {
    if ('k' in tree && 'line' in tree) see(tree as Node);
    for (const part of Object.values(tree)) if (typeof part === 'object') visit(part, see);
  }
}

/** What stands under a name in an object that is written out. */
export function valueIn(object: Expression & { k: 'object' }, name: string): Expression | null {
  for (const p of object.properties) if (p.k === 'property' && p.key === name) return p.value;
  return null;
}

const texts = new WeakMap<FunctionNode, string>();
/** All that is written in a function, as text to look for words in. */
export function textOf(fn: FunctionNode): string {
  let text = texts.get(fn);
  if (text === undefined) texts.set(fn, (text = JSON.stringify([fn.params, fn.body])));
  return text;
}

/** The function, or the method, in which a line is. */
export function functionAround(
  it: Evaluator,
  { file, line }: Place,
): { fn: FunctionNode; instance: ModuleInstance } | null {
  const instance = it.modules.at(file);
  if (!instance) return null;
  // Those that a line is in stand inside of each other.
  const innermost = functionsIn(instance.module).findLast((fn) => fn.line <= line && line <= fn.endLine);
  return innermost ? { fn: innermost, instance } : null;
}
const functions = new WeakMap<Module, readonly FunctionNode[]>();
/** Every function and method of a module, what is inside of one after it. */
function functionsIn(module: Module): readonly FunctionNode[] {
  let known = functions.get(module);
  if (!known) {
    const found: FunctionNode[] = [];
    const look = (part: unknown): void => {
      if (typeof part !== 'object' || part === null) return;
      if ('endLine' in part && 'params' in part) found.push(part as FunctionNode);
      for (const inner of Object.values(part)) look(inner);
    };
    look(module.body);
    functions.set(module, (known = found));
  }
  return known;
}
