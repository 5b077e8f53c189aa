import {
  DEFAULT_BINDING,
  type ExportEntry,
  type Expression,
  type ImportBinding,
  type Pattern,
  type Statement,
} from './ast.js';
import { stringValue } from './literals.js';
import type { Lowering } from './lowering.js';
import { childAt, childOf, operands, type SyntaxNode } from './tree.js';

/** Lowers an import. `import x = require('y')` becomes the `const x = require('y')` that it means. */
export function lowerImport(lowering: Lowering, node: SyntaxNode): Statement[] {
  const { line } = node;
  const typeOnly = childOf(node, 'type') !== null || childOf(node, 'typeof') !== null;
  const required = childOf(node, 'import_require_clause');
  if (required) {
    const name = childOf(required, 'identifier');
    const source = childAt(required, 'source');
    if (!name || !source) return [];
    const specifier = stringValue(lowering.slice(source));
    lowering.depend(specifier, line, typeOnly);
    return typeOnly ? [] : [requireConstant(lowering.slice(name), specifier, line)];
  }
  const quoted = childAt(node, 'source') ?? childOf(node, 'string');
  if (!quoted) return [];
  const source = stringValue(lowering.slice(quoted));
  const clause = childOf(node, 'import_clause');
  const bindings = clause ? importBindings(lowering, clause, typeOnly) : [];
  lowering.imports.push({ source, line, typeOnly, bindings });
  const erased = typeOnly || (bindings.length > 0 && bindings.every((binding) => binding.typeOnly));
  lowering.depend(source, line, erased);
  return [];
}

/** Lowers `import a = b.c`, a constant. */
export function lowerImportAlias(lowering: Lowering, node: SyntaxNode): Statement {
  const [name, target] = operands(node);
  const local = name ? lowering.slice(name) : '';
  if (target?.type === 'identifier' && lowering.slice(target) === 'require') {
    // `export import a = require('b')`: the grammar takes `require` for the whole target and stops there.
    const source = /^\s*\(\s*(['"])(.*?)\1\s*\)/.exec(lowering.text.slice(target.end, target.end + 500))?.[2];
    if (source !== undefined) {
      lowering.depend(source, node.line, false);
      return requireConstant(local, source, node.line);
    }
  }
  return constant(local, lowering.expression(target), node.line);
}

/** Lowers an export: its entries go into `exports`, what it declares is returned. */
export function lowerExport(lowering: Lowering, node: SyntaxNode, exports: ExportEntry[]): Statement[] {
  const { line } = node;
  const decorators = node.children.filter((child) => child.type === 'decorator');
  if (childOf(node, 'default')) return lowerDefault(lowering, node, decorators, exports);
  const declaration = childAt(node, 'declaration');
  if (declaration) {
    const statements: Statement[] =
      decorators.length > 0
        ? [
            {
              k: 'classDeclaration',
              cls: lowering.class(declaration, null, decorators),
              line: declaration.line,
            },
          ]
        : lowering.statements([declaration]);
    for (const name of statements.flatMap(declaredNames)) {
      if (!exports.some((entry) => entry.k === 'local' && entry.exported === name)) {
        exports.push({ k: 'local', exported: name, local: name, line });
      }
    }
    return statements;
  }
  if (childOf(node, '=')) {
    return [{ k: 'exportDefault', kind: 'assign', value: lowering.expression(operands(node)[0]), line }];
  }
  lowerReexport(lowering, node, exports);
  return [];
}

/** Names that a statement declares in the scope it stands in. */
export function declaredNames(statement: Statement): string[] {
  switch (statement.k) {
    case 'variable':
      return statement.declarations.flatMap((declarator) => boundNames(declarator.target));
    case 'functionDeclaration':
      return statement.fn.name === null ? [] : [statement.fn.name];
    case 'classDeclaration':
      return statement.cls.name === null ? [] : [statement.cls.name];
    default:
      return [];
  }
}

/** A constant that is initialised with an expression. */
export function constant(name: string, init: Expression, line: number): Statement {
  const target: Pattern = { k: 'identifier', name, line };
  return { k: 'variable', kind: 'const', declarations: [{ target, type: null, init, line }], line };
}

function requireConstant(name: string, specifier: string, line: number): Statement {
  const callee: Expression = { k: 'identifier', name: 'require', line };
  const args: Expression[] = [{ k: 'literal', value: specifier, line }];
  return constant(
    name,
    { k: 'call', callee, args, optional: false, typeArguments: null, line, endLine: line },
    line,
  );
}

function importBindings(lowering: Lowering, clause: SyntaxNode, typeOnly: boolean): ImportBinding[] {
  const bindings: ImportBinding[] = [];
  for (const child of operands(clause)) {
    if (child.type === 'identifier') {
      bindings.push({ imported: 'default', local: lowering.slice(child), typeOnly });
    } else if (child.type === 'namespace_import') {
      const name = operands(child)[0];
      if (name) bindings.push({ imported: '*', local: lowering.slice(name), typeOnly });
    } else if (child.type === 'named_imports') {
      for (const specifier of operands(child)) {
        const imported = nameOf(lowering, childAt(specifier, 'name'));
        const local = nameOf(lowering, childAt(specifier, 'alias')) ?? imported;
        if (imported === null || local === null) continue;
        const erased =
          typeOnly || childOf(specifier, 'type') !== null || childOf(specifier, 'typeof') !== null;
        bindings.push({ imported, local, typeOnly: erased });
      }
    }
  }
  return bindings;
}

function lowerDefault(
  lowering: Lowering,
  node: SyntaxNode,
  decorators: SyntaxNode[],
  exports: ExportEntry[],
): Statement[] {
  const { line } = node;
  const declaration = childAt(node, 'declaration');
  if (declaration) {
    const statements: Statement[] = declaration.type.includes('class')
      ? [
          {
            k: 'classDeclaration',
            cls: lowering.class(declaration, null, decorators),
            line: declaration.line,
          },
        ]
      : lowering.statements([declaration]);
    const local = statements.flatMap(declaredNames)[0];
    if (local === undefined) return statements;
    exports.push({ k: 'local', exported: 'default', local, line });
    const value: Expression = { k: 'identifier', name: local, line };
    return [...statements, { k: 'exportDefault', kind: 'default', value, line }];
  }
  const given = childAt(node, 'value') ?? operands(node).find((child) => child.type !== 'decorator');
  const value: Expression =
    given?.type === 'class' && decorators.length > 0
      ? { k: 'class', cls: lowering.class(given, null, decorators), line: given.line }
      : lowering.expression(given);
  exports.push({ k: 'local', exported: 'default', local: DEFAULT_BINDING, line });
  return [{ k: 'exportDefault', kind: 'default', value, line }];
}

function lowerReexport(lowering: Lowering, node: SyntaxNode, exports: ExportEntry[]): void {
  const { line } = node;
  const quoted = childAt(node, 'source');
  const source = quoted ? stringValue(lowering.slice(quoted)) : null;
  const typeOnly = childOf(node, 'type') !== null;
  const clause = childOf(node, 'export_clause');
  let everyTypeOnly = typeOnly;
  if (clause) {
    const specifiers = operands(clause).filter((child) => child.type === 'export_specifier');
    everyTypeOnly ||= specifiers.length > 0;
    for (const specifier of specifiers) {
      const name = nameOf(lowering, childAt(specifier, 'name'));
      const exported = nameOf(lowering, childAt(specifier, 'alias')) ?? name;
      if (name === null || exported === null) continue;
      const erased = typeOnly || childOf(specifier, 'type') !== null;
      everyTypeOnly &&= erased;
      const mark = erased ? { typeOnly: true as const } : {};
      exports.push(
        source === null
          ? { k: 'local', exported, local: name, line: specifier.line, ...mark }
          : { k: 'from', exported, imported: name, source, line: specifier.line, ...mark },
      );
    }
  } else if (source !== null) {
    const mark = typeOnly ? { typeOnly: true as const } : {};
    const namespace = childOf(node, 'namespace_export');
    const exported = namespace && nameOf(lowering, operands(namespace)[0] ?? null);
    exports.push(
      exported
        ? { k: 'from', exported, imported: '*', source, line, ...mark }
        : { k: 'all', source, line, ...mark },
    );
  }
  if (source !== null) lowering.depend(source, line, everyTypeOnly);
}

function nameOf(lowering: Lowering, node: SyntaxNode | null): string | null {
  if (!node) return null;
  return node.type === 'string' ? stringValue(lowering.slice(node)) : lowering.slice(node);
}

/** Names that a pattern binds. */
export function boundNames(pattern: Pattern): string[] {
  switch (pattern.k) {
    case 'identifier':
      return [pattern.name];
    case 'objectPattern':
      return [...pattern.properties.map((property) => property.value), pattern.rest].flatMap((part) =>
        part ? boundNames(part) : [],
      );
    case 'arrayPattern':
      return [...pattern.elements, pattern.rest].flatMap((part) => (part ? boundNames(part) : []));
    case 'defaultPattern':
      return boundNames(pattern.target);
    case 'memberPattern':
      return [];
  }
}
