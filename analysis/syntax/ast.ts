/**
 * The lowered module: what the evaluator reads instead of a syntax tree.
 *
 * It is plain JSON (so that it can be cached by blob id), ECMAScript after types have been erased, except that
 * written types are kept as text where they can serve as evidence for an unknown value.
 * Every node has the 1-based `line` on which it starts.
 */

/** Raised whenever lowering changes meaning; part of every cache key. */
export const LOWERING_VERSION = 11;

export interface Module {
  version: number;
  /** Statements in source order. `export const x` appears as the bare declaration. */
  body: Statement[];
  imports: ImportDeclaration[];
  exports: ExportEntry[];
  /** Every literal `require('x')`, `import('x')` and `export … from 'x'` as well as static imports: what it depends on. */
  dependencies: Dependency[];
  /** Types that are another name for one: `type Store = Database<Tables>`, by name, as text. */
  aliases?: Readonly<Record<string, string>>;
  /** Regions the grammar could not read; each becomes a gap. */
  errors: { line: number; endLine: number }[];
  lines: number;
}
export interface Dependency {
  specifier: string;
  line: number;
  typeOnly: boolean;
}
export interface ImportDeclaration {
  source: string;
  line: number;
  typeOnly: boolean;
  bindings: ImportBinding[];
}
/** `imported` is an export name, `default`, or `*` for the namespace object. */
export interface ImportBinding {
  imported: string;
  local: string;
  typeOnly: boolean;
}
/** `typeOnly` marks `export type` and `export { type x }`: present for looking up types, absent at run time. */
export type ExportEntry =
  | { k: 'local'; exported: string; local: string; line: number; typeOnly?: true }
  /** `export { imported as exported } from source`; `imported` `*` with `exported` a name is `export * as ns from`. */
  | { k: 'from'; exported: string; imported: string; source: string; line: number; typeOnly?: true }
  /** `export * from source` */
  | { k: 'all'; source: string; line: number; typeOnly?: true };

/** Name that `export default <expression>` binds; a named default function or class binds its own name as well. */
export const DEFAULT_BINDING = '*default*';

export type Statement =
  | { k: 'expression'; expression: Expression; line: number }
  | { k: 'variable'; kind: 'var' | 'let' | 'const'; declarations: Declarator[]; line: number }
  | { k: 'functionDeclaration'; fn: FunctionNode; line: number }
  | { k: 'classDeclaration'; cls: ClassNode; line: number }
  /** `export default expression` → DEFAULT_BINDING; TypeScript's `export = expression` → kind 'assign' (CommonJS module.exports). */
  | { k: 'exportDefault'; kind: 'default' | 'assign'; value: Expression; line: number }
  | { k: 'return'; value: Expression | null; line: number }
  | { k: 'throw'; value: Expression; line: number }
  | { k: 'if'; test: Expression; consequent: Statement; alternate: Statement | null; line: number }
  | {
      k: 'for';
      init: Statement | null;
      test: Expression | null;
      update: Expression | null;
      body: Statement;
      line: number;
    }
  /** `left` is the pattern assigned each turn; `declares` is null when it assigns an existing variable. */
  | {
      k: 'forIn';
      left: Pattern;
      declares: 'var' | 'let' | 'const' | null;
      right: Expression;
      body: Statement;
      line: number;
    }
  | {
      k: 'forOf';
      left: Pattern;
      declares: 'var' | 'let' | 'const' | null;
      right: Expression;
      body: Statement;
      isAwait: boolean;
      line: number;
    }
  | { k: 'while'; test: Expression; body: Statement; doFirst: boolean; line: number }
  | {
      k: 'try';
      block: Statement[];
      param: Pattern | null;
      handler: Statement[] | null;
      finalizer: Statement[] | null;
      line: number;
    }
  | { k: 'switch'; discriminant: Expression; cases: SwitchCase[]; line: number }
  | { k: 'block'; body: Statement[]; line: number }
  | { k: 'break'; label: string | null; line: number }
  | { k: 'continue'; label: string | null; line: number }
  | { k: 'labeled'; label: string; body: Statement; line: number };
export interface Declarator {
  target: Pattern;
  type: string | null;
  init: Expression | null;
  line: number;
}
/** `test` null is `default:`. */
export interface SwitchCase {
  test: Expression | null;
  body: Statement[];
  line: number;
}

export type Expression =
  /** `member`: the number is that of this member of an enum. */
  | { k: 'literal'; value: string | number | boolean | null; line: number; member?: string }
  | { k: 'bigint'; text: string; line: number }
  | { k: 'regex'; pattern: string; flags: string; line: number }
  /** quasis.length === expressions.length + 1, escapes decoded */
  | { k: 'template'; quasis: string[]; expressions: Expression[]; line: number }
  | { k: 'tagged'; tag: Expression; quasis: string[]; expressions: Expression[]; line: number }
  /** `undefined`, `NaN`, `arguments` are identifiers too */
  | { k: 'identifier'; name: string; line: number }
  | { k: 'this'; line: number }
  | { k: 'super'; line: number }
  /** `a.b`, `a?.b`, `a.#b` (name '#b'). Non-null `!`, parentheses and `satisfies` are erased. */
  | {
      k: 'member';
      object: Expression;
      name: string;
      optional: boolean;
      line: number;
      /** Where the name stands, when on another line. */ nameLine?: number;
    }
  /** `a[b]`; a literal string index is lowered to `member`. */
  | { k: 'index'; object: Expression; index: Expression; optional: boolean; line: number }
  | {
      k: 'call';
      callee: Expression;
      args: Argument[];
      optional: boolean;
      typeArguments: string | null;
      line: number;
      endLine: number;
      /** Asks a cache that the function around it fills. */
      mayMiss?: true;
    }
  | {
      k: 'new';
      callee: Expression;
      args: Argument[];
      typeArguments: string | null;
      line: number;
      endLine: number;
    }
  | { k: 'import'; specifier: Expression; line: number }
  | { k: 'importMeta'; line: number }
  | { k: 'function'; fn: FunctionNode; line: number }
  | { k: 'class'; cls: ClassNode; line: number }
  | { k: 'array'; elements: (Argument | null)[]; line: number }
  | { k: 'object'; properties: Property[]; line: number }
  | {
      k: 'unary';
      operator: '!' | '-' | '+' | '~' | 'typeof' | 'void' | 'delete';
      argument: Expression;
      line: number;
    }
  | { k: 'binary'; operator: string; left: Expression; right: Expression; line: number }
  | { k: 'logical'; operator: '&&' | '||' | '??'; left: Expression; right: Expression; line: number }
  /** operator '=', '+=', '||=', … */
  | { k: 'assign'; operator: string; target: Pattern; value: Expression; line: number }
  | { k: 'update'; operator: '++' | '--'; target: Expression; line: number }
  | { k: 'conditional'; test: Expression; consequent: Expression; alternate: Expression; line: number }
  | { k: 'await'; argument: Expression; line: number }
  | { k: 'yield'; argument: Expression | null; delegate: boolean; line: number }
  | { k: 'sequence'; expressions: Expression[]; line: number }
  /** `x as T`, `<T>x` */
  | { k: 'as'; expression: Expression; type: string; line: number }
  /** JSX: only the expressions inside matter (handlers are not entry points, but calls may be). */
  | { k: 'jsx'; expressions: Expression[]; line: number }
  /** Something that lowering does not know; `reason` is the grammar's node type. */
  | { k: 'unknown'; reason: string; line: number };
export type Argument = Expression | { k: 'spread'; argument: Expression; line: number };
export type Property =
  /** methods are `value: function`; accessors have kind 'get' | 'set'. A computed key is an Expression. */
  | { k: 'property'; key: string | Expression; kind: 'init' | 'get' | 'set'; value: Expression; line: number }
  | { k: 'spread'; argument: Expression; line: number };

export type Pattern =
  | { k: 'identifier'; name: string; line: number }
  | {
      k: 'objectPattern';
      properties: { key: string | Expression; value: Pattern; line: number }[];
      rest: Pattern | null;
      line: number;
    }
  | { k: 'arrayPattern'; elements: (Pattern | null)[]; rest: Pattern | null; line: number }
  | { k: 'defaultPattern'; target: Pattern; value: Expression; line: number }
  | { k: 'memberPattern'; target: Expression; line: number };

export interface FunctionNode {
  /** Ordinal in source order within the module, from 0: with the blob id it identifies the function. */
  id: number;
  /** Own name, else the name of the variable, property or class member that it initialises, else null. */
  name: string | null;
  params: Parameter[];
  body: Statement[];
  isAsync: boolean;
  isGenerator: boolean;
  isArrow: boolean;
  returnType: string | null;
  line: number;
  endLine: number;
}
export interface Parameter {
  pattern: Pattern;
  rest: boolean;
  type: string | null;
  decorators: Decorator[];
  /** `constructor(private readonly x: X)` also assigns `this.x`. */
  property: boolean;
}
export interface Decorator {
  expression: Expression;
  line: number;
}
export interface ClassNode {
  name: string | null;
  superClass: Expression | null;
  /** What stands in angle brackets behind the class that it extends, as text: what a library's class is of. */
  superTypes: string | null;
  decorators: Decorator[];
  members: ClassMember[];
  line: number;
  endLine: number;
}
export type ClassMember =
  | {
      k: 'method';
      kind: 'method' | 'get' | 'set' | 'constructor';
      name: string | Expression;
      isStatic: boolean;
      fn: FunctionNode;
      decorators: Decorator[];
      line: number;
    }
  | {
      k: 'field';
      name: string | Expression;
      isStatic: boolean;
      value: Expression | null;
      type: string | null;
      decorators: Decorator[];
      /** `@column() declare id: number`: it is decorated, and no field of what is made. */
      isDeclared?: true;
      line: number;
    }
  | { k: 'staticBlock'; body: Statement[]; line: number };
