import type { FunctionNode, Parameter, Statement } from './ast.js';
import { type Lowering, typeText } from './lowering.js';
import { lowerRest } from './patterns.js';
import { markReadThrough } from './read-through.js';
import { childAt, childOf, operands, type SyntaxNode } from './tree.js';

/** Lowers anything with parameters and a body: declarations, expressions, arrows, methods. */
export function lowerFunction(lowering: Lowering, node: SyntaxNode, name: string | null): FunctionNode {
  // Taken before anything inside is lowered, so that numbers follow the source.
  const id = lowering.nextFunctionId();
  const ownName = node.type === 'method_definition' ? null : childAt(node, 'name');
  const params = lowerParameters(lowering, node);
  const body = lowerBody(lowering, childAt(node, 'body'));
  if (lowering.putsAway) markReadThrough(body);
  return {
    id,
    name: ownName ? lowering.slice(ownName) : name,
    params,
    body,
    isAsync: childOf(node, 'async') !== null,
    isGenerator: childOf(node, '*') !== null,
    isArrow: node.type === 'arrow_function',
    returnType: typeText(lowering, childAt(node, 'return_type')),
    line: node.line,
    endLine: lowering.endLine(node),
  };
}

function lowerBody(lowering: Lowering, body: SyntaxNode | null): Statement[] {
  if (!body) return [];
  if (body.type === 'statement_block') return lowering.deeper(1, () => lowering.statements(body.children));
  return [{ k: 'return', value: lowering.expression(body), line: body.line }];
}

function lowerParameters(lowering: Lowering, node: SyntaxNode): Parameter[] {
  const single = childAt(node, 'parameter');
  const list = childAt(node, 'parameters');
  const nodes = single ? [single] : list ? operands(list) : [];
  // TypeScript's `this` parameter exists for types only.
  return nodes
    .filter((parameter) => childAt(parameter, 'pattern')?.type !== 'this')
    .map((parameter) => lowerParameter(lowering, parameter));
}

function lowerParameter(lowering: Lowering, node: SyntaxNode): Parameter {
  const isTyped = node.type === 'required_parameter' || node.type === 'optional_parameter';
  const target = isTyped ? (childAt(node, 'pattern') ?? childAt(node, 'name')) : node;
  const decorators = lowering.decorators(node.children.filter((child) => child.type === 'decorator'));
  const rest = target?.type === 'rest_pattern';
  let pattern = target
    ? rest
      ? lowerRest(lowering, target)
      : lowering.pattern(target)
    : ({ k: 'identifier', name: '', line: node.line } as const);
  const value = isTyped ? childAt(node, 'value') : null;
  if (value) {
    const name = pattern.k === 'identifier' ? pattern.name : null;
    pattern = {
      k: 'defaultPattern',
      target: pattern,
      value: lowering.expression(value, name),
      line: node.line,
    };
  }
  const property = isTyped && PROPERTY_MODIFIERS.some((modifier) => childOf(node, modifier) !== null);
  return { pattern, rest, type: typeText(lowering, childAt(node, 'type')), decorators, property };
}
const PROPERTY_MODIFIERS = ['accessibility_modifier', 'override_modifier', 'readonly'];
