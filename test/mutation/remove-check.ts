import ts from 'typescript';
import type { EntryPoint } from '../../analysis/model/model.js';
import { replaced, type Outcome, type Remover } from './mutant.js';
import { calledName, enclosing, endLine, nodesIn, startLine, type Project } from './project.js';

/** `if (!user) return …`, `await requireUser(request)` where nobody needs what it answers. */
export const inlineCheck: Remover = ({ link }, project): Outcome => {
  const tree = link.position === 'inline' ? project.tree(link.place.file) : null;
  if (!tree) return null;
  const scope = handledAround(tree.fileName, link.place.line, project);
  if (scope.length === 0) return { skipped: 'the check stands in no handler: whom it reaches is not told' };
  const { line } = link.place;
  const statement = nodesIn(tree, ts.isStatement)
    .filter((s) => isCheckAt(s, line))
    .at(-1);
  if (!statement) return { skipped: 'the check is no statement of its own' };
  if (link.name !== 'inline check' && !mentions(statement, link.name))
    return { skipped: 'the check is no statement of its own' };
  if (ts.isIfStatement(statement)) {
    if (statement.elseStatement) return { skipped: 'the check has two arms' };
    if (!leaves(statement.thenStatement)) return { skipped: 'the check does not leave' };
  }
  if (ts.isVariableStatement(statement) && isUsed(statement))
    return { skipped: 'what the check answers is used' };
  // An empty block stands wherever a statement does.
  return { edits: [replaced(statement, '{}')], scope };
};
function isCheckAt(statement: ts.Statement, line: number): boolean {
  if (ts.isIfStatement(statement))
    return startLine(statement) <= line && line <= endLine(statement.expression);
  if (ts.isExpressionStatement(statement)) {
    const { expression } = statement;
    const called = ts.isAwaitExpression(expression) ? expression.expression : expression;
    return ts.isCallExpression(called) && startLine(statement) <= line && line <= endLine(called.expression);
  }
  return ts.isVariableStatement(statement) && startLine(statement) === line;
}
const mentions = (statement: ts.Statement, name: string): boolean =>
  nodesIn(ts.isIfStatement(statement) ? statement.expression : statement, ts.isCallExpression).some(
    (c) => calledName(c) === name,
  );
function leaves(statement: ts.Statement): boolean {
  const last = ts.isBlock(statement) ? statement.statements.at(-1) : statement;
  return last !== undefined && (ts.isReturnStatement(last) || ts.isThrowStatement(last));
}
function isUsed(statement: ts.VariableStatement): boolean {
  const names = new Set(
    nodesIn(statement.declarationList, ts.isIdentifier)
      .filter(
        (n) => (ts.isBindingElement(n.parent) || ts.isVariableDeclaration(n.parent)) && n.parent.name === n,
      )
      .map((n) => n.text),
  );
  const around = enclosing(statement, ts.isBlock) ?? statement.getSourceFile();
  return nodesIn(around, ts.isIdentifier).some(
    (n) => names.has(n.text) && (n.end <= statement.pos || n.pos >= statement.end),
  );
}

/** The entry points whose handler this line stands in: of handlers within handlers, the innermost. */
function handledAround(file: string, line: number, project: Project): EntryPoint[] {
  const around = project.model.entryPoints.filter(
    (e) => e.handler && e.handler.file === file && e.handler.line <= line && line <= e.handler.endLine,
  );
  const length = (e: EntryPoint): number => e.handler!.endLine - e.handler!.line;
  const shortest = Math.min(...around.map(length));
  return around.filter((e) => length(e) === shortest);
}
