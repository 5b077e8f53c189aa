import type { Argument, Expression } from './ast.js';
import { lowerQuasis } from './templates.js';
import { type Lowering, typeText } from './lowering.js';
import { childAt, childOf, operands, type SyntaxNode } from './tree.js';

/**
 * Lowers what is read from left to right from one base: members, indexes, calls and tagged templates, as in
 * `express().use(a).get('/x', b)`. In a loop, because builders make such chains long.
 */
export function lowerChain(lowering: Lowering, top: SyntaxNode): Expression {
  const links: SyntaxNode[] = [];
  let base: SyntaxNode | null = top;
  for (let inner = innerOf(base); inner !== undefined; inner = base ? innerOf(base) : undefined) {
    if (isLink(base!)) links.push(base!);
    base = inner;
  }

  const kept = Math.min(links.length, Math.max(0, lowering.room - 1));
  let result =
    kept < links.length
      ? lowering.tooDeep(links[kept]!)
      : base?.type === 'import'
        ? null
        : lowering.deeper(kept, () => lowering.expression(base));
  // `f<T>?.(x)` is read as a member without a name between `f<T>` and the call.
  let optional = false;
  for (let i = kept - 1; i >= 0; i--) {
    const link = links[i]!;
    if (link.type === 'member_expression' && childAt(link, 'property')?.missing) {
      optional = true;
      continue;
    }
    result = lowering.deeper(i, () => lowerLink(lowering, link, result, optional));
    optional = false;
  }
  return result ?? { k: 'unknown', reason: 'import', line: top.line };
}

/** The arguments of a call. */
export function lowerArguments(lowering: Lowering, node: SyntaxNode | null): Argument[] {
  return node ? operands(node).map((argument) => lowerArgument(lowering, argument)) : [];
}

/** An argument or element: an expression, or one spread out. */
export function lowerArgument(lowering: Lowering, node: SyntaxNode): Argument {
  if (node.type !== 'spread_element') return lowering.expression(node);
  return { k: 'spread', argument: lowering.expression(operands(node)[0]), line: node.line };
}

function isLink(node: SyntaxNode): boolean {
  return (
    node.type === 'call_expression' ||
    node.type === 'member_expression' ||
    node.type === 'subscript_expression'
  );
}

/** What a link hangs on; undefined where the chain ends. */
function innerOf(node: SyntaxNode): SyntaxNode | null | undefined {
  switch (node.type) {
    case 'call_expression':
      return childAt(node, 'function');
    case 'member_expression':
    case 'subscript_expression':
      return childAt(node, 'object');
    case 'non_null_expression':
    case 'instantiation_expression':
      return operands(node)[0] ?? null;
    default:
      return undefined;
  }
}

/** Lowers one link on what has been lowered so far; null stands for the `import` of `import(x)`. */
function lowerLink(
  lowering: Lowering,
  link: SyntaxNode,
  object: Expression | null,
  optional: boolean,
): Expression {
  const { line } = link;
  const short = optional || childOf(link, 'optional_chain') !== null || childOf(link, '?.') !== null;
  if (link.type === 'call_expression') return lowerCall(lowering, link, object, short);
  if (!object) return { k: 'unknown', reason: 'import', line };
  if (link.type === 'member_expression') {
    const property = childAt(link, 'property');
    const nameLine = property && property.line !== line ? { nameLine: property.line } : {};
    return {
      k: 'member',
      object,
      name: property ? lowering.slice(property) : '',
      optional: short,
      line,
      ...nameLine,
    };
  }
  const index = lowering.expression(childAt(link, 'index'));
  if (index.k === 'literal' && typeof index.value === 'string') {
    return { k: 'member', object, name: index.value, optional: short, line };
  }
  return { k: 'index', object, index, optional: short, line };
}

function lowerCall(
  lowering: Lowering,
  link: SyntaxNode,
  callee: Expression | null,
  optional: boolean,
): Expression {
  const { line } = link;
  const given = childAt(link, 'arguments');
  if (given?.type === 'template_string') {
    const tag = callee ?? { k: 'unknown', reason: 'import', line };
    return { k: 'tagged', tag, ...lowerQuasis(lowering, given), line };
  }
  const args = lowerArguments(lowering, given);
  const first = args[0];
  const literal = first?.k === 'literal' && typeof first.value === 'string' ? first.value : null;
  if (!callee) {
    if (literal !== null) lowering.depend(literal, line, false);
    const specifier =
      first && first.k !== 'spread' ? first : ({ k: 'unknown', reason: 'missing', line } as const);
    return { k: 'import', specifier, line };
  }
  if (literal !== null && callee.k === 'identifier' && callee.name === 'require')
    lowering.depend(literal, line, false);
  const typeArguments = typeText(lowering, childAt(link, 'type_arguments') ?? instantiationOf(link));
  return { k: 'call', callee, args, optional, typeArguments, line, endLine: lowering.endLine(link) };
}

/** Type arguments that were read as part of the callee. */
function instantiationOf(call: SyntaxNode): SyntaxNode | null {
  let callee = childAt(call, 'function');
  if (callee?.type === 'member_expression' && childAt(callee, 'property')?.missing)
    callee = childAt(callee, 'object');
  return callee?.type === 'instantiation_expression' ? childOf(callee, 'type_arguments') : null;
}
