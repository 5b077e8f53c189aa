import { evaluatedBefore } from '../../analysis/evaluated-before.js';
import type { ModuleLoader } from '../../analysis/wiring/instance.js';
import { MemoryCache } from './memory-tree.js';

/** A tree as an evaluation sees it; what a test changes is laid over it. */
const loader = (over: Partial<ModuleLoader> = {}): ModuleLoader => ({
  resolve: (from, specifier) => ({ kind: 'file', path: `${from}/${specifier}` }),
  module: () => null,
  hasSideEffects: () => false,
  list: (folder) => [`${folder}/one`],
  entryFiles: () => ['pages/index.js'],
  root: 'site',
  uses: () => true,
  ...over,
});
const contents = new Map([['a.js', 'text of a']]);

/** Evaluates a program that asks one question of each kind, and says whether it had to. */
function run(
  cache: MemoryCache | undefined,
  tree: ModuleLoader,
  contentsOf = contents,
  given: unknown = 'program',
): { evaluated: boolean; outcome: { files: readonly string[] } } {
  let evaluated = false;
  const outcome = evaluatedBefore(
    cache,
    given,
    tree,
    (path) => contentsOf.get(path) ?? null,
    (it) => {
      evaluated = true;
      it.module('a.js');
      it.resolve('a.js', './b\nc');
      it.hasSideEffects('b.js');
      it.uses('koa');
      return { files: [...it.entryFiles('next'), ...it.list('routes'), it.root] };
    },
  );
  return { evaluated, outcome };
}

describe('a program whose questions are answered as before', () => {
  const warm = (): MemoryCache => {
    const cache = new MemoryCache();
    run(cache, loader());
    return cache;
  };

  test('is not evaluated again, and comes to the same', () => {
    const { evaluated, outcome } = run(warm(), loader());
    expect(evaluated).toBe(false);
    expect(outcome).toEqual({ files: ['pages/index.js', 'routes/one', 'site'] });
  });

  test('is evaluated where nothing is kept', () => {
    expect(run(undefined, loader()).evaluated).toBe(true);
  });

  test.each<[string, Partial<ModuleLoader>]>([
    ['a specifier leads elsewhere', { resolve: () => ({ kind: 'missing' }) }],
    ['a module begins to register', { hasSideEffects: () => true }],
    ['a folder has another file', { list: () => ['routes/one', 'routes/two'] }],
    ['a framework runs another file', { entryFiles: () => ['pages/index.js', 'pages/more.js'] }],
    ['a package is no longer used', { uses: () => false }],
    ['the program lies elsewhere', { root: 'apps/site' }],
  ])('is evaluated when %s', (_, over) => {
    expect(run(warm(), loader(over)).evaluated).toBe(true);
  });

  test('is evaluated when a module that it ran was edited, or something else is given', () => {
    expect(run(warm(), loader(), new Map([['a.js', 'edited']])).evaluated).toBe(true);
    expect(run(warm(), loader(), contents, 'another program').evaluated).toBe(true);
  });

  test('is not evaluated when something was edited that it never asked for', () => {
    const cache = warm();
    const elsewhere = loader({ list: (folder) => (folder === 'routes' ? ['routes/one'] : ['new']) });
    expect(run(cache, elsewhere, new Map([...contents, ['page.js', 'new']])).evaluated).toBe(false);
  });

  test('goes back to what was known when an edit is taken back', () => {
    const cache = warm();
    run(cache, loader(), new Map([['a.js', 'edited']]));
    expect(run(cache, loader()).evaluated).toBe(false);
  });
});
