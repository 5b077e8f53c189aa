import type { Argument, Statement } from './ast.js';

/** Anything that has a kind. */
export type AnyNode = Statement | Exclude<Argument, { k: 'spread' }>;

/** Every object with a kind below a node of a lowered module, itself included, in source order. */
export const nodesIn = (root: unknown): Generator<AnyNode> => walk(root, () => false);

/** The same without what stands inside functions: what is evaluated here and now. */
export const nodesHere = (root: unknown): Generator<AnyNode> =>
  walk(root, ({ k }) => k === 'function' || k === 'class' || k === 'functionDeclaration');

function* walk(root: unknown, closed: (node: AnyNode) => boolean): Generator<AnyNode> {
  const stack: unknown[] = [root];
  while (stack.length > 0) {
    const node = stack.pop();
    if (typeof node !== 'object' || node === null) continue;
    if ('k' in node) {
      yield node as AnyNode;
      if (closed(node as AnyNode)) continue;
    }
    const children = Array.isArray(node) ? node : Object.values(node);
    for (let i = children.length - 1; i >= 0; i--) stack.push(children[i]);
  }
}

const known = new WeakMap<object, ReadonlySet<string>>();
/** Names of variables that stand below a node, `this` among them. Kept with the node, which nobody changes. */
export function namesIn(root: object): ReadonlySet<string> {
  let names = known.get(root);
  if (!names) known.set(root, (names = new Set(namesBelow(root))));
  return names;
}
function* namesBelow(root: object): Generator<string> {
  for (const node of nodesIn(root))
    if (node.k === 'identifier') yield node.name;
    else if (node.k === 'this') yield 'this';
}
