import ts from 'typescript';
import { configurationFiles, ModuleGraph, sourceRole } from '../../analysis/modules/index.js';
import type { Model, Place } from '../../analysis/model/model.js';
import type { TreeSource } from '../../analysis/source.js';

const CODE = /\.[cm]?[jt]sx?$/;

/**
 * The code that is mutated, as TypeScript's own parser reads it: what a mutant is expected to change is told without the
 * lowering and the evaluation that are under test. Of these it takes only where imports lead, and the base's model.
 */
export class Project {
  private readonly trees = new Map<string, ts.SourceFile>();
  readonly graph: ModuleGraph;

  private constructor(
    readonly model: Model,
    /** Code by path; what is not code is only configuration. */
    readonly texts: ReadonlyMap<string, string>,
    private readonly paths: readonly string[],
    private readonly configuration: ReadonlyMap<string, string>,
  ) {
    this.graph = new ModuleGraph(paths, configuration);
  }

  static async read(source: TreeSource, model: Model): Promise<Project> {
    const paths = source.files.map((f) => f.path);
    const wanted = new Set(configurationFiles(paths));
    const files = source.files.filter(
      (f) =>
        wanted.has(f.path) || (CODE.test(f.path) && ['production', 'example'].includes(sourceRole(f.path))),
    );
    const blobs = await source.read(files.map((f) => f.id));
    const code = new Map<string, string>();
    const configuration = new Map<string, string>();
    for (const file of files) {
      const bytes = blobs.get(file.id);
      if (!bytes) continue;
      const text = Buffer.from(bytes).toString('utf8');
      if (wanted.has(file.path)) configuration.set(file.path, text);
      // What is no UTF-8 cannot be written back as it was.
      if (CODE.test(file.path) && Buffer.from(text, 'utf8').equals(bytes)) code.set(file.path, text);
    }
    return new Project(model, code, paths, configuration);
  }

  tree(path: string): ts.SourceFile | null {
    const known = this.trees.get(path);
    if (known) return known;
    const text = this.texts.get(path);
    if (text === undefined) return null;
    const kind = /\.[cm]?js$/.test(path) ? ts.ScriptKind.JSX : undefined;
    const tree = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true, kind);
    this.trees.set(path, tree);
    return tree;
  }

  /** The file that an import leads to, null for packages. */
  resolve(from: string, specifier: string): string | null {
    const target = this.graph.resolve(from, specifier);
    return target.kind === 'file' ? target.path : null;
  }

  /** The same project with a file at another path. */
  moved(from: string, to: string): ModuleGraph {
    return new ModuleGraph([...this.paths.filter((p) => p !== from), to].sort(), this.configuration);
  }
  has(path: string): boolean {
    return this.paths.includes(path);
  }
}

/** Where each statement `import`, `export … from`, `require` and `import()` of a file names another. */
export function specifiersIn(tree: ts.SourceFile): ts.StringLiteralLike[] {
  const found: ts.StringLiteralLike[] = [];
  const visit = (node: ts.Node): void => {
    const named =
      ts.isImportDeclaration(node) || ts.isExportDeclaration(node)
        ? node.moduleSpecifier
        : ts.isExternalModuleReference(node)
          ? node.expression
          : ts.isCallExpression(node) &&
              (node.expression.kind === ts.SyntaxKind.ImportKeyword ||
                (ts.isIdentifier(node.expression) && node.expression.text === 'require'))
            ? node.arguments[0]
            : ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)
              ? node.argument.literal
              : undefined;
    if (named && ts.isStringLiteralLike(named)) found.push(named);
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

/** Lines count from one, as in a model. */
export const lineOf = (tree: ts.SourceFile, position: number): number =>
  tree.getLineAndCharacterOfPosition(position).line + 1;
export const startLine = (node: ts.Node): number =>
  lineOf(node.getSourceFile(), node.getStart(node.getSourceFile()));
export const endLine = (node: ts.Node): number => lineOf(node.getSourceFile(), node.end);
export const holds = (node: ts.Node, place: Place): boolean =>
  node.getSourceFile().fileName === place.file &&
  startLine(node) <= place.line &&
  place.line <= endLine(node);

/** All nodes for which `test` holds, outer ones first. */
export function nodesIn<T extends ts.Node>(root: ts.Node, test: (node: ts.Node) => node is T): T[] {
  const found: T[] = [];
  const visit = (node: ts.Node): void => {
    if (test(node)) found.push(node);
    ts.forEachChild(node, visit);
  };
  visit(root);
  return found;
}

export function enclosing<T extends ts.Node>(node: ts.Node, test: (n: ts.Node) => n is T): T | null {
  for (let at = node.parent; at; at = at.parent) if (test(at)) return at;
  return null;
}

/** What an expression is called: `a.b.guard(1)(2)` is `guard`. */
export function calledName(node: ts.Node): string | null {
  if (ts.isIdentifier(node)) return node.text;
  if (ts.isPropertyAccessExpression(node)) return node.name.text;
  if (ts.isCallExpression(node) || ts.isNewExpression(node)) return calledName(node.expression);
  if (ts.isAwaitExpression(node) || ts.isParenthesizedExpression(node) || ts.isNonNullExpression(node))
    return calledName(node.expression);
  return null;
}
