import type { FunctionNode, Pattern, Statement } from '../syntax/ast.js';
import {
  choice,
  isNullish,
  list,
  record,
  sourcesOf,
  UNDEFINED,
  unknown,
  type FunctionValue,
  type Value,
} from './value.js';
import type { Evaluator } from './evaluator.js';
import { classValue } from './classes.js';
import { evaluate } from './expressions.js';
import { ModuleInstance } from './instance.js';
import { assignMember, indexOf, memberOf, own } from './members.js';
import { born, type Scope } from './scope.js';

/** Declares what is visible before it is reached: functions, and variables as undefined. */
export function hoist(it: Evaluator, body: readonly Statement[], scope: Scope, module: ModuleInstance): void {
  for (const statement of body) {
    if (statement.k === 'functionDeclaration' && statement.fn.name) {
      const value = functionValue(statement.fn, scope, module);
      scope.variables.set(statement.fn.name, value);
      if (directiveOf(statement.fn)) it.directed.set(statement.fn, value);
    }
    // Classes are usable by functions that run later; reading one earlier is an error in the program itself.
    if (statement.k === 'classDeclaration' && statement.cls.name && scope.parent === null) {
      const { cls } = statement;
      if (cls.superClass === null && cls.decorators.length === 0)
        scope.variables.set(cls.name!, classValue(it, cls, scope, module, null));
    }
    if (statement.k === 'variable' && statement.kind === 'var') {
      // Wherever it stands, it is a variable of the function.
      const { variables } = scope.functionScope();
      for (const { target } of statement.declarations)
        if (target.k === 'identifier' && !variables.has(target.name)) variables.set(target.name, UNDEFINED);
    }
  }
}
export function functionValue(
  fn: FunctionNode,
  scope: Scope,
  module: ModuleInstance,
  self: Value | null = null,
): FunctionValue {
  return { k: 'function', fn, module, scope, self, home: null, bound: [], members: born(new Map()) };
}
/** The directive with which a function's body begins, such as `use server`. */
export function directiveOf(fn: FunctionNode): string | null {
  const [first] = fn.body;
  if (first?.k !== 'expression' || first.expression.k !== 'literal') return null;
  const { value } = first.expression;
  return typeof value === 'string' && value.startsWith('use ') ? value : null;
}

export function bindParameters(
  it: Evaluator,
  fn: FunctionNode,
  args: readonly Value[],
  scope: Scope,
  module: ModuleInstance,
): void {
  if (!fn.isArrow) scope.variables.set('arguments', list([...args]));
  fn.params.forEach((parameter, i) => {
    let value: Value;
    if (parameter.rest) value = list(args.slice(i) as Value[]);
    else value = args[i] ?? UNDEFINED;
    if (value.k === 'unknown' && value.type === null && parameter.type) {
      value = typed(it, parameter.type, value, module);
    } else if (value === UNDEFINED && parameter.type && i >= args.length) {
      const known = typed(it, parameter.type, unknown(), module);
      if (known.k !== 'unknown') value = known;
    }
    bindPattern(it, parameter.pattern, value, scope, module, true);
    const { pattern } = parameter;
    // `constructor(private readonly records: Records = new RecordsInMemory())` is one too.
    const named = pattern.k === 'defaultPattern' ? pattern.target : pattern;
    if (parameter.property && named.k === 'identifier') {
      const self = scope.find('this')?.variables.get('this');
      const bound = scope.variables.get(named.name) ?? value;
      if (self) assignMember(it, self, named.name, bound, { module, line: fn.line });
    }
  });
}
/** Written types are evidence where nothing else is known. */
export function typed(it: Evaluator, type: string, value: Value, module: ModuleInstance | null): Value {
  const text = type.replace(/^\s*:?\s*/, '');
  const found = fromLibrary(it, text, module);
  if (found) return found;
  return value.k === 'unknown' ? { ...value, type } : value;
}
/** A type that was imported from a package is asked of that package's model alone, under the name it has there. */
function fromLibrary(
  it: Evaluator,
  text: string,
  module: ModuleInstance | null,
  depth = MAX_NAMES,
): Value | null {
  const [head] = /^[\w$]+/.exec(text) ?? [];
  const binding = head === undefined ? undefined : module?.typeImports.get(head);
  const alias = head === undefined || binding || !module ? undefined : own(module.module.aliases ?? {}, head);
  if (alias !== undefined) return depth > 0 ? fromLibrary(it, alias, module, depth - 1) : null;
  if (binding && module) {
    const target = it.loader.resolve(module.path, binding.source);
    const named = target.kind === 'file' ? it.loader.module(target.path) : null;
    const meant = named ? own(named.aliases ?? {}, binding.imported) : undefined;
    if (target.kind === 'file' && named && meant !== undefined)
      return depth > 0 ? fromLibrary(it, meant, new ModuleInstance(target.path, named), depth - 1) : null;
    if (target.kind === 'package') {
      const rest = text.slice(head!.length);
      const named =
        binding.imported === '*' || binding.imported === 'default'
          ? rest.startsWith('.')
            ? rest.slice(1)
            : text
          : binding.imported + rest;
      return it.knowledge.model(target.name)?.typed?.(it, named, true) ?? null;
    }
  }
  for (const model of it.knowledge.models) {
    const found = model.typed?.(it, text, false);
    if (found) return found;
  }
  return null;
}

/** How many names one after the other a type may have. */
const MAX_NAMES = 4;

/** Binds or assigns a pattern. `declare` binds in `scope`; otherwise existing variables are assigned. */
export function bindPattern(
  it: Evaluator,
  pattern: Pattern,
  value: Value,
  scope: Scope,
  module: ModuleInstance,
  declare: boolean,
): void {
  switch (pattern.k) {
    case 'identifier':
      if (declare) it.journal.write(scope.variables, pattern.name, value);
      else it.assign(pattern.name, value, scope);
      return;
    case 'defaultPattern': {
      const options = value.k === 'choice' ? value.options : [{ value, facts: [] }];
      if (options.some((o) => o.value.k === 'literal' && o.value.value === undefined)) {
        const fallback = evaluate(it, pattern.value, scope, module);
        const rest = options.filter((o) => !(o.value.k === 'literal' && o.value.value === undefined));
        value = choice([...rest, { value: fallback, facts: [] }]);
      } else if (value.k === 'unknown' && value.sources.length === 0) {
        const fallback = evaluate(it, pattern.value, scope, module);
        if (fallback.k !== 'literal') value = fallback;
      }
      return bindPattern(it, pattern.target, value, scope, module, declare);
    }
    case 'objectPattern': {
      const taken = new Set<string>();
      for (const property of pattern.properties) {
        const site = { module, line: property.line };
        let member: Value;
        if (typeof property.key === 'string') {
          taken.add(property.key);
          member = memberOf(it, value, property.key, site);
        } else member = indexOf(it, value, evaluate(it, property.key, scope, module), site);
        bindPattern(it, property.value, member, scope, module, declare);
      }
      if (pattern.rest) bindPattern(it, pattern.rest, without(value, taken), scope, module, declare);
      return;
    }
    case 'arrayPattern': {
      const site = { module, line: pattern.line };
      pattern.elements.forEach((element, i) => {
        if (element) bindPattern(it, element, elementAt(it, value, i, site), scope, module, declare);
      });
      if (pattern.rest) {
        const rest =
          value.k === 'list'
            ? list(value.elements.slice(pattern.elements.length), value.open)
            : unknown(sourcesOf(value));
        bindPattern(it, pattern.rest, rest, scope, module, declare);
      }
      return;
    }
    case 'memberPattern': {
      const { target } = pattern;
      const site = { module, line: pattern.line };
      if (target.k === 'member')
        assignMember(it, evaluate(it, target.object, scope, module), target.name, value, site);
      else if (target.k === 'index') {
        const object = evaluate(it, target.object, scope, module);
        const index = evaluate(it, target.index, scope, module);
        if (index.k === 'literal') assignMember(it, object, String(index.value), value, site);
        else if (object.k === 'record')
          it.journal.open(object, value, (before, also) =>
            choice([
              { value: before, facts: [] },
              { value: also, facts: [] },
            ]),
          );
      }
    }
  }
}
function elementAt(
  it: Evaluator,
  value: Value,
  i: number,
  site: { module: ModuleInstance; line: number },
): Value {
  if (value.k === 'list') return value.elements[i] ?? value.open ?? UNDEFINED;
  if (value.k === 'choice')
    return choice(
      value.options
        .filter((o) => !isNullish(o.value))
        .map((o) => ({ value: elementAt(it, o.value, i, site), facts: o.facts })),
    );
  if (value.k === 'native' || value.k === 'record')
    return indexOf(it, value, { k: 'literal', value: i }, site);
  const known = value.k === 'unknown' ? value.parts?.get(String(i)) : undefined;
  return known ?? unknown(sourcesOf(value), value.k === 'unknown' ? { origin: value.origin } : {});
}
function without(value: Value, taken: ReadonlySet<string>): Value {
  if (value.k === 'unknown' && value.sentBut) return { ...value, sentBut: [...value.sentBut, ...taken] };
  if (value.k === 'record') {
    const rest = record(
      [...value.members].filter(([key]) => !taken.has(key)),
      value.open,
    );
    return rest;
  }
  return value.k === 'choice'
    ? choice(value.options.map((o) => ({ value: without(o.value, taken), facts: o.facts })))
    : value;
}
