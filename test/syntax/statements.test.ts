import { lower } from '../../analysis/syntax/lower.js';
import { brief, statements } from './lowered.js';

test.each([
  [
    'if (a) b; else if (c) { d } else e',
    [
      'if{test: a, consequent: expression{expression: b}, alternate: if{test: c, consequent: block{body: [expression{expression: d}]}, alternate: expression{expression: e}}}',
    ],
  ],
  [
    'for (let i = 0; i < 2; i++) a',
    [
      'for{init: variable{kind: "let", declarations: [{target: i, init: 0}]}, test: binary{operator: "<", left: i, right: 2}, update: update{operator: "++", target: i}, body: expression{expression: a}}',
    ],
  ],
  ['for (;;) {}', ['for{body: block{}}']],
  ['for (const k in a) b', ['forIn{left: k, declares: "const", right: a, body: expression{expression: b}}']],
  [
    'for (a.b of c) ;',
    ['forOf{left: memberPattern{target: member{object: a, name: "b"}}, right: c, body: block{}}'],
  ],
  [
    'async () => { for await (const [k, v] of a) b }',
    [
      'expression{expression: function{fn: {body: [forOf{left: arrayPattern{elements: [k, v]}, declares: "const", right: a, body: expression{expression: b}, isAwait: true}], isAsync: true, isArrow: true}}}',
    ],
  ],
  ['while (a) b', ['while{test: a, body: expression{expression: b}}']],
  ['do a; while (b)', ['while{test: b, body: expression{expression: a}, doFirst: true}']],
  [
    'try { a } catch ({ b }) { c } finally { d }',
    [
      'try{block: [expression{expression: a}], param: objectPattern{properties: [{key: "b", value: b}]}, handler: [expression{expression: c}], finalizer: [expression{expression: d}]}',
    ],
  ],
  [
    'switch (a) { case 1: b; break; default: c }',
    [
      'switch{discriminant: a, cases: [{test: 1, body: [expression{expression: b}, break{}]}, {body: [expression{expression: c}]}]}',
    ],
  ],
  [
    'x: for (;;) { continue x }',
    ['labeled{label: "x", body: for{body: block{body: [continue{label: "x"}]}}}'],
  ],
  ['throw a', ['throw{value: a}']],
  ['debugger; ;', []],
  [
    'var a, { b } = c',
    [
      'variable{kind: "var", declarations: [{target: a}, {target: objectPattern{properties: [{key: "b", value: b}]}, init: c}]}',
    ],
  ],
  ['let a: B<C> = d', ['variable{kind: "let", declarations: [{target: a, type: "B<C>", init: d}]}']],
  [
    '[a.b, ...c] = d',
    [
      'expression{expression: assign{operator: "=", target: arrayPattern{elements: [memberPattern{target: member{object: a, name: "b"}}], rest: c}, value: d}}',
    ],
  ],
  ['await using a = b()', ['variable{kind: "const", declarations: [{target: a, init: call{callee: b}}]}']],
  [
    'function* a() { const b = yield; yield* c }',
    [
      'functionDeclaration{fn: {name: "a", body: [variable{kind: "const", declarations: [{target: b, init: yield{}}]}, expression{expression: yield{argument: c, delegate: true}}], isGenerator: true}}',
    ],
  ],
])('%s', (text, expected) => {
  expect(statements(text)).toEqual(expected);
  expect(lower('a.ts', text).errors).toEqual([]);
});

test('comments are nowhere', () => {
  expect(statements('f(/* a */ 1 /* b */, // c\n 2) /* d */\nx = { /* e */ a: /* f */ 1 }')).toEqual(
    statements('f(1, 2)\nx = { a: 1 }'),
  );
});

describe('types vanish', () => {
  test.each([
    'interface A { b(): void }',
    'type A = B | C',
    'declare function f(): void',
    'declare const a: string',
    'declare module "x" { export const y: 1 }',
    'declare global { interface Window {} }',
    'declare namespace N { const a: 1 }',
    'namespace N { export interface A {} }',
    'function f(a: string): void',
    'import type { A } from "x"',
    'import type A = require("x")',
    'export type A = 1',
    'export default interface A {}',
    'export as namespace A',
  ])('%s', (text) => expect(lower('a.ts', text)).toMatchObject({ body: [], exports: [], errors: [] }));
});

describe('enums', () => {
  test.each(['enum', 'const enum', 'declare enum', 'declare const enum'])('%s', (keyword) => {
    expect(statements(`${keyword} E { A, B = 5, C, 'd-e' = 'x', F = B | 8, G, H = f(), I, J = A }`)).toEqual([
      'variable{kind: "const", declarations: [{target: E, init: object{properties: [' +
        'property{key: "A", kind: "init", value: 0}, property{key: "B", kind: "init", value: 5}, ' +
        'property{key: "C", kind: "init", value: 6}, property{key: "d-e", kind: "init", value: "x"}, ' +
        'property{key: "F", kind: "init", value: 13}, property{key: "G", kind: "init", value: 14}, ' +
        'property{key: "H", kind: "init", value: call{callee: f}}, ' +
        'property{key: "I", kind: "init", value: unknown{reason: "enum member"}}, ' +
        'property{key: "J", kind: "init", value: 0}]}}]}',
    ]);
  });

  test('of one name merge', () => {
    expect(statements('enum E { A } enum E { B = 1 }')[1]).toBe(
      'expression{expression: call{callee: member{object: Object, name: "assign"}, args: [E, object{properties: [property{key: "B", kind: "init", value: 1}]}]}}',
    );
  });
});

describe('namespaces', () => {
  test('are objects of what they export', () => {
    expect(
      statements('namespace N { const a = 1; export const b = a; export function c() {} export type D = 1 }'),
    ).toEqual([
      'variable{kind: "const", declarations: [{target: N, init: call{callee: function{fn: {body: [' +
        'variable{kind: "const", declarations: [{target: a, init: 1}]}, ' +
        'variable{kind: "const", declarations: [{target: b, init: a}]}, functionDeclaration{fn: {name: "c"}}, ' +
        'return{value: object{properties: [property{key: "b", kind: "init", value: b}, property{key: "c", kind: "init", value: c}]}}' +
        '], isArrow: true}}}}]}',
    ]);
  });

  test('with dots nest, and merge with what has their name', () => {
    const [, extension] = statements('function A() {} namespace A.B { export const c = 1 }');
    expect(extension).toMatch(
      /^expression\{expression: call\{callee: member\{object: Object, name: "assign"\}, args: \[A, object\{properties: \[property\{key: "B"/,
    );
  });

  test('export nothing from the module by themselves', () => {
    expect(lower('a.ts', 'namespace N { export const b = 1 }').exports).toEqual([]);
    expect(lower('a.ts', 'export namespace N { export const b = 1 }').exports).toMatchObject([
      { exported: 'N' },
    ]);
  });
});

describe('classes', () => {
  const text = `
@Controller('x')
export class A<T> extends Base<User>(mixin) implements I<J>, K {
  static readonly a: string = 'b';
  declare erased: string;
  #c = () => 1;
  @Inject() d!: Service;
  ['e'] = 1;
  static { f() }
  constructor(@Inject(G) private readonly g: G, public h = 1, i?: I) { super() }
  @Get(':id')
  @UseGuards(Guard)
  async j(@Param('id') id: string): Promise<void> {}
  get k() { return 1 }
  static *l() {}
  overloaded(a: string): void;
  overloaded(a) {}
  abstract gone(): void;
  [key: string]: unknown;
}`;
  const [statement] = lower('a.ts', text).body;
  const cls = statement?.k === 'classDeclaration' ? statement.cls : null;

  test('have their heritage and decorators', () => {
    expect(brief(cls?.superClass)).toBe('call{callee: Base, args: [mixin], typeArguments: "User"}');
    expect(cls?.superTypes).toBeNull();
    expect(cls?.decorators.map(brief)).toEqual(['{expression: call{callee: Controller, args: ["x"]}}']);
    expect(lower('a.ts', 'class B extends C<D> {}').body).toMatchObject([
      { cls: { superClass: { name: 'C' }, superTypes: 'D' } },
    ]);
  });

  test('have their members', () => {
    expect(cls?.members.map(brief)).toEqual([
      'field{name: "a", isStatic: true, value: "b", type: "string"}',
      'field{name: "#c", value: function{fn: {name: "#c", body: [return{value: 1}], isArrow: true}}}',
      'field{name: "d", type: "Service", decorators: [{expression: call{callee: Inject}}]}',
      'field{name: "e", value: 1}',
      'staticBlock{body: [expression{expression: call{callee: f}}]}',
      'method{kind: "constructor", name: "constructor", fn: {name: "constructor", params: [' +
        '{pattern: g, type: "G", decorators: [{expression: call{callee: Inject, args: [G]}}], property: true}, ' +
        '{pattern: defaultPattern{target: h, value: 1}, property: true}, {pattern: i, type: "I"}], ' +
        'body: [expression{expression: call{callee: super{}}}]}}',
      'method{kind: "method", name: "j", fn: {name: "j", params: [{pattern: id, type: "string", ' +
        'decorators: [{expression: call{callee: Param, args: ["id"]}}]}], isAsync: true, returnType: "Promise<void>"}, ' +
        'decorators: [{expression: call{callee: Get, args: [":id"]}}, {expression: call{callee: UseGuards, args: [Guard]}}]}',
      'method{kind: "get", name: "k", fn: {name: "k", body: [return{value: 1}]}}',
      'method{kind: "method", name: "l", isStatic: true, fn: {name: "l", isGenerator: true}}',
      'method{kind: "method", name: "overloaded", fn: {name: "overloaded", params: [{pattern: a}]}}',
    ]);
  });

  test('have the same members in JavaScript', () => {
    const plain =
      'export @D class A extends f(B) { @x y = 1; static async *z(a = 1, { b }, ...c) {} static { g() } #p; get q() {} @e h() {} }';
    expect(statements(plain, 'a.js')).toEqual(statements(plain, 'a.ts'));
    expect(statements(plain, 'a.js')[0]).toMatch(/decorators: \[\{expression: D\}\]/);
  });

  test('with decorators behind `export default`', () => {
    expect(statements('@D() export default class {}')).toEqual([
      'exportDefault{kind: "default", value: class{cls: {decorators: [{expression: call{callee: D}}]}}}',
    ]);
    expect(statements('@D() export default class A {}')[0]).toMatch(
      /^classDeclaration\{cls: \{name: "A", decorators/,
    );
  });
});
