import type {
  ClassNode,
  Decorator,
  Dependency,
  ExportEntry,
  Expression,
  FunctionNode,
  ImportDeclaration,
  Pattern,
  Statement,
} from './ast.js';
import { putsAway } from './read-through.js';
import { lineAt, type SyntaxNode } from './tree.js';

/**
 * How deep statements and expressions may nest in a lowered module. Written code stays below 100; machine-made
 * sums and ladders do not, and what reads a module recurses.
 */
export const MAX_NESTING = 800;

/** Lowers one kind of node; expressions and functions are told the name of what they initialise. */
export interface Lowerers {
  expression(lowering: Lowering, node: SyntaxNode, name: string | null): Expression;
  statements(lowering: Lowering, nodes: readonly SyntaxNode[], exports: ExportEntry[] | null): Statement[];
  pattern(lowering: Lowering, node: SyntaxNode): Pattern;
  function(lowering: Lowering, node: SyntaxNode, name: string | null): FunctionNode;
  class(lowering: Lowering, node: SyntaxNode, name: string | null, decorators: SyntaxNode[]): ClassNode;
}

/** The lowering of one module: its text, what has been collected so far, and the way from one kind of node to another. */
export class Lowering {
  readonly imports: ImportDeclaration[] = [];
  readonly exports: ExportEntry[] = [];
  readonly dependencies = new Map<string, Dependency>();
  /** Something in it may be put away under a key. */
  readonly putsAway: boolean;
  private functions = 0;
  private depth = 0;

  constructor(
    readonly text: string,
    readonly lineStarts: number[],
    readonly errors: { line: number; endLine: number }[],
    private readonly lowerers: Lowerers,
  ) {
    this.putsAway = putsAway(text);
  }

  slice(node: SyntaxNode): string {
    return this.text.slice(node.start, node.end);
  }

  endLine(node: SyntaxNode): number {
    return lineAt(this.lineStarts, node.end > node.start ? node.end - 1 : node.end);
  }

  nextFunctionId(): number {
    return this.functions++;
  }

  /** Lowers an expression; a missing one is `unknown`. `name` is what a function or class without a name is called. */
  expression(node: SyntaxNode | null | undefined, name: string | null = null): Expression {
    if (!node) return { k: 'unknown', reason: 'missing', line: 1 };
    if (node.missing) return { k: 'unknown', reason: 'missing', line: node.line };
    if (this.depth >= MAX_NESTING) return this.tooDeep(node);
    this.depth++;
    const expression = this.lowerers.expression(this, node, name);
    this.depth--;
    return expression;
  }

  /** Lowers the one statement that a loop or branch has as its body. */
  statement(node: SyntaxNode | null, line: number): Statement {
    if (!node) return { k: 'block', body: [], line };
    if (this.depth >= MAX_NESTING)
      return { k: 'expression', expression: this.tooDeep(node), line: node.line };
    this.depth++;
    const body = this.lowerers.statements(this, [node], null);
    this.depth--;
    return body.length === 1 ? body[0]! : { k: 'block', body, line: node.line };
  }

  /** Lowers a list of statements; what it exports goes into `exports`, for a module or a namespace. */
  statements(nodes: readonly SyntaxNode[], exports: ExportEntry[] | null = null): Statement[] {
    return this.lowerers.statements(this, nodes, exports);
  }

  pattern(node: SyntaxNode): Pattern {
    return this.lowerers.pattern(this, node);
  }

  function(node: SyntaxNode, name: string | null): FunctionNode {
    return this.lowerers.function(this, node, name);
  }

  class(node: SyntaxNode, name: string | null, decorators: SyntaxNode[] = []): ClassNode {
    return this.lowerers.class(this, node, name, decorators);
  }

  decorators(nodes: readonly SyntaxNode[]): Decorator[] {
    return nodes.map((node) => ({
      expression: this.expression(node.children.find((child) => child.named)),
      line: node.line,
    }));
  }

  /** Runs `lower` as if it were `levels` deeper: for what is lowered in a loop but nests in the result. */
  deeper<T>(levels: number, lower: () => T): T {
    this.depth += levels;
    const result = lower();
    this.depth -= levels;
    return result;
  }

  /** How many more levels may nest here. */
  get room(): number {
    return MAX_NESTING - this.depth;
  }

  tooDeep(node: SyntaxNode): Expression {
    this.errors.push({ line: node.line, endLine: this.endLine(node) });
    return { k: 'unknown', reason: 'nested too deeply', line: node.line };
  }

  depend(specifier: string, line: number, typeOnly: boolean): void {
    const known = this.dependencies.get(specifier);
    if (!known) this.dependencies.set(specifier, { specifier, line, typeOnly });
    else if (!typeOnly) known.typeOnly = false;
  }
}

/** A type as written, without the colon or brackets around it. */
export function typeText(lowering: Lowering, node: SyntaxNode | null): string | null {
  if (!node) return null;
  const text = lowering.slice(node);
  if (node.type === 'type_arguments') return text.slice(1, -1).trim();
  return (node.type.endsWith('_annotation') ? text.replace(/^:/, '') : text).trim();
}
