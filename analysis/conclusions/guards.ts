import { installationOf } from './installations.js';
import type { Context } from '../protections/atoms.js';
import { classify } from '../protections/classify.js';
import type { Expression, Statement } from '../syntax/ast.js';
import type { Evaluator } from '../wiring/evaluator.js';
import type { ModuleInstance } from '../wiring/instance.js';
import { functionOf, probeMiddleware } from '../wiring/middleware.js';
import type { FunctionValue, Value } from '../wiring/value.js';
import type { DefinedGuard, Protection } from '../model/model.js';

/**
 * Guards that modules of the program define at their top level: middleware that a library made, and functions that
 * refuse when they are run as middleware. With how often each was applied, and who refers to it.
 */
export function definedGuards(it: Evaluator, context: Context): DefinedGuard[] {
  const guards: DefinedGuard[] = [];
  // Before anything is tried out: what has run until now ran for an entry point.
  const ran = new Set(it.entered);
  for (const instance of it.modules.loaded) {
    for (const { name, line } of topLevelNames(instance.module.body)) {
      const value = instance.scope.variables.get(name);
      if (!value) continue;
      const protections = protectionsOf(it, value, instance, context);
      const applications =
        it.applied.get(functionOf(value)) ??
        (value.k === 'function' && ran.has(value.fn) && !it.uncalled.has(value.fn) ? 1 : 0);
      // One that lets everyone pass is no guard; that nothing uses it is kept, for when it becomes one.
      if (protections.length === 0 && (applications > 0 || !isMiddleware(value))) continue;
      const installed = applications === 0 ? installationOf(it, instance, name) : null;
      const referencedFrom = references(it, instance, name);
      if (protections.length === 0 && (installed || referencedFrom > 0)) continue;
      guards.push({
        name,
        protections,
        place: { file: instance.path, line },
        exported: instance.module.exports.some((e) => e.k === 'local' && e.local === name),
        applications,
        referencedFrom,
        ...(installed ? { installed } : {}),
      });
    }
  }
  return guards;
}
function topLevelNames(body: readonly Statement[]): { name: string; line: number }[] {
  return body.flatMap((s) => {
    if (s.k === 'functionDeclaration' && s.fn.name) return [{ name: s.fn.name, line: s.line }];
    if (s.k === 'variable')
      return s.declarations.flatMap((d) =>
        d.target.k === 'identifier' ? [{ name: d.target.name, line: d.line }] : [],
      );
    return [];
  });
}
function protectionsOf(
  it: Evaluator,
  value: Value,
  instance: ModuleInstance,
  context: Context,
): Protection[] {
  if (value.k === 'unknown' && value.origin && !value.wraps) {
    const behaviour = it.knowledge.behaviour(value.origin);
    return behaviour?.does === 'protect' ? [behaviour.protection as Protection] : [];
  }
  if (!isMiddleware(value)) return [];
  const facts = probeMiddleware(it, value, { module: instance, line: value.fn.line });
  return [...new Set(facts.flatMap((f) => classify(f, context)).map((c) => c.protection))]
    .filter((p) => p !== 'validation')
    .sort();
}
/** A function that is called like middleware: what it gets last goes on. */
function isMiddleware(value: Value): value is FunctionValue {
  const last = value.k === 'function' && value.fn.params.length === 3 ? value.fn.params[2]!.pattern : null;
  return last?.k === 'identifier' && /^_?(next|done|cb|callback)$/i.test(last.name);
}
/** How many places other than its declaration name a guard, in the modules that were read. */
function references(it: Evaluator, home: ModuleInstance, name: string): number {
  const mention = `"k":"identifier","name":${JSON.stringify(name)}`;
  // A variable's declaration mentions its name once; a function's does not.
  let count =
    usesIn(home).split(mention).length -
    1 -
    (home.module.body.some((s) => s.k === 'functionDeclaration' && s.fn.name === name) ? 0 : 1);
  const near = it.modules.loaded.filter((other) => other !== home && dependsOn(it, other, home));
  // What is passed on by `export *` can be named anywhere.
  const passedOn = near.some((other) => other.module.exports.some((e) => e.k === 'all'));
  for (const other of passedOn ? it.modules.loaded.filter((o) => o !== home) : near) {
    const imported =
      [...other.imports.values()].some((b) => b.imported === name) ||
      other.module.exports.some((e) => e.k === 'from' && e.imported === name);
    if (imported || JSON.stringify(other.module.body).includes(`"name":${JSON.stringify(name)}`)) count++;
  }
  return Math.max(0, count);
}
function dependsOn(it: Evaluator, from: ModuleInstance, home: ModuleInstance): boolean {
  return from.module.dependencies.some((d) => {
    const target = it.loader.resolve(from.path, d.specifier);
    return target.kind === 'file' && target.path === home.path;
  });
}
/** A module's statements without those that only hand things out: `module.exports = { … }`. */
function usesIn(home: ModuleInstance): string {
  const statements = home.module.body.filter(
    (s) =>
      !(
        s.k === 'expression' &&
        s.expression.k === 'assign' &&
        s.expression.target.k === 'memberPattern' &&
        isExports(s.expression.target.target)
      ),
  );
  return JSON.stringify(statements);
}
function isExports(target: Expression): boolean {
  if (target.k !== 'member') return false;
  const { object } = target;
  return (
    (object.k === 'identifier' &&
      (object.name === 'exports' || (object.name === 'module' && target.name === 'exports'))) ||
    (object.k === 'member' && isExports(object))
  );
}
