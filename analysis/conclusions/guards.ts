import { requiredBy, visit } from './code.js';
import { installationOf } from './installations.js';
import type { Context } from '../protections/atoms.js';
import { classify } from '../protections/classify.js';
import type { Expression, FunctionNode, Module, Statement } from '../syntax/ast.js';
import type { Evaluator } from '../wiring/evaluator.js';
import type { Fact } from '../wiring/fact.js';
import { tried } from '../wiring/idle.js';
import type { ModuleInstance } from '../wiring/instance.js';
import type { LibraryModel } from '../wiring/library.js';
import { functionOf, probeMiddleware } from '../wiring/middleware.js';
import type { ClassValue, FunctionValue, Site, Value } from '../wiring/value.js';
import type { DefinedGuard, Protection } from '../model/model.js';
import { madeBy } from './guard-factories.js';

/**
 * Guards that modules of the program define at their top level: middleware that a library made, and functions that
 * refuse when they are run as middleware. With how often each was applied, and who refers to it.
 */
export function definedGuards(it: Evaluator, context: Context): DefinedGuard[] {
  const guards: DefinedGuard[] = [];
  // Before anything is tried out: what has run until now ran for an entry point.
  const ran = new Set(it.entered);
  const used = new Set(it.observations.map((o) => o.framework));
  const serving = it.knowledge.models.filter((m) => used.has(m.name));
  for (const instance of it.modules.loaded) {
    const handedOut = instance.exportsValue.k === 'record' ? instance.exportsValue.members : null;
    for (const { name, line, isMember } of topLevelNames(instance.module.body)) {
      const value = isMember ? handedOut?.get(name) : instance.scope.variables.get(name);
      if (!value) continue;
      const run = value.k === 'class' ? methodOf(value) : value.k === 'function' ? value.fn : null;
      const applications =
        it.applied.get(functionOf(value)) ?? (run && ran.has(run) && !it.uncalled.has(run) ? 1 : 0);
      const made = value.k === 'function' && applications === 0 ? madeBy(it, value, ran) : null;
      const guard = made ?? value;
      const protections = protectionsOf(it, guard, instance, context, applications > 0 ? [] : serving);
      // One that lets everyone pass is no guard; that nothing uses it is kept, for when it becomes one.
      if (protections.length === 0 && (applications > 0 || !isMiddleware(value))) continue;
      const installed = applications === 0 ? installationOf(it, instance, name) : null;
      const referencedFrom =
        value.k === 'class' ? (mentionsOf(it).get(name) ?? 0) : references(it, instance, name, isMember);
      if (protections.length === 0 && (installed || referencedFrom > 0)) continue;
      guards.push({
        name,
        protections,
        place: { file: instance.path, line },
        exported:
          isMember === true || instance.module.exports.some((e) => e.k === 'local' && e.local === name),
        applications,
        referencedFrom,
        ...(made ? { makes: true as const } : {}),
        ...(installed ? { installed } : {}),
      });
    }
  }
  return guards;
}
interface TopLevelName {
  name: string;
  line: number;
  /** It has no name in the module, and is only handed out: `exports.limit = rateLimit(…)`. */
  isMember?: true;
}
function topLevelNames(body: readonly Statement[]): TopLevelName[] {
  return body.flatMap((s): TopLevelName[] => {
    if (s.k === 'expression' && s.expression.k === 'assign' && s.expression.target.k === 'memberPattern')
      return handedOutBy(s.expression.target.target, s.expression.value, s.line);
    if (s.k === 'functionDeclaration' && s.fn.name) return [{ name: s.fn.name, line: s.line }];
    if (s.k === 'classDeclaration' && s.cls.name) return [{ name: s.cls.name, line: s.line }];
    if (s.k === 'variable')
      return s.declarations.flatMap((d) =>
        d.target.k === 'identifier' ? [{ name: d.target.name, line: d.line }] : [],
      );
    return [];
  });
}
/** `exports.limit = …`, `module.exports = { limit: rateLimit(…) }`; what has a name of its own is found by that. */
function handedOutBy(target: Expression, value: Expression, line: number): TopLevelName[] {
  if (target.k !== 'member' || !isExports(target)) return [];
  const isNamed = (e: Expression): boolean => e.k === 'identifier';
  if (target.object.k === 'identifier' && target.object.name === 'module')
    return value.k !== 'object'
      ? []
      : value.properties.flatMap((p) =>
          p.k === 'property' && typeof p.key === 'string' && !isNamed(p.value)
            ? [{ name: p.key, line: p.line, isMember: true as const }]
            : [],
        );
  return isNamed(value) ? [] : [{ name: target.name, line, isMember: true }];
}
function protectionsOf(
  it: Evaluator,
  value: Value,
  instance: ModuleInstance,
  context: Context,
  serving: readonly LibraryModel[],
): Protection[] {
  if (value.k === 'unknown' && value.origin && !value.wraps) {
    const behaviour = it.knowledge.behaviour(value.origin);
    return behaviour?.does === 'protect' ? [behaviour.protection as Protection] : [];
  }
  const site = { module: instance, line: value.k === 'function' ? value.fn.line : 1 };
  const facts = isMiddleware(value) ? probeMiddleware(it, value, site) : tryOut(it, value, serving, site);
  return [...new Set(facts.flatMap((f) => classify(f, context)).map((c) => c.protection))]
    .filter((p) => p !== 'validation')
    .sort();
}
/** What it establishes where a framework that the program uses would run it. */
function tryOut(it: Evaluator, value: Value, serving: readonly LibraryModel[], site: Site): readonly Fact[] {
  for (const model of serving) {
    const run = model.asGuard?.(it, value, site);
    if (run) return tried(it, it.place(site), run);
  }
  return [];
}
/** What of a class is run in front of a handler. */
const methodOf = (cls: ClassValue): FunctionNode | null =>
  cls.node.members.flatMap((m) => (m.k === 'method' && m.name === 'canActivate' ? [m.fn] : []))[0] ?? null;
/**
 * How often each name is mentioned but where a class is made known for injection: that puts it in front of nothing. As the type
 * of a parameter it may be asked for, and called by hand.
 */
const mentionsOf = (it: Evaluator): ReadonlyMap<string, number> =>
  it.stateOf('guards:mentions', () => {
    const found = new Map<string, number>();
    const count = (name: string): void => void found.set(name, (found.get(name) ?? 0) + 1);
    for (const { module } of it.modules.loaded) {
      const provided = new Set<unknown>();
      visit(module.body, (node) => {
        if (node.k !== 'object') return;
        for (const p of node.properties)
          if (p.k === 'property' && /^(?:providers|exports)$/.test(String(p.key)) && p.value.k === 'array')
            for (const e of p.value.elements) provided.add(e);
      });
      visit(module.body, (node) => {
        if (node.k === 'identifier' && !provided.has(node)) count(node.name);
      });
      visitTexts(module.body, 'type', count);
    }
    return found;
  });
/** Texts that parts of a tree have under a key. */
function visitTexts(tree: unknown, key: 'name' | 'type', see: (text: string) => void): void {
  if (typeof tree !== 'object' || tree === null) return;
  const text = (tree as Partial<Record<string, unknown>>)[key];
  if (typeof text === 'string') see(text);
  for (const part of Object.values(tree)) visitTexts(part, key, see);
}
/** A function that is called like middleware: what it gets last goes on. */
function isMiddleware(value: Value): value is FunctionValue {
  const last = value.k === 'function' && value.fn.params.length === 3 ? value.fn.params[2]!.pattern : null;
  return last?.k === 'identifier' && /^_?(next|done|cb|callback)$/i.test(last.name);
}
/** How many places other than its declaration name a guard, in the modules that were read. */
function references(it: Evaluator, home: ModuleInstance, name: string, isMember?: true): number {
  const mention = `"k":"identifier","name":${JSON.stringify(name)}`;
  const used = `"name":${JSON.stringify(name)}`;
  // A variable's declaration mentions its name once; a function's does not.
  let count = isMember
    ? usesIn(home).split(used).length - 1
    : usesIn(home).split(mention).length -
      1 -
      (home.module.body.some((s) => s.k === 'functionDeclaration' && s.fn.name === name) ? 0 : 1);
  const near = it.modules.loaded.filter((other) => other !== home && dependsOn(it, other, home));
  // What is passed on by `export *` can be named anywhere.
  const passedOn = near.some((other) => other.module.exports.some((e) => e.k === 'all'));
  for (const other of passedOn ? it.modules.loaded.filter((o) => o !== home) : near) {
    // That it is imported puts it in front of nothing: by whichever name it is known there, that has to be used.
    const names = [name, ...[...other.imports].flatMap(([local, b]) => (b.imported === name ? [local] : []))];
    const said = namesIn(other.module);
    const isHandedOn = other.module.exports.some((e) =>
      e.k === 'from' ? e.imported === name : e.k === 'local' && names.slice(1).includes(e.local),
    );
    if (isHandedOn || names.some((n) => said.has(n))) count++;
  }
  return Math.max(0, count);
}
/** All that a module says by a name, but where it only requires others: that something is had is no use of it. */
const named = new WeakMap<Module, ReadonlySet<string>>();
function namesIn(module: Module): ReadonlySet<string> {
  let known = named.get(module);
  if (!known) {
    const found = new Set<string>();
    const isRequired = (s: Statement): boolean =>
      s.k === 'variable' && s.declarations.every((d) => requiredBy(d.init) !== null);
    visitTexts(
      module.body.filter((s) => !isRequired(s)),
      'name',
      (name) => found.add(name),
    );
    named.set(module, (known = found));
  }
  return known;
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
