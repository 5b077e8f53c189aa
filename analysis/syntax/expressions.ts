import type { Argument, Expression, Property } from './ast.js';
import { lowerArgument, lowerArguments, lowerChain } from './chains.js';
import { numberValue, regexParts, stringValue } from './literals.js';
import { type Lowering, typeText } from './lowering.js';
import { lowerBinary } from './operators.js';
import { lowerKey, patternName } from './patterns.js';
import { lowerTemplate } from './templates.js';
import { childAt, childOf, operands, type SyntaxNode } from './tree.js';

/**
 * Lowers an expression. `name` is what a function or class is called that this expression is.
 * What is not known becomes `unknown`, naming the grammar's node type.
 */
export function lowerExpression(lowering: Lowering, node: SyntaxNode, name: string | null): Expression {
  const { line } = node;
  switch (node.type) {
    case 'identifier':
    case 'undefined':
    case 'shorthand_property_identifier':
      return { k: 'identifier', name: lowering.slice(node), line };
    case 'member_expression':
    case 'subscript_expression':
    case 'call_expression':
      return lowerChain(lowering, node);
    case 'string':
      return { k: 'literal', value: stringValue(lowering.slice(node)), line };
    case 'template_string':
      return lowerTemplate(lowering, node);
    case 'number':
      return lowerNumber(lowering.slice(node), line);
    case 'true':
    case 'false':
      return { k: 'literal', value: node.type === 'true', line };
    case 'null':
      return { k: 'literal', value: null, line };
    case 'this':
    case 'super':
      return { k: node.type, line };
    case 'regex':
      return { k: 'regex', ...regexParts(lowering.slice(node)), line };
    case 'private_property_identifier':
      return { k: 'literal', value: lowering.slice(node), line };
    case 'meta_property':
      return lowering.slice(node).startsWith('import')
        ? { k: 'importMeta', line }
        : { k: 'unknown', reason: node.type, line };
    case 'arrow_function':
    case 'function_expression':
    case 'generator_function':
      return { k: 'function', fn: lowering.function(node, name), line };
    case 'class':
      return { k: 'class', cls: lowering.class(node, name), line };
    case 'object':
      return { k: 'object', properties: lowerProperties(lowering, node), line };
    case 'array':
      return { k: 'array', elements: lowerElements(lowering, node), line };
    case 'parenthesized_expression':
    case 'satisfies_expression':
    case 'non_null_expression':
    case 'instantiation_expression':
      return lowering.expression(operands(node)[0], name);
    case 'as_expression':
      return {
        k: 'as',
        expression: lowering.expression(operands(node)[0], name),
        type: lowering.slice(node.children.at(-1)!).trim(),
        line,
      };
    case 'type_assertion':
      return {
        k: 'as',
        expression: lowering.expression(operands(node).at(-1), name),
        type: typeText(lowering, childOf(node, 'type_arguments')) ?? '',
        line,
      };
    case 'jsx_element':
    case 'jsx_self_closing_element':
    case 'jsx_fragment':
      return { k: 'jsx', expressions: lowerMarkup(lowering, node), line };
    default:
      return lowerOperation(lowering, node);
  }
}

function lowerOperation(lowering: Lowering, node: SyntaxNode): Expression {
  const { line } = node;
  switch (node.type) {
    case 'binary_expression':
      return lowerBinary(lowering, node);
    case 'unary_expression': {
      const operator = lowering.slice(childAt(node, 'operator') ?? node) as '!';
      return { k: 'unary', operator, argument: lowering.expression(childAt(node, 'argument')), line };
    }
    case 'update_expression': {
      const operator = lowering.slice(childAt(node, 'operator') ?? node) as '++';
      return { k: 'update', operator, target: lowering.expression(childAt(node, 'argument')), line };
    }
    case 'assignment_expression':
    case 'augmented_assignment_expression': {
      const left = childAt(node, 'left');
      if (!left) break;
      const target = lowering.pattern(left);
      const operator = childAt(node, 'operator');
      const value = lowering.expression(childAt(node, 'right'), patternName(target));
      return { k: 'assign', operator: operator ? lowering.slice(operator) : '=', target, value, line };
    }
    case 'ternary_expression':
      return {
        k: 'conditional',
        test: lowering.expression(childAt(node, 'condition')),
        consequent: lowering.expression(childAt(node, 'consequence')),
        alternate: lowering.expression(childAt(node, 'alternative')),
        line,
      };
    case 'await_expression':
      return { k: 'await', argument: lowering.expression(operands(node)[0]), line };
    case 'yield_expression': {
      const argument = operands(node)[0];
      const delegate = childOf(node, '*') !== null;
      return { k: 'yield', argument: argument ? lowering.expression(argument) : null, delegate, line };
    }
    case 'sequence_expression':
      return { k: 'sequence', expressions: operands(node).map((part) => lowering.expression(part)), line };
    case 'new_expression':
      return {
        k: 'new',
        callee: lowering.expression(childAt(node, 'constructor')),
        args: lowerArguments(lowering, childAt(node, 'arguments')),
        typeArguments: typeText(lowering, childAt(node, 'type_arguments')),
        line,
        endLine: lowering.endLine(node),
      };
    case 'nested_identifier': {
      const property = childAt(node, 'property');
      const object = lowering.expression(childAt(node, 'object'));
      return { k: 'member', object, name: property ? lowering.slice(property) : '', optional: false, line };
    }
  }
  return { k: 'unknown', reason: node.type, line };
}

function lowerNumber(text: string, line: number): Expression {
  if (text.endsWith('n')) return { k: 'bigint', text: text.slice(0, -1), line };
  const value = numberValue(text);
  return Number.isNaN(value) ? { k: 'unknown', reason: 'number', line } : { k: 'literal', value, line };
}

function lowerProperties(lowering: Lowering, node: SyntaxNode): Property[] {
  const properties: Property[] = [];
  for (const child of operands(node)) {
    const { line } = child;
    switch (child.type) {
      case 'pair': {
        const key = lowerKey(lowering, childAt(child, 'key'));
        const value = lowering.expression(childAt(child, 'value'), typeof key === 'string' ? key : null);
        properties.push({ k: 'property', key, kind: 'init', value, line });
        break;
      }
      case 'shorthand_property_identifier':
        properties.push({
          k: 'property',
          key: lowering.slice(child),
          kind: 'init',
          value: lowering.expression(child),
          line,
        });
        break;
      case 'method_definition': {
        const key = lowerKey(lowering, childAt(child, 'name'));
        const kind = childOf(child, 'get') ? 'get' : childOf(child, 'set') ? 'set' : 'init';
        const fn = lowering.function(child, typeof key === 'string' ? key : null);
        properties.push({ k: 'property', key, kind, value: { k: 'function', fn, line }, line });
        break;
      }
      case 'spread_element':
        properties.push({ k: 'spread', argument: lowering.expression(operands(child)[0]), line });
    }
  }
  return properties;
}

function lowerElements(lowering: Lowering, node: SyntaxNode): (Argument | null)[] {
  const elements: (Argument | null)[] = [];
  let expectsElement = true;
  for (const child of node.children) {
    if (child.type === ',') {
      if (expectsElement) elements.push(null);
      expectsElement = true;
    } else if (child.named && child.type !== 'ERROR') {
      elements.push(lowerArgument(lowering, child));
      expectsElement = false;
    }
  }
  return elements;
}

/** The expressions inside markup, in source order, those of nested elements included. */
function lowerMarkup(lowering: Lowering, node: SyntaxNode): Expression[] {
  const expressions: Expression[] = [];
  const pending = [...node.children].reverse();
  for (let child = pending.pop(); child; child = pending.pop()) {
    if (child.type === 'jsx_expression') {
      const inner = operands(child)[0];
      if (inner) {
        const argument = lowerArgument(lowering, inner);
        expressions.push(argument.k === 'spread' ? argument.argument : argument);
      }
    } else if (child.type.startsWith('jsx_')) {
      for (let i = child.children.length - 1; i >= 0; i--) pending.push(child.children[i]!);
    }
  }
  return expressions;
}
