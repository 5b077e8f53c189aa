import { Validator } from '@seriousme/openapi-schema-validator';
import fc from 'fast-check';
import type { EntryPoint, Trigger } from '../../analysis/model/model.js';
import { toCsv } from '../../app/report/csv.js';
import { toJsonLines } from '../../app/report/json-lines.js';
import { toOpenApi } from '../../app/report/openapi.js';
import { templatesOf } from '../../app/report/openapi-path.js';
import { toReport, type Report } from '../../app/report/report.js';
import { postern } from '../cli/cli.js';
import { lendingApplication, LOANS, withRoutes } from '../cli/lending.js';
import { entryPoint, finding, judgement, model, socket } from './example.js';

const HOSTILE = '=cmd|"/c calc"!A1,\n\u202e</x>';
const scanOf = (entryPoints: EntryPoint[], findings = [finding()]): Report =>
  toReport({
    mode: 'scan',
    model: model({ entryPoints }),
    judgement: judgement({ findings }),
    base: null,
    head: 'c0ffee'.repeat(6),
  });
const http = (method: string, path: string | null, more: Partial<EntryPoint> = {}): EntryPoint =>
  entryPoint({
    id: `server: http ${method} ${path}`,
    trigger: { kind: 'http', method, path },
    unknown: [],
    ...more,
  });
const openApi = (...entryPoints: EntryPoint[]): any => JSON.parse(toOpenApi(scanOf(entryPoints)));
async function problemsOf(document: Record<string, unknown>): Promise<unknown> {
  const { valid, errors } = await new Validator().validate(structuredClone(document));
  return valid ? [] : errors;
}

describe('OpenAPI', () => {
  test('what each operation demands: something, nothing, or nobody knows', async () => {
    const document = openApi(
      http('POST', '/loans'),
      http('GET', '/loans', { protections: [], chain: [] }),
      http('PUT', '/loans', { protections: ['signature', 'authentication'] }),
      http('PATCH', '/loans', { protections: [], unknown: ['authentication'] }),
      http('DELETE', '/loans', {
        protections: [],
        assumed: [
          {
            protection: 'authentication',
            by: 'the gateway',
            place: { file: '.github/postern.yml', line: 3 },
          },
        ],
        public: 'said so',
      }),
    );
    expect(await problemsOf(document)).toEqual([]);
    const { post, get, put, patch, delete: remove } = document.paths['/loans'];
    expect(post).toMatchObject({
      operationId: 'postLoans',
      security: [{ authentication: [] }],
      'x-postern-protections': ['authentication', 'authorization'],
      'x-postern-effects': ['create Loan', 'read Loan'],
      'x-postern-guards': [
        { name: 'requireRole', arguments: ['LENDER'], unless: 'process.env.OPEN', source: 'src/app.ts:7' },
      ],
    });
    expect(get.security).toEqual([]);
    expect(put.security).toEqual([{ authentication: [], signature: [] }]);
    expect(patch).not.toHaveProperty('security');
    expect(patch['x-postern-unknown']).toEqual(['authentication']);
    expect(remove).toMatchObject({ security: [{ authentication: [] }], 'x-postern-public': 'said so' });
  });

  test('what has no path of its own is there all the same, and says why', async () => {
    const document = openApi(
      socket,
      http('GET', null),
      http('GET', '/combs?/add'),
      http('PROPFIND', '/files'),
      http('GET', '/boats/:hull'),
      http('GET', '/boats/:name', { program: 'admin', id: 'admin: http GET /boats/:name' }),
      http('PUT', '/boats/:name'),
      http('ALL', '/boats/:any'),
    );
    expect(await problemsOf(document)).toEqual([]);
    expect(Object.keys(document.paths)).toEqual(['/boats/{name}']);
    const boats = document.paths['/boats/{name}'];
    expect(Object.keys(boats)).toEqual(['parameters', 'get', 'put', 'post', 'delete', 'patch']);
    expect(boats.put).toMatchObject({ 'x-postern-path': '/boats/:name' });
    expect(boats.get).toMatchObject({ 'x-postern-id': 'admin: http GET /boats/:name' });
    expect(boats.post).toMatchObject({ 'x-postern-any-method': true });
    expect(
      document['x-postern-entry-points'].map((each: Record<string, unknown>) => [
        each['x-postern-id'],
        each['x-postern-why'],
      ]),
    ).toEqual([
      ['server: http GET /boats/:hull', 'another entry point stands at the same method and path'],
      ['server: http GET /combs?/add', 'its path is a pattern'],
      ['server: http GET null', 'its path is not known'],
      ['server: http PROPFIND /files', 'OpenAPI has no such method'],
      ['server: websocket /live "lend"', 'it is not reached by a request over HTTP of its own'],
    ]);
    const [lending] = document['x-postern-entry-points'].slice(-1);
    expect(lending['x-postern-findings']).toMatchObject([{ rule: 'missing-protection', level: 'error' }]);
  });

  test.each([
    ['/a/:id', ['/a/{id}']],
    ['/', ['/']],
    ['*', ['/{wildcard}']],
    ['/a/:id(\\d+)', ['/a/{id}']],
    ['/a/:id{[0-9]+}', ['/a/{id}']],
    ['/a/:id.csv', ['/a/{id}.csv']],
    ['/:lang?/home', ['/home', '/{lang}/home']],
    ['/a/*', ['/a/{wildcard}']],
    ['/a/*rest', ['/a/{rest}']],
    ['/a/:id/b/:id', ['/a/{id}/b/{id2}']],
    ['/kilns(/sweep)', null],
    ['/account?action=x', null],
    ['relative', null],
  ])('%s', (route, templates) =>
    expect(templatesOf(route)?.map(({ path }) => path) ?? null).toEqual(templates),
  );

  test('the words of the route for a parameter are kept, as far as they are a pattern', () => {
    expect(templatesOf('/a/:id(\\d+)/:x([)/*rest')?.[0]?.parameters).toEqual([
      { name: 'id', pattern: '^(?:\\d+)$', wildcard: false },
      { name: 'x', pattern: null, wildcard: false },
      { name: 'rest', pattern: null, wildcard: true },
    ]);
  });

  test('whatever routes are called, the document is one', async () => {
    const piece = fc.constantFrom(
      'a',
      ':id',
      ':id?',
      '*',
      '*rest',
      ':x(\\d+)',
      '{',
      '}',
      '',
      ':a-:b',
      '%',
      '__proto__',
    );
    const path = fc.array(piece, { maxLength: 5 }).map((parts) => `/${parts.join('/')}`);
    const one = fc.record({
      path: fc.oneof(path, fc.string()),
      method: fc.constantFrom('GET', 'ALL', 'POST', 'LINK'),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(one, { maxLength: 8 }), async (routes) => {
        const document = openApi(
          ...routes.map(({ path, method }, at) => http(method, path, { id: `e${at}`, public: HOSTILE })),
        );
        expect(await problemsOf(document)).toEqual([]);
        const named = Object.keys(document.paths).map((each) => each.replace(/\{\w+\}/g, '{}'));
        expect(new Set(named).size).toBe(named.length);
        // Nothing that is there is left out.
        const shown = JSON.stringify(document);
        for (let at = 0; at < routes.length; at++) expect(shown).toContain(`"x-postern-id":"e${at}"`);
      }),
      { numRuns: 40 },
    );
  });
});

/** As RFC 4180 has it. */
function rowsOf(csv: string): string[][] {
  expect(csv.endsWith('\r\n')).toBe(true);
  const rows: string[][] = [[]];
  const FIELD = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/gy;
  for (const [, quoted, plain, end] of csv.matchAll(FIELD)) {
    rows.at(-1)!.push(quoted?.replaceAll('""', '"') ?? plain!);
    if (end === '\r\n') rows.push([]);
  }
  return rows.slice(0, -1);
}

describe('CSV', () => {
  test('a row an entry point, lists joined', () => {
    const [header, first, second] = rowsOf(toCsv(scanOf([socket, entryPoint()])));
    const row = (fields: string[]) => Object.fromEntries(header!.map((name, at) => [name, fields[at]]));
    expect(row(first!)).toMatchObject({
      id: 'server: http POST /loans',
      method: 'POST',
      path: '/loans',
      name: '',
      protections: 'authentication; authorization',
      unknown: 'rate-limit',
      guards: 'requireRole',
      effects: 'create Loan; read Loan',
      file: 'src/loans.ts',
      line: '12',
    });
    expect(row(second!)).toMatchObject({ kind: 'websocket', diverges: 'missing-protection: authentication' });
  });

  test.each(['=1+1', '+1', '-1', '@SUM(A1)', ' =1', '\t=1', '＝1', HOSTILE])('%j is no formula', (text) => {
    const trigger: Trigger = { kind: 'rpc', name: text };
    const [header, row] = rowsOf(toCsv(scanOf([entryPoint({ trigger, public: text })], [])));
    for (const column of ['name', 'public']) {
      const shown = row![header!.indexOf(column)]!;
      expect(shown).toMatch(/^(?:'|\\u\{)/);
      expect(shown).not.toMatch(/[\n\u202e]/);
    }
    expect(row).toHaveLength(header!.length);
  });
});

test('JSON lines say what they are, and hold what the JSON holds', () => {
  const report = scanOf([socket, entryPoint()]);
  const lines = toJsonLines(report)
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines.map(({ type }) => type)).toEqual([
    'scan',
    'entryPoint',
    'entryPoint',
    'finding',
    'notLookedAt',
  ]);
  expect(lines[0]).toMatchObject({ schemaVersion: 1, status: 'complete', summary: { entryPoints: 2 } });
  expect(lines[1]).toEqual(JSON.parse(JSON.stringify({ type: 'entryPoint', ...report.entryPoints[0] })));
});

describe('postern scan', () => {
  const sandbox = lendingApplication();
  afterAll(() => sandbox.remove());
  const scan = (format: string, ...more: string[]) =>
    postern(['scan', '--repo', sandbox.dir, '--no-cache', '--format', format, ...more]);

  test('writes each of them', async () => {
    const [document, table, lines] = await Promise.all(['openapi', 'csv', 'jsonl'].map((each) => scan(each)));
    for (const run of [document, table, lines]) expect(run).toMatchObject({ status: 0, stderr: '' });
    const described = JSON.parse(document!.stdout);
    expect(await problemsOf(described)).toEqual([]);
    expect(described.info.title).toBe('lending');
    expect(described.paths['/loans/{id}'].put.security).toEqual([{ authentication: [] }]);
    expect(rowsOf(table!.stdout)).toHaveLength(5);
    expect(lines!.stdout.trimEnd().split('\n')).toHaveLength(5);
  });

  test('a table that has to leave something out says so, and a failure leaves none', async () => {
    sandbox.write(LOANS, `${withRoutes('')}\nexport const broken = {{{;\n`);
    const partial = await scan('csv');
    expect(partial.status).toBe(3);
    expect(partial.stderr).toMatch(
      /^postern: warning: the table has no place for [^\n]+--format jsonl has\n$/,
    );
    const failed = await scan('csv', '--rev', 'nowhere');
    expect(failed).toMatchObject({ status: 2, stdout: '' });
    expect((await scan('jsonl', '--rev', 'nowhere')).stdout).toContain('"status":"failed"');
  });
});
