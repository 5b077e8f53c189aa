import ts from 'typescript';
import { replaced, type Mutant } from './mutant.js';
import { holds, nodesIn, startLine, type Project } from './project.js';

/** Two registrations that stand side by side, and of which no request could mean both, change places. */
export function swapRoutes(project: Project): Mutant[] {
  const files = new Set(project.model.entryPoints.map((e) => e.registration.file));
  return [...files].sort().flatMap((file) => {
    const tree = project.tree(file);
    if (!tree) return [];
    const lists = nodesIn(tree, isList).map(membersOf);
    return lists.flatMap((list) =>
      list.slice(1).flatMap((second, i): Mutant[] => {
        const first = list[i]!;
        if (!isRegistration(first, project) || !isRegistration(second, project)) return [];
        if (mayMeanTheSame(first, second, project)) return [];
        return [
          {
            mutator: 'swap-routes',
            file,
            line: startLine(first),
            what: `what is registered here and in line ${startLine(second)} change places`,
            edits: [replaced(first, second.getText()), replaced(second, first.getText())],
            expected: [],
            allowed: [],
          },
        ];
      }),
    );
  });
}
type List = ts.SourceFile | ts.Block | ts.ObjectLiteralExpression | ts.ClassDeclaration;
const isList = (node: ts.Node): node is List =>
  ts.isSourceFile(node) ||
  ts.isBlock(node) ||
  ts.isObjectLiteralExpression(node) ||
  ts.isClassDeclaration(node);
const membersOf = (list: List): readonly ts.Node[] =>
  ts.isObjectLiteralExpression(list)
    ? list.properties
    : ts.isClassDeclaration(list)
      ? list.members
      : list.statements;

function registeredIn(node: ts.Node, project: Project) {
  return project.model.entryPoints.filter((e) => holds(node, e.registration));
}
function isRegistration(node: ts.Node, project: Project): boolean {
  const isPlain =
    (ts.isExpressionStatement(node) && ts.isCallExpression(node.expression)) ||
    (ts.isPropertyAssignment(node) && ts.isCallExpression(node.initializer)) ||
    ts.isMethodDeclaration(node);
  return isPlain && registeredIn(node, project).length > 0;
}
/** Of two patterns that one path could fit, the first wins: their order is no matter of taste. */
function mayMeanTheSame(a: ts.Node, b: ts.Node, project: Project): boolean {
  const [left, right] = [registeredIn(a, project), registeredIn(b, project)];
  return left.some((x) =>
    right.some((y) => {
      if (!('path' in x.trigger) || !('path' in y.trigger)) return x.id === y.id;
      if (x.trigger.path === null || y.trigger.path === null) return true;
      if (x.trigger.kind === 'websocket' || y.trigger.kind === 'websocket')
        return !('name' in x.trigger && 'name' in y.trigger && x.trigger.name !== y.trigger.name);
      const methods = [x.trigger.method, y.trigger.method];
      if (methods[0] !== methods[1] && !methods.includes('ALL')) return false;
      return overlap(x.trigger.path.split('/'), y.trigger.path.split('/'));
    }),
  );
}
const isOpen = (segment: string | undefined): boolean => segment !== undefined && /[:*{(]/.test(segment);
function overlap(a: readonly string[], b: readonly string[]): boolean {
  if ([...a, ...b].some((s) => /[*?+(]/.test(s))) return true;
  return a.length === b.length && a.every((s, i) => s === b[i] || isOpen(s) || isOpen(b[i]));
}
