import type { Expression } from './ast.js';
import { decodeEscapes } from './literals.js';
import type { Lowering } from './lowering.js';
import { operands, type SyntaxNode } from './tree.js';

/** The parts of a template: its texts, escapes decoded, and the expressions between them. */
export function lowerQuasis(
  lowering: Lowering,
  node: SyntaxNode,
): { quasis: string[]; expressions: Expression[] } {
  const quasis: string[] = [];
  const expressions: Expression[] = [];
  let start = node.start + 1;
  for (const child of node.children) {
    if (child.type !== 'template_substitution') continue;
    quasis.push(decodeEscapes(lowering.text.slice(start, child.start)));
    expressions.push(lowering.expression(operands(child)[0]));
    start = child.end;
  }
  quasis.push(decodeEscapes(lowering.text.slice(start, Math.max(start, node.end - 1))));
  return { quasis, expressions };
}

/** A template; without substitutions it is a string. */
export function lowerTemplate(lowering: Lowering, node: SyntaxNode): Expression {
  const { quasis, expressions } = lowerQuasis(lowering, node);
  if (expressions.length === 0) return { k: 'literal', value: quasis[0]!, line: node.line };
  return { k: 'template', quasis, expressions, line: node.line };
}
