import type { Expression } from '../syntax/ast.js';
import type { Evaluator } from '../wiring/evaluator.js';
import type { ModuleInstance } from '../wiring/instance.js';
import { declaratorsIn, requiredBy, type Node } from './code.js';

/** What names of a module stand for in packages: the package, and the path in it. */
export type Packages = ReadonlyMap<string, { package: string; path: readonly string[] }>;
/** Names under which a module has what it imports, or requires, of packages that are asked for. */
export function packagesIn(
  it: Evaluator,
  instance: ModuleInstance,
  isAskedFor: (name: string) => boolean,
): Packages {
  const found = new Map<string, { package: string; path: readonly string[] }>();
  const add = (local: string, specifier: string, imported: readonly string[]): void => {
    const target = it.loader.resolve(instance.path, specifier);
    if (target.kind !== 'package' || !isAskedFor(target.name)) return;
    const below = target.subpath ? [target.subpath.replace(/^\.?\//, '')] : [];
    found.set(local, { package: target.name, path: [...below, ...imported] });
  };
  for (const [local, { source, imported }] of instance.imports)
    add(local, source, imported === '*' || imported === 'default' ? [] : [imported]);
  for (const d of declaratorsIn(instance.module)) {
    const specifier = requiredBy(d.init);
    if (specifier === null) continue;
    if (d.target.k === 'identifier') add(d.target.name, specifier, []);
    else if (d.target.k === 'objectPattern')
      for (const p of d.target.properties)
        if (typeof p.key === 'string' && p.value.k === 'identifier') add(p.value.name, specifier, [p.key]);
  }
  return found;
}
/**
 * What a call calls of packages: by its path, or `register` where a plugin is handed over together with its options; null for
 * anything else.
 */
export function calledOf(
  { callee, args }: Node & { k: 'call' | 'new' },
  packages: Packages,
): { package: string; member: string } | null {
  const path = pathOf(callee);
  if (!path) return null;
  const [plugin] = args;
  const registered =
    path.at(-1) === 'register' && plugin?.k === 'identifier' ? packages.get(plugin.name) : undefined;
  if (registered) return { package: registered.package, member: 'register' };
  const of = packages.get(path[0]!);
  return of ? { package: of.package, member: [...of.path, ...path.slice(1)].join('.') } : null;
}
/** `a.b.c`; `new X().y` counts as `X.y`. */
export function pathOf(e: Expression): string[] | null {
  if (e.k === 'identifier') return [e.name];
  if (e.k === 'new') return pathOf(e.callee);
  if (e.k !== 'member') return null;
  const object = pathOf(e.object);
  return object && [...object, e.name];
}
