import type { Argument, Expression, Property } from '../syntax/ast.js';
import { bindPattern, functionValue, typed } from './binding.js';
import { classValue, superMember } from './classes.js';
import type { Evaluator } from './evaluator.js';
import { mergeSources } from './fact.js';
import type { ModuleInstance } from './instance.js';
import { assignMember, callMember, indexOf, memberOf } from './members.js';
import type { Scope } from './scope.js';
import { anyBoolean, atom, equality, membership, negate, outcomes, testValue } from './tests.js';
import {
  choice, isNullish, joinValues, list, literal, optionsOf, record, sourcesOf, textOf, UNDEFINED, unknown, UNKNOWN,
  type FunctionValue, type Record_, type Site, type Value,
} from './value.js';

export function evaluate(it: Evaluator, e: Expression, scope: Scope, module: ModuleInstance): Value {
  it.step();
  const site: Site = { module, line: e.line };
  switch (e.k) {
    case 'literal':
      return literal(e.value);
    case 'bigint':
      return UNKNOWN;
    case 'importMeta':
      return record([['url', literal(`file:///${module.path}`)], ['dirname', literal(`/${module.path.split('/').slice(0, -1).join('/')}`)], ['filename', literal(`/${module.path}`)], ['env', memberOf(it, it.lookup('process', scope, module, e.line), 'env', site)]], UNKNOWN);
    case 'regex':
      return it.native(it.regexType, { pattern: e.pattern, flags: e.flags });
    case 'identifier':
      return e.name === 'undefined' ? UNDEFINED : it.lookup(e.name, scope, module, e.line);
    case 'this':
      return scope.find('this')?.variables.get('this') ?? UNKNOWN;
    case 'super':
      return UNKNOWN;
    case 'template':
      return template(e.quasis, e.expressions.map((x) => evaluate(it, x, scope, module)));
    case 'tagged': {
      const tag = evaluate(it, e.tag, scope, module);
      const values = e.expressions.map((x) => evaluate(it, x, scope, module));
      return it.callTagged(tag, e.quasis, values, site);
    }
    case 'member': {
      if (e.object.k === 'super') return superMember(it, scope, e.name);
      return memberOf(it, evaluate(it, e.object, scope, module), e.name, site);
    }
    case 'index':
      return indexOf(it, evaluate(it, e.object, scope, module), evaluate(it, e.index, scope, module), site);
    case 'call':
      return evaluateCall(it, e, scope, module);
    case 'new': {
      const callee = evaluate(it, e.callee, scope, module);
      return it.construct(callee, evaluateArguments(it, e.args, scope, module), { module, line: e.line, endLine: e.endLine });
    }
    case 'import': {
      const specifier = evaluate(it, e.specifier, scope, module);
      const text = textOf(specifier);
      if (text === null || text.includes('*')) {
        it.gap('a module is imported by a name that is computed', it.place(site));
        return { k: 'promise', value: UNKNOWN, facts: [] };
      }
      return { k: 'promise', value: it.importPath(module, text), facts: [] };
    }
    case 'function': {
      const self = e.fn.isArrow ? null : null;
      const value = functionValue(e.fn, scope, module, self);
      const home = scope.find('*home*')?.variables.get('*home*');
      return home?.k === 'class' && e.fn.isArrow ? { ...value, home } : value;
    }
    case 'class':
      return classValue(it, e.cls, scope, module);
    case 'array':
      return evaluateList(it, e.elements, scope, module);
    case 'object':
      return evaluateObject(it, e.properties, scope, module);
    case 'unary':
      return unary(it, e.operator, e.operator === 'typeof' && e.argument.k === 'identifier' ? evaluate(it, e.argument, scope, module) : evaluate(it, e.argument, scope, module), site);
    case 'binary':
      return binary(it, e.operator, evaluate(it, e.left, scope, module), evaluate(it, e.right, scope, module), site);
    case 'logical':
      return logical(it, e, scope, module);
    case 'conditional': {
      const test = evaluate(it, e.test, scope, module);
      const sides = outcomes(it, test, site);
      if (sides.whenFalse === null) return evaluate(it, e.consequent, scope, module);
      if (sides.whenTrue === null) return evaluate(it, e.alternate, scope, module);
      const results: { value: Value; facts: readonly import('./fact.js').Fact[] }[] = [];
      const arms = ([[sides.whenTrue, e.consequent], [sides.whenFalse, e.alternate]] as const).map(([facts, branch]) =>
        it.arm(facts, () => void results.push({ value: evaluate(it, branch, scope, module), facts })),
      );
      it.merge(arms);
      return choice(results);
    }
    case 'assign':
      return assignment(it, e, scope, module);
    case 'update': {
      const before = evaluate(it, e.target, scope, module);
      const after = before.k === 'literal' && typeof before.value === 'number' ? literal(before.value + (e.operator === '++' ? 1 : -1)) : unknown(sourcesOf(before));
      if (e.target.k === 'identifier') it.assign(e.target.name, after, scope);
      return before;
    }
    case 'await':
      return it.awaiting(evaluate(it, e.argument, scope, module));
    case 'yield':
      return e.argument ? unknown(sourcesOf(it.awaiting(evaluate(it, e.argument, scope, module)))) : UNKNOWN;
    case 'sequence':
      return e.expressions.map((x) => evaluate(it, x, scope, module)).at(-1) ?? UNDEFINED;
    case 'as': {
      const value = evaluate(it, e.expression, scope, module);
      return value.k === 'unknown' && value.sources.length === 0 && value.origin === null ? typed(it, e.type, value) : value;
    }
    case 'jsx':
      for (const inner of e.expressions) evaluate(it, inner, scope, module);
      return UNKNOWN;
    case 'unknown':
      return UNKNOWN;
  }
}

export function evaluateArguments(it: Evaluator, args: readonly Argument[], scope: Scope, module: ModuleInstance): Value[] {
  const values: Value[] = [];
  for (const arg of args) {
    if (arg.k !== 'spread') values.push(evaluate(it, arg, scope, module));
    else {
      const spread = evaluate(it, arg.argument, scope, module);
      if (spread.k === 'list') {
        values.push(...spread.elements);
        if (spread.open) values.push(spread.open);
      } else values.push(unknown(sourcesOf(spread), spread.k === 'unknown' ? { wraps: spread.wraps, origin: spread.origin } : {}));
    }
  }
  return values;
}
function evaluateCall(it: Evaluator, e: Expression & { k: 'call' }, scope: Scope, module: ModuleInstance): Value {
  const { callee } = e;
  // In a chain of calls each link stands where its own name does.
  const site: Site = { module, line: (callee.k === 'member' && callee.nameLine) || e.line, endLine: e.endLine };
  if (callee.k === 'super') {
    const home = scope.find('*home*')?.variables.get('*home*');
    const self = scope.find('this')?.variables.get('this') ?? UNKNOWN;
    const args = evaluateArguments(it, e.args, scope, module);
    if (home?.k === 'class' && home.base?.k === 'class' && self.k === 'record') it.constructInto(home.base, self, args, site);
    else it.handToUnknown(args, [], site);
    return UNDEFINED;
  }
  if (callee.k === 'member') {
    if (callee.object.k === 'super') {
      const method = superMember(it, scope, callee.name);
      const self = scope.find('this')?.variables.get('this') ?? UNKNOWN;
      return it.call(method, evaluateArguments(it, e.args, scope, module), self, site);
    }
    const object = evaluate(it, callee.object, scope, module);
    if ((callee.optional || e.optional) && isNullish(object)) return UNDEFINED;
    return callMember(it, object, callee.name, () => evaluateArguments(it, e.args, scope, module), site);
  }
  if (callee.k === 'index') {
    const object = evaluate(it, callee.object, scope, module);
    const index = evaluate(it, callee.index, scope, module);
    const name = index.k === 'literal' ? String(index.value) : null;
    if (name !== null) return callMember(it, object, name, () => evaluateArguments(it, e.args, scope, module), site);
    if (index.k === 'choice' && (object.k === 'native' || object.k === 'record')) {
      const names = index.options.map((o) => (o.value.k === 'literal' ? String(o.value.value) : null));
      if (names.every((n) => n !== null)) {
        const args = evaluateArguments(it, e.args, scope, module);
        return choice(names.map((n) => ({ value: callMember(it, object, n!, () => args, site), facts: [] })));
      }
    }
    return it.call(indexOf(it, object, index, site), evaluateArguments(it, e.args, scope, module), object, site);
  }
  const target = evaluate(it, callee, scope, module);
  if (e.optional && isNullish(target)) return UNDEFINED;
  return it.call(target, evaluateArguments(it, e.args, scope, module), UNDEFINED, site);
}
function evaluateList(it: Evaluator, elements: readonly (Argument | null)[], scope: Scope, module: ModuleInstance): Value {
  const values: Value[] = [];
  let open: Value | null = null;
  for (const element of elements) {
    if (element === null) values.push(UNDEFINED);
    else if (element.k !== 'spread') values.push(evaluate(it, element, scope, module));
    else {
      const spread = evaluate(it, element.argument, scope, module);
      for (const option of optionsOf(spread)) {
        if (option.value.k === 'list') {
          values.push(...option.value.elements);
          open = option.value.open ? (open ? joinValues(open, option.value.open) : option.value.open) : open;
        } else if (!isNullish(option.value)) open = open ? joinValues(open, unknown(sourcesOf(option.value))) : unknown(sourcesOf(option.value));
      }
    }
  }
  return values.length > MAX_ELEMENTS ? list(values.slice(0, MAX_ELEMENTS), open ?? UNKNOWN) : list(values, open);
}
const MAX_ELEMENTS = 20_000;
function evaluateObject(it: Evaluator, properties: readonly Property[], scope: Scope, module: ModuleInstance): Value {
  const result: Record_ = record();
  for (const property of properties) {
    if (property.k === 'spread') {
      spreadInto(result, evaluate(it, property.argument, scope, module));
      continue;
    }
    let value = evaluate(it, property.value, scope, module);
    if (value.k === 'function' && !value.fn.isArrow && property.value.k === 'function') value = { ...value };
    let key: string | null;
    if (typeof property.key === 'string') key = property.key;
    else key = textOf(evaluate(it, property.key, scope, module));
    if (property.kind === 'get' && value.k === 'function') (result.getters ??= new Map()).set(key ?? '*', value as FunctionValue);
    else if (property.kind === 'set') continue;
    else if (key === null || key.includes('*')) result.open = result.open ? joinValues(result.open, value) : value;
    else result.members.set(key, value);
  }
  return result;
}
export function spreadInto(result: Record_, spread: Value): void {
  if (spread.k === 'record') {
    for (const [key, value] of spread.members) result.members.set(key, value);
    if (spread.open) result.open = result.open ? joinValues(result.open, spread.open) : spread.open;
  } else if (spread.k === 'choice') {
    const records = spread.options.filter((o) => !isNullish(o.value));
    for (const option of records) {
      if (option.value.k === 'record') {
        for (const [key, value] of option.value.members) {
          const had = result.members.get(key);
          const weak = spread.options.length > 1 ? choice([{ value: had ?? UNDEFINED, facts: [] }, { value, facts: option.facts }]) : value;
          result.members.set(key, weak);
        }
      } else spreadInto(result, option.value);
    }
  } else if (!isNullish(spread) && spread.k !== 'literal') {
    const more = unknown(sourcesOf(spread));
    result.open = result.open ? joinValues(result.open, more) : more;
  }
}
function template(quasis: readonly string[], values: readonly Value[]): Value {
  const parts: (string | Value)[] = [];
  quasis.forEach((quasi, i) => {
    if (quasi) parts.push(quasi);
    const value = values[i];
    if (value) parts.push(value.k === 'literal' ? String(value.value) : value);
  });
  return joinText(parts);
}
/** Longer texts, made by loops that double them, are no paths and no names. */
const MAX_TEXT = 20_000;
export function joinText(parts: readonly (string | Value)[]): Value {
  const flat: (string | Value)[] = [];
  for (const part of parts.flatMap((p) => (typeof p !== 'string' && p.k === 'text' ? p.parts : [p]))) {
    const text = typeof part === 'string' ? part : part.k === 'literal' ? String(part.value) : null;
    if (text !== null && typeof flat.at(-1) === 'string') flat[flat.length - 1] = (flat.at(-1) as string) + text;
    else flat.push(text ?? part);
  }
  if (flat.length === 0) return literal('');
  if (flat.length === 1 && typeof flat[0] === 'string') return flat[0].length > MAX_TEXT ? unknown() : literal(flat[0]);
  return flat.length > 64 || flat.some((p) => typeof p === 'string' && p.length > MAX_TEXT) ? unknown(mergeSources(...flat.map((p) => (typeof p === 'string' ? [] : sourcesOf(p))))) : { k: 'text', parts: flat };
}
function assignment(it: Evaluator, e: Expression & { k: 'assign' }, scope: Scope, module: ModuleInstance): Value {
  const site: Site = { module, line: e.line };
  let value: Value;
  const current = (): Value => {
    const { target } = e;
    if (target.k === 'identifier') return it.lookup(target.name, scope, module, e.line);
    return target.k === 'memberPattern' ? evaluate(it, target.target, scope, module) : UNKNOWN;
  };
  if (e.operator === '=') value = evaluate(it, e.value, scope, module);
  else if (['||=', '&&=', '??='].includes(e.operator)) {
    const before = current();
    const after = evaluate(it, e.value, scope, module);
    const sides = outcomes(it, before, site);
    value = e.operator === '&&=' ? joinValues(before, after) : sides.whenTrue === null ? after : sides.whenFalse === null ? before : joinValues(before, after);
  } else value = binary(it, e.operator.slice(0, -1), current(), evaluate(it, e.value, scope, module), site);
  bindPattern(it, e.target, value, scope, module, false);
  return value;
}
function unary(it: Evaluator, operator: string, value: Value, site: Site): Value {
  switch (operator) {
    case '!':
      return negate(it, value, site);
    case 'typeof':
      if (value.k === 'literal') return literal(value.value === null ? 'object' : typeof value.value);
      if (value.k === 'function' || value.k === 'class' || value.k === 'builtin') return literal('function');
      if (value.k === 'record' || value.k === 'list') return literal('object');
      if (value.k === 'text') return literal('string');
      // The kind of a value tells nothing of who sent it.
      return unknown(['type']);
    case 'void':
    case 'delete':
      return UNDEFINED;
    case '-':
      return value.k === 'literal' && typeof value.value === 'number' ? literal(-value.value) : unknown(sourcesOf(value));
    default:
      return value.k === 'literal' && operator === '+' ? literal(Number(value.value)) : unknown(sourcesOf(value));
  }
}
function binary(it: Evaluator, operator: string, left: Value, right: Value, site: Site): Value {
  switch (operator) {
    case '==':
    case '===':
      return equality(it, left, right, site, false);
    case '!=':
    case '!==':
      return equality(it, left, right, site, true);
    case '+':
      if (left.k === 'choice' || right.k === 'choice') {
        const options = optionsOf(left).flatMap((l) => optionsOf(right).map((r) => ({ value: binary(it, '+', l.value, r.value, site), facts: [...l.facts, ...r.facts] })));
        return choice(options);
      }
      if (left.k === 'literal' && right.k === 'literal') {
        return typeof left.value === 'number' && typeof right.value === 'number' ? literal(left.value + right.value) : joinText([left, right]);
      }
      if (isTextual(left) || isTextual(right)) return joinText([left, right]);
      return unknown(mergeSources(sourcesOf(left), sourcesOf(right)));
    case '<':
    case '>':
    case '<=':
    case '>=': {
      if (left.k === 'literal' && right.k === 'literal' && left.value != null && right.value != null) {
        const [a, b] = [left.value as number, right.value as number];
        return literal(operator === '<' ? a < b : operator === '>' ? a > b : operator === '<=' ? a <= b : a >= b);
      }
      // `undefined >= 2` is false: a missing attribute passes no threshold.
      if (isNullish(left) || isNullish(right)) return literal(false);
      if (left.k === 'choice' || right.k === 'choice') {
        const options = optionsOf(left).flatMap((l) => optionsOf(right).map((r) => ({ value: binary(it, operator, l.value, r.value, site), facts: [...l.facts, ...r.facts] })));
        if (options.length <= 8) return choice(options);
      }
      const sources = mergeSources(sourcesOf(left), sourcesOf(right));
      const constant = left.k === 'literal' ? left : right;
      if (sources.length === 0) return anyBoolean(it, [], site);
      // Written with the constant on the right: `2 <= level` is `level >= 2`.
      const seen = left.k === 'literal' ? MIRRORED[operator] : operator;
      const passing = (op: string): readonly string[] => (constant.k === 'literal' ? [`${op} ${String(constant.value)}`] : []);
      const make = (op: string): readonly import('./fact.js').Fact[] => [atom(it, 'compare', sources, site, { arguments: passing(op) })];
      return { k: 'test', whenTrue: make(seen), whenFalse: make(INVERSE[seen]), sources };
    }
    case 'in':
      if (right.k === 'record' && right.open === null && left.k === 'literal') return literal(right.members.has(String(left.value)));
      if (right.k === 'record') return membership(it, list([...right.members.keys()].map(literal)), left, site);
      return anyBoolean(it, mergeSources(sourcesOf(left), sourcesOf(right)), site);
    case 'instanceof':
      return instanceOf(it, left, right, site);
    default:
      if (left.k === 'literal' && right.k === 'literal' && typeof left.value === 'number' && typeof right.value === 'number') {
        const [a, b] = [left.value, right.value];
        const result = { '-': a - b, '*': a * b, '/': a / b, '%': a % b, '|': a | b, '&': a & b, '^': a ^ b, '<<': a << b, '>>': a >> b, '>>>': a >>> b, '**': a ** b }[operator];
        if (result !== undefined) return literal(result);
      }
      return unknown(mergeSources(sourcesOf(left), sourcesOf(right)));
  }
}
const MIRRORED = { '<': '>', '>': '<', '<=': '>=', '>=': '<=' } as const;
const INVERSE = { '<': '>=', '>': '<=', '<=': '>', '>=': '<' } as const;
const isTextual = (v: Value): boolean => v.k === 'text' || (v.k === 'literal' && typeof v.value === 'string');

function instanceOf(it: Evaluator, left: Value, right: Value, site: Site): Value {
  if (left.k === 'record' && left.cls && right.k === 'class') {
    for (let cls: Value | null = left.cls; cls?.k === 'class'; cls = cls.base) if (cls.node === right.node) return literal(true);
    return literal(false);
  }
  if (left.k === 'literal') return literal(false);
  if (left.k === 'choice') return choice(left.options.map((o) => ({ value: instanceOf(it, o.value, right, site), facts: o.facts })));
  return anyBoolean(it, sourcesOf(left), site);
}
function logical(it: Evaluator, e: Expression & { k: 'logical' }, scope: Scope, module: ModuleInstance): Value {
  const left = evaluate(it, e.left, scope, module);
  const site: Site = { module, line: e.left.line };
  if (e.operator === '??') {
    const options = optionsOf(left);
    if (options.every((o) => isNullish(o.value))) return evaluate(it, e.right, scope, module);
    if (options.every((o) => o.value.k !== 'unknown' && !isNullish(o.value))) return left;
    const kept = options.filter((o) => !isNullish(o.value));
    let right: Value = UNDEFINED;
    const arm = it.arm([], () => { right = evaluate(it, e.right, scope, module); });
    it.merge([arm, it.arm([], () => {})]);
    return arm.facts === null ? choice(kept) : choice([...kept, { value: right, facts: [] }]);
  }
  const sides = outcomes(it, left, site);
  const [goesOn, stays] = e.operator === '&&' ? [sides.whenTrue, sides.whenFalse] : [sides.whenFalse, sides.whenTrue];
  if (goesOn === null) return left;
  if (stays === null) {
    // The facts that make it go on hold from here on.
    it.learn(goesOn);
    return evaluate(it, e.right, scope, module);
  }
  let right: Value = UNDEFINED;
  const arm = it.arm(goesOn, () => { right = evaluate(it, e.right, scope, module); });
  // `ok || fail()`: when the right side does not come back, only the left side goes on.
  it.merge([arm, it.arm(stays, () => {})]);
  const stayed = choice(side(it, left, e.operator === '||', site));
  const staying = { value: stayed, facts: [] };
  if (arm.facts === null) return stayed;
  return choice([...optionsOf(staying.value), { value: right, facts: goesOn }]);
}
/** The options of the left operand that end the evaluation there, as truthy (or falsy) values with their facts. */
function side(it: Evaluator, value: Value, truthy: boolean, site: Site): { value: Value; facts: readonly import('./fact.js').Fact[] }[] {
  return optionsOf(value).flatMap((option) => {
    const sides = outcomes(it, option.value, site);
    const facts = truthy ? sides.whenTrue : sides.whenFalse;
    if (facts === null) return [];
    const value = option.value.k === 'test' ? literal(truthy) : truthy ? option.value : option.value.k === 'literal' ? option.value : literal(false);
    // An unknown that stays keeps its own test: the facts come with being tested again.
    return [{ value: option.value.k === 'unknown' && truthy ? option.value : value, facts: option.value.k === 'unknown' && truthy ? option.facts : [...option.facts, ...facts] }];
  });
}
