import type { Argument, Pattern, Statement } from '../syntax/ast.js';

type AnyNode = Statement | Exclude<Argument, { k: 'spread' }>;

/** Every object with a kind below a node of a lowered module, itself included, in source order. */
export function* nodesIn(root: unknown): Generator<AnyNode> {
  const stack: unknown[] = [root];
  while (stack.length > 0) {
    const node = stack.pop();
    if (typeof node !== 'object' || node === null) continue;
    if ('k' in node) yield node as AnyNode;
    const children = Array.isArray(node) ? node : Object.values(node);
    for (let i = children.length - 1; i >= 0; i--) stack.push(children[i]);
  }
}

/** The same without what stands inside functions: what is evaluated here and now. */
export function* nodesHere(root: unknown): Generator<AnyNode> {
  const stack: unknown[] = [root];
  while (stack.length > 0) {
    const node = stack.pop();
    if (typeof node !== 'object' || node === null) continue;
    const kind = (node as { k?: string }).k;
    if (kind !== undefined) yield node as AnyNode;
    if (kind === 'function' || kind === 'class' || kind === 'functionDeclaration') continue;
    const children = Array.isArray(node) ? node : Object.values(node);
    for (let i = children.length - 1; i >= 0; i--) stack.push(children[i]);
  }
}

/** Names that a pattern binds. */
export function namesOf(pattern: Pattern): string[] {
  switch (pattern.k) {
    case 'identifier':
      return [pattern.name];
    case 'objectPattern':
      return [
        ...pattern.properties.flatMap((p) => namesOf(p.value)),
        ...(pattern.rest ? namesOf(pattern.rest) : []),
      ];
    case 'arrayPattern':
      return [
        ...pattern.elements.flatMap((e) => (e ? namesOf(e) : [])),
        ...(pattern.rest ? namesOf(pattern.rest) : []),
      ];
    case 'defaultPattern':
      return namesOf(pattern.target);
    case 'memberPattern':
      return [];
  }
}
