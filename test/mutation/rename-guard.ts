import ts from 'typescript';
import { replaced, type Mutant } from './mutant.js';
import { nodesIn, startLine, type Project } from './project.js';

/** A guard of the project gets another name, wherever it is mentioned. */
export function renameGuard(project: Project): Mutant[] {
  const names = project.model.entryPoints.flatMap((e) =>
    e.chain.flatMap((l) => (l.protections.length > 0 && l.definition !== null ? [l.name] : [])),
  );
  return [...new Set(names)].sort().flatMap((name): Mutant[] => {
    if (!/^[\w$]+$/.test(name)) return [];
    const named = mentionsOf(name, project);
    const declarations = named.filter(isDeclaration);
    const [only] = declarations;
    if (declarations.length !== 1 || !only) return [];
    // What hangs on an object of a package may be the package's, and what is read by name is not seen.
    if (!named.every((n) => isOurs(n, project)) || isInText(name, project)) return [];
    const renamed = `renamed${name[0]!.toUpperCase()}${name.slice(1)}`;
    return [
      {
        mutator: 'rename-guard',
        file: only.getSourceFile().fileName,
        line: startLine(only),
        what: `${name} is called ${renamed} in ${named.length} places`,
        edits: named.map((n) => replaced(n, renamed)),
        expected: [],
        allowed: [],
      },
    ];
  });
}
const mentionsOf = (name: string, project: Project): ts.Identifier[] =>
  [...project.texts].flatMap(([path, text]) =>
    text.includes(name) ? nodesIn(project.tree(path)!, ts.isIdentifier).filter((n) => n.text === name) : [],
  );
const isDeclaration = (node: ts.Identifier): boolean => isExportsOwn(node) || isNameOfDeclared(node);
/** `exports.guard = …` */
const isExportsOwn = ({ parent }: ts.Identifier): boolean =>
  ts.isPropertyAccessExpression(parent) &&
  /^(?:module\.)?exports$/.test(parent.expression.getText()) &&
  ts.isBinaryExpression(parent.parent) &&
  parent.parent.left === parent;
const isNameOfDeclared = (node: ts.Identifier): boolean =>
  (ts.isFunctionDeclaration(node.parent) ||
    ts.isFunctionExpression(node.parent) ||
    ts.isVariableDeclaration(node.parent) ||
    ts.isClassDeclaration(node.parent) ||
    ts.isMethodDeclaration(node.parent) ||
    ts.isPropertyDeclaration(node.parent) ||
    ts.isParameter(node.parent) ||
    ts.isPropertyAssignment(node.parent) ||
    ts.isPropertySignature(node.parent)) &&
  node.parent.name === node &&
  !(ts.isPropertyAssignment(node.parent) && ts.isIdentifier(node.parent.initializer));
function isOurs(node: ts.Identifier, project: Project): boolean {
  const { parent } = node;
  const tree = node.getSourceFile();
  if (ts.isPropertyAccessExpression(parent) && parent.name === node) {
    const { expression } = parent;
    if (expression.kind === ts.SyntaxKind.ThisKeyword) return true;
    return ts.isIdentifier(expression) && (isExportsOwn(node) || isImported(expression.text, tree, project));
  }
  const from = ts.isImportSpecifier(parent)
    ? parent.parent.parent.parent.moduleSpecifier
    : ts.isExportSpecifier(parent)
      ? parent.parent.parent.moduleSpecifier
      : undefined;
  return !from || (ts.isStringLiteral(from) && project.resolve(tree.fileName, from.text) !== null);
}
/** A name that a file has by importing a module of the project. */
function isImported(name: string, tree: ts.SourceFile, project: Project): boolean {
  const leadsHere = (specifier: ts.Node | undefined): boolean =>
    specifier !== undefined &&
    ts.isStringLiteralLike(specifier) &&
    project.resolve(tree.fileName, specifier.text) !== null;
  return (
    nodesIn(tree, ts.isImportDeclaration).some(
      (d) => leadsHere(d.moduleSpecifier) && nodesIn(d, ts.isIdentifier).some((n) => n.text === name),
    ) ||
    nodesIn(tree, ts.isVariableDeclaration).some(
      (d) =>
        ts.isIdentifier(d.name) &&
        d.name.text === name &&
        d.initializer !== undefined &&
        ts.isCallExpression(d.initializer) &&
        leadsHere(d.initializer.arguments[0]),
    )
  );
}
const isInText = (name: string, project: Project): boolean =>
  [...project.texts].some(
    ([path, text]) =>
      text.includes(name) &&
      nodesIn(project.tree(path)!, ts.isStringLiteralLike).some((n) => n.text === name),
  );
