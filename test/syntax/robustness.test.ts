import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import ts from 'typescript';
import type { Module } from '../../analysis/syntax/ast.js';
import { lower } from '../../analysis/syntax/lower.js';
import { MAX_NESTING } from '../../analysis/syntax/lowering.js';
import { collect, expression } from './lowered.js';

const calls = (module: Module): string[] =>
  collect<{ callee: { name?: string } }>(module, (node) => node['k'] === 'call').map(
    (call) => call.callee.name ?? '',
  );

describe('what cannot be read', () => {
  test('is reported with its lines, and everything around it lowered', () => {
    const module = lower('a.ts', 'before()\nfunction f() { x(1, ; }\nconst = ;\nafter()');
    expect(module.errors.length).toBeGreaterThan(0);
    expect(module.errors.every((region) => region.line >= 2 && region.endLine <= 3)).toBe(true);
    expect(calls(module)).toEqual(expect.arrayContaining(['before', 'after']));
  });

  test('does not hide what stands before a brace that is never closed', () => {
    const module = lower('a.ts', 'first()\nexport function f() {\n  if (a) {\n    inner()\n');
    expect(module.errors.length).toBeGreaterThan(0);
    expect(calls(module)).toEqual(['first', 'inner']);
  });

  test('is not there in code that only our grammar has trouble with', () => {
    expect(lower('a.tsx', '<p>a & b {c}</p>').errors).toEqual([]);
    expect(lower('a.ts', "f<typeof import('x')>(1); let a: readonly import('y').B[]").errors).toEqual([]);
    expect(lower('a.ts', 'export type * from "./b";\nclass A { t: (string, any) => void; }').errors).toEqual(
      [],
    );
    expect(lower('a.tsx', '<a href="/?a=1&b=2" title="c & d">{e && f}</a>').errors).toEqual([]);
    const templates = lower(
      'a.ts',
      'const [a] = await sql<{ id: string; b: Map<string, C[]> }[]>`one ${x}`;\n' +
        'const d = await db.of<\n  [E]\n>`two`;\nconst f = g < h && i > j;',
    );
    expect(templates.errors).toEqual([]);
    expect(
      collect<{ quasis: string[] }>(templates, (node) => node['k'] === 'tagged').map((t) => t.quasis),
    ).toEqual([['one ', ''], ['two']]);
    expect(
      lower(
        'a.ts',
        "class A {\n  @Returns(404, (b) => c(b)).Description('not (here)')\n    .Of(D)\n  @(In('header').Name('x'))\n  e() {}\n}",
      ).errors,
    ).toEqual([]);
  });

  test('types of Flow are read as those of TypeScript, and what is left is the smaller part', () => {
    const flow =
      '// @flow\nexport function tie(rope: ?string, done: ?() => void): void {\n  knot(rope);\n}\n';
    expect(lower('a.js', flow).errors).toEqual([]);
    const broken = `${flow}opaque type Ring: string = string;\nexport function untie(rope: ?string): void {\n  loosen(rope);\n}\nconst = 1;\n`;
    const module = lower('a.js', broken);
    expect(module.errors.map((region) => region.line)).toContain(5);
    expect(calls(module)).toEqual(['knot', 'loosen']);
  });

  test('what only Flow reads is left out where it reads the file, and positions stay', () => {
    const flow = `import type { Rope,
  Ring } from './ring';
import { type Knot, tie } from './knot';
opaque type Length: number = number;
export type Options = {| +rope: Rope, -ring?: Ring |};
declare var hook: Hook;
const held = (rope: ?Rope): boolean %checks => typeof rope === 'string';
export const loosen = async <T: Knot>(knot: T, { by = 1 }: { by?: number } = {}): Promise<*> => {
  const end = ((knot: any): Length);
  return await tie('😀', end, by);
};
`;
    const module = lower('a.js', flow);
    expect(module.errors).toEqual([]);
    expect(calls(module)).toEqual(['tie']);
    expect(module.imports.map((i) => i.source)).toEqual(['./knot']);
    expect(collect<{ line: number }>(module, (node) => node['k'] === 'call').map((c) => c.line)).toEqual([
      10,
    ]);
  });

  test('what Flow reads stands where it is written', () => {
    const flow = `/* 😀 */ const haul = (rope: ?Rope): {|
  by: number,
|} => pull('\u2028', (rope: any));
const coil = (rope: Rope)
  : Promise<Rope> => wind(rope, \`\${(rope: any).name} 😀\`); stow((coil: any));
`;
    const module = lower('a.js', flow);
    expect(module.errors).toEqual([]);
    expect(calls(module)).toEqual(['pull', 'wind', 'stow']);
    expect(collect<{ line: number }>(module, (node) => node['k'] === 'call').map((c) => c.line)).toEqual([
      3, 5, 5,
    ]);
    expect(collect<{ name: string }>(module, (node) => node['k'] === 'member').map((m) => m.name)).toEqual([
      'name',
    ]);
  });

  test('a call with types of Flow is no comparison', () => {
    const call = 'const rope = read<Rope>(key);\nconst ropes = await read<Map<string, Rope>, Knot>(key);\n';
    expect(calls(lower('a.js', `// @flow\n${call}`))).toEqual(['read', 'read']);
    expect(calls(lower('a.js', `// @flow\n${call}const end = (rope: any);\n`))).toEqual(['read', 'read']);
    expect(calls(lower('a.js', 'a(b < c, d > (e));'))).toEqual(['a']);
  });

  test('JavaScript with types is read with the TypeScript grammar', () => {
    const module = lower('a.js', 'function f(a: string): void { g(a as any) }');
    expect(module.errors).toEqual([]);
    expect(calls(module)).toEqual(['g']);
  });
});

describe('odd files', () => {
  test.each([
    ['', 1],
    ['\uFEFFf()', 1],
    ['#!/usr/bin/env node\nf()\n', 3],
    ['f()\r\ng()\r\n', 3],
  ])('%j', (text, lines) => expect(lower('a.js', text)).toMatchObject({ lines, errors: [] }));

  test('a byte order mark does not shift positions', () => {
    expect(lower('a.ts', "\uFEFFf('x')").body).toMatchObject([{ expression: { args: [{ value: 'x' }] } }]);
  });

  test.each(['a.ts', 'a.tsx', 'a.js'])('%s of noise never throws, whatever it holds', (path) => {
    const fragment = fc.constantFrom(
      ...'{ } ( ) [ ] < > => = ; , . ?. ... @ # ` ${ \' " // /* */ / : ? ! & | function class async await import export from default enum namespace declare x 1 \0 \uD800 é <a> </a>'.split(
        ' ',
      ),
      '\n',
    );
    fc.assert(
      fc.property(fc.array(fragment, { maxLength: 40 }), (parts) => {
        const module = lower(path, parts.join(' '));
        expect(() => JSON.stringify(module)).not.toThrow();
        expect(module.errors.every((region) => region.line >= 1 && region.endLine <= module.lines)).toBe(
          true,
        );
      }),
      { numRuns: 300, seed: 1 },
    );
  });
});

describe('deep nesting', () => {
  const depth = 4000;
  test.each([
    ['parentheses', '('.repeat(depth) + 'a' + ')'.repeat(depth)],
    ['arrays', '['.repeat(depth) + ']'.repeat(depth)],
    ['blocks', '{'.repeat(depth) + '}'.repeat(depth)],
    ['functions', 'f(() => {'.repeat(depth) + '})'.repeat(depth)],
    ['patterns', `const ${'{a:'.repeat(depth)}b${'}'.repeat(depth)} = c`],
    ['else-if', Array(depth).fill('if (a) b();').join(' else ')],
    ['arrows', 'a => '.repeat(depth) + 'b'],
    ['conditions', 'a ? b : '.repeat(depth) + 'c'],
    ['mixed operators', 'a - b * c + '.repeat(depth) + 'd'],
    ['calls', `x${'.get(1)'.repeat(depth)}`],
    ['namespaces', 'namespace A {'.repeat(depth) + 'export const b = 1' + '}'.repeat(depth)],
  ])('of %s ends in an error region, not in an exception', (_name, text) => {
    const module = lower('a.ts', text);
    expect(module.errors).toEqual([{ line: 1, endLine: 1 }]);
    expect(() => JSON.stringify(module)).not.toThrow();
  });

  test.each(['+', '&&', '||', '??'])('a very long chain of %s keeps its operands in order', (operator) => {
    const names = Array.from({ length: 10_000 }, (_, index) => `n${index}`);
    const module = lower('a.ts', names.join(` ${operator} `));
    expect(module.errors).toEqual([]);
    const found = collect<{ name: string }>(module, (node) => node['k'] === 'identifier').map(
      (node) => node.name,
    );
    expect(found).toEqual(names);
    expect(() => JSON.stringify(module)).not.toThrow();
  });

  test('what people write fits: hundreds of links, branches and terms', () => {
    const links = `x${'.get("/a", (b) => c)'.repeat(300)}`;
    const branches = Array(500).fill('if (a) b();').join(' else ');
    const module = lower('a.ts', `${links}\n${branches}\n${'"a" + '.repeat(MAX_NESTING * 2)}b`);
    expect(module.errors).toEqual([]);
    expect(calls(module).length).toBe(800);
  });

  test('a short chain is not regrouped', () => {
    expect(expression('a + b + c')).toBe(
      'binary{operator: "+", left: binary{operator: "+", left: a, right: b}, right: c}',
    );
  });
});

test('finds the same calls, functions, classes and refusals as the TypeScript compiler does', () => {
  for (const path of sources(join(import.meta.dirname, '../../analysis'))) {
    const text = readFileSync(path, 'utf8');
    const module = lower(path, text);
    expect({ path, ...countsOf(module) }).toEqual({ path, ...compilerCounts(path, text) });
  }
});

function sources(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name));
}

interface Counts {
  calls: number;
  functions: number;
  classes: number;
  branches: number;
  throws: number;
  strings: number;
}

function countsOf(module: Module): Counts {
  const count = (accept: (node: Record<string, unknown>) => boolean): number =>
    collect(module, accept).length;
  return {
    calls: count((node) => node['k'] === 'call' || node['k'] === 'new' || node['k'] === 'import'),
    functions: count((node) => 'isArrow' in node),
    classes: count((node) => 'members' in node),
    branches: count((node) => node['k'] === 'if' || node['k'] === 'conditional'),
    throws: count((node) => node['k'] === 'throw'),
    strings: count((node) => node['k'] === 'literal' && typeof node['value'] === 'string'),
  };
}

function compilerCounts(path: string, text: string): Counts {
  const counts: Counts = { calls: 0, functions: 0, classes: 0, branches: 0, throws: 0, strings: 0 };
  const visit = (node: ts.Node): void => {
    if (ts.isTypeNode(node) && !ts.isExpressionWithTypeArguments(node)) return;
    if (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return;
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return;
    if (ts.isFunctionLike(node) && !('body' in node && node.body)) return;
    if (ts.isCallExpression(node) || ts.isNewExpression(node)) counts.calls++;
    if (ts.isFunctionLike(node)) counts.functions++;
    if (ts.isClassLike(node)) counts.classes++;
    if (ts.isIfStatement(node) || ts.isConditionalExpression(node)) counts.branches++;
    if (ts.isThrowStatement(node)) counts.throws++;
    const isKey =
      (ts.isPropertyAssignment(node.parent ?? node) &&
        (node.parent as ts.PropertyAssignment).name === node) ||
      (ts.isElementAccessExpression(node.parent ?? node) &&
        (node.parent as ts.ElementAccessExpression).argumentExpression === node);
    // The text of a tagged template belongs to its tag.
    const isTagged = node.parent !== undefined && ts.isTaggedTemplateExpression(node.parent);
    if (ts.isStringLiteralLike(node) && !isKey && !isTagged) counts.strings++;
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true, ts.ScriptKind.TS));
  return counts;
}
