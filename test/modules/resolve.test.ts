import { configurationFiles } from '../../analysis/modules/index.js';
import { empty, graphOf } from './tree.js';

/** A file's path, else what kind of thing was found. */
function resolve(files: Record<string, string | object>, from: string, specifier: string): string {
  const resolution = graphOf(files).resolve(from, specifier);
  switch (resolution.kind) {
    case 'file':
      return resolution.path;
    case 'package':
      return `package ${resolution.name}${resolution.subpath === null ? '' : ` ${resolution.subpath}`}`;
    case 'builtin':
      return `builtin ${resolution.name}`;
    case 'unresolved':
      return 'unresolved';
  }
}

test('configuration files are those that decide, not those of installed packages', () => {
  const paths = [
    'package.json',
    'node_modules/x/package.json',
    'a/tsconfig.app.json',
    'a/jsconfig.json',
    'a/b.json',
    'pnpm-workspace.yaml',
    'Dockerfile',
    'docker/api.Dockerfile',
    'Dockerfile.dev',
    'Procfile',
    'src/package.ts',
    'a/my-tsconfig.json',
    'mypackage.json',
  ];
  expect(configurationFiles(paths)).toEqual([
    'Dockerfile',
    'Dockerfile.dev',
    'Procfile',
    'a/jsconfig.json',
    'a/tsconfig.app.json',
    'docker/api.Dockerfile',
    'package.json',
    'pnpm-workspace.yaml',
  ]);
});

describe('relative specifiers', () => {
  const files = {
    ...empty(
      'src/a.ts',
      'src/b.tsx',
      'src/c.js',
      'src/d.mts',
      'src/e/index.ts',
      'src/f.ts',
      'src/f/index.ts',
      'src/g.json',
      'src/both.js',
      'src/both.ts',
      'src/deep/x.ts',
      'src/pkg/lib/start.js',
      'root.ts',
      'src/types.d.ts',
      'src/Case.ts',
      'src/index.ts',
      'src/dotted.service.ts',
      'main/index.js',
    ),
    'src/pkg/package.json': { main: './lib/start' },
  };
  test.each([
    ['./a', 'src/a.ts'],
    ['./a.js', 'src/a.ts'],
    ['./a.ts', 'src/a.ts'],
    ['./b.jsx', 'src/b.tsx'],
    ['./b', 'src/b.tsx'],
    ['./c', 'src/c.js'],
    ['./d.mjs', 'src/d.mts'],
    ['./e', 'src/e/index.ts'],
    ['./e/index.js', 'src/e/index.ts'],
    ['./f', 'src/f.ts'],
    ['./f/', 'src/f/index.ts'],
    ['./g.json', 'src/g.json'],
    ['./g.json?raw', 'src/g.json'],
    ['./both.js', 'src/both.ts'],
    ['./pkg', 'src/pkg/lib/start.js'],
    ['./types', 'src/types.d.ts'],
    ['./dotted.service', 'src/dotted.service.ts'],
    ['.', 'src/index.ts'],
    ['./', 'src/index.ts'],
    ['../root', 'root.ts'],
    ['../main', 'main/index.js'],
    ['../src', 'src/index.ts'],
    ['./case', 'unresolved'],
    ['./nothing', 'unresolved'],
    ['../../outside', 'unresolved'],
  ])('%s', (specifier, expected) => expect(resolve(files, 'src/x.ts', specifier)).toBe(expected));

  test('.. from a folder below', () => expect(resolve(files, 'src/deep/x.ts', '..')).toBe('src/index.ts'));
});

describe('what comes from outside', () => {
  const files = { ...empty('src/a.ts'), 'package.json': { name: 'self' } };
  test.each([
    ['express', 'package express'],
    ['@nestjs/common', 'package @nestjs/common'],
    ['hono/jwt', 'package hono jwt'],
    ['@trpc/server/adapters/next', 'package @trpc/server adapters/next'],
    ['fs', 'builtin fs'],
    ['fs/promises', 'builtin fs/promises'],
    ['node:test', 'builtin test'],
    ['bun:sqlite', 'builtin bun:sqlite'],
    ['npm:hono@4/jwt', 'package hono jwt'],
    ['@/nowhere', 'unresolved'],
    ['https://deno.land/x/a.ts', 'unresolved'],
    ['', 'unresolved'],
  ])('%s', (specifier, expected) => expect(resolve(files, 'src/a.ts', specifier)).toBe(expected));
});

describe('TypeScript paths', () => {
  test('patterns, the most specific first, relative to baseUrl', () => {
    const files = {
      'tsconfig.json':
        '{ // comment\n "compilerOptions": { "baseUrl": "./src", "paths": { "@/*": ["./*"], "@/db/*": ["../db/*"], "config": ["./settings/main.ts"] }, } }',
      ...empty('src/users/list.ts', 'db/client.ts', 'src/settings/main.ts', 'src/plain.ts', 'src/a/b.ts'),
    };
    expect(resolve(files, 'src/a/b.ts', '@/users/list')).toBe('src/users/list.ts');
    expect(resolve(files, 'src/a/b.ts', '@/users/list.js')).toBe('src/users/list.ts');
    expect(resolve(files, 'src/a/b.ts', '@/db/client')).toBe('db/client.ts');
    expect(resolve(files, 'src/a/b.ts', 'config')).toBe('src/settings/main.ts');
    expect(resolve(files, 'src/a/b.ts', 'plain')).toBe('src/plain.ts');
    expect(resolve(files, 'src/a/b.ts', 'express')).toBe('package express');
  });

  test('a name below baseUrl means no file of data that is called so', () => {
    const files = {
      'tsconfig.json': '{ "compilerOptions": { "baseUrl": "." } }',
      ...empty('tsoa.json', 'data/tides.json', 'src/a.ts'),
    };
    expect(resolve(files, 'src/a.ts', 'tsoa')).toBe('package tsoa');
    expect(resolve(files, 'src/a.ts', 'data/tides.json')).toBe('data/tides.json');
  });

  test('without baseUrl, relative to the configuration that has them, through chains of extends', () => {
    const files = {
      'tsconfig.base.json': { compilerOptions: { paths: { '#core/*': ['packages/core/src/*'] } } },
      'apps/tsconfig.json': { extends: '../tsconfig.base' },
      'apps/api/tsconfig.json': { extends: ['../tsconfig.json'] },
      ...empty('packages/core/src/log.ts', 'apps/api/src/main.ts'),
    };
    expect(resolve(files, 'apps/api/src/main.ts', '#core/log')).toBe('packages/core/src/log.ts');
  });

  test('the nearest configuration wins', () => {
    const files = {
      'tsconfig.json': { compilerOptions: { paths: { '~/*': ['./a/*'] } } },
      'web/tsconfig.json': { compilerOptions: { paths: { '~/*': ['./b/*'] } } },
      ...empty('a/x.ts', 'web/b/x.ts', 'web/y.ts', 'z.ts'),
    };
    expect(resolve(files, 'web/y.ts', '~/x')).toBe('web/b/x.ts');
    expect(resolve(files, 'z.ts', '~/x')).toBe('a/x.ts');
  });

  test('in a configuration beside the main one, in one of a workspace package, in `${configDir}`', () => {
    const files = {
      'package.json': { workspaces: ['packages/*'] },
      'packages/config/package.json': { name: '@org/config' },
      'packages/config/base.json': '',
      'packages/config/tsconfig.base.json': {
        compilerOptions: { paths: { '@own/*': ['${configDir}/src/*'] } },
      },
      'packages/api/package.json': { name: 'api' },
      'packages/api/tsconfig.json': { extends: '@org/config/tsconfig.base.json' },
      'packages/web/package.json': { name: 'web' },
      'packages/web/tsconfig.json': { files: [], references: [{ path: './tsconfig.app.json' }] },
      'packages/web/tsconfig.app.json': { compilerOptions: { paths: { '@/*': ['./app/*'] } } },
      ...empty('packages/api/src/x.ts', 'packages/web/app/y.ts'),
    };
    expect(resolve(files, 'packages/api/src/z.ts', '@own/x')).toBe('packages/api/src/x.ts');
    expect(resolve(files, 'packages/web/app/z.ts', '@/y')).toBe('packages/web/app/y.ts');
  });

  test('that a framework generates', () => {
    const files = {
      'tsconfig.json': { extends: './.svelte-kit/tsconfig.json' },
      ...empty('src/lib/server/db.ts', 'src/routes/+server.ts'),
    };
    expect(resolve(files, 'src/routes/+server.ts', '$lib/server/db')).toBe('src/lib/server/db.ts');
  });

  test('that extend in a circle end', () => {
    const files = {
      'tsconfig.json': { extends: './tsconfig.a.json' },
      'tsconfig.a.json': { extends: './tsconfig.json' },
      ...empty('x.ts'),
    };
    expect(resolve(files, 'x.ts', '@/y')).toBe('unresolved');
  });
});

describe('packages of the repository', () => {
  const workspace = (manifest: object, ...paths: string[]): Record<string, string | object> => ({
    'package.json': { private: true, workspaces: ['packages/*', '!packages/secret'] },
    'packages/lib/package.json': { name: '@org/lib', ...manifest },
    'packages/secret/package.json': { name: '@org/secret' },
    ...empty(
      'packages/secret/index.ts',
      'packages/app/index.ts',
      ...paths.map((path) => `packages/lib/${path}`),
    ),
  });
  const from = 'packages/app/index.ts';

  test.each<[string, object, string[], string, string]>([
    [
      'main in build output',
      { main: './dist/index.js' },
      ['src/index.ts', 'src/main.ts'],
      '@org/lib',
      'packages/lib/src/index.ts',
    ],
    [
      'exports, with source condition',
      { exports: { '.': { source: './code/a.ts', default: './dist/b.js' } } },
      ['code/a.ts', 'src/b.ts'],
      '@org/lib',
      'packages/lib/code/a.ts',
    ],
    [
      'exports, with a condition of their own',
      { exports: { '.': { '@org/source': './code/a.ts', import: './dist/b.mjs' } } },
      ['code/a.ts', 'src/b.ts'],
      '@org/lib',
      'packages/lib/code/a.ts',
    ],
    [
      'exports, nested and in build output',
      { exports: { './db': { node: { types: './dist/db.d.ts', import: './dist/esm/db.mjs' } } } },
      ['src/db.ts'],
      '@org/lib/db',
      'packages/lib/src/db.ts',
    ],
    [
      'exports with patterns',
      { exports: { './*': './src/*.ts' } },
      ['src/a/b.ts'],
      '@org/lib/a/b',
      'packages/lib/src/a/b.ts',
    ],
    [
      'only require',
      { exports: { '.': { require: './lib/index.cjs' } } },
      ['src/index.ts'],
      '@org/lib',
      'packages/lib/src/index.ts',
    ],
    [
      'only types',
      { exports: { '.': { types: './src/index.ts' } } },
      ['src/index.ts'],
      '@org/lib',
      'packages/lib/src/index.ts',
    ],
    ['nothing said', {}, ['src/index.ts'], '@org/lib', 'packages/lib/src/index.ts'],
    ['nothing said, with subpath', {}, ['src/a.ts'], '@org/lib/a', 'packages/lib/src/a.ts'],
    ['subpath into the build output', {}, ['src/a.ts'], '@org/lib/dist/a', 'packages/lib/src/a.ts'],
    ['file that is not there', { main: 'generated/index.js' }, [], '@org/lib', 'unresolved'],
  ])('%s', (_name, manifest, paths, specifier, expected) => {
    expect(resolve(workspace(manifest, ...paths), from, specifier)).toBe(expected);
  });

  test('configured output folder', () => {
    const files = {
      ...workspace({ main: './out-tsc/server.js' }, 'code/server.ts'),
      'packages/lib/tsconfig.json': { compilerOptions: { outDir: './out-tsc', rootDir: './code' } },
    };
    expect(resolve(files, from, '@org/lib')).toBe('packages/lib/code/server.ts');
  });

  test('output folder that has been committed, of sources whose root is left out', () => {
    const files = {
      'server/package.json': {},
      'server/tsconfig.json': { compilerOptions: { outDir: './dist' } },
      ...empty('server/main.js', 'server/api/ferry/boat.ts', 'server/api/ferry/deck/rail.ts'),
      ...empty(
        'server/dist/boat.js',
        'server/dist/deck/rail.js',
        'server/dist/oar.js',
        'server/types/x.d.ts',
      ),
    };
    expect(resolve(files, 'server/main.js', './dist/boat')).toBe('server/api/ferry/boat.ts');
    expect(resolve(files, 'server/main.js', './dist/deck/rail.js')).toBe('server/api/ferry/deck/rail.ts');
    expect(resolve(files, 'server/main.js', './dist/oar')).toBe('server/dist/oar.js');
  });

  test('excluded by the workspace', () =>
    expect(resolve(workspace({}), from, '@org/secret')).toBe('package @org/secret'));

  test('of a pnpm workspace', () => {
    const files = {
      'pnpm-workspace.yaml': 'packages:\n  - "libs/**"\n  - ./apps/*\n',
      'libs/a/b/package.json': { name: 'b', main: 'b.ts' },
      ...empty('libs/a/b/b.ts', 'apps/x/y.ts'),
    };
    expect(resolve(files, 'apps/x/y.ts', 'b')).toBe('libs/a/b/b.ts');
  });

  test('depended on by path', () => {
    const files = {
      'server/package.json': { dependencies: { shared: 'file:../shared' } },
      'shared/package.json': { name: 'other-name', main: 'x.js' },
      ...empty('shared/x.js', 'server/a.js'),
    };
    expect(resolve(files, 'server/a.js', 'shared')).toBe('shared/x.js');
  });

  test('by chance named like an installed one are not taken for it', () => {
    const files = {
      'fixtures/express/package.json': { name: 'express', main: 'a.js' },
      ...empty('fixtures/express/a.js', 'src/b.js'),
    };
    expect(resolve(files, 'src/b.js', 'express')).toBe('package express');
  });

  test('themselves, and their own #imports', () => {
    const files = {
      'package.json': {
        name: 'self',
        exports: { './db': './dist/db.js' },
        imports: {
          '#controllers/*': './app/controllers/*.js',
          '#log': { default: 'pino' },
          '#twice': '#log',
        },
      },
      ...empty('src/db.ts', 'app/controllers/users.ts', 'src/a.ts'),
    };
    expect(resolve(files, 'src/a.ts', 'self/db')).toBe('src/db.ts');
    expect(resolve(files, 'src/a.ts', '#controllers/users')).toBe('app/controllers/users.ts');
    expect(resolve(files, 'src/a.ts', '#log')).toBe('package pino');
    expect(resolve(files, 'src/a.ts', '#twice')).toBe('package pino');
    expect(resolve(files, 'src/a.ts', '#none')).toBe('unresolved');
  });

  test('aliases without configuration that is read', () => {
    const files = {
      'web/package.json': { dependencies: { lodash: '4' }, _moduleAliases: { '@models': 'dist/models' } },
      ...empty('web/src/lib/x.ts', 'web/src/models/user.ts', 'web/src/lodash/get.ts', 'web/a.ts'),
    };
    expect(resolve(files, 'web/a.ts', '@/lib/x')).toBe('web/src/lib/x.ts');
    expect(resolve(files, 'web/a.ts', '~/lib/x')).toBe('web/src/lib/x.ts');
    expect(resolve(files, 'web/a.ts', '/src/lib/x')).toBe('web/src/lib/x.ts');
    expect(resolve(files, 'web/a.ts', 'lib/x')).toBe('web/src/lib/x.ts');
    expect(resolve(files, 'web/a.ts', '@models/user')).toBe('web/src/models/user.ts');
    expect(resolve(files, 'web/a.ts', 'lodash/get')).toBe('package lodash get');
  });

  test('broken configuration is as good as none', () => {
    const files = {
      'package.json': '{"name": ',
      'tsconfig.json': '[]',
      'pnpm-workspace.yaml': '{{',
      ...empty('a.ts', 'b.ts'),
    };
    expect(resolve(files, 'a.ts', './b')).toBe('b.ts');
  });
});

test('names that Nuxt writes into the configuration that it makes', () => {
  const files = {
    ...empty('app/pages/index.ts', 'server/database/users.ts', 'shared/roles.ts', 'server/api/users.get.ts'),
    'tsconfig.json': { extends: './.nuxt/tsconfig.json' },
  };
  const from = 'server/api/users.get.ts';
  expect(resolve(files, from, '#server/database/users')).toBe('server/database/users.ts');
  expect(resolve(files, from, '#shared/roles')).toBe('shared/roles.ts');
  expect(resolve(files, from, '~~/server/database/users')).toBe('server/database/users.ts');
  expect(resolve(files, from, '#other/users')).toBe('unresolved');
});
