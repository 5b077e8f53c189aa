import type { ExportEntry, Expression, Statement, SwitchCase } from './ast.js';
import { lowerEnum } from './enums.js';
import { lowerExport, lowerImport, lowerImportAlias } from './linkage.js';
import { type Lowering, typeText } from './lowering.js';
import { lowerNamespace } from './namespaces.js';
import { patternName } from './patterns.js';
import { childAt, childOf, operands, type SyntaxNode } from './tree.js';

/**
 * Lowers a list of statements. Types and overload signatures vanish; of what the grammar could not read, the
 * statements and expressions inside are kept.
 */
export function lowerStatements(
  lowering: Lowering,
  nodes: readonly SyntaxNode[],
  exports: ExportEntry[] | null,
): Statement[] {
  const statements: Statement[] = [];
  for (const node of nodes) {
    if (!node.named || node.missing) continue;
    switch (node.type) {
      case 'import_statement':
        statements.push(...lowerImport(lowering, node));
        break;
      case 'import_alias':
        statements.push(lowerImportAlias(lowering, node));
        break;
      case 'export_statement':
        statements.push(...lowerExport(lowering, node, exports ?? []));
        break;
      case 'enum_declaration':
        statements.push(lowerEnum(lowering, node, statements));
        break;
      case 'internal_module':
      case 'module':
        statements.push(...lowerNamespace(lowering, node, statements));
        break;
      case 'ambient_declaration':
        for (const declared of node.children) {
          if (declared.type === 'enum_declaration')
            statements.push(lowerEnum(lowering, declared, statements));
        }
        break;
      case 'ERROR':
        statements.push(...lowerStatements(lowering, node.children.filter(isSalvageable), exports));
        break;
      case 'expression_statement': {
        const inner = operands(node)[0];
        if (inner?.type === 'internal_module')
          statements.push(...lowerNamespace(lowering, inner, statements));
        else if (inner) statements.push(lowerExpressionStatement(lowering, inner));
        break;
      }
      default: {
        const statement = lowerStatement(lowering, node);
        if (statement) statements.push(statement);
      }
    }
  }
  return statements;
}

const isSalvageable = (node: SyntaxNode): boolean =>
  /_(?:statement|declaration)$/.test(node.type) ||
  node.type === 'statement_block' ||
  node.type === 'call_expression' ||
  node.type === 'assignment_expression' ||
  node.type === 'ERROR';

function lowerStatement(lowering: Lowering, node: SyntaxNode): Statement | null {
  const { line } = node;
  switch (node.type) {
    case 'lexical_declaration':
    case 'variable_declaration':
      return lowerVariables(lowering, node);
    case 'function_declaration':
    case 'generator_function_declaration':
      return { k: 'functionDeclaration', fn: lowering.function(node, null), line };
    case 'class_declaration':
    case 'abstract_class_declaration':
      return { k: 'classDeclaration', cls: lowering.class(node, null), line };
    case 'statement_block':
      return { k: 'block', body: lowering.deeper(1, () => lowering.statements(node.children)), line };
    case 'return_statement': {
      const value = operands(node)[0];
      return { k: 'return', value: value ? lowering.expression(value) : null, line };
    }
    case 'throw_statement':
      return { k: 'throw', value: lowering.expression(operands(node)[0]), line };
    case 'break_statement':
    case 'continue_statement': {
      const label = childAt(node, 'label');
      return {
        k: node.type === 'break_statement' ? 'break' : 'continue',
        label: label && lowering.slice(label),
        line,
      };
    }
    case 'labeled_statement': {
      const label = childAt(node, 'label');
      return {
        k: 'labeled',
        label: label ? lowering.slice(label) : '',
        body: lowering.statement(childAt(node, 'body'), line),
        line,
      };
    }
    case 'if_statement': {
      const test = lowering.expression(childAt(node, 'condition'));
      const consequent = lowering.statement(childAt(node, 'consequence'), line);
      const otherwise = childAt(node, 'alternative');
      const alternate = otherwise && lowering.statement(operands(otherwise)[0] ?? null, otherwise.line);
      return { k: 'if', test, consequent, alternate, line };
    }
    case 'for_statement':
    case 'for_in_statement':
    case 'while_statement':
    case 'do_statement':
      return lowerLoop(lowering, node);
    case 'try_statement':
      return lowerTry(lowering, node);
    case 'switch_statement':
      return lowerSwitch(lowering, node);
    case 'with_statement': {
      const object = lowering.expression(childAt(node, 'object'));
      const body = lowering.statement(childAt(node, 'body'), line);
      return { k: 'block', body: [{ k: 'expression', expression: object, line }, body], line };
    }
    case 'debugger_statement':
    case 'empty_statement':
    case 'function_signature':
    case 'interface_declaration':
    case 'type_alias_declaration':
      return null;
    default:
      return { k: 'expression', expression: lowering.expression(node), line };
  }
}

function lowerExpressionStatement(lowering: Lowering, node: SyntaxNode): Statement {
  // `using a = b` and `await using a = b` are assignments to the grammar.
  const assignment = node.type === 'await_expression' ? operands(node)[0] : node;
  const left = assignment && childOf(assignment, 'using') ? childAt(assignment, 'left') : null;
  if (assignment && left) {
    const target = lowering.pattern(left);
    const init = lowering.expression(childAt(assignment, 'right'), patternName(target));
    const declarations = [{ target, type: null, init, line: node.line }];
    return { k: 'variable', kind: 'const', declarations, line: node.line };
  }
  return { k: 'expression', expression: lowering.expression(node), line: node.line };
}

function lowerVariables(lowering: Lowering, node: SyntaxNode): Statement {
  const kind = childOf(node, 'var') ? 'var' : childOf(node, 'let') ? 'let' : 'const';
  const statement: Statement = { k: 'variable', kind, declarations: [], line: node.line };
  for (const child of node.children) {
    const name = child.type === 'variable_declarator' ? childAt(child, 'name') : null;
    if (!name) continue;
    const target = lowering.pattern(name);
    const value = childAt(child, 'value');
    statement.declarations.push({
      target,
      type: typeText(lowering, childAt(child, 'type')),
      init: value ? lowering.expression(value, patternName(target)) : null,
      line: child.line,
    });
  }
  return statement;
}

function lowerLoop(lowering: Lowering, node: SyntaxNode): Statement {
  const { line } = node;
  const body = (): Statement => lowering.statement(childAt(node, 'body'), line);
  if (node.type === 'while_statement' || node.type === 'do_statement') {
    const doFirst = node.type === 'do_statement';
    // Source order, which functions are numbered by.
    if (doFirst) {
      const first = body();
      return {
        k: 'while',
        test: lowering.expression(childAt(node, 'condition')),
        body: first,
        doFirst,
        line,
      };
    }
    return { k: 'while', test: lowering.expression(childAt(node, 'condition')), body: body(), doFirst, line };
  }
  if (node.type === 'for_statement') {
    const initializer = childAt(node, 'initializer');
    const init = initializer ? (lowering.statements([initializer])[0] ?? null) : null;
    const test = optional(lowering, childAt(node, 'condition'));
    const update = optional(lowering, childAt(node, 'increment'));
    return { k: 'for', init, test, update, body: body(), line };
  }
  const declares = (['const', 'let', 'var'] as const).find((kind) => childOf(node, kind)) ?? null;
  const target = childAt(node, 'left');
  const left = target ? lowering.pattern(target) : ({ k: 'identifier', name: '', line } as const);
  const right = lowering.expression(childAt(node, 'right'));
  if (!childOf(node, 'of')) return { k: 'forIn', left, declares, right, body: body(), line };
  return { k: 'forOf', left, declares, right, body: body(), isAwait: childOf(node, 'await') !== null, line };
}

/** A part of a `for` head, which may be empty or wrapped into a statement. */
function optional(lowering: Lowering, node: SyntaxNode | null): Expression | null {
  if (!node || node.type === 'empty_statement') return null;
  return lowering.expression(node.type === 'expression_statement' ? operands(node)[0] : node);
}

function lowerTry(lowering: Lowering, node: SyntaxNode): Statement {
  const list = (owner: SyntaxNode | null): Statement[] => {
    const body = owner && childAt(owner, 'body');
    return body ? lowering.deeper(1, () => lowering.statements(body.children)) : [];
  };
  const block = list(node);
  const clause = childAt(node, 'handler');
  const parameter = clause && childAt(clause, 'parameter');
  const param = parameter && lowering.pattern(parameter);
  const handler = clause && list(clause);
  const finalizer = childAt(node, 'finalizer');
  return { k: 'try', block, param, handler, finalizer: finalizer && list(finalizer), line: node.line };
}

function lowerSwitch(lowering: Lowering, node: SyntaxNode): Statement {
  const discriminant = lowering.expression(childAt(node, 'value'));
  const cases: SwitchCase[] = [];
  const body = childAt(node, 'body');
  for (const child of body ? operands(body) : []) {
    const value = childAt(child, 'value');
    const test = child.type === 'switch_default' ? null : lowering.expression(value);
    const rest = child.children.filter((part) => part !== value);
    const consequent = lowering.deeper(1, () => lowering.statements(rest));
    cases.push({ test, body: consequent, line: child.line });
  }
  return { k: 'switch', discriminant, cases, line: node.line };
}
