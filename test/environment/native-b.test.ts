import Database from 'better-sqlite3';
import Parser from 'tree-sitter';
import JavaScript from 'tree-sitter-javascript';
import TypeScript from 'tree-sitter-typescript';

// This file exists twice on purpose (native-a, native-b): native addons break in the second file of a jest worker.
describe('native packages in a test file', () => {
  test.each([
    ['javascript', JavaScript, 'const a = 1;'],
    ['typescript', TypeScript.typescript, 'const a: number = 1;'],
    ['tsx', TypeScript.tsx, 'const a: number = <b>1</b>;'],
  ])('%s parses', (_name, language, text) => {
    const parser = new Parser();
    parser.setLanguage(language as Parser.Language);
    const tree = parser.parse(text);
    expect(tree.rootNode.type).toBe('program');
    expect(tree.rootNode.hasError).toBe(false);
    expect(tree.rootNode.firstNamedChild?.text).toBe(text);
  });

  test('SQLite stores and returns text, numbers and bytes', () => {
    const database = new Database(':memory:');
    database.exec('create table t (a text, b integer, c blob)');
    const insert = database.prepare('insert into t values (?, ?, ?)');
    database.transaction(() => insert.run('x', 1, Buffer.from([1, 2])))();
    const row = database.prepare('select * from t').get() as { a: string; b: number; c: Buffer };
    expect(row).toStrictEqual({ a: 'x', b: 1, c: Buffer.from([1, 2]) });
    expect(row.c).toBeInstanceOf(Uint8Array);
    insert.run('y', 2, new Uint8Array([3]));
    expect(database.prepare('select a, b from t order by a').all()).toStrictEqual([
      { a: 'x', b: 1 },
      { a: 'y', b: 2 },
    ]);
    database.close();
  });

  test("SQLite throws this file's SqliteError, also as Error", () => {
    const database = new Database(':memory:');
    const broken = (): unknown => database.prepare('select a from missing');
    expect(broken).toThrow(Database.SqliteError);
    expect(broken).toThrow(/no such table/);
    database.close();
  });
});
