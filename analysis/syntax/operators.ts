import type { Expression } from './ast.js';
import type { Lowering } from './lowering.js';
import { childAt, type SyntaxNode } from './tree.js';

const LOGICAL = new Set(['&&', '||', '??']);
/** Operators for which grouping to the left or to the right gives the same (strings, for `+`: sums never get this long). */
const ASSOCIATIVE = new Set([...LOGICAL, '+']);

/** Lowers binary operators, in a loop over their left operands: sums of strings get long. */
export function lowerBinary(lowering: Lowering, node: SyntaxNode): Expression {
  const spine: SyntaxNode[] = [];
  let leftmost: SyntaxNode | null = node;
  while (leftmost?.type === 'binary_expression') {
    spine.push(leftmost);
    leftmost = childAt(leftmost, 'left');
  }
  if (spine.length >= lowering.room) return lowerLongSpine(lowering, node, spine, leftmost);
  let result = lowering.deeper(spine.length, () => lowering.expression(leftmost));
  for (let i = spine.length - 1; i >= 0; i--) {
    const right = lowering.deeper(i, () => lowering.expression(childAt(spine[i]!, 'right')));
    result = combine(lowering, spine[i]!, result, right);
  }
  return result;
}

/** Regroups a chain of one operator into a balanced tree; other chains of that length are given up. */
function lowerLongSpine(
  lowering: Lowering,
  node: SyntaxNode,
  spine: SyntaxNode[],
  leftmost: SyntaxNode | null,
): Expression {
  const operator = operatorOf(lowering, node);
  const levels = Math.ceil(Math.log2(spine.length + 1));
  const regular = ASSOCIATIVE.has(operator) && spine.every((link) => operatorOf(lowering, link) === operator);
  if (!regular || levels >= lowering.room) return lowering.tooDeep(node);
  return lowering.deeper(levels, () => {
    const links = spine.toReversed();
    const terms = [
      lowering.expression(leftmost),
      ...links.map((link) => lowering.expression(childAt(link, 'right'))),
    ];
    const group = (from: number, to: number): Expression => {
      if (to - from === 1) return terms[from]!;
      const middle = (from + to) >> 1;
      return combine(lowering, links[middle - 1]!, group(from, middle), group(middle, to));
    };
    return group(0, terms.length);
  });
}

function operatorOf(lowering: Lowering, node: SyntaxNode): string {
  const operator = childAt(node, 'operator');
  return operator ? lowering.slice(operator) : '';
}

function combine(lowering: Lowering, node: SyntaxNode, left: Expression, right: Expression): Expression {
  const operator = operatorOf(lowering, node);
  return LOGICAL.has(operator)
    ? { k: 'logical', operator: operator as '&&' | '||' | '??', left, right, line: node.line }
    : { k: 'binary', operator, left, right, line: node.line };
}
