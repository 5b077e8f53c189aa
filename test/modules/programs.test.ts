import { sourceRole } from '../../analysis/modules/index.js';
import { empty, graphOf } from './tree.js';

describe('programs', () => {
  test('of one package: what main, bin and scripts start, mapped to its source', () => {
    const graph = graphOf({
      'package.json': {
        name: '@org/shop',
        main: 'dist/index.js',
        bin: { shop: './bin/cli.js' },
        scripts: {
          start: 'NODE_ENV=production node --enable-source-maps dist/server.js',
          'dev:worker': 'concurrently -k "tsx watch src/worker.ts" \'nodemon ./tools/mail\'',
          'start:cron': 'cross-env A=b.ts ts-node -r tsconfig-paths/register src/cron',
          test: 'node test/run.js',
          lint: 'eslint src/lint.ts',
        },
      },
      ...empty(
        'src/index.ts',
        'bin/cli.js',
        'src/server.ts',
        'src/worker.ts',
        'tools/mail.js',
        'src/cron.ts',
        'test/run.js',
        'src/lint.ts',
      ),
    });
    expect(graph.programs()).toEqual([
      {
        name: 'shop',
        root: '',
        entries: [
          'bin/cli.js',
          'src/cron.ts',
          'src/index.ts',
          'src/server.ts',
          'src/worker.ts',
          'tools/mail.js',
        ],
      },
    ]);
  });

  test('of a workspace: one a package, the root only delegates', () => {
    const graph = graphOf({
      'package.json': {
        name: 'root',
        workspaces: ['apps/*', 'packages/*'],
        scripts: { dev: 'turbo dev', start: 'cd apps/api && node src/main.js' },
      },
      'apps/api/package.json': { name: '@org/api', scripts: { start: 'nest start' } },
      'apps/web/package.json': { name: '@org/web', scripts: { dev: 'next dev' } },
      'apps/admin/web/package.json': { name: 'web', scripts: { dev: 'next dev' } },
      'packages/ui/package.json': { name: '@org/ui' },
      ...empty('apps/api/src/main.ts', 'packages/ui/button.tsx', 'apps/web/app/page.tsx', 'tools/x.ts'),
    });
    expect(graph.programs()).toEqual([
      { name: 'apps/admin/web', root: 'apps/admin/web', entries: [] },
      { name: 'api', root: 'apps/api', entries: ['apps/api/src/main.ts'] },
      { name: 'web', root: 'apps/web', entries: [] },
    ]);
    expect(graph.programOf('apps/api/src/x/y.ts').name).toBe('api');
    expect(graph.programOf('apps/web/app/page.tsx').name).toBe('web');
    expect(graph.programOf('packages/ui/button.tsx')).toEqual({
      name: 'ui',
      root: 'packages/ui',
      entries: [],
    });
    expect(graph.programOf('tools/x.ts').name).toBe('root');
  });

  test('that containers and process files start, wherever the container has them', () => {
    const graph = graphOf({
      'api/package.json': { name: 'api' },
      'api/Dockerfile':
        'FROM node\nENTRYPOINT ["dumb-init", "node"]\nCMD ["node", "/usr/src/app/dist/http.js"]\n',
      'jobs/package.json': { name: 'jobs' },
      'docker/jobs.Dockerfile': 'CMD node \\\n  ./jobs/run.js\n',
      'mail/package.json': { name: 'mail' },
      'mail/Procfile': 'web: node web.js\nworker: node lib/worker\n',
      ...empty('api/src/http.ts', 'jobs/run.js', 'mail/web.js', 'mail/lib/worker.js'),
    });
    expect(graph.programs()).toEqual([
      { name: 'api', root: 'api', entries: ['api/src/http.ts'] },
      { name: 'jobs', root: 'jobs', entries: ['jobs/run.js'] },
      { name: 'mail', root: 'mail', entries: ['mail/lib/worker.js', 'mail/web.js'] },
    ]);
  });

  test('without a name are called after their folder, without a package `app`', () => {
    expect(
      graphOf({ 'server/package.json': { main: 'a.js' }, ...empty('server/a.js') }).programs(),
    ).toMatchObject([{ name: 'server' }]);
    const graph = graphOf(empty('index.js', 'lib/a.js'));
    expect(graph.programs()).toEqual([]);
    expect(graph.programOf('lib/a.js')).toEqual({ name: 'app', root: '', entries: [] });
  });

  test('a file belongs to the package that it lies in, also when another starts it', () => {
    const graph = graphOf({
      'package.json': { name: 'root', scripts: { start: 'node server/index.js', dev: 'vite' } },
      'server/package.json': { name: 'back' },
      ...empty('server/index.js', 'src/main.ts'),
    });
    expect(graph.programs().map((program) => program.name)).toEqual(['root', 'back']);
    expect(graph.programOf('server/x.js').name).toBe('back');
    expect(graph.programOf('src/main.ts').name).toBe('root');
  });

  test('tests and examples are programs of their own', () => {
    const graph = graphOf({
      'package.json': { name: 'lib', main: 'index.js' },
      'examples/shop/package.json': { name: 'lib', scripts: { start: 'node server.js' } },
      'examples/many/one/package.json': { name: 'one' },
      ...empty(
        'index.js',
        'examples/shop/server.js',
        'examples/plain/a.js',
        'examples/many/one/b.js',
        'test/app/server.js',
      ),
    });
    const nameOf = (path: string): string => graph.programOf(path).name;
    const names = [
      'index.js',
      'examples/shop/server.js',
      'examples/plain/a.js',
      'examples/many/one/b.js',
      'test/app/server.js',
    ].map(nameOf);
    expect(names).toEqual(['lib', 'examples/shop', 'examples/plain', 'examples/many/one', 'test']);
    expect(new Set(names).size).toBe(names.length);
  });

  test('are the same whatever the order of files', () => {
    const files = {
      'a/package.json': { name: 'same', main: 'x.js' },
      'b/package.json': { name: 'same', main: 'x.js' },
      ...empty('a/x.js', 'b/x.js'),
    };
    const reversed = Object.fromEntries(Object.entries(files).reverse());
    expect(graphOf(reversed).programs()).toEqual(graphOf(files).programs());
    expect(
      graphOf(files)
        .programs()
        .map((program) => program.name),
    ).toEqual(['same', 'b']);
  });
});

describe('roles', () => {
  test.each([
    [
      'production',
      [
        'src/app.ts',
        'server.js',
        'lib/test.ts',
        'app/api/test/route.ts',
        'src/modules/docs/docs.controller.ts',
        'packages/email/templates/a.tsx',
        'routes/public/index.js',
        'src/public/users.js',
        'src/latest.ts',
        'src/build/plan.js',
        'build/plan.ts',
        'app/examples/page.tsx',
        'src/contest/a.ts',
      ],
    ],
    [
      'test',
      [
        'test/a.ts',
        'src/__tests__/a.ts',
        'src/a.test.ts',
        'src/a.spec.tsx',
        'src/a.spec.ignore.ts',
        'src/a.e2e-spec.ts',
        'apps/web-e2e/src/a.ts',
        'cypress/support/a.js',
        'src/a.stories.tsx',
        'src/__mocks__/a.ts',
        'packages/x/tests/server.ts',
        'src/a_test.ts',
      ],
    ],
    [
      'example',
      [
        'examples/a/server.js',
        'docs/a.js',
        'templates/next/app/api/route.ts',
        'packages/x/example/a.ts',
        'demo/a.js',
      ],
    ],
    [
      'generated',
      [
        'public/app.js',
        'dist/index.js',
        'packages/a/dist/b.js',
        'src/x.min.js',
        'vendor/a.js',
        'src/__generated__/a.ts',
        'src/routeTree.gen.ts',
        'node_modules/a/b.js',
      ],
    ],
    ['declaration', ['src/a.d.ts', 'test/b.d.mts']],
  ] as const)('%s', (role, paths) => {
    for (const path of paths) expect({ path, role: sourceRole(path) }).toEqual({ path, role });
  });

  test('build output counts as generated when its source is there', () => {
    expect(sourceRole('dist/index.js', () => true)).toBe('generated');
    expect(sourceRole('dist/index.js', () => false)).toBe('production');
  });
});
