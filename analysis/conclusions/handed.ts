import type { ClassNode, Expression, FunctionNode, Module, Parameter } from '../syntax/ast.js';

interface Handed {
  name: string;
  type: string;
  /** A member of what is made, rather than a parameter. */
  isMember: boolean;
  from: number;
  to: number;
}
/**
 * The written type of `x` or `this.x`, where that is a parameter, or a member of the class around it: as much as is known
 * of what a function or class is handed from outside. Null where it is handed nothing of that name.
 */
export function typeHanded(e: Expression, module: Module): string | null {
  const isMember = e.k === 'member' && e.object.k === 'this';
  const name = e.k === 'identifier' || isMember ? e.name : null;
  const around = handedIn(module)
    .filter((h) => h.name === name && h.isMember === isMember && h.from <= e.line && e.line <= h.to)
    .toSorted((a, b) => a.to - a.from - (b.to - b.from));
  return around[0]?.type ?? null;
}
/** `Box` of `Box<Content, true>` */
export const headOf = (type: string): string => /^[\w$.]+/.exec(type)?.[0] ?? '';

const known = new WeakMap<Module, readonly Handed[]>();
function handedIn(module: Module): readonly Handed[] {
  let found = known.get(module);
  if (!found) known.set(module, (found = collect(module.body, null)));
  return found;
}
function collect(tree: unknown, cls: ClassNode | null): Handed[] {
  if (Array.isArray(tree)) return tree.flatMap((part) => collect(part, cls));
  if (typeof tree !== 'object' || tree === null) return [];
  const own = 'params' in tree ? ofParameters(tree as FunctionNode, cls) : [];
  const around = 'superClass' in tree ? (tree as ClassNode) : cls;
  const part = tree as { k?: unknown; name?: unknown; type?: unknown };
  if (cls && part.k === 'field' && typeof part.name === 'string' && typeof part.type === 'string')
    own.push({ name: part.name, type: part.type, isMember: true, from: cls.line, to: cls.endLine });
  for (const inner of Object.values(tree))
    if (typeof inner === 'object' && inner !== null) own.push(...collect(inner, around));
  return own;
}
function ofParameters(fn: FunctionNode, cls: ClassNode | null): Handed[] {
  return fn.params.flatMap(({ pattern, type, property }: Parameter): Handed[] => {
    if (pattern.k !== 'identifier' || type === null) return [];
    const { name } = pattern;
    const parameter = { name, type, isMember: false, from: fn.line, to: fn.endLine };
    return cls && property
      ? [parameter, { ...parameter, isMember: true, from: cls.line, to: cls.endLine }]
      : [parameter];
  });
}
