import type { Expression, Property, Statement } from './ast.js';
import type { Lowering } from './lowering.js';
import { declareOrExtend } from './namespaces.js';
import { lowerKey } from './patterns.js';
import { childAt, operands, type SyntaxNode } from './tree.js';

/**
 * Lowers an enum to a constant object of its members, numbered as the language numbers them. The reverse mapping
 * of numeric members is left out.
 */
export function lowerEnum(lowering: Lowering, node: SyntaxNode, before: readonly Statement[]): Statement {
  const name = childAt(node, 'name');
  const body = childAt(node, 'body');
  const known = new Map<string, Expression>();
  const properties: Property[] = [];
  let next: number | null = 0;
  for (const member of body ? operands(body) : []) {
    const { line } = member;
    const assigned = member.type === 'enum_assignment';
    const key = lowerKey(lowering, assigned ? childAt(member, 'name') : member);
    let value: Expression;
    if (assigned) {
      value = fold(lowering.expression(childAt(member, 'value')), known);
    } else {
      value =
        next === null ? { k: 'unknown', reason: 'enum member', line } : { k: 'literal', value: next, line };
    }
    next = value.k === 'literal' && typeof value.value === 'number' ? value.value + 1 : null;
    if (typeof key === 'string') known.set(key, value);
    if (value.k === 'literal' && typeof value.value === 'number' && typeof key === 'string')
      value = { ...value, member: key };
    properties.push({ k: 'property', key, kind: 'init', value, line });
  }
  const { line } = node;
  return declareOrExtend(name ? lowering.slice(name) : '', { k: 'object', properties, line }, before, line);
}

/** Replaces earlier members, which an initialiser can name without the enum, and computes what has become constant. */
function fold(value: Expression, known: ReadonlyMap<string, Expression>): Expression {
  switch (value.k) {
    case 'identifier':
      return known.get(value.name) ?? value;
    case 'unary': {
      const argument = fold(value.argument, known);
      const number = numberOf(argument);
      if (number === null) return { ...value, argument };
      const computed = { '-': -number, '+': number, '~': ~number }[value.operator as string];
      return computed === undefined
        ? { ...value, argument }
        : { k: 'literal', value: computed, line: value.line };
    }
    case 'binary': {
      const left = fold(value.left, known);
      const right = fold(value.right, known);
      const computed = compute(value.operator, left, right);
      return computed === null
        ? { ...value, left, right }
        : { k: 'literal', value: computed, line: value.line };
    }
    case 'template': {
      const expressions = value.expressions.map((expression) => fold(expression, known));
      return { ...value, expressions };
    }
    default:
      return value;
  }
}

function compute(operator: string, left: Expression, right: Expression): string | number | null {
  if (operator === '+' && left.k === 'literal' && right.k === 'literal') {
    if (typeof left.value === 'string' || typeof right.value === 'string')
      return `${left.value}${right.value}`;
  }
  const a = numberOf(left);
  const b = numberOf(right);
  const operation = OPERATIONS[operator];
  return a === null || b === null || !operation ? null : operation(a, b);
}

const OPERATIONS: Record<string, (a: number, b: number) => number> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
  '**': (a, b) => a ** b,
  '<<': (a, b) => a << b,
  '>>': (a, b) => a >> b,
  '>>>': (a, b) => a >>> b,
  '|': (a, b) => a | b,
  '&': (a, b) => a & b,
  '^': (a, b) => a ^ b,
};

function numberOf(value: Expression): number | null {
  return value.k === 'literal' && typeof value.value === 'number' ? value.value : null;
}
