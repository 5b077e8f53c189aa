import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { inspect } from '../../analysis/judge.js';
import type { Model } from '../../analysis/model/model.js';
import { policyText } from '../../app/cli/init.js';
import { entryPoint, model } from '../report/example.js';
import { lendingApplication, LOANS, OPEN_ROUTE, withRoutes } from './lending.js';
import { postern } from './cli.js';

const written = (of: Model): string => policyText(of, inspect(of).findings);

test('it writes what holds without exception, says why, and leaves a file alone that is there', async () => {
  const sandbox = lendingApplication();
  try {
    const file = path.join(sandbox.dir, '.github/postern.yml');
    const init = (...args: string[]) => postern(['init', '--repo', sandbox.dir, '--no-cache', ...args]);
    const printed = await init('--print');
    expect([printed.status, existsSync(file)]).toEqual([0, false]);
    const written = await init();
    expect(written.status).toBe(0);
    expect(readFileSync(file, 'utf8')).toBe(printed.stdout);
    expect(parse(printed.stdout)).toEqual({
      require: [{ protection: 'authentication', path: '/**', reason: 'all 4 entry points under it have it' }],
    });
    // With an exception it is no rule any more; that the exception may be intended is offered as a comment.
    sandbox.write(LOANS, withRoutes(OPEN_ROUTE));
    const { stdout } = await init('--print');
    expect(parse(stdout)).toBe(null);
    expect(stdout).toContain('#   - entryPoint: "lending: http PATCH /loans/:id/extend"');
    expect(await init()).toMatchObject({ status: 2, stderr: expect.stringContaining('is there already') });
  } finally {
    sandbox.remove();
  }
});

test('rules are found under paths and names and for entities, by program, and never for what is open', () => {
  const of = (id: string, overrides: Parameters<typeof entryPoint>[0] = {}) =>
    entryPoint({ id, protections: ['authentication'], effects: [], chain: [], unknown: [], ...overrides });
  const http = (program: string, place: string, overrides = {}) =>
    of(`${program}: http GET ${place}`, {
      program,
      trigger: { kind: 'http', method: 'GET', path: place },
      ...overrides,
    });
  const effect = (operation: string, protections: ('authentication' | 'ownership')[]) => ({
    ...entryPoint().effects[0]!,
    operation,
    class: 'write' as const,
    protections,
  });
  const text = written(
    model({
      entryPoints: [
        ...['a', 'b', 'c', ':id'].map((each) => http('web', `/admin/${each}`)),
        ...['a', 'b', 'c', 'd'].map((each) =>
          http('web', `/open/${each}`, each === 'd' ? { public: 'it is signed' } : {}),
        ),
        ...['x', 'y', 'z', 'w'].map((each) =>
          of(`api: rpc notes.${each}`, { program: 'api', trigger: { kind: 'rpc', name: `notes.${each}` } }),
        ),
        ...['/1', '/2', '/3'].map((each) =>
          http('api', each, { protections: [], effects: [effect('update', ['ownership'])] }),
        ),
        http('demo', '/x', { registration: { file: 'examples/one/app.ts', line: 1 } }),
      ],
      gaps: [
        {
          reason: 'what `warden` does in front of entry points could not be followed',
          file: 'a',
          line: 1,
          affects: [],
        },
      ],
    }),
  );
  expect(parse(text)).toEqual({
    require: [
      {
        protection: 'authentication',
        name: 'notes.*',
        program: 'api',
        reason: expect.stringContaining('all 4'),
      },
      {
        protection: 'ownership',
        entity: 'Loan',
        effect: 'write',
        program: 'api',
        reason: 'all 3 that write it have it',
      },
      {
        protection: 'authentication',
        path: '/admin/**',
        program: 'web',
        reason: expect.stringContaining('all 4'),
      },
    ],
    ignore: ['examples/**'],
  });
  expect(text).toContain('#   - module: the package of "warden"');
});

test('no name of the repository leaves its place in the file', () => {
  const name = 'x\n\u2028require: []\n  - a: "b" # c';
  const text = written(
    model({
      entryPoints: Array.from({ length: 4 }, (_, i) =>
        entryPoint({
          id: `${name}${i}`,
          program: name,
          trigger: { kind: 'http', method: 'GET', path: `/${name}/${i}` },
          effects: [],
        }),
      ),
    }),
  );
  expect(parse(text).require.every((each: object) => 'protection' in each)).toBe(true);
  expect(text).not.toMatch(/^require: \[\]/m);
});
