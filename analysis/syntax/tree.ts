import type Parser from 'tree-sitter';
import type { Dialect } from './grammar.js';

/** A node of the syntax tree, copied out of the native tree in one pass: reading the native one again is what costs. */
export class SyntaxNode {
  children: SyntaxNode[] = NO_CHILDREN;

  constructor(
    readonly type: string,
    /** False for tokens such as `async` or `+`. */
    readonly named: boolean,
    public field: string | null,
    public start: number,
    readonly end: number,
    /** 1-based. */
    public line: number,
    /** Inserted by the parser to recover from an error; empty. */
    readonly missing: boolean,
  ) {}
}
const NO_CHILDREN: SyntaxNode[] = [];

/** The tree of one text, with what the grammar could not read. */
export interface SyntaxTree {
  root: SyntaxNode;
  errors: { line: number; endLine: number }[];
  /** Offsets at which lines start. */
  lineStarts: number[];
}

/** How nodes of one grammar symbol are copied; `listed` only inside array literals and patterns. */
interface NodeKind {
  type: string;
  named: boolean;
  copy: 'whole' | 'shallow' | 'listed' | 'skip';
}

/** Never descended into: leaves, and what lowering reads as text (types, literals without substitutions). */
const SHALLOW = new Set(
  (
    'identifier property_identifier private_property_identifier shorthand_property_identifier ' +
    'shorthand_property_identifier_pattern statement_identifier type_identifier this super true false null undefined ' +
    'number string regex meta_property import ' +
    'optional_chain accessibility_modifier override_modifier debugger_statement empty_statement ' +
    'type_annotation asserts_annotation type_predicate_annotation type_arguments ' +
    'interface_declaration type_alias_declaration function_signature method_signature abstract_method_signature ' +
    'index_signature predefined_type generic_type union_type intersection_type object_type function_type array_type ' +
    'conditional_type lookup_type literal_type readonly_type tuple_type type_query index_type_query this_type ' +
    'nested_type_identifier template_literal_type constructor_type infer_type parenthesized_type existential_type ' +
    'flow_maybe_type'
  ).split(' '),
);
/** Without meaning here, or read from the text between other nodes. */
const SKIPPED_NAMED = new Set(
  'comment html_comment hash_bang_line string_fragment escape_sequence jsx_text jsx_closing_element type_parameters import_attribute'.split(
    ' ',
  ),
);
/** Tokens that say nothing that the node around them does not say. A comma matters where elements can be missing. */
const SKIPPED_TOKENS = new Set(
  (
    '( ) { } [ ] ; : . => " \' ` ${ @ ... /> </ ? from as function class return if else export import new for while ' +
    'do try catch finally switch case throw break continue extends implements enum yield'
  ).split(' '),
);
/** Asking for a child's field is the dearest question; the children of these have none. */
const WITHOUT_FIELDS = new Set(
  (
    'program statement_block arguments array object expression_statement template_string template_substitution ' +
    'parenthesized_expression return_statement throw_statement formal_parameters named_imports import_clause ' +
    'export_clause spread_element rest_pattern object_pattern array_pattern await_expression as_expression ' +
    'satisfies_expression non_null_expression sequence_expression computed_property_name else_clause jsx_expression ' +
    'jsx_element decorator'
  ).split(' '),
);

const kindTables = new Map<Dialect, Map<number, NodeKind>>();
const fieldTables = new Map<Dialect, string[]>();

/** Copies a native tree. Iterative: nesting is limited only by memory. */
export function copyTree(dialect: Dialect, text: string, tree: Parser.Tree): SyntaxTree {
  const kinds = tableOf(kindTables, dialect, () => new Map<number, NodeKind>());
  const fields = tableOf(fieldTables, dialect, () => [] as string[]);
  const lineStarts = findLineStarts(text);
  const cursor = tree.walk();
  const ancestors: SyntaxNode[] = [];
  let parent: SyntaxNode | null = null;
  let root: SyntaxNode | null = null;
  let line = 0;
  for (;;) {
    const id = cursor.nodeTypeId;
    const kind = kinds.get(id) ?? describe(cursor, id, kinds);
    let entered = false;
    if (kind.copy !== 'skip' && (kind.copy !== 'listed' || isList(parent))) {
      const start = cursor.startIndex;
      const end = cursor.endIndex;
      // Nodes come in source order, so the line only ever moves forward.
      while (line + 1 < lineStarts.length && lineStarts[line + 1]! <= start) line++;
      const missing = start === end && cursor.nodeIsMissing;
      const field: string | null =
        !parent || WITHOUT_FIELDS.has(parent.type) ? null : fieldOf(cursor, fields);
      const node: SyntaxNode = new SyntaxNode(kind.type, kind.named, field, start, end, line + 1, missing);
      if (!parent) root = node;
      else if (parent.children === NO_CHILDREN) parent.children = [node];
      else parent.children.push(node);
      if (kind.copy === 'whole' && cursor.gotoFirstChild()) {
        entered = true;
        if (parent) ancestors.push(parent);
        parent = node;
      }
    }
    if (entered) continue;
    while (!cursor.gotoNextSibling()) {
      if (!cursor.gotoParent()) {
        const errors = tree.rootNode.hasError ? findErrors(tree, text, lineStarts) : [];
        return { root: root!, errors, lineStarts };
      }
      parent = ancestors.pop() ?? null;
    }
  }
}

/** The 1-based line on which `offset` lies. */
export function lineAt(lineStarts: number[], offset: number): number {
  let low = 0;
  let high = lineStarts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (lineStarts[middle]! <= offset) low = middle;
    else high = middle - 1;
  }
  return low + 1;
}

/** The child in a field of the grammar. */
export function childAt(node: SyntaxNode, field: string): SyntaxNode | null {
  for (const child of node.children) if (child.field === field && child.type !== 'ERROR') return child;
  return null;
}

/** The first child of a type; tokens have their text as type. */
export function childOf(node: SyntaxNode, type: string): SyntaxNode | null {
  for (const child of node.children) if (child.type === type) return child;
  return null;
}

/** Children that carry meaning: named, and not an error. */
export function operands(node: SyntaxNode): SyntaxNode[] {
  return node.children.filter((child) => child.named && child.type !== 'ERROR');
}

function tableOf<T>(tables: Map<Dialect, T>, dialect: Dialect, make: () => T): T {
  let table = tables.get(dialect);
  if (!table) tables.set(dialect, (table = make()));
  return table;
}

function describe(cursor: Parser.TreeCursor, id: number, kinds: Map<number, NodeKind>): NodeKind {
  const type = cursor.nodeType;
  const named = cursor.nodeIsNamed;
  const skipped = (named ? SKIPPED_NAMED : SKIPPED_TOKENS).has(type);
  const whole = named && !SHALLOW.has(type);
  const copy = skipped ? 'skip' : whole ? 'whole' : type === ',' ? 'listed' : 'shallow';
  const kind: NodeKind = { type, named, copy };
  kinds.set(id, kind);
  return kind;
}

function fieldOf(cursor: Parser.TreeCursor, fields: string[]): string | null {
  // The binding answers undefined where there is no field, whatever its declaration says.
  const id = cursor.currentFieldId as number | undefined;
  if (!id) return null;
  return (fields[id] ??= cursor.currentFieldName);
}

const isList = (node: SyntaxNode | null): boolean => node?.type === 'array' || node?.type === 'array_pattern';

function findLineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

/** Error regions, outermost only, and what the parser had to insert; without those that lose nothing. */
function findErrors(tree: Parser.Tree, text: string, lineStarts: number[]): SyntaxTree['errors'] {
  const errors: SyntaxTree['errors'] = [];
  const ancestors: string[] = [];
  const cursor = tree.walk();
  for (;;) {
    const type = cursor.nodeType;
    const isError = type === 'ERROR';
    if (isError || cursor.nodeIsMissing) {
      const start = cursor.startIndex;
      const end = cursor.endIndex;
      // `f<T>?.(x)` is read with a name missing before the parenthesis, `<b>a & b</b>` with an error in the text.
      const harmless = isError
        ? ancestors.at(-1) === 'jsx_element' && !/[{}<>]/.test(text.slice(start, end))
        : text[start] === '(';
      if (!harmless) errors.push({ line: lineAt(lineStarts, start), endLine: lineAt(lineStarts, end) });
    }
    if (!isError && cursor.gotoFirstChild()) {
      ancestors.push(type);
      continue;
    }
    while (!cursor.gotoNextSibling()) {
      if (!cursor.gotoParent()) return errors;
      ancestors.pop();
    }
  }
}
