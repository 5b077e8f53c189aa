import fc from 'fast-check';
import ts from 'typescript';
import type { Argument, Expression, Statement } from '../../analysis/syntax/ast.js';
import { lower } from '../../analysis/syntax/lower.js';
import { expression } from './lowered.js';

// Cases the TypeScript grammar groups wrongly by itself: `(a === b)!.c`, `(a && b[0])!.k === c`, `(!a)!.b`.
test.each([
  ['a === b!.c', 'binary{operator: "===", left: a, right: member{object: b, name: "c"}}'],
  [
    "a && b[0]!.k === 'c'",
    'logical{operator: "&&", left: a, right: binary{operator: "===", left: member{object: index{object: b, index: 0}, name: "k"}, right: "c"}}',
  ],
  ['!a!.b', 'unary{operator: "!", argument: member{object: a, name: "b"}}'],
  ['a ?? b!', 'logical{operator: "??", left: a, right: b}'],
  ['a && b! as T', 'logical{operator: "&&", left: a, right: as{expression: b, type: "T"}}'],
])('%s', (text, expected) => expect(expression(`${text};`)).toBe(expected));

/** Fully parenthesised, without what lowering erases. */
function ours(node: Argument | null): string {
  if (!node) return '';
  const e = node as Expression;
  switch (e.k) {
    case 'identifier':
      return e.name;
    case 'literal':
      return JSON.stringify(e.value);
    case 'member':
      return `${ours(e.object)}.${e.name}`;
    case 'index':
      return `${ours(e.object)}[${ours(e.index)}]`;
    case 'call':
      return `${ours(e.callee)}<${e.typeArguments ?? ''}>(${e.args.map(ours).join(', ')})`;
    case 'tagged':
      return `${ours(e.tag)}\`\``;
    case 'new':
      return `new ${ours(e.callee)}(${e.args.map(ours).join(', ')})`;
    case 'unary':
      return `(${e.operator} ${ours(e.argument)})`;
    case 'await':
      return `(await ${ours(e.argument)})`;
    case 'binary':
    case 'logical':
      return `(${ours(e.left)} ${e.operator} ${ours(e.right)})`;
    case 'as':
      return `(${ours(e.expression)} as ${e.type})`;
    case 'conditional':
      return `(${ours(e.test)} ? ${ours(e.consequent)} : ${ours(e.alternate)})`;
    case 'assign':
      return `(${e.target.k === 'identifier' ? e.target.name : e.target.k === 'memberPattern' ? ours(e.target.target) : '?'} ${e.operator} ${ours(e.value)})`;
    case 'function':
      return `(() => ${e.fn.body.map((s: Statement) => (s.k === 'return' ? ours(s.value) : '?')).join()})`;
    default:
      return `?${e.k}`;
  }
}

function compilers(node: ts.Expression): string {
  if (ts.isParenthesizedExpression(node) || ts.isNonNullExpression(node) || ts.isSatisfiesExpression(node)) {
    return compilers(node.expression);
  }
  if (ts.isStringLiteral(node) || ts.isNumericLiteral(node))
    return JSON.stringify(ts.isStringLiteral(node) ? node.text : Number(node.text));
  if (ts.isPropertyAccessExpression(node)) return `${compilers(node.expression)}.${node.name.text}`;
  if (ts.isElementAccessExpression(node))
    return `${compilers(node.expression)}[${compilers(node.argumentExpression)}]`;
  if (ts.isCallExpression(node)) {
    const types = node.typeArguments?.map((type) => type.getText()).join(', ') ?? '';
    return `${compilers(node.expression)}<${types}>(${node.arguments.map(compilers).join(', ')})`;
  }
  if (ts.isTaggedTemplateExpression(node)) return `${compilers(node.tag)}\`\``;
  if (ts.isNewExpression(node))
    return `new ${compilers(node.expression)}(${node.arguments?.map(compilers).join(', ') ?? ''})`;
  if (ts.isPrefixUnaryExpression(node))
    return `(${ts.tokenToString(node.operator)} ${compilers(node.operand)})`;
  if (ts.isTypeOfExpression(node)) return `(typeof ${compilers(node.expression)})`;
  if (ts.isAwaitExpression(node)) return `(await ${compilers(node.expression)})`;
  if (ts.isBinaryExpression(node))
    return `(${compilers(node.left)} ${node.operatorToken.getText()} ${compilers(node.right)})`;
  if (ts.isAsExpression(node)) return `(${compilers(node.expression)} as ${node.type.getText()})`;
  if (ts.isConditionalExpression(node)) {
    return `(${compilers(node.condition)} ? ${compilers(node.whenTrue)} : ${compilers(node.whenFalse)})`;
  }
  if (ts.isArrowFunction(node)) return `(() => ${compilers(node.body as ts.Expression)})`;
  return node.getText();
}

const texts = fc.letrec<{ primary: string; any: string }>((tie) => ({
  primary: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom('a', 'b', 'c', "'s'"),
    tie('primary').map((x) => `${x}.p`),
    tie('primary').map((x) => `${x}!`),
    tie('primary').map((x) => `${x}!.q`),
    tie('primary').map((x) => `${x}[0]`),
    tie('primary').map((x) => `${x}()`),
    tie('primary').map((x) => `${x}.m<T>(1)`),
    tie('primary').map((x) => `${x}[0]<T>(1)`),
    tie('any').map((x) => `(${x})`),
    tie('any').map((x) => `f(${x}, ${x})`),
  ),
  any: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    tie('primary'),
    fc
      .tuple(
        tie('any'),
        fc.constantFrom('&&', '||', '===', '!==', '+', '-', '*', 'in', 'instanceof'),
        tie('any'),
      )
      .map((x) => x.join(' ')),
    fc.tuple(fc.constantFrom('!', 'await ', 'typeof '), tie('primary')).map((x) => x.join('')),
    tie('any').map((x) => `${x} as T`),
    tie('any').map((x) => `${x} satisfies T`),
    fc.tuple(tie('any'), tie('any'), tie('any')).map(([x, y, z]) => `${x} ? ${y} : ${z}`),
    tie('any').map((x) => `v = ${x}`),
    tie('any').map((x) => `async () => ${x}`),
  ),
}));

test('groups whatever mixture of operators as the TypeScript compiler does', () => {
  let compared = 0;
  fc.assert(
    fc.property(texts.any, (text) => {
      const source = ts.createSourceFile(
        'a.ts',
        `async function q() { return ${text}; }`,
        ts.ScriptTarget.Latest,
        true,
      );
      // Some mixtures are no TypeScript (`a + () => b`): what they would mean is of no interest.
      fc.pre((source as unknown as { parseDiagnostics: unknown[] }).parseDiagnostics.length === 0);
      const [declaration] = source.statements as unknown as [ts.FunctionDeclaration];
      const returned = declaration.body!.statements[0] as ts.ReturnStatement;
      const module = lower('a.ts', source.text);
      fc.pre(module.errors.length === 0);
      const [statement] = module.body;
      const [result] = statement?.k === 'functionDeclaration' ? statement.fn.body : [];
      expect(result?.k === 'return' ? ours(result.value) : null).toBe(compilers(returned.expression!));
      compared++;
    }),
    { numRuns: 3000, seed: 7 },
  );
  expect(compared).toBeGreaterThan(2000);
});
