import type { FunctionNode } from '../../analysis/syntax/ast.js';
import { lower } from '../../analysis/syntax/lower.js';
import { collect, expression, statements } from './lowered.js';

describe('chains', () => {
  test.each([
    ['a.b.c', 'member{object: member{object: a, name: "b"}, name: "c"}'],
    ["a['b']", 'member{object: a, name: "b"}'],
    ['a[`b`]', 'member{object: a, name: "b"}'],
    ['a[0]', 'index{object: a, index: 0}'],
    ['this.#key', 'member{object: this{}, name: "#key"}'],
    ['a?.b', 'member{object: a, name: "b", optional: true}'],
    ['a?.[b]', 'index{object: a, index: b, optional: true}'],
    ['a?.(1)', 'call{callee: a, args: [1], optional: true}'],
    ['a!.b!', 'member{object: a, name: "b"}'],
    ['(a as any).b', 'member{object: as{expression: a, type: "any"}, name: "b"}'],
    ['f(...a, 1)', 'call{callee: f, args: [spread{argument: a}, 1]}'],
    ['new A<B>(1)', 'new{callee: A, args: [1], typeArguments: "B"}'],
    ['new A', 'new{callee: A}'],
    ['f<{ a: B }>(1)', 'call{callee: f, args: [1], typeArguments: "{ a: B }"}'],
    ['sql`a${b}\\n`', 'tagged{tag: sql, quasis: ["a", "\\n"], expressions: [b]}'],
    ["import('./x')", 'import{specifier: "./x"}'],
    ['import.meta.url', 'member{object: importMeta{}, name: "url"}'],
  ])('%s', (text, expected) => expect(expression(`${text};`)).toBe(expected));

  test('an optional call looks the same in JavaScript', () => {
    expect(expression('a?.(1)', 'a.js')).toBe(expression('a?.(1)', 'a.ts'));
  });

  // The grammar gives these the callee `await f`, `1 + f`, `!f`, or takes the brackets for comparisons.
  test.each([
    ['await f<T>(1)', 'await{argument: call{callee: f, args: [1], typeArguments: "T"}}'],
    [
      'await a.b<T>(1).c(2)',
      'await{argument: call{callee: member{object: call{callee: member{object: a, name: "b"}, args: [1], typeArguments: "T"}, name: "c"}, args: [2]}}',
    ],
    ['1 + f<T>(1)', 'binary{operator: "+", left: 1, right: call{callee: f, args: [1], typeArguments: "T"}}'],
    [
      '1 + await f<T>(1)',
      'binary{operator: "+", left: 1, right: await{argument: call{callee: f, args: [1], typeArguments: "T"}}}',
    ],
    ['!f<T>(1)', 'unary{operator: "!", argument: call{callee: f, args: [1], typeArguments: "T"}}'],
    ['a<T>?.(1)', 'call{callee: a, args: [1], optional: true, typeArguments: "T"}'],
    ['a[0]<T>(1)', 'call{callee: index{object: a, index: 0}, args: [1], typeArguments: "T"}'],
    ['f<T>`x`', 'tagged{tag: f, quasis: ["x"]}'],
  ])('type arguments: %s', (text, expected) => {
    expect(expression(`${text};`)).toBe(expected);
    expect(lower('a.ts', `${text};`).errors).toEqual([]);
  });

  test('comparisons stay comparisons in JavaScript', () => {
    expect(expression('a < b > (c)', 'a.js')).toMatch(/^binary/);
  });

  test('calls know their last line', () => {
    const [statement] = lower('a.ts', '\napp.get(\n  "/x",\n  h,\n);').body;
    expect(statement).toMatchObject({ line: 2, expression: { k: 'call', line: 2, endLine: 5 } });
  });
});

describe('operators', () => {
  test.each([
    ['a && b || c', 'logical{operator: "||", left: logical{operator: "&&", left: a, right: b}, right: c}'],
    ['a ?? b', 'logical{operator: "??", left: a, right: b}'],
    ['a - b - c', 'binary{operator: "-", left: binary{operator: "-", left: a, right: b}, right: c}'],
    ['a instanceof B', 'binary{operator: "instanceof", left: a, right: B}'],
    ['#k in a', 'binary{operator: "in", left: "#k", right: a}'],
    ['typeof a', 'unary{operator: "typeof", argument: a}'],
    ['delete a.b', 'unary{operator: "delete", argument: member{object: a, name: "b"}}'],
    ['a++', 'update{operator: "++", target: a}'],
    ['--a', 'update{operator: "--", target: a}'],
    ['a ||= 1', 'assign{operator: "||=", target: a, value: 1}'],
    [
      'a.b = 1',
      'assign{operator: "=", target: memberPattern{target: member{object: a, name: "b"}}, value: 1}',
    ],
    ['(a as any) = 1', 'assign{operator: "=", target: a, value: 1}'],
    ['a ? b : c', 'conditional{test: a, consequent: b, alternate: c}'],
    ['(a, b, c)', 'sequence{expressions: [a, b, c]}'],
    ['a satisfies B as const', 'as{expression: a, type: "const"}'],
    ['<T>a', 'as{expression: a, type: "T"}'],
    ['void 0', 'unary{operator: "void", argument: 0}'],
  ])('%s', (text, expected) => expect(expression(`${text};`)).toBe(expected));
});

describe('literals', () => {
  test.each([
    [
      String.raw`"\u{1F600}\x41\n\'\
b"`,
      '"😀A\\n\'b"',
    ],
    ["'é😀𝒳'", '"é😀𝒳"'],
    ['`plain`', '"plain"'],
    ['`a${b}c${d}`', 'template{quasis: ["a", "c", ""], expressions: [b, d]}'],
    ['0x1F', '31'],
    ['1_000', '1000'],
    ['.5e1', '5'],
    ['10n', 'bigint{text: "10"}'],
    ['/a\\/[/]b/gi', 'regex{pattern: "a\\\\/[/]b", flags: "gi"}'],
    ['null', 'null'],
    ['undefined', 'undefined'],
  ])('%s', (text, expected) => expect(expression(`${text};`)).toBe(expected));

  test('text after characters of two units and several bytes is cut at the right place', () => {
    expect(statements("const é = '😀𝒳'; f('x'); // ü\ng(`${é}y`)").slice(1)).toEqual([
      'expression{expression: call{callee: f, args: ["x"]}}',
      'expression{expression: call{callee: g, args: [template{quasis: ["", "y"], expressions: [é]}]}}',
    ]);
  });

  test('text beyond 32 KB is cut at the right place', () => {
    const { body } = lower('a.ts', `/*${'é'.repeat(70_000)}*/\nf("x")`);
    expect(body).toMatchObject([
      { k: 'expression', line: 2, expression: { callee: { name: 'f' }, args: [{ value: 'x' }] } },
    ]);
  });

  test('objects', () => {
    expect(expression("({ a, b: 1, 'c-d': 2, 3: 4, [e]: 5, ['f']: 6, ...g })")).toBe(
      'object{properties: [property{key: "a", kind: "init", value: a}, property{key: "b", kind: "init", value: 1}, ' +
        'property{key: "c-d", kind: "init", value: 2}, property{key: "3", kind: "init", value: 4}, ' +
        'property{key: e, kind: "init", value: 5}, property{key: "f", kind: "init", value: 6}, spread{argument: g}]}',
    );
    expect(expression('({ a() {}, get b() { return 1 }, set b(v) {}, async *c() {}, get() {} })')).toBe(
      'object{properties: [property{key: "a", kind: "init", value: function{fn: {name: "a"}}}, ' +
        'property{key: "b", kind: "get", value: function{fn: {name: "b", body: [return{value: 1}]}}}, ' +
        'property{key: "b", kind: "set", value: function{fn: {name: "b", params: [{pattern: v}]}}}, ' +
        'property{key: "c", kind: "init", value: function{fn: {name: "c", isAsync: true, isGenerator: true}}}, ' +
        'property{key: "get", kind: "init", value: function{fn: {name: "get"}}}]}',
    );
  });

  test('arrays keep their holes', () => {
    expect(expression('[a, , ...b, ]')).toBe('array{elements: [a, null, spread{argument: b}]}');
    expect(expression('[,]')).toBe('array{elements: [null]}');
  });

  test('markup gives the expressions inside', () => {
    const text = '<A b={c} {...d}>text {e}<p onClick={() => f()}>{/* no */}</p>{...g}</A>';
    const expected =
      'jsx{expressions: [c, d, e, function{fn: {body: [return{value: call{callee: f}}], isArrow: true}}, g]}';
    expect(expression(text, 'a.tsx')).toBe(expected);
    expect(expression(text, 'a.jsx')).toBe(expected);
  });
});

describe('functions', () => {
  test.each([
    ['const a = () => 1', 'a'],
    ['const a = function b() {}', 'b'],
    ['a.b = () => 1', 'b'],
    ['exports.c = async function () {}', 'c'],
    ['x = { d: () => 1 }', 'd'],
    ['x = { e() {} }', 'e'],
    ['class X { f = () => 1 }', 'f'],
    ['const { g = () => 1 } = x', 'g'],
    ['function* h() {}', 'h'],
    ['const i = (() => 1) as Handler', 'i'],
    ['let j; j ??= () => 1', 'j'],
    ['k(() => 1)', null],
    ['const l = wrap(() => 1)', null],
  ])('%s is called %s', (text, name) => {
    const [fn] = collect<FunctionNode>(lower('a.ts', text), (node) => 'isArrow' in node);
    expect(fn?.name).toBe(name);
  });

  test('parameters', () => {
    const text =
      'function f(this: Foo, a?: A, { b = 1, c: [d, , ...e], ...g }: B = {}, ...h: C[]): Promise<void> {}';
    expect(statements(text)).toEqual([
      'functionDeclaration{fn: {name: "f", params: [{pattern: a, type: "A"}, ' +
        '{pattern: defaultPattern{target: objectPattern{properties: [{key: "b", value: defaultPattern{target: b, value: 1}}, ' +
        '{key: "c", value: arrayPattern{elements: [d, null], rest: e}}], rest: g}, value: object{}}, type: "B"}, ' +
        '{pattern: h, rest: true, type: "C[]"}], returnType: "Promise<void>"}}',
    ]);
  });

  test('parameters are the same in JavaScript', () => {
    const text = 'f(async (a, { b }, [c] = [], ...d) => await a); g(x => x)';
    expect(statements(text, 'a.js')).toEqual(statements(text, 'a.ts'));
  });

  test('are numbered in source order', () => {
    const text =
      'const a = (b = () => 1) => { c(() => 2).d(() => 3) }\nclass E { @F(() => 4) g() {} }\ndo { h(() => 5) } while (i(() => 6))';
    const functions = collect<FunctionNode>(lower('a.ts', text), (node) => 'isArrow' in node);
    expect(functions.map((fn) => fn.id).sort((a, b) => a - b)).toEqual(functions.map((_, index) => index));
    const byId = functions.sort((a, b) => a.id - b.id).map((fn) => fn.body[0]);
    expect(
      byId.filter((first) => first?.k === 'return').map((first) => first?.k === 'return' && first.value),
    ).toMatchObject([1, 2, 3, 4, 5, 6].map((value) => ({ value })));
  });
});
