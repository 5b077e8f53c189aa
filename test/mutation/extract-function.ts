import ts from 'typescript';
import { replaced, type Edit, type Mutant } from './mutant.js';
import { enclosing, endLine, holds, nodesIn, startLine, type Project } from './project.js';

type Written = ts.ArrowFunction | ts.FunctionExpression | ts.FunctionDeclaration | ts.MethodDeclaration;
const isWritten = (node: ts.Node): node is Written =>
  ts.isArrowFunction(node) ||
  ts.isFunctionExpression(node) ||
  ts.isFunctionDeclaration(node) ||
  ts.isMethodDeclaration(node);

/** A handler's body, a handler as a whole, or the test of a check becomes a function, which is called in its place. */
export function extractFunction(project: Project): Mutant[] {
  const mutants: Mutant[] = [];
  const seen = new Set<string>();
  const add = (node: ts.Node, what: string, edits: Edit[] | null): void => {
    const key = edits && JSON.stringify(edits);
    if (!edits || !key || seen.has(key)) return;
    seen.add(key);
    const file = node.getSourceFile().fileName;
    mutants.push({
      mutator: 'extract-function',
      file,
      line: startLine(node),
      what,
      edits,
      expected: [],
      allowed: [],
    });
  };
  for (const { id, handler, chain } of project.model.entryPoints) {
    const written = handler && writtenAt(handler, project);
    if (!written) continue;
    add(written, `the body of the handler of ${id}`, bodyOf(written));
    add(written, `the handler of ${id}`, asWhole(written));
    for (const link of chain) {
      if (link.position !== 'inline' || link.place.file !== handler.file || link.protections.length === 0)
        continue;
      const check = nodesIn(written, ts.isIfStatement).filter(
        (s) => startLine(s) === link.place.line && holds(s.expression, link.place),
      )[0];
      if (check) add(check, `the test of ${link.name} in ${id}`, testOf(check));
    }
  }
  return mutants;
}
function writtenAt(place: { file: string; line: number; endLine: number }, project: Project): Written | null {
  const tree = project.tree(place.file);
  const here = tree
    ? nodesIn(tree, isWritten).filter((f) => startLine(f) === place.line && f.body && ts.isBlock(f.body))
    : [];
  return here.find((f) => endLine(f) === place.endLine) ?? null;
}
/** What an inner function would give another meaning. */
const isBound = (node: ts.Node): boolean =>
  nodesIn(
    node,
    (n): n is ts.Node =>
      ts.isYieldExpression(n) ||
      n.kind === ts.SyntaxKind.SuperKeyword ||
      (ts.isIdentifier(n) && n.text === 'arguments'),
  ).length > 0;
const isAsync = (node: Written): boolean =>
  node.modifiers?.some((m) => m.kind === ts.SyntaxKind.AsyncKeyword) ?? false;

function bodyOf(written: Written): Edit[] | null {
  const body = written.body;
  if (!body || !ts.isBlock(body) || isBound(body) || written.asteriskToken || hasDirective(body)) return null;
  const wait = isAsync(written) ? 'async ' : '';
  return [
    replaced(
      body,
      `{\n  const extractedWork = ${wait}() => ${body.getText()};\n  return extractedWork();\n}`,
    ),
  ];
}
/** `'use server'` belongs to the function that it stands in. */
const hasDirective = (body: ts.Block): boolean => {
  const [first] = body.statements;
  return first !== undefined && ts.isExpressionStatement(first) && ts.isStringLiteral(first.expression);
};
function asWhole(written: Written): Edit[] | null {
  const { parent } = written;
  if (!ts.isArrowFunction(written) || !ts.isCallExpression(parent)) return null;
  const statement = enclosing(written, ts.isExpressionStatement);
  if (!statement || enclosing(written, isWritten) !== enclosing(statement, isWritten)) return null;
  if (!ts.isSourceFile(statement.parent) && !ts.isBlock(statement.parent)) return null;
  const start = statement.getStart();
  // The types of its parameters came from where it stood.
  const { fileName: file } = written.getSourceFile();
  return [
    { file, start, end: start, text: `const extractedHandler = ${written.getText()};\n` },
    replaced(written, 'extractedHandler'),
  ];
}
function testOf(check: ts.IfStatement): Edit[] | null {
  if (isBound(check.expression) || !ts.isBlock(check.parent)) return null;
  const waits = nodesIn(check.expression, ts.isAwaitExpression).length > 0;
  const { fileName: file } = check.getSourceFile();
  const start = check.getStart();
  const text = check.expression.getText();
  return [
    {
      file,
      start,
      end: start,
      text: `const extractedTest = ${waits ? 'async ' : ''}() => ${text};\n`,
    },
    replaced(check.expression, waits ? 'await extractedTest()' : 'extractedTest()'),
  ];
}
