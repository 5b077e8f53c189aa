import type { FunctionNode, Pattern } from '../syntax/ast.js';
import type { Evaluator } from './evaluator.js';
import type { ModuleInstance } from './instance.js';
import type { LibraryModel, LibraryType } from './library.js';
import { makeClassInstance } from './classes.js';
import { functionValue } from './binding.js';
import { UNDEFINED, unknown, UNKNOWN, type ClassValue, type FunctionValue, type Value } from './value.js';

/** Members whose calls register something. */
const REGISTERS =
  /"name":"(?:use|get|post|put|patch|delete|all|route|on|once|listen|addListener|handleUpgrade)"/;
const registers = (node: object): boolean => REGISTERS.test(JSON.stringify(node));
/** Does a function register, use what a serving library exports, or call one at the top of its module that registers? */
function leadsToRegistering(it: Evaluator, fn: FunctionNode, module: ModuleInstance): boolean {
  if (registers(fn.body)) return true;
  const text = JSON.stringify(fn.body);
  for (const [name, value] of module.scope.variables)
    if (
      value.k === 'external' &&
      it.knowledge.model(value.package)?.finish &&
      text.includes(`"k":"identifier","name":"${name}"`)
    )
      return true;
  return module.module.body.some(
    (s) =>
      s.k === 'functionDeclaration' &&
      s.fn !== fn &&
      text.includes(`"k":"identifier","name":"${s.fn.name}"`) &&
      registers(s.fn.body),
  );
}

/**
 * Runs what a module exports and nothing has called: a function that registers entry points and was reached from no
 * root is still known, though not where it is mounted. Classes are made, and their methods that register are called.
 */
export function runUnattached(it: Evaluator, instance: ModuleInstance): void {
  for (const value of exportedValues(it, instance)) {
    if (value.k === 'function') runFunction(it, value, UNDEFINED);
    // What carries decorators is made by the framework whose they are.
    else if (value.k === 'class' && !it.decorated.includes(value)) {
      runClass(it, value);
      for (const member of value.members.values())
        if (member.k === 'function') runFunction(it, member, value);
    } else if (value.k === 'record')
      for (const member of value.members.values())
        if (member.k === 'function') runFunction(it, member, value);
  }
}
function exportedValues(it: Evaluator, instance: ModuleInstance): Value[] {
  const named = instance.module.exports.flatMap((e) =>
    e.k === 'local' ? [it.lookup(e.local, instance.scope, instance, e.line)] : [],
  );
  return [...named, instance.exportsValue];
}
function runFunction(it: Evaluator, fn: FunctionValue, self: Value): void {
  if (it.entered.has(fn.fn) || fn.module === null || !leadsToRegistering(it, fn.fn, fn.module)) return;
  it.uncalled.add(fn.fn);
  let made = UNDEFINED as Value;
  it.attempt({ file: fn.module.path, line: fn.fn.line }, () => {
    it.withBudget(STEPS, () => {
      made = it.awaiting(
        it.call(fn, argumentsFor(it, fn.fn, fn.module), self, { module: fn.module, line: fn.fn.line }),
      );
    });
  });
  // `module.exports = (app) => ({ start() { mount(app); } })`: what it hands out is called by what called it.
  if (made.k === 'record')
    for (const member of made.members.values())
      if (member.k === 'function' && member.module === fn.module) runFunction(it, member, made);
}
function runClass(it: Evaluator, cls: ClassValue): void {
  const methods = cls.node.members.filter((m) => m.k === 'method' && !m.isStatic && registers(m.fn.body));
  if (methods.length === 0 || methods.some((m) => m.k === 'method' && it.entered.has(m.fn))) return;
  it.attempt({ file: cls.module.path, line: cls.node.line }, () => {
    it.withBudget(STEPS, () => {
      const constructor = cls.node.members.find((m) => m.k === 'method' && m.kind === 'constructor');
      const self = makeClassInstance(
        it,
        cls,
        constructor?.k === 'method' ? argumentsFor(it, constructor.fn, cls.module) : [],
        { module: cls.module, line: cls.node.line },
      );
      for (const method of methods) {
        if (method.k !== 'method' || method.kind !== 'method' || it.entered.has(method.fn)) continue;
        const fn: FunctionValue = { ...functionValue(method.fn, cls.scope, cls.module), home: cls };
        it.quietly(
          () =>
            void it.call(fn, argumentsFor(it, method.fn, cls.module), self, {
              module: cls.module,
              line: method.line,
            }),
        );
      }
    });
  });
}
/** Parameters are what their types say; without a type, what libraries conventionally call so. */
function argumentsFor(it: Evaluator, fn: FunctionNode, module: ModuleInstance): Value[] {
  const models = it.knowledge.models
    .filter((m) => m.parameter && m.packages.some((name) => it.loader.uses(name)))
    .sort((a, b) => Number(isImported(it, module, b)) - Number(isImported(it, module, a)));
  const conventional = (name: string): Value | null => {
    for (const model of models) {
      const known = model.parameter!(it, name);
      if (known) return known;
    }
    return null;
  };
  return fn.params.map(({ type, pattern }) => {
    const typed = type ? it.typedValue(type, module) : UNKNOWN;
    if (typed.k !== 'unknown') return typed;
    const known = pattern.k === 'identifier' ? conventional(pattern.name) : null;
    if (known) return known;
    return pattern.k === 'objectPattern' || isReadFor(fn, pattern, conventional)
      ? it.native(GIVEN, { conventional, type } satisfies Given)
      : unknown([], { type });
  });
}
/** Is a member of it read that is called like something of a library? */
function isReadFor(
  fn: FunctionNode,
  pattern: Pattern,
  conventional: (name: string) => Value | null,
): boolean {
  if (pattern.k !== 'identifier') return false;
  const member = new RegExp(`"k":"identifier","name":"${pattern.name}","line":\\d+\\},"name":"(\\w+)"`, 'g');
  return [...JSON.stringify(fn.body).matchAll(member)].some(([, name]) => conventional(name!) !== null);
}
interface Given {
  conventional(name: string): Value | null;
  type: string | null;
}
/** What something unseen hands over: `args.app` and `({ app })` are what libraries conventionally call so. */
const GIVEN: LibraryType = {
  name: 'argument',
  methods: {},
  get: (_it, self, name) => (self.state as Given).conventional(name),
};
function isImported(it: Evaluator, module: ModuleInstance, model: LibraryModel): boolean {
  return module.module.dependencies.some(({ specifier }) => {
    const target = it.loader.resolve(module.path, specifier);
    return target.kind === 'package' && model.packages.includes(target.name);
  });
}
const STEPS = 300_000;
