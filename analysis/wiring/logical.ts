import type { Expression } from '../syntax/ast.js';
import type { Evaluator } from './evaluator.js';
import { evaluate } from './expressions.js';
import type { Fact } from './fact.js';
import type { ModuleInstance } from './instance.js';
import { condition, noteTested } from './neglect.js';
import type { Scope } from './scope.js';
import { outcomes } from './tests.js';
import {
  choice,
  isNullish,
  literal,
  optionsOf,
  UNDEFINED,
  type Option,
  type Site,
  type Value,
} from './value.js';

export function logical(
  it: Evaluator,
  e: Expression & { k: 'logical' },
  scope: Scope,
  module: ModuleInstance,
): Value {
  const left = evaluate(it, e.left, scope, module);
  const site: Site = { module, line: e.left.line };
  if (e.operator === '??') {
    const options = optionsOf(left);
    if (options.every((o) => isNullish(o.value))) return evaluate(it, e.right, scope, module);
    if (options.every((o) => o.value.k !== 'unknown' && !isNullish(o.value))) return left;
    const kept = options.filter((o) => !isNullish(o.value));
    let right: Value = UNDEFINED;
    const arm = it.arm([], () => {
      right = evaluate(it, e.right, scope, module);
    });
    it.merge([arm, it.arm([], () => {})]);
    if (arm.facts === null) return choice(kept);
    // Where one way alone leads there, what held on it holds of what stands in.
    const missing = options.filter((o) => isNullish(o.value));
    const facts = missing.length === 1 ? missing[0]!.facts : [];
    return isStandIn(kept, right) ? right : choice([...kept, { value: right, facts }]);
  }
  const { result: sides, asked } = condition(it, () => outcomes(it, left, site));
  const [goesOn, stays] =
    e.operator === '&&' ? [sides.whenTrue, sides.whenFalse] : [sides.whenFalse, sides.whenTrue];
  if (goesOn === null) {
    noteTested(it, asked, () => evaluate(it, e.right, scope, module), site);
    return left;
  }
  if (stays === null) {
    // The facts that make it go on hold from here on.
    it.learn(goesOn);
    return evaluate(it, e.right, scope, module);
  }
  let right: Value = UNDEFINED;
  const arm = it.arm(goesOn, () => {
    right = evaluate(it, e.right, scope, module);
  });
  // `ok || fail()`: when the right side does not come back, only the left side goes on.
  it.merge([arm, it.arm(stays, () => {})]);
  const stayed = choice(side(it, left, e.operator === '||', site));
  const staying = { value: stayed, facts: [] };
  if (arm.facts === null) return stayed;
  if (e.operator === '||' && isStandIn(optionsOf(stayed), right)) return right;
  return choice([...optionsOf(staying.value), { value: right, facts: goesOn }]);
}
/**
 * `transaction ?? database`: of the one nothing is known but that the other does as well. What is done with either is what
 * would be done with that.
 */
const isStandIn = (options: readonly Option[], other: Value): boolean =>
  other.k === 'native' &&
  options.length > 0 &&
  options.every(({ value }) => value.k === 'unknown' && value.sources.length === 0 && !value.wraps);
/** The options of the left operand that end the evaluation there, as truthy (or falsy) values with their facts. */
function side(
  it: Evaluator,
  value: Value,
  truthy: boolean,
  site: Site,
): { value: Value; facts: readonly Fact[] }[] {
  return optionsOf(value).flatMap((option) => {
    const sides = outcomes(it, option.value, site);
    const facts = truthy ? sides.whenTrue : sides.whenFalse;
    if (facts === null) return [];
    const value =
      option.value.k === 'test'
        ? literal(truthy)
        : truthy
          ? option.value
          : option.value.k === 'literal'
            ? option.value
            : literal(false);
    // An unknown that stays keeps its own test: the facts come with being tested again.
    return [
      {
        value: option.value.k === 'unknown' && truthy ? { ...option.value, isTruthy: true } : value,
        facts: option.value.k === 'unknown' && truthy ? option.facts : [...option.facts, ...facts],
      },
    ];
  });
}
