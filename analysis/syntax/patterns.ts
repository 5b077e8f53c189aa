import type { Expression, Pattern } from './ast.js';
import { numberValue, stringValue } from './literals.js';
import type { Lowering } from './lowering.js';
import { childAt, operands, type SyntaxNode } from './tree.js';

/** Lowers whatever can be assigned to: binding patterns and assignment targets. */
export function lowerPattern(lowering: Lowering, node: SyntaxNode): Pattern {
  const { line } = node;
  switch (node.type) {
    case 'identifier':
    case 'shorthand_property_identifier_pattern':
    case 'undefined':
      return { k: 'identifier', name: lowering.slice(node), line };
    case 'object_pattern':
      return lowerObjectPattern(lowering, node);
    case 'array_pattern':
      return lowerArrayPattern(lowering, node);
    case 'assignment_pattern':
    case 'object_assignment_pattern': {
      const target = lowering.pattern(childAt(node, 'left') ?? node.children[0]!);
      return {
        k: 'defaultPattern',
        target,
        value: lowering.expression(childAt(node, 'right'), patternName(target)),
        line,
      };
    }
    case 'parenthesized_expression':
    case 'non_null_expression':
    case 'as_expression':
    case 'satisfies_expression': {
      const inner = operands(node)[0];
      if (inner) return lowering.pattern(inner);
      break;
    }
  }
  return { k: 'memberPattern', target: lowering.expression(node), line };
}

/** The name that an assignment to the pattern gives a function without a name. */
export function patternName(pattern: Pattern): string | null {
  if (pattern.k === 'identifier') return pattern.name;
  if (pattern.k === 'memberPattern' && pattern.target.k === 'member') return pattern.target.name;
  return null;
}

/** The name of a property or class member: text where it is constant, else the computed expression. */
export function lowerKey(lowering: Lowering, node: SyntaxNode | null): string | Expression {
  if (!node) return '';
  switch (node.type) {
    case 'string':
      return stringValue(lowering.slice(node));
    case 'number':
      return String(numberValue(lowering.slice(node)));
    case 'computed_property_name': {
      const key = lowering.expression(operands(node)[0]);
      return key.k === 'literal' && typeof key.value !== 'boolean' && key.value !== null
        ? String(key.value)
        : key;
    }
    default:
      return lowering.slice(node);
  }
}

function lowerObjectPattern(lowering: Lowering, node: SyntaxNode): Pattern {
  const pattern: Pattern = { k: 'objectPattern', properties: [], rest: null, line: node.line };
  for (const child of operands(node)) {
    if (child.type === 'rest_pattern') {
      pattern.rest = lowerRest(lowering, child);
    } else if (child.type === 'pair_pattern') {
      const key = lowerKey(lowering, childAt(child, 'key'));
      const value = childAt(child, 'value');
      if (value) pattern.properties.push({ key, value: lowering.pattern(value), line: child.line });
    } else {
      const value = lowering.pattern(child);
      const name = patternName(value.k === 'defaultPattern' ? value.target : value);
      if (name !== null) pattern.properties.push({ key: name, value, line: child.line });
    }
  }
  return pattern;
}

function lowerArrayPattern(lowering: Lowering, node: SyntaxNode): Pattern {
  const pattern: Pattern = { k: 'arrayPattern', elements: [], rest: null, line: node.line };
  let expectsElement = true;
  for (const child of node.children) {
    if (child.type === ',') {
      if (expectsElement) pattern.elements.push(null);
      expectsElement = true;
    } else if (child.type === 'rest_pattern') {
      pattern.rest = lowerRest(lowering, child);
      expectsElement = false;
    } else if (child.named && child.type !== 'ERROR') {
      pattern.elements.push(lowering.pattern(child));
      expectsElement = false;
    }
  }
  return pattern;
}

/** The pattern after `...`. */
export function lowerRest(lowering: Lowering, node: SyntaxNode): Pattern {
  const target = operands(node)[0];
  return target ? lowering.pattern(target) : { k: 'arrayPattern', elements: [], rest: null, line: node.line };
}
