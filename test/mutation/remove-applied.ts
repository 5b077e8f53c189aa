import ts from 'typescript';
import type { EntryPoint, Place } from '../../analysis/model/model.js';
import { cut, replaced, type Edit, type Remover } from './mutant.js';
import { calledName, enclosing, endLine, holds, nodesIn, startLine, type Project } from './project.js';

/**
 * Guards that stand in front of a handler, taken away where they are given for one registration. What is installed for
 * all that comes after it (`app.use(guard)`) is left: whom it reaches cannot be read off one statement.
 */

/** `router.get('/x', guard, handler)`, `{ preHandler: [guard] }`, `{ before: guard }`, `.use(guard)` of a chain. */
export const routeArgument: Remover = ({ entryPoint, link }, project) => {
  const tree = link.position === 'applied' ? project.tree(link.place.file) : null;
  if (!tree || isInDecorator(tree, link.place.line)) return null;
  const named = nodesIn(tree, ts.isExpression).filter(
    (n) =>
      (startLine(n) === link.place.line || isNear(n, link.place.line)) &&
      (calledName(n) === link.name || (link.definition !== null && makes(n, link.definition, project))),
  );
  const found = named.flatMap((guard) => {
    const installed = installationOf(guard);
    const scope = installed ? registeredAt(installed.registers, entryPoint, project) : [];
    return installed && scope.length > 0 ? [{ edits: [installed.edit], scope }] : [];
  });
  // `wrap(first), wrap(second)`: links of one name, in the order in which they stand there.
  const alike = entryPoint.chain.filter(
    (l) => l.name === link.name && l.place.file === link.place.file && l.place.line === link.place.line,
  );
  if (alike.length === 1) return found[0] ?? null;
  return found.length === alike.length ? found[alike.indexOf(link)]! : null;
};
/** `guardFor(role)`, where the function that is the guard stands inside `guardFor`. */
function makes(node: ts.Expression, definition: Place, project: Project): boolean {
  const name = ts.isCallExpression(node) && ts.isIdentifier(node.expression) ? node.expression.text : null;
  const tree = project.tree(definition.file);
  if (name === null || !tree) return false;
  const isDeclared = (n: ts.Node): n is ts.FunctionDeclaration | ts.VariableDeclaration =>
    (ts.isFunctionDeclaration(n) || ts.isVariableDeclaration(n)) && n.name?.getText() === name;
  return nodesIn(tree, isDeclared).some((d) => holds(d, definition));
}
/** The call that is given the guard begins on the line, as far as a reader can see. */
const isNear = (node: ts.Node, line: number): boolean => {
  for (let at = node.parent; at && !ts.isStatement(at); at = at.parent)
    if (ts.isCallExpression(at) && (startLine(at) === line || nameLine(at) === line)) return true;
  return false;
};
const nameLine = (call: ts.CallExpression): number =>
  ts.isPropertyAccessExpression(call.expression) ? startLine(call.expression.name) : startLine(call);

/** How a guard is taken away, and the call or property that registers what it stands in front of. */
function installationOf(guard: ts.Expression): { edit: Edit; registers: ts.Node } | null {
  const { parent } = guard;
  if (ts.isCallExpression(parent) && ts.isPropertyAccessExpression(parent.expression)) {
    const at = parent.arguments.indexOf(guard);
    if (at < 0) return null;
    if (parent.expression.name.text === 'use') {
      // `.use(guard)` in the middle of a chain is one procedure's; alone, it is everybody's.
      const isChained = ts.isPropertyAccessExpression(parent.parent) && parent.arguments.length === 1;
      const property = isChained ? enclosing(parent, isNamedThing) : null;
      if (!property) return null;
      const start = parent.expression.expression.end;
      return {
        edit: { file: guard.getSourceFile().fileName, start, end: parent.end, text: '' },
        registers: property,
      };
    }
    if (at === parent.arguments.length - 1 || parent.arguments.length < 2) return null;
    return { edit: withoutElement(parent.arguments, at), registers: parent };
  }
  if (ts.isArrayLiteralExpression(parent)) {
    const call = enclosing(parent, ts.isCallExpression);
    const at = parent.elements.indexOf(guard);
    return call && { edit: withoutElement(parent.elements, at), registers: call };
  }
  if (ts.isPropertyAssignment(parent) && parent.initializer === guard) {
    const call = enclosing(parent, ts.isCallExpression);
    const at = parent.parent.properties.indexOf(parent);
    return call && { edit: withoutElement(parent.parent.properties, at), registers: call };
  }
  return null;
}
const isNamedThing = (node: ts.Node): node is ts.PropertyAssignment | ts.VariableDeclaration =>
  ts.isPropertyAssignment(node) || ts.isVariableDeclaration(node);

/** `@UseGuards(A, B)`, `@Authorized()`: of a method, or of a class with all its methods. */
export const decorator: Remover = ({ entryPoint, link }, project) => {
  const tree = project.tree(link.place.file);
  if (!tree || link.position !== 'applied') return null;
  const decorators = nodesIn(tree, ts.isDecorator).filter((d) => holds(d, link.place));
  for (const d of decorators) {
    const target = d.parent;
    if (!ts.isMethodDeclaration(target) && !ts.isClassDeclaration(target)) continue;
    const scope = project.model.entryPoints.filter((e) => e.handler && holds(target, e.handler));
    if (!scope.some((e) => e.id === entryPoint.id)) continue;
    if (calledName(d.expression) === link.name) return { edits: [cut(d)], scope };
    const args = ts.isCallExpression(d.expression) ? d.expression.arguments : null;
    const at = args?.findIndex((a) => calledName(a) === link.name) ?? -1;
    if (!args || at < 0) continue;
    return { edits: [args.length === 1 ? cut(d) : withoutElement(args, at)], scope };
  }
  return null;
};
const isInDecorator = (tree: ts.SourceFile, line: number): boolean =>
  nodesIn(tree, ts.isDecorator).some((d) => startLine(d) <= line && line <= endLine(d));

/** `withUser(handler)`, `withUser(options)(handler)`. */
export const wrapper: Remover = ({ entryPoint, link }, project) => {
  const tree = project.tree(entryPoint.registration.file);
  if (!tree || link.position !== 'applied') return null;
  for (const call of nodesIn(tree, ts.isCallExpression)) {
    const isCalled = ts.isCallExpression(call.parent) && call.parent.expression === call;
    const statement = enclosing(call, ts.isStatement);
    if (calledName(call) !== link.name || isCalled || !statement) continue;
    const wrapped = handlerIn(call.arguments, tree);
    if (!wrapped || !holds(statement, entryPoint.registration)) continue;
    const scope = project.model.entryPoints.filter((e) => holds(statement, e.registration));
    return { edits: [replaced(call, wrapped.getText())], scope };
  }
  return null;
};
/** Among what a wrapper is given, the function: written there, declared in this file, or all that there is. */
function handlerIn(args: readonly ts.Expression[], tree: ts.SourceFile): ts.Expression | null {
  const isFunction = (name: string): boolean =>
    nodesIn(tree, ts.isFunctionDeclaration).some((f) => f.name?.text === name) ||
    nodesIn(tree, ts.isVariableDeclaration).some(
      (d) => ts.isIdentifier(d.name) && d.name.text === name && d.initializer && isWritten(d.initializer),
    );
  return (
    args.find(isWritten) ??
    args.find((a) => ts.isIdentifier(a) && isFunction(a.text)) ??
    args.find((a) => ts.isCallExpression(a) && handlerIn(a.arguments, tree) !== null) ??
    null
  );
}
const isWritten = (node: ts.Expression): boolean => ts.isArrowFunction(node) || ts.isFunctionExpression(node);

/** `name: protectedProcedure.query(…)`: the builder without the guard is put beside it, and used here. */
export const builder: Remover = ({ entryPoint, link }, project) => {
  const tree = link.position === 'applied' ? project.tree(entryPoint.registration.file) : null;
  if (!tree) return null;
  // A procedure may be registered lines below its name; what is around it starts from another builder.
  const found = nodesIn(tree, isNamedThing)
    .filter((n) => holds(n, entryPoint.registration))
    .flatMap((thing) => {
      const root = thing.initializer && rootOf(thing.initializer);
      const declared = root ? declarationOf(root.text, tree, project) : null;
      return root && declared?.initializer && holds(declared.initializer, link.place)
        ? [{ thing, root, declared, initializer: declared.initializer }]
        : [];
    })[0];
  if (!found) return null;
  const { thing, root, declared, initializer } = found;
  const home = declared.getSourceFile();
  const use = nodesIn(initializer, ts.isCallExpression).find(
    (c) =>
      ts.isPropertyAccessExpression(c.expression) &&
      c.expression.name.text === 'use' &&
      (startLine(c.expression.name) === link.place.line ||
        c.arguments.some((a) => startLine(a) === link.place.line)),
  );
  if (!use || !ts.isPropertyAccessExpression(use.expression)) return null;
  const from = initializer.getStart(home);
  const text = initializer.getText(home);
  const open = text.slice(0, use.expression.expression.end - from) + text.slice(use.end - from);
  const statement = enclosing(declared, ts.isStatement)!;
  const name = `open_${root.text}`;
  const insert = (file: string, at: number, what: string): Edit => ({
    file,
    start: at,
    end: at,
    text: what,
  });
  const edits = [
    insert(home.fileName, statement.end, `\nexport const ${name} = ${open};\n`),
    replaced(root, name),
  ];
  if (home !== tree) edits.push(importBeside(root.text, name, tree));
  return { edits, scope: registeredAt(thing, entryPoint, project) };
};
function importBeside(known: string, name: string, tree: ts.SourceFile): Edit {
  const element = nodesIn(tree, ts.isImportSpecifier).find((s) => s.name.text === known)!;
  return { file: tree.fileName, start: element.end, end: element.end, text: `, ${name}` };
}
/** `a` of `a.input(x).query(f)` */
function rootOf(node: ts.Expression): ts.Identifier | null {
  if (ts.isIdentifier(node)) return node;
  if (ts.isCallExpression(node) || ts.isPropertyAccessExpression(node)) return rootOf(node.expression);
  return null;
}
function declarationOf(name: string, tree: ts.SourceFile, project: Project): ts.VariableDeclaration | null {
  const own = nodesIn(tree, ts.isVariableDeclaration).find(
    (d) => ts.isIdentifier(d.name) && d.name.text === name,
  );
  if (own) return own;
  for (const statement of tree.statements.filter(ts.isImportDeclaration)) {
    const bindings = statement.importClause?.namedBindings;
    if (!bindings || !ts.isNamedImports(bindings)) continue;
    if (!bindings.elements.some((e) => e.name.text === name && !e.propertyName)) continue;
    const target = project.resolve(tree.fileName, (statement.moduleSpecifier as ts.StringLiteral).text);
    const home = target === null ? null : project.tree(target);
    return home && home !== tree ? declarationOf(name, home, project) : null;
  }
  return null;
}

/** Entry points that are registered by this call or property, and by nothing inside it. */
function registeredAt(node: ts.Node, entryPoint: EntryPoint, project: Project): EntryPoint[] {
  const tree = node.getSourceFile();
  const here = project.model.entryPoints.filter(({ registration: at }) =>
    ts.isCallExpression(node)
      ? at.file === tree.fileName && (at.line === nameLine(node) || at.line === startLine(node))
      : holds(node, at),
  );
  const method = ts.isCallExpression(node) ? calledName(node.expression)?.toUpperCase() : undefined;
  const methodOf = (e: EntryPoint): string | null => ('method' in e.trigger ? e.trigger.method : null);
  const same = here.some((e) => methodOf(e) === method) ? here.filter((e) => methodOf(e) === method) : here;
  return same.some((e) => e.id === entryPoint.id) ? same : [];
}
/** An element of a list, with the comma that belongs to it. */
function withoutElement(list: ts.NodeArray<ts.Node>, at: number): Edit {
  const element = list[at]!;
  const next = list[at + 1];
  const before = list[at - 1];
  const tree = element.getSourceFile();
  const start = next || !before ? element.getStart(tree) : before.end;
  return { file: tree.fileName, start, end: next ? next.getStart(tree) : element.end, text: '' };
}
