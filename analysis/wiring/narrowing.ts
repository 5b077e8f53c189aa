import type { Expression, Statement } from '../syntax/ast.js';
import type { Evaluator } from './evaluator.js';
import { evaluate } from './expressions.js';
import { isInput, type Source } from './fact.js';
import type { ModuleInstance } from './instance.js';
import type { Scope } from './scope.js';
import { outcomes } from './tests.js';
import { choice } from './value.js';

/**
 * Where a test has come out one way, a variable that it looks at is no longer what it cannot be then:
 * `if (!result.ok) return`. Only for the path that is being followed; where paths meet again, so do the alternatives.
 */
export function narrow(
  it: Evaluator,
  test: Expression,
  holds: boolean,
  scope: Scope,
  module: ModuleInstance,
): void {
  const names = new Set<string>();
  collect(test, names);
  for (const name of names) {
    const variables = scope.find(name)?.variables;
    const value = variables?.get(name);
    if (!variables || value?.k !== 'choice') continue;
    // The test is asked again for each alternative: those for which it cannot have come out so are left out.
    const left = value.options.filter((option) => {
      let isPossible = true;
      it.arm([], () => {
        it.journal.write(variables, name, option.value);
        isPossible = canBe(it, test, holds, scope, module);
      });
      return isPossible;
    });
    if (left.length === 0 || left.length === value.options.length) continue;
    // What the one that is left stands under was learnt with the test.
    it.journal.write(variables, name, left.length === 1 ? left[0]!.value : choice(left));
  }
}
/**
 * After `if (!token) return`, whoever asks `if (token)` again is told nothing new: there is no way past both. Only where the
 * other way has left, for where paths meet again nothing of it lasts.
 */
export function noteTrue(
  it: Evaluator,
  test: Expression,
  holds: boolean,
  scope: Scope,
  module: ModuleInstance,
): void {
  for (const name of trueNames(it, test, holds, scope, module)) {
    const variables = scope.find(name)?.variables;
    const value = variables?.get(name);
    if (!variables || !value) continue;
    if (value.k === 'unknown' && !value.isTruthy)
      it.journal.write(variables, name, { ...value, isTruthy: true });
    else if (value.k === 'choice' && value.options.some((o) => o.value.k === 'unknown' && !o.value.isTruthy))
      it.journal.write(variables, name, {
        k: 'choice',
        options: value.options.map((o) =>
          o.value.k === 'unknown' ? { ...o, value: { ...o.value, isTruthy: true } } : o,
        ),
      });
  }
}
/** The variables that are true where a test has come out so. */
function trueNames(
  it: Evaluator,
  e: Expression,
  holds: boolean,
  scope: Scope,
  module: ModuleInstance,
): readonly string[] {
  const inner = (part: Expression, is: boolean): readonly string[] => trueNames(it, part, is, scope, module);
  if (e.k === 'identifier') return holds ? [e.name] : [];
  if (e.k === 'unary' && e.operator === '!') return inner(e.argument, !holds);
  if (e.k !== 'logical' || e.operator === '??') return [];
  if (e.operator === (holds ? '&&' : '||')) return [...inner(e.left, holds), ...inner(e.right, holds)];
  // `!token && options.isRequired`, where it always is: it was the token.
  return [
    ...(canBe(it, e.right, holds, scope, module) ? [] : inner(e.left, holds)),
    ...(canBe(it, e.left, holds, scope, module) ? [] : inner(e.right, holds)),
  ];
}
/**
 * The cases are all members of an enumeration: what is kept is one of them, and there is no other way, whatever is thrown in
 * it. What a request says may be anything.
 */
export function namesAll(
  it: Evaluator,
  { cases }: Statement & { k: 'switch' },
  sources: readonly Source[],
  scope: Scope,
  module: ModuleInstance,
): boolean {
  const named = cases.flatMap(({ test }) => (test === null ? [] : [test]));
  const [first] = named;
  if (first?.k !== 'member' || first.object.k !== 'identifier' || sources.some(isInput)) return false;
  const { name } = first.object;
  const all = evaluate(it, first.object, scope, module);
  if (all.k !== 'record' || all.open || all.members.size < 2) return false;
  const members = new Set(
    named.map((test) =>
      test.k === 'member' && test.object.k === 'identifier' && test.object.name === name ? test.name : null,
    ),
  );
  const values = [...all.members].flatMap(([member, value]) =>
    value.k === 'literal' && members.has(member) ? [String(value.value)] : [],
  );
  if (values.length < all.members.size) return false;
  keepEnumeration(it, values);
  return true;
}
/** These are all that there are of something. */
export function keepEnumeration(it: Evaluator, values: readonly string[]): void {
  if (!it.enumerations.some((e) => e.join() === values.join())) it.enumerations.push(values);
}
/** Can the test come out so? It can where asking would do something, or choose what is evaluated. */
function canBe(it: Evaluator, e: Expression, holds: boolean, scope: Scope, module: ModuleInstance): boolean {
  if (e.k === 'unary' && e.operator === '!') return canBe(it, e.argument, !holds, scope, module);
  if (e.k === 'logical' && e.operator !== '??') {
    // `a && b` is true where both are; it is false where the first is, or the first is true and the second is not.
    const goesOn = e.operator === '&&';
    const isReached = canBe(it, e.left, goesOn, scope, module);
    return holds === goesOn
      ? isReached && canBe(it, e.right, goesOn, scope, module)
      : canBe(it, e.left, !goesOn, scope, module) ||
          (isReached && canBe(it, e.right, !goesOn, scope, module));
  }
  if (!looksOnly(e)) return true;
  const sides = outcomes(it, evaluate(it, e, scope, module), { module, line: e.line });
  return (holds ? sides.whenTrue : sides.whenFalse) !== null;
}
/** The variables that parts of a test look at without doing anything. */
function collect(e: Expression, names: Set<string>): void {
  if (e.k === 'unary' && e.operator === '!') collect(e.argument, names);
  else if (e.k === 'logical') {
    collect(e.left, names);
    collect(e.right, names);
  } else looksOnly(e, names);
}
/** Nothing happens when it is evaluated, and it chooses nothing itself. */
function looksOnly(e: Expression, names?: Set<string>): boolean {
  switch (e.k) {
    case 'literal':
      return true;
    case 'identifier':
      names?.add(e.name);
      return true;
    case 'member':
      return looksOnly(e.object, names);
    case 'unary':
      return e.operator !== 'delete' && looksOnly(e.argument, names);
    case 'as':
      return looksOnly(e.expression, names);
    case 'binary':
      return looksOnly(e.left, names) && looksOnly(e.right, names);
    default:
      return false;
  }
}
