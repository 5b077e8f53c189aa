import type { Expression } from '../syntax/ast.js';
import type { Scope } from './scope.js';
import { choice, type Value } from './value.js';

/**
 * In the arm where a test holds, a variable that was asked for is none of the values that would have failed: behind
 * `if (!user) return`, it is not the `undefined` that one way out of a function yields. Answers such variables with what
 * remains of them.
 */
export function narrowed(test: Expression, holds: boolean, scope: Scope): [name: string, value: Value][] {
  switch (test.k) {
    case 'unary':
      return test.operator === '!' ? narrowed(test.argument, !holds, scope) : [];
    case 'logical':
      return test.operator === (holds ? '&&' : '||')
        ? [...narrowed(test.left, holds, scope), ...narrowed(test.right, holds, scope)]
        : [];
    case 'identifier': {
      const value = holds ? scope.find(test.name)?.variables.get(test.name) : undefined;
      if (value?.k !== 'choice') return [];
      const rest = value.options.filter((o) => o.value.k !== 'literal' || Boolean(o.value.value));
      return rest.length > 0 && rest.length < value.options.length ? [[test.name, choice(rest)]] : [];
    }
    default:
      return [];
  }
}
