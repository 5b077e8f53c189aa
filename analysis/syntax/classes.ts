import type { ClassMember, ClassNode, Expression } from './ast.js';
import { type Lowering, typeText } from './lowering.js';
import { lowerKey } from './patterns.js';
import { childAt, childOf, operands, type SyntaxNode } from './tree.js';

/**
 * Lowers a class declaration or expression. `decorators` are those written in front of `export`; members without
 * a body (overloads, abstract methods, index signatures, `declare`d fields without decorators) vanish.
 */
export function lowerClass(
  lowering: Lowering,
  node: SyntaxNode,
  name: string | null,
  decorators: SyntaxNode[],
): ClassNode {
  const ownName = childAt(node, 'name');
  const own = node.children.filter((child) => child.type === 'decorator');
  const lowered = lowering.decorators([...decorators, ...own]);
  const { superClass, superTypes } = lowerHeritage(lowering, childOf(node, 'class_heritage'));
  const body = childAt(node, 'body');
  return {
    name: ownName ? lowering.slice(ownName) : name,
    superClass,
    superTypes,
    decorators: lowered,
    members: body ? lowering.deeper(1, () => lowerMembers(lowering, body)) : [],
    line: node.line,
    endLine: lowering.endLine(node),
  };
}

function lowerHeritage(
  lowering: Lowering,
  node: SyntaxNode | null,
): { superClass: Expression | null; superTypes: string | null } {
  let superTypes: string | null = null;
  let superClass: Expression | null = null;
  for (const child of node ? operands(node) : []) {
    if (child.type === 'implements_clause') continue;
    if (child.type === 'extends_clause') {
      superClass = lowering.expression(childAt(child, 'value'));
      superTypes = typeText(lowering, childOf(child, 'type_arguments'));
    } else {
      superClass = lowering.expression(child);
    }
  }
  return { superClass, superTypes };
}

function lowerMembers(lowering: Lowering, body: SyntaxNode): ClassMember[] {
  const members: ClassMember[] = [];
  // The TypeScript grammar puts a method's decorators beside it, all others inside their member.
  let pending: SyntaxNode[] = [];
  for (const child of operands(body)) {
    if (child.type === 'decorator') {
      pending.push(child);
      continue;
    }
    const member = lowerMember(lowering, child, pending);
    if (member) members.push(member);
    pending = [];
  }
  return members;
}

function lowerMember(lowering: Lowering, node: SyntaxNode, before: SyntaxNode[]): ClassMember | null {
  const { line } = node;
  if (node.type === 'class_static_block') {
    const body = childAt(node, 'body');
    return { k: 'staticBlock', body: body ? lowering.statements(body.children) : [], line };
  }
  const isMethod = node.type === 'method_definition';
  const isField = node.type === 'public_field_definition' || node.type === 'field_definition';
  if (!isMethod && !isField) return null;
  // Nothing is there of a field that is only declared, but what decorators make of it.
  const isDeclared = childOf(node, 'declare') !== null;
  const decorators = lowering.decorators([
    ...before,
    ...node.children.filter((child) => child.type === 'decorator'),
  ]);
  if (isDeclared && decorators.length === 0) return null;
  const name = lowerKey(lowering, childAt(node, 'name') ?? childAt(node, 'property'));
  const isStatic = childOf(node, 'static') !== null;
  const called = typeof name === 'string' ? name : null;
  if (isMethod) {
    if (!childAt(node, 'body')) return null;
    const kind = childOf(node, 'get') ? 'get' : childOf(node, 'set') ? 'set' : 'method';
    const isConstructor = kind === 'method' && !isStatic && name === 'constructor';
    const fn = lowering.function(node, called);
    return { k: 'method', kind: isConstructor ? 'constructor' : kind, name, isStatic, fn, decorators, line };
  }
  const value = childAt(node, 'value');
  return {
    k: 'field',
    name,
    isStatic,
    value: value ? lowering.expression(value, called) : null,
    type: typeText(lowering, childAt(node, 'type')),
    decorators,
    ...(isDeclared ? { isDeclared: true } : {}),
    line,
  };
}
