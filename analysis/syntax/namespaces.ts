import type { ExportEntry, Expression, FunctionNode, Property, Statement } from './ast.js';
import { constant, declaredNames } from './linkage.js';
import type { Lowering } from './lowering.js';
import { childAt, operands, type SyntaxNode } from './tree.js';

/**
 * Lowers a namespace to a constant: the object of its exports, made by a function that runs its body. One that
 * holds nothing but types vanishes, as it does when compiled.
 */
export function lowerNamespace(
  lowering: Lowering,
  node: SyntaxNode,
  before: readonly Statement[],
): Statement[] {
  const name = childAt(node, 'name');
  const body = childAt(node, 'body');
  if (!name || !body || name.type === 'string') return [];
  const names = nameParts(lowering, name);
  const id = lowering.nextFunctionId();
  const exports: ExportEntry[] = [];
  const statements = lowering.deeper(2, () => lowering.statements(body.children, exports));
  if (statements.length === 0) return [];
  const { line } = node;
  const endLine = lowering.endLine(node);
  let value = run(id, statements, runtimeExports(exports), line, endLine);
  // `namespace a.b` is `b` inside `a`.
  for (const inner of names.slice(1).reverse()) {
    value = { k: 'object', properties: [property(inner, value, line)], line };
  }
  return [declareOrExtend(names[0]!, value, before, line)];
}

/**
 * Declares a constant, or, where one of that name is there already, adds to it: namespaces and enums merge with
 * what has their name.
 */
export function declareOrExtend(
  name: string,
  value: Expression,
  before: readonly Statement[],
  line: number,
): Statement {
  if (!before.some((statement) => declaredNames(statement).includes(name)))
    return constant(name, value, line);
  const callee: Expression = {
    k: 'member',
    object: { k: 'identifier', name: 'Object', line },
    name: 'assign',
    optional: false,
    line,
  };
  const args: Expression[] = [{ k: 'identifier', name, line }, value];
  const call: Expression = {
    k: 'call',
    callee,
    args,
    optional: false,
    typeArguments: null,
    line,
    endLine: line,
  };
  return { k: 'expression', expression: call, line };
}

function run(id: number, body: Statement[], exports: Property[], line: number, endLine: number): Expression {
  const returned: Statement = { k: 'return', value: { k: 'object', properties: exports, line }, line };
  const fn: FunctionNode = {
    id,
    name: null,
    params: [],
    body: [...body, returned],
    isAsync: false,
    isGenerator: false,
    isArrow: true,
    returnType: null,
    line,
    endLine,
  };
  const callee: Expression = { k: 'function', fn, line };
  return { k: 'call', callee, args: [], optional: false, typeArguments: null, line, endLine };
}

function runtimeExports(exports: readonly ExportEntry[]): Property[] {
  return exports.flatMap((entry) =>
    entry.k === 'local' && !entry.typeOnly
      ? [property(entry.exported, { k: 'identifier', name: entry.local, line: entry.line }, entry.line)]
      : [],
  );
}

function property(key: string, value: Expression, line: number): Property {
  return { k: 'property', key, kind: 'init', value, line };
}

function nameParts(lowering: Lowering, node: SyntaxNode): string[] {
  if (node.type !== 'nested_identifier') return [lowering.slice(node)];
  return operands(node).flatMap((part) => nameParts(lowering, part));
}
