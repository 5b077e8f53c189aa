import { analyse } from '../../analysis/analyse.js';
import { inspect, judge } from '../../analysis/judge.js';
import type { Model } from '../../analysis/model/model.js';
import type { TreeSource } from '../../analysis/source.js';
import { trigger } from '../fixtures/render.js';
import { treeOf } from './memory-tree.js';

/**
 * Repositories that nobody would write, or only to hurt: each gives an answer, what was not understood is a gap,
 * and what lies beside it is still found. jest's limit on a test is what stands for "a bounded number of steps".
 */
const HEALTHY = `import express from 'express';
const app = express();
app.get('/healthy', (req, res) => res.json([]));
app.listen(1);
`;

/** Routes as text, and where gaps are; a model that cannot be judged and written as JSON is no answer. */
async function answerOf(files: Record<string, string | Uint8Array | null> | TreeSource) {
  const source =
    'files' in files && Array.isArray(files.files) ? (files as TreeSource) : treeOf(files as never);
  const model: Model = await analyse(source);
  expect(inspect(model).findings).toEqual(expect.any(Array));
  expect(judge(model, model).affected).toEqual([]);
  // As text: comparing thousands of entry points member by member takes longer than analysing them.
  const text = JSON.stringify(model);
  expect(JSON.stringify(JSON.parse(text)) === text).toBe(true);
  const ids = model.entryPoints.map((e) => e.id);
  expect(new Set(ids).size).toBe(ids.length);
  return {
    model,
    routes: model.entryPoints.map((e) => trigger(e.trigger)),
    gaps: model.gaps.map((g) => g.file),
    reasons: model.gaps.map((g) => g.reason).join('\n'),
  };
}
const application = (body: string): string =>
  `import express from 'express';\nconst app = express();\n${body}\n`;

describe('what cannot be read', () => {
  test('an empty repository has an empty model', async () => {
    const { model } = await answerOf({});
    expect(model).toMatchObject({ entryPoints: [], guards: [], gaps: [], notLookedAt: [] });
  });

  test('a file that does not parse is a gap; the rest of it and other files are read', async () => {
    const { routes, gaps } = await answerOf({
      'app.js': HEALTHY,
      'broken.js': `import express from 'express';
const app = express();
app.get('/before', (req, res) => res.end());
app.post('/half', (req, res => { if (( {
`,
    });
    expect(routes).toContain('GET /healthy');
    expect(gaps).toContain('broken.js');
    expect(gaps).not.toContain('app.js');
  });

  test('a blob that is missing is a gap, also where it is imported from', async () => {
    const { routes, gaps } = await answerOf({
      'app.js': application(
        "import { guard } from './guard.js';\nimport './gone.json';\napp.get('/a', guard, (req, res) => res.end());",
      ),
      'guard.js': null,
      'package.json': null,
      'tsconfig.json': null,
      'schema.prisma': null,
    });
    expect(routes).toEqual(['GET /a']);
    expect(gaps).toEqual(
      expect.arrayContaining(['guard.js', 'package.json', 'tsconfig.json', 'schema.prisma']),
    );
  });

  test('a guard whose file is missing leaves the protection unknown, not absent', async () => {
    const { model } = await answerOf({
      'app.js': application(
        "import { guard } from './guard.js';\napp.get('/a', guard, (req, res) => res.end());",
      ),
      'guard.js': null,
    });
    expect(model.entryPoints[0]!.unknown).toContain('authentication');
  });

  test('a bundle of five megabytes is a gap', async () => {
    const { routes, gaps } = await answerOf({
      'app.js': HEALTHY,
      'huge.js': `${HEALTHY}const text = '${'x'.repeat(5_000_000)}';`,
    });
    expect(routes).toEqual(['GET /healthy']);
    expect(gaps).toEqual(['huge.js']);
  });

  test('bytes that are no text, in files that are called source', async () => {
    const bytes = Uint8Array.from({ length: 4096 }, (_, i) => (i * 197 + 13) % 256);
    const { routes } = await answerOf({
      'app.js': HEALTHY,
      'image.ts': bytes,
      'zero.js': new Uint8Array(1000),
      'latin1.js': Buffer.from(application("app.get('/caf\xe9', (req, res) => res.end());"), 'latin1'),
      'utf16.ts': Buffer.from(`\ufeff${HEALTHY}`, 'utf16le'),
      'bom.js': `\ufeff${application("app.get('/bom', (req, res) => res.end());")}`,
    });
    expect(routes).toEqual(expect.arrayContaining(['GET /healthy', 'GET /bom', 'GET /caf\ufffd']));
  });

  test('configuration that is no configuration', async () => {
    const { routes } = await answerOf({
      'app.js': HEALTHY,
      'package.json': '[1, {"scripts": ',
      'tsconfig.json': '{ "extends": "./tsconfig.json", "compilerOptions": { "paths": { "*": "x" } } }',
      'packages/a/package.json': '{ "name": 7, "main": ["x"], "exports": { ".": { "import": 3 } } }',
      'pnpm-workspace.yaml': 'packages:\n  - &a [*a, "!!"]\n',
      Dockerfile: 'CMD ["node", ',
      'schema.prisma': 'model { { enum',
    });
    expect(routes).toEqual(['GET /healthy']);
  });

  test('paths with spaces, newlines, quotes, and names of methods', async () => {
    const paths = [
      'a b/c\nd.js',
      `q"'\`.js`,
      '__proto__',
      '__proto__/constructor.js',
      '-rf.js',
      '%2e%2e.js',
      '\u202egnp.js',
    ];
    const { routes, model } = await answerOf(
      Object.fromEntries(paths.map((path, i) => [path, HEALTHY.replace('/healthy', `/p${i}`)])),
    );
    const code = paths.filter((path) => path.endsWith('.js'));
    expect(routes.length).toBe(code.length);
    expect(model.entryPoints.map((e) => e.registration.file).sort()).toEqual([...code].sort());
  });
});

describe('modules that go in circles', () => {
  test('cyclic imports', async () => {
    const { routes } = await answerOf({
      'main.js': "import { app } from './a.js';\napp.listen(1);",
      'a.js': `import express from 'express';
import { mount } from './b.js';
export const app = express();
export const guard = (req, res, next) => (req.session.user ? next() : res.sendStatus(401));
mount();
`,
      'b.js': `import { app, guard } from './a.js';
export function mount() {
  app.get('/cyclic', guard, (req, res) => res.end());
}
`,
    });
    expect(routes).toEqual(['GET /cyclic']);
  });

  test('cyclic require, and a module that requires itself', async () => {
    const { routes } = await answerOf({
      'a.js':
        "exports.first = 1;\nconst b = require('./b');\nexports.app = b.app;\nb.app.get('/a', (q, r) => r.end());",
      'b.js':
        "const a = require('./a');\nconst me = require('./b');\nexports.app = require('express')();\nexports.app.get('/b' + a.first, (q, r) => r.end());",
    });
    expect(routes).toEqual(['GET /a', 'GET /b1']);
  });

  // The stack overflows, and everything that this root registers is lost with it.
  test('exports that only lead to each other', async () => {
    const { routes } = await answerOf({
      'app.js': application(
        "import { handler } from './x.js';\napp.get('/x', handler);\napp.get('/y', (req, res) => res.end());",
      ),
      'x.js': "export * from './y.js';\nexport { handler } from './y.js';",
      'y.js': "export * from './x.js';\nexport { handler } from './x.js';",
    });
    expect(routes).toContain('GET /y');
  });

  test('a router that mounts itself, and two that mount each other', async () => {
    const { routes } = await answerOf({
      'app.js': application(`
const self = express.Router();
self.get('/self', (req, res) => res.end());
self.use('/again', self);
const a = express.Router();
const b = express.Router();
a.get('/a', (req, res) => res.end());
b.get('/b', (req, res) => res.end());
a.use('/b', b);
b.use('/a', a);
app.use('/s', self);
app.use('/x', a);`),
    });
    expect(routes).toEqual(expect.arrayContaining(['GET /s/self', 'GET /x/a', 'GET /x/b/b']));
    expect(routes.length).toBeLessThan(20);
  });
});

describe('programs that do not end', () => {
  const endless: Record<string, string> = {
    'a function that calls itself': 'function again() { return again(); }\nagain();',
    'two functions that call each other': 'const a = (n) => b(n + 1);\nconst b = (n) => a(n + 1);\na(0);',
    'a function that calls itself twice': 'const fork = (n) => [fork(n + 1), fork(n + 1)];\nfork(0);',
    'a loop without an end': 'let i = 0;\nwhile (true) i++;\nfor (;;) i--;',
    'a loop that grows what it runs over': 'const all = [1];\nfor (const x of all) all.push(x, x);',
    'a text that doubles': "let s = 'x';\nfor (let i = 0; i < 100; i++) s += s;",
    'a list that doubles': 'let l = [1];\nfor (let i = 0; i < 100; i++) l = [...l, ...l];',
    'an object that holds itself': 'const o = {};\no.o = o;\nconst p = { ...o, o };\nJSON.stringify(o);',
    'a proxy chain of getters': 'const o = { get me() { return this.me; } };\no.me.me.me;',
    'a class that extends itself': 'class A extends A {}\nnew A();',
    'a class that constructs itself': 'class B { constructor() { this.b = new B(); } }\nnew B();',
    'a generator': 'function* g() { yield* g(); }\nfor (const x of g()) console.log(x);',
    'the Y combinator':
      'const y = (f) => ((x) => f((v) => x(x)(v)))((x) => f((v) => x(x)(v)));\ny((self) => (n) => self(n))(1);',
    'conditions that multiply': Array.from(
      { length: 40 },
      (_, i) => `if (process.env.V${i}) globalThis.v${i} = ${i};`,
    ).join('\n'),
    'promises that wait for each other':
      'const a = async () => await b();\nconst b = async () => await a();\na().then(b);',
  };
  test.each(Object.entries(endless))('%s', async (_name, code) => {
    const { routes } = await answerOf({
      'app.js': application(`app.get('/before', (req, res) => res.end());\n${code}`),
      'other.js': HEALTHY,
    });
    expect(routes).toEqual(expect.arrayContaining(['GET /before', 'GET /healthy']));
  });

  const inside = async (_name: string, code: string): Promise<void> => {
    const { routes } = await answerOf({
      'app.js': application(
        `app.post('/inside', async (req, res) => {\n${code}\nres.end();\n});\napp.get('/after', (req, res) => res.end());`,
      ),
    });
    expect(routes).toEqual(['GET /after', 'POST /inside']);
  };
  test.each(Object.entries(endless))('inside a handler: %s', inside);

  test('middleware that calls next for ever', async () => {
    const { routes } = await answerOf({
      'app.js': application(`
const echo = (req, res, next) => { next(); next(); echo(req, res, next); };
for (let i = 0; i < 30; i++) app.use(echo);
app.get('/echo', (req, res) => res.end());`),
    });
    expect(routes).toEqual(['GET /echo']);
  });
});

describe('too much of something', () => {
  test('ten thousand levels of nesting', async () => {
    const deep = (open: string, inner: string, close: string): string =>
      open.repeat(10_000) + inner + close.repeat(10_000);
    const { routes } = await answerOf({
      'app.js': HEALTHY,
      'calls.js': application(`app.get('/calls', ${deep('f(', '1', ')')});`),
      'lists.js': application(`const x = ${deep('[', '', ']')};`),
      'blocks.js': application(deep('{', "app.get('/blocks', (q, r) => r.end());", '}')),
      'ifs.js': application(deep('if (x) ', 'y();', '')),
      'sums.js': application(`const s = ${deep('1 + ', '1', '')};`),
      'members.js': application(`app${'.x'.repeat(10_000)}();`),
      'functions.ts': application(deep('() => ', '1', '')),
      'types.ts': application(`const t: ${deep('Array<', 'string', '>')} = [];`),
      'templates.js': application(`const t = ${deep('`${', '1', '}`')};`),
      'objects.json': deep('{"a":', '1', '}'),
    });
    expect(routes).toContain('GET /healthy');
  });

  // Iterations beyond the limit are dropped without a word.
  test('five thousand routes in one list: those beyond a limit are a gap, not forgotten', async () => {
    const rows = Array.from({ length: 5000 }, (_, i) => `{ path: '/r${i}', run: (req, res) => res.end() }`);
    const { routes, gaps } = await answerOf({
      'app.js': application(
        `const routes = [\n${rows.join(',\n')}\n];\nfor (const { path, run } of routes) app.get(path, run);\napp.get('/last', (req, res) => res.end());`,
      ),
    });
    expect(routes).toContain('GET /last');
    expect(routes).toContain('GET /r0');
    if (routes.length < 5001) expect(gaps).toContain('app.js');
  });

  test('fifteen hundred routes written one by one', async () => {
    const rows = Array.from({ length: 1500 }, (_, i) => `app.get('/r${i}', (req, res) => res.end());`);
    const { routes, gaps } = await answerOf({ 'app.js': application(rows.join('\n')) });
    if (routes.length < 1500) expect(gaps).toContain('app.js');
    expect(routes).toContain('GET /r0');
  });

  test('a hundred layers of middleware before sixty routes', async () => {
    const layers = Array.from(
      { length: 100 },
      (_, i) => `app.use((req, res, next) => { req.v${i} = ${i}; next(); });`,
    );
    const routesOf = Array.from({ length: 60 }, (_, i) => `app.get('/r${i}', (req, res) => res.end());`);
    const { routes } = await answerOf({ 'app.js': application([...layers, ...routesOf].join('\n')) });
    expect(routes.length).toBe(60);
  });

  test('a handler with five hundred statements: that not all are taken down is a gap', async () => {
    const routes = (count: number): Record<string, string> => ({
      'app.js': `import { Pool } from 'pg';\n${application(`const pool = new Pool();
app.post('/everything', async (req, res) => {
${Array.from({ length: count }, (_, i) => `await pool.query('DELETE FROM shelf_${i}');`).join('\n')}
  res.end();
});
app.listen(1);`)}`,
    });
    expect((await answerOf(routes(500))).reasons).toContain('does more than is taken down');
    expect((await answerOf(routes(300))).reasons).toBe('');
  });

  test('regular expressions that take for ever, as patterns, in paths and in guards', async () => {
    const subject = `/${'a'.repeat(60)}!`;
    const { routes } = await answerOf({
      'app.js': application(`
const bomb = /^\\/(a+)+$/;
app.use((req, res, next) => (bomb.test('${subject}') || /(x+x+)+y/.test(req.path) ? next() : res.sendStatus(403)));
app.get(/^(a|a)*$/, (req, res) => res.end());
app.get('${subject}', (req, res) => res.end());
app.get('/:a([a-z]+)+', (req, res) => res.end());
app.get('/((((((a+)+)+)+)+)+)', (req, res) => res.end());
app.use(new RegExp('(' .repeat(5)), (req, res, next) => next());
'${subject}'.match(/(a*)*b/);
'${subject}'.replace(/(a*)*b/, 'x').split(/(a*)*b/);`),
    });
    expect(routes).toContain(`GET ${subject}`);
  });

  test('SQL that is long, and SQL that is deep', async () => {
    const { routes } = await answerOf({
      'app.js': application(`
import { Pool } from 'pg';
const pool = new Pool();
app.get('/long', async (req, res) => res.json(await pool.query('SELECT * FROM a WHERE x IN (${'1,'.repeat(50_000)}1)')));
app.get('/deep', async (req, res) => res.json(await pool.query('SELECT ${'('.repeat(3000)}1${')'.repeat(3000)} FROM a')));`),
    });
    expect(routes).toEqual(['GET /deep', 'GET /long']);
  });
});

describe('names that mean something to whoever reads them', () => {
  test('members of every object as keys, modules and routes', async () => {
    const { routes } = await answerOf({
      'app.js': application(`
import * as all from './constructor.js';
const table = { __proto__: { inherited: 1 }, constructor: 'x', toString() {}, hasOwnProperty: 0, valueOf: null };
const handlers = { ['__proto__']: (req, res) => res.end(), constructor: (req, res) => res.end() };
for (const key of ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'then']) {
  app.get('/' + key, (req, res) => res.json(table[key]));
  app[key]; all[key]; new Map([[key, 1]]).get(key); new Set([key]).has(key);
}
app.post('/dispatch', (req, res) => handlers[req.body.__proto__](req, res));
app.constructor('/x', () => 1);
table.__proto__.polluted = true;
Object.assign({}, JSON.parse('{"__proto__": 1}'));
class constructor { static __proto__() {} static constructor() {} }
constructor.__proto__();`),
      'constructor.js': 'export const __proto__ = 1; export const then = (f) => f(then);',
    });
    const names = ['__proto__', 'constructor', 'hasOwnProperty', 'prototype', 'then', 'toString'];
    expect(routes).toEqual([...names.map((name) => `GET /${name}`), 'POST /dispatch']);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  test('entities, guards and programs that are called like members of every object', async () => {
    const { model } = await answerOf({
      'package.json': '{ "name": "__proto__", "main": "app.js" }',
      'schema.prisma': 'model constructor {\n  id String @id\n}\nmodel toString {\n  id String @id\n}\n',
      'app.js': application(`
import { PrismaClient } from '@prisma/client';
import rateLimit from 'constructor';
import x from 'toString/__proto__';
const prisma = new PrismaClient();
function __proto__(req, res, next) { if (!req.session.user) return res.sendStatus(401); next(); }
app.use(rateLimit(), x);
app.get('/a', __proto__, async (req, res) => res.json(await prisma.constructor.findMany()));
app.delete('/a', async (req, res) => res.json(await prisma.constructor.delete({ where: { id: req.params.constructor } })));
app.get('/b', async (req, res) => res.json(await prisma.toString.findMany()));`),
    });
    expect(model.entryPoints.map((e) => e.id)).toEqual([
      '__proto__: http DELETE /a',
      '__proto__: http GET /a',
      '__proto__: http GET /b',
    ]);
    expect(model.entryPoints[1]!.protections).toContain('authentication');
  });

  test('text that could be taken for something else stays text', async () => {
    const path = '/\u202e\u0000<script>@everyone](x)';
    const { model } = await answerOf({
      'app.js': application(`app.get(${JSON.stringify(path)}, (req, res) => res.end());`),
    });
    expect(model.entryPoints.map((e) => e.trigger)).toEqual([{ kind: 'http', method: 'GET', path }]);
  });
});
