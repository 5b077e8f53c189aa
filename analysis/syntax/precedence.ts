import { SyntaxNode } from './tree.js';

/**
 * Groups operators again as the language does. tree-sitter-typescript gives `!` and calls with type arguments too
 * low a precedence: `a === b!.c` is read as `(a === b)!.c`, `await f<T>(x)` as a call of `await f`. And it takes the
 * brackets of `f[0]<T>(x)` for comparisons. All of these are everywhere in checks of identity.
 *
 * Works in place on the trees of TypeScript grammars, and in loops, because expressions can nest without limit.
 */
export function regroup(root: SyntaxNode): void {
  const pending: { node: SyntaxNode; inner: boolean }[] = [{ node: root, inner: false }];
  for (let next = pending.pop(); next; next = pending.pop()) {
    const { node, inner } = next;
    const parts = inner ? partsOf(node) : null;
    for (let i = 0; i < node.children.length; i++) {
      let child = node.children[i]!;
      const connected = parts !== null && parts.operands.includes(i);
      if (!connected && partsOf(child)) {
        child = regroupExpression(child);
        node.children[i] = child;
      }
      if (child.children.length > 0)
        pending.push({ node: child, inner: connected || partsOf(child) !== null });
    }
  }
}

/** What a node is in a sequence of operators and operands; `operands` are indexes of the children it connects. */
interface Parts {
  role: 'infix' | 'prefix' | 'postfix' | 'as';
  operands: number[];
}
interface Token {
  /** Null for an operand. */
  role: Parts['role'] | null;
  node: SyntaxNode;
  operands: number[];
}

const POSTFIX = new Set([
  'member_expression',
  'subscript_expression',
  'call_expression',
  'non_null_expression',
  'instantiation_expression',
]);

function partsOf(node: SyntaxNode): Parts | null {
  const { type, children } = node;
  if (type === 'binary_expression') {
    const left = children.findIndex((child) => child.field === 'left');
    const right = children.findIndex((child) => child.field === 'right');
    return left >= 0 && right > left ? { role: 'infix', operands: [left, right] } : null;
  }
  if (POSTFIX.has(type)) return at('postfix', firstOperand(children));
  if (type === 'as_expression' || type === 'satisfies_expression') return at('as', firstOperand(children));
  if (type === 'unary_expression' || type === 'await_expression') return at('prefix', lastOperand(children));
  if (type === 'update_expression') {
    return children[0]?.named ? at('postfix', firstOperand(children)) : at('prefix', lastOperand(children));
  }
  return null;
}

function at(role: Parts['role'], index: number): Parts | null {
  return index < 0 ? null : { role, operands: [index] };
}

const isOperand = (node: SyntaxNode): boolean => node.named && node.type !== 'ERROR';
const firstOperand = (children: SyntaxNode[]): number => children.findIndex(isOperand);
const lastOperand = (children: SyntaxNode[]): number => children.findLastIndex(isOperand);

function regroupExpression(root: SyntaxNode): SyntaxNode {
  const { field } = root;
  const tokens = flatten(root);
  const hasOperator = tokens.some((token) => token.role === 'infix' || token.role === 'prefix');
  if (!hasOperator) return root;
  const typed = joinGenericCalls(tokens);
  if (typed.length === tokens.length && !tokens.some(isTypeScriptOnly)) return root;
  const regrouped = new Grouping(typed).expression(0);
  regrouped.field = field;
  return regrouped;
}

function isTypeScriptOnly({ role, node }: Token): boolean {
  if (role === 'as') return true;
  if (role !== 'postfix') return false;
  return (
    node.type === 'non_null_expression' ||
    node.type === 'instantiation_expression' ||
    node.children.some((child) => child.field === 'type_arguments')
  );
}

/** Operators and operands in source order. */
function flatten(root: SyntaxNode): Token[] {
  const tokens: Token[] = [];
  const pending: (SyntaxNode | Token)[] = [root];
  for (let next = pending.pop(); next; next = pending.pop()) {
    if (!(next instanceof SyntaxNode)) {
      tokens.push(next);
      continue;
    }
    const parts = partsOf(next);
    if (!parts) {
      tokens.push({ role: null, node: next, operands: [] });
      continue;
    }
    const token: Token = { role: parts.role, node: next, operands: parts.operands };
    const [first, second] = parts.operands.map((index) => next.children[index]!);
    // Last in, first out.
    if (parts.role === 'infix') pending.push(second!, token, first!);
    else if (parts.role === 'prefix') pending.push(first!, token);
    else pending.push(token, first!);
  }
  return tokens;
}

/** Replaces `<`, a name, `>` and something in parentheses (or a template) by the call that TypeScript takes it for. */
function joinGenericCalls(tokens: Token[]): Token[] {
  const joined: Token[] = [];
  for (let i = 0; i < tokens.length; i++) {
    const open = operatorOf(tokens[i]!);
    let close = i + 2;
    while (tokens[close]?.role === 'postfix' && tokens[close]!.node.type === 'member_expression') close++;
    const given = tokens[close + 1]?.node;
    const isCall =
      open?.type === '<' &&
      tokens[i + 1]?.role === null &&
      operatorOf(tokens[close])?.type === '>' &&
      (given?.type === 'parenthesized_expression' || given?.type === 'template_string');
    if (!isCall) {
      joined.push(tokens[i]!);
      continue;
    }
    const callee = new SyntaxNode('identifier', true, 'function', open.start, open.start, open.line, true);
    const call = new SyntaxNode('call_expression', true, null, open.start, given.end, open.line, false);
    call.children = [callee, typeArguments(open, operatorOf(tokens[close])!), argumentsOf(given)];
    joined.push({ role: 'postfix', node: call, operands: [0] });
    i = close + 1;
  }
  return joined;
}

function operatorOf(token: Token | undefined): SyntaxNode | undefined {
  return token?.role === 'infix'
    ? token.node.children.find((child) => child.field === 'operator')
    : undefined;
}

function typeArguments(open: SyntaxNode, close: SyntaxNode): SyntaxNode {
  return new SyntaxNode('type_arguments', true, 'type_arguments', open.start, close.end, open.line, false);
}

function argumentsOf(given: SyntaxNode): SyntaxNode {
  const type = given.type === 'template_string' ? given.type : 'arguments';
  const node = new SyntaxNode(type, true, 'arguments', given.start, given.end, given.line, false);
  const [only] = given.children;
  node.children = only?.type === 'sequence_expression' ? only.children : given.children;
  return node;
}

const LEVELS: readonly (readonly string[])[] = [
  ['??'],
  ['||'],
  ['&&'],
  ['|'],
  ['^'],
  ['&'],
  ['==', '!=', '===', '!=='],
  ['<', '>', '<=', '>=', 'instanceof', 'in', 'as'],
  ['<<', '>>', '>>>'],
  ['+', '-'],
  ['*', '/', '%'],
  ['**'],
];
const LEVEL_OF = new Map(
  LEVELS.flatMap((operators, level) => operators.map((operator) => [operator, level + 1])),
);

/** Builds the tree of a sequence of operators and operands, by precedence climbing. */
class Grouping {
  private position = 0;
  constructor(private readonly tokens: Token[]) {}

  expression(lowest: number): SyntaxNode {
    let left = this.operand();
    for (;;) {
      const token = this.tokens[this.position];
      if (token?.role !== 'infix' && token?.role !== 'as') return left;
      const operator = token.role === 'as' ? 'as' : (operatorOf(token)?.type ?? '');
      const level = LEVEL_OF.get(operator) ?? 0;
      if (level < lowest) return left;
      this.position++;
      attach(token, 0, left);
      if (token.role === 'infix') attach(token, 1, this.expression(operator === '**' ? level : level + 1));
      left = token.node;
    }
  }

  /** A primary expression with everything that binds tighter than an infix operator. */
  private operand(): SyntaxNode {
    const prefixes: Token[] = [];
    while (this.tokens[this.position]?.role === 'prefix') prefixes.push(this.tokens[this.position++]!);
    let { node } = this.tokens[this.position++]!;
    for (
      let token = this.tokens[this.position];
      token?.role === 'postfix';
      token = this.tokens[++this.position]
    ) {
      attach(token, 0, node);
      node = token.node;
    }
    for (const prefix of prefixes.reverse()) {
      attach(prefix, 0, node);
      node = prefix.node;
    }
    return node;
  }
}

const BASE_FIELDS: Record<string, string> = {
  call_expression: 'function',
  member_expression: 'object',
  subscript_expression: 'object',
  unary_expression: 'argument',
  update_expression: 'argument',
};

function attach({ role, node, operands }: Token, which: number, operand: SyntaxNode): void {
  node.children[operands[which]!] = operand;
  operand.field = role === 'infix' ? (which === 0 ? 'left' : 'right') : (BASE_FIELDS[node.type] ?? null);
  if (which === 0 && role !== 'prefix') {
    node.start = operand.start;
    node.line = operand.line;
  }
}
