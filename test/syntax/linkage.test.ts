import { DEFAULT_BINDING } from '../../analysis/syntax/ast.js';
import { lower } from '../../analysis/syntax/lower.js';
import { scanSpecifiers } from '../../analysis/syntax/specifiers.js';
import { brief, statements } from './lowered.js';

const exportsOf = (text: string): string[] => lower('a.ts', text).exports.map(brief);

test('imports', () => {
  const text =
    "import a, { b, type c as d, 'e-f' as g } from 'x'\nimport * as h from 'y'\nimport type i from 'z'\nimport 'w'";
  expect(lower('a.ts', text).imports).toEqual([
    {
      source: 'x',
      line: 1,
      typeOnly: false,
      bindings: [
        { imported: 'default', local: 'a', typeOnly: false },
        { imported: 'b', local: 'b', typeOnly: false },
        { imported: 'c', local: 'd', typeOnly: true },
        { imported: 'e-f', local: 'g', typeOnly: false },
      ],
    },
    { source: 'y', line: 2, typeOnly: false, bindings: [{ imported: '*', local: 'h', typeOnly: false }] },
    { source: 'z', line: 3, typeOnly: true, bindings: [{ imported: 'default', local: 'i', typeOnly: true }] },
    { source: 'w', line: 4, typeOnly: false, bindings: [] },
  ]);
});

describe('exports', () => {
  test.each([
    [
      'export const a = 1, { b, c: [d] } = e',
      [
        'local{exported: "a", local: "a"}',
        'local{exported: "b", local: "b"}',
        'local{exported: "d", local: "d"}',
      ],
    ],
    ['export function f() {}', ['local{exported: "f", local: "f"}']],
    ['export abstract class A {}', ['local{exported: "A", local: "A"}']],
    ['export enum E { A }', ['local{exported: "E", local: "E"}']],
    [
      'export { a, b as default }',
      ['local{exported: "a", local: "a"}', 'local{exported: "default", local: "b"}'],
    ],
    [
      "export { a as b, default } from 'x'",
      [
        'from{exported: "b", imported: "a", source: "x"}',
        'from{exported: "default", imported: "default", source: "x"}',
      ],
    ],
    ["export * from 'x'", ['all{source: "x"}']],
    ["export * as n from 'x'", ['from{exported: "n", imported: "*", source: "x"}']],
    ["export type { A } from 'x'", ['from{exported: "A", imported: "A", source: "x", typeOnly: true}']],
    [
      'export { type A, b }',
      ['local{exported: "A", local: "A", typeOnly: true}', 'local{exported: "b", local: "b"}'],
    ],
    ['export default a', [`local{exported: "default", local: "${DEFAULT_BINDING}"}`]],
    ['export default function f() {}', ['local{exported: "default", local: "f"}']],
    ['export default class {}', [`local{exported: "default", local: "${DEFAULT_BINDING}"}`]],
  ])('%s', (text, expected) => expect(exportsOf(text)).toEqual(expected));

  test('leave the declaration behind', () => {
    expect(statements('export const a = 1')).toEqual([
      'variable{kind: "const", declarations: [{target: a, init: 1}]}',
    ]);
    expect(statements('export default async () => 1')).toEqual([
      'exportDefault{kind: "default", value: function{fn: {body: [return{value: 1}], isAsync: true, isArrow: true}}}',
    ]);
    expect(statements('export default function f() {}')).toEqual([
      'functionDeclaration{fn: {name: "f"}}',
      'exportDefault{kind: "default", value: f}',
    ]);
    expect(statements('export = a')).toEqual(['exportDefault{kind: "assign", value: a}']);
  });
});

test('CommonJS forms of TypeScript are the calls that they mean', () => {
  const required = (name: string): string =>
    `variable{kind: "const", declarations: [{target: ${name}, init: call{callee: require, args: ["x"]}}]}`;
  expect(statements("import a = require('x')")).toEqual([required('a')]);
  expect(statements("export import a = require('x')")[0]).toBe(required('a'));
  expect(statements('import a = b.c.d')).toEqual([
    'variable{kind: "const", declarations: [{target: a, init: member{object: member{object: b, name: "c"}, name: "d"}}]}',
  ]);
});

describe('dependencies', () => {
  test('each once, with its first line, type-only if all its uses are', () => {
    const text = [
      "import type { A } from 'types'",
      "import { type B } from 'types'",
      "import { type C } from 'mixed'",
      "export { d } from 'mixed'",
      "const e = require('required')",
      "async function f() { await import('imported'); require('required') }",
      'require(variable); import(`t${a}`); import(`plain`)',
      "export * from 'star'",
      "a.require('method')",
    ].join('\n');
    expect(lower('a.ts', text).dependencies).toEqual([
      { specifier: 'types', line: 1, typeOnly: true },
      { specifier: 'mixed', line: 3, typeOnly: false },
      { specifier: 'required', line: 5, typeOnly: false },
      { specifier: 'imported', line: 6, typeOnly: false },
      { specifier: 'plain', line: 7, typeOnly: false },
      { specifier: 'star', line: 8, typeOnly: false },
    ]);
  });

  test('are found by scanning too', () => {
    const text = [
      "import a, {\n  b,\n} from 'one'",
      "import'two'",
      'export * from "three"',
      "const c = require( 'four' )",
      "await import(/* webpackChunkName: 'x' */ './five')",
      'require(`six`)',
      "import d = require('seven')",
      "import type { E } from 'eight'",
      "import 'one'",
      'const from = 1; important("nine")',
    ].join('\n');
    expect(scanSpecifiers(text)).toEqual(['one', 'two', 'three', 'four', './five', 'six', 'seven', 'eight']);
  });
});
