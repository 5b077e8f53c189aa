import { addressText } from './addresses.js';
import { membersOf } from './globals.js';
import { notePeople } from './kept-people.js';
import { logical } from './logical.js';
import { condition, noteTested, yielded } from './neglect.js';
import { binary, unary } from './operators.js';
import { isComputation } from './promises.js';
import { template } from './texts.js';
import { newFacts, type Fact } from './fact.js';
import type { Argument, Expression, Property } from '../syntax/ast.js';
import { bindPattern, directiveOf, functionValue, typed } from './binding.js';
import { classValue, construct, constructBase, superMember } from './classes.js';
import type { Evaluator } from './evaluator.js';
import type { ModuleInstance } from './instance.js';
import { assignMember, callMember, indexOf, memberOf } from './members.js';
import { narrow } from './narrowing.js';
import { spreadInto } from './spreading.js';
import type { Scope } from './scope.js';
import { elementsOf, gather } from './loops.js';
import { outcomes } from './tests.js';
import {
  choice,
  isNullish,
  joinValues,
  list,
  literal,
  optionsOf,
  record,
  sourcesOf,
  textOf,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type FunctionValue,
  type Record_,
  type Site,
  type Value,
} from './value.js';
import { mergeAt } from './unexplained.js';

export function evaluate(it: Evaluator, e: Expression, scope: Scope, module: ModuleInstance): Value {
  it.step();
  const site: Site = { module, line: e.line };
  switch (e.k) {
    case 'literal':
      return e.member === undefined ? literal(e.value) : { k: 'literal', value: e.value, member: e.member };
    case 'bigint':
      return UNKNOWN;
    case 'importMeta':
      return record(
        [
          ['url', literal(`file:///${module.path}`)],
          ['dirname', literal(`/${module.path.split('/').slice(0, -1).join('/')}`)],
          ['filename', literal(`/${module.path}`)],
          // As bundlers set them in what is deployed, on a server.
          ['dev', literal(false)],
          ['prerender', literal(false)],
          ['server', literal(true)],
          ['client', literal(false)],
          ['env', memberOf(it, it.lookup('process', scope, module, e.line), 'env', site)],
        ],
        UNKNOWN,
      );
    case 'regex':
      return it.native(it.regexType, { pattern: e.pattern, flags: e.flags });
    case 'identifier':
      return e.name === 'undefined' ? UNDEFINED : it.lookup(e.name, scope, module, e.line);
    case 'this':
      return scope.find('this')?.variables.get('this') ?? UNKNOWN;
    case 'super':
      return UNKNOWN;
    case 'template':
      return template(
        e.quasis,
        e.expressions.map((x) => evaluate(it, x, scope, module)),
      );
    case 'tagged': {
      const tag = evaluate(it, e.tag, scope, module);
      const values = e.expressions.map((x) => evaluate(it, x, scope, module));
      // The raw text with `?` holes, and what is filled in.
      return it.call(tag, [literal(e.quasis.join('?')), ...values], UNDEFINED, site);
    }
    case 'member': {
      if (e.object.k === 'super') return superMember(it, scope, e.name);
      const object = evaluate(it, e.object, scope, module);
      return orNothing(e, object, memberOf(it, object, e.name, site));
    }
    case 'index': {
      const object = evaluate(it, e.object, scope, module);
      return orNothing(e, object, indexOf(it, object, evaluate(it, e.index, scope, module), site));
    }
    case 'call':
      return missed(e, yielded(it, e, evaluateCall(it, e, scope, module), site));
    case 'new': {
      const callee = evaluate(it, e.callee, scope, module);
      const made = construct(it, callee, evaluateArguments(it, e.args, scope, module), {
        module,
        line: e.line,
        endLine: e.endLine,
      });
      // Whatever else it is, there is one.
      return made.k === 'unknown' ? { ...made, isTruthy: true } : made;
    }
    case 'import': {
      const specifier = evaluate(it, e.specifier, scope, module);
      const text = textOf(addressText(specifier));
      if (text === null || text.includes('*')) {
        it.gap('a module is imported by a name that is computed', it.place(site));
        return { k: 'promise', value: UNKNOWN, facts: [] };
      }
      return { k: 'promise', value: it.modules.importPath(module, text), facts: [] };
    }
    case 'function': {
      const value = functionValue(e.fn, scope, module);
      if (directiveOf(e.fn)) it.directed.set(e.fn, value);
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
      if (e.operator === 'delete') return remove(it, e.argument, scope, module);
      if (e.operator === 'typeof' && isOfBrowsers(it, e.argument, scope)) return literal('undefined');
      return unary(it, e.operator, evaluate(it, e.argument, scope, module), site);
    case 'binary':
      return binary(
        it,
        e.operator,
        evaluate(it, e.left, scope, module),
        evaluate(it, e.right, scope, module),
        site,
      );
    case 'logical':
      return logical(it, e, scope, module);
    case 'conditional': {
      const { result: sides, asked } = condition(it, () =>
        outcomes(it, evaluate(it, e.test, scope, module), site),
      );
      if (sides.whenFalse === null || sides.whenTrue === null) {
        const [taken, other] =
          sides.whenFalse === null ? [e.consequent, e.alternate] : [e.alternate, e.consequent];
        noteTested(it, asked, () => evaluate(it, other, scope, module), site);
        return evaluate(it, taken, scope, module);
      }
      const results: { value: Value; facts: readonly Fact[] }[] = [];
      const arms = (
        [
          [sides.whenTrue, e.consequent],
          [sides.whenFalse, e.alternate],
        ] as const
      ).map(([facts, branch]) =>
        it.arm(facts, () => {
          narrow(it, e.test, branch === e.consequent, scope, module);
          const before = it.facts;
          const value = evaluate(it, branch, scope, module);
          // What was passed on the way to a value holds where it is that one.
          results.push({ value, facts: [...facts, ...newFacts(before, it.facts)] });
        }),
      );
      mergeAt(it, arms, site);
      return choice(results);
    }
    case 'assign':
      return assignment(it, e, scope, module);
    case 'update': {
      const before = evaluate(it, e.target, scope, module);
      const after =
        before.k === 'literal' && typeof before.value === 'number'
          ? literal(before.value + (e.operator === '++' ? 1 : -1))
          : unknown(sourcesOf(before));
      if (e.target.k === 'identifier') it.assign(e.target.name, after, scope);
      return before;
    }
    case 'await':
      return it.awaiting(evaluate(it, e.argument, scope, module));
    case 'yield': {
      if (!e.argument) return UNKNOWN;
      const given = evaluate(it, e.argument, scope, module);
      const result = it.awaiting(given);
      // What a library can wait for, it hands back: `yield*` of a computation yields what that does.
      return e.delegate && isComputation(given) ? result : unknown(sourcesOf(result));
    }
    case 'sequence':
      return e.expressions.map((x) => evaluate(it, x, scope, module)).at(-1) ?? UNDEFINED;
    case 'as': {
      const value = evaluate(it, e.expression, scope, module);
      return value.k === 'unknown' && value.sources.length === 0 && value.origin === null
        ? typed(it, e.type, value, module)
        : value;
    }
    case 'jsx':
      for (const inner of e.expressions) evaluate(it, inner, scope, module);
      return UNKNOWN;
    case 'unknown':
      return UNKNOWN;
  }
}

export function evaluateArguments(
  it: Evaluator,
  args: readonly Argument[],
  scope: Scope,
  module: ModuleInstance,
): Value[] {
  const values: Value[] = [];
  for (const arg of args) {
    if (arg.k !== 'spread') values.push(evaluate(it, arg, scope, module));
    else {
      const spread = evaluate(it, arg.argument, scope, module);
      if (spread.k === 'list') {
        values.push(...spread.elements);
        if (spread.open) values.push(spread.open);
      } else
        values.push(
          unknown(
            sourcesOf(spread),
            spread.k === 'unknown' ? { wraps: spread.wraps, origin: spread.origin } : {},
          ),
        );
    }
  }
  return values;
}
function evaluateCall(
  it: Evaluator,
  e: Expression & { k: 'call' },
  scope: Scope,
  module: ModuleInstance,
): Value {
  const { callee } = e;
  // In a chain of calls each link stands where its own name does.
  const site: Site = {
    module,
    line: (callee.k === 'member' && callee.nameLine) || e.line,
    endLine: e.endLine,
    calls: it.calls,
    args: e.args,
  };
  if (callee.k === 'super') {
    const home = scope.find('*home*')?.variables.get('*home*');
    const self = scope.find('this')?.variables.get('this') ?? UNKNOWN;
    const args = evaluateArguments(it, e.args, scope, module);
    if (home?.k === 'class' && home.base?.k === 'class' && self.k === 'record')
      it.constructInto(home.base, self, args, site);
    else {
      if (home?.k === 'class' && home.base && self.k === 'record')
        constructBase(it, home.base, self, args, site);
      it.handToUnknown(args, [], site);
    }
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
    const args = (): Value[] => evaluateArguments(it, e.args, scope, module);
    return orNothing(callee, object, callMember(it, object, callee.name, args, site));
  }
  if (callee.k === 'index') {
    const object = evaluate(it, callee.object, scope, module);
    const index = evaluate(it, callee.index, scope, module);
    const name = index.k === 'literal' ? String(index.value) : null;
    if (name !== null)
      return callMember(it, object, name, () => evaluateArguments(it, e.args, scope, module), site);
    if (index.k === 'choice' && (object.k === 'native' || object.k === 'record')) {
      const names = index.options.map((o) => (o.value.k === 'literal' ? String(o.value.value) : null));
      if (names.every((n) => n !== null)) {
        const args = evaluateArguments(it, e.args, scope, module);
        return choice(names.map((n) => ({ value: callMember(it, object, n!, () => args, site), facts: [] })));
      }
    }
    return it.call(
      indexOf(it, object, index, site),
      evaluateArguments(it, e.args, scope, module),
      object,
      site,
    );
  }
  const target = evaluate(it, callee, scope, module);
  if (e.optional && isNullish(target)) return UNDEFINED;
  return it.call(target, evaluateArguments(it, e.args, scope, module), UNDEFINED, site);
}
/** `typeof window`, as programs ask that run in browsers as well: what handles requests runs in none. */
const isOfBrowsers = (it: Evaluator, e: Expression, scope: Scope): boolean =>
  e.k === 'identifier' &&
  (e.name === 'window' || e.name === 'document') &&
  !scope.find(e.name) &&
  !it.globalObject.members.has(e.name);
/** `delete a.b`: it is not there any more. */
function remove(it: Evaluator, e: Expression, scope: Scope, module: ModuleInstance): Value {
  if (e.k === 'member' || e.k === 'index') {
    const object = evaluate(it, e.object, scope, module);
    const name = e.k === 'member' ? e.name : textOf(evaluate(it, e.index, scope, module));
    if (object.k !== 'native' && name !== null && !name.includes('*'))
      assignMember(it, object, name, UNDEFINED, { module, line: e.line });
  } else evaluate(it, e, scope, module);
  return literal(true);
}
/** `a?.b` is nothing where `a` may be nothing, and so is all that follows in the chain; without the mark it does not go on. */
function orNothing(e: Expression & { k: 'member' | 'index' }, object: Value, found: Value): Value {
  if (object.k !== 'choice' || !isOptional(e)) return found;
  const nothing = object.options.filter((o) => isNullish(o.value));
  if (nothing.length === 0) return found;
  return choice([...optionsOf(found), ...nothing.map(({ facts }) => ({ value: UNDEFINED, facts }))]);
}
const isOptional = (e: Expression): boolean =>
  ((e.k === 'member' || e.k === 'index') && (e.optional || isOptional(e.object))) ||
  (e.k === 'call' && (e.optional || isOptional(e.callee)));
function evaluateList(
  it: Evaluator,
  elements: readonly (Argument | null)[],
  scope: Scope,
  module: ModuleInstance,
): Value {
  const values: Value[] = [];
  let open: Value | null = null;
  for (const element of elements) {
    if (element === null) values.push(UNDEFINED);
    else if (element.k !== 'spread') values.push(evaluate(it, element, scope, module));
    else {
      const spread = evaluate(it, element.argument, scope, module);
      for (const option of optionsOf(spread)) {
        if (option.value.k === 'list' || option.value.k === 'native') {
          const of = elementsOf(it, option.value, 'of');
          values.push(...of.known);
          open = of.open ? (open ? joinValues(open, of.open) : of.open) : open;
        } else if (!isNullish(option.value))
          open = open ? joinValues(open, unknown(sourcesOf(option.value))) : unknown(sourcesOf(option.value));
      }
    }
  }
  return values.length > MAX_ELEMENTS
    ? list(values.slice(0, MAX_ELEMENTS), open ?? UNKNOWN)
    : list(values, open);
}
const MAX_ELEMENTS = 20_000;
function evaluateObject(
  it: Evaluator,
  properties: readonly Property[],
  scope: Scope,
  module: ModuleInstance,
): Value {
  const result: Record_ = record();
  for (const property of properties) {
    if (property.k === 'spread') {
      const spread = evaluate(it, property.argument, scope, module);
      if (spread.k === 'native' && spread.type.name === 'module namespace')
        for (const [key, value] of membersOf(it, spread).pairs) result.members.set(key, value);
      else spreadInto(it, result, spread);
      continue;
    }
    let value = evaluate(it, property.value, scope, module);
    if (value.k === 'function' && !value.fn.isArrow && property.value.k === 'function') value = { ...value };
    let key: string | null;
    if (typeof property.key === 'string') key = property.key;
    else key = textOf(evaluate(it, property.key, scope, module));
    if (property.kind === 'get' && value.k === 'function')
      (result.getters ??= new Map()).set(key ?? '*', value as FunctionValue);
    else if (property.kind === 'set') continue;
    // What is written as a key is one, stars and all; what is computed may have holes.
    else if (key === null || (typeof property.key !== 'string' && key.includes('*')))
      result.open = result.open ? joinValues(result.open, value) : value;
    else {
      notePeople(it, key, value);
      result.members.set(key, value);
    }
  }
  return result;
}
function assignment(
  it: Evaluator,
  e: Expression & { k: 'assign' },
  scope: Scope,
  module: ModuleInstance,
): Value {
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
    value =
      e.operator === '&&='
        ? joinValues(before, after)
        : sides.whenTrue === null
          ? after
          : sides.whenFalse === null
            ? before
            : joinValues(before, after);
  } else value = binary(it, e.operator.slice(0, -1), current(), evaluate(it, e.value, scope, module), site);
  bindPattern(it, e.target, value, scope, module, false);
  gather(it, e, scope);
  return value;
}

/** What a cache holds is what is made where it holds nothing: that is looked at. */
const missed = (e: Expression & { k: 'call' }, value: Value): Value =>
  !e.mayMiss ? value : value.k === 'promise' ? { ...value, value: UNDEFINED } : UNDEFINED;
