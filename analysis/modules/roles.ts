/** What a file is there for; only production code and examples are run. */
export type SourceRole = 'production' | 'test' | 'example' | 'generated' | 'declaration';

const DECLARATION = /\.d\.[cm]?ts$/;
const TEST_FILE =
  /(?:[._-](?:test|tests|spec|e2e|e2e-spec|integration|stories|story|cy|mock|mocks|fixture|fixtures|bench)\.[cm]?[jt]sx?$)|\.(?:test|spec)\.(?:ignore|ignored|skip|skipped|disabled|old|node|browser|unit)\.[cm]?[jt]sx?$|(?:^|\/)(?:jest|vitest|playwright|cypress)\.[\w.-]*\.?[cm]?[jt]s$|(?:^|\/)(?:setupTests|test-setup|jest-setup)\.[cm]?[jt]sx?$/;
const TEST_FOLDERS = new Set(
  (
    'test tests __tests__ __test__ spec specs e2e cypress playwright __mocks__ mocks __fixtures__ fixtures __snapshots__ ' +
    'stories __stories__ .storybook testdata test-utils test-helpers testutils integration-tests e2e-tests benchmark benchmarks'
  ).split(' '),
);
/** Meant as an example wherever they stand, unless inside source folders. */
const EXAMPLE_FOLDERS = new Set(
  'examples example samples sample demos demo playground playgrounds'.split(' '),
);
/** Meant as an example at the top of the repository only; deeper down they are products: mail templates, a docs module. */
const TOP_EXAMPLE_FOLDERS = new Set(
  'templates template docs documentation website starters boilerplates'.split(' '),
);
/** Below these, a folder's name is part of the product: a route called `/test`, a module called `docs`. */
const PRODUCT_FOLDERS = new Set(
  'src app pages routes api server lib controllers modules backend frontend features'.split(' '),
);
/** Files whose framework serves them wherever they lie, and the parts that these are made of. */
const ROUTED_FILE =
  /(?:^|\/)(?:route|page|layout|\+server|\+page\.server|[\w.-]+\.(?:controller|resolver|gateway|module|service|guard|strategy|interceptor|pipe|middleware|decorator))\.[cm]?[jt]sx?$/;
const GENERATED_FILE =
  /[.-]min\.[cm]?js$|\.(?:bundle|chunk|generated|gen)\.[cm]?[jt]sx?$|(?:^|\/)(?:sw|service-worker|workbox-[\w]+)\.js$/;
const GENERATED_FOLDERS = new Set(
  'node_modules vendor vendors third_party __generated__ generated .next .nuxt .output .svelte-kit .turbo .vercel coverage bower_components .yarn'.split(
    ' ',
  ),
);
const STATIC_FOLDERS = new Set('public static assets www wwwroot'.split(' '));
const OUTPUT_FOLDERS = new Set('dist build out .build'.split(' '));

/**
 * The role of a source file, by its path. `hasSource` says whether a file of build output has its source in the
 * tree; without it, `dist/` and the like at the top of a package are taken for output.
 */
export function sourceRole(path: string, hasSource?: (path: string) => boolean): SourceRole {
  if (DECLARATION.test(path)) return 'declaration';
  const folders = path.split('/').slice(0, -1);
  if (GENERATED_FILE.test(path) || isGenerated(path, folders, hasSource)) return 'generated';
  if (TEST_FILE.test(path) || testFolder(path, folders) >= 0) return 'test';
  return exampleFolder(folders) >= 0 ? 'example' : 'production';
}

/** Where code that is no part of the product starts: a program of its own. Null for production code. */
export function apartFolder(path: string): string | null {
  const folders = path.split('/').slice(0, -1);
  const test = testFolder(path, folders);
  if (test >= 0) return folders.slice(0, test + 1).join('/');
  const example = exampleFolder(folders);
  // Each example stands for itself.
  return example >= 0 ? folders.slice(0, example + 2).join('/') : null;
}

function testFolder(path: string, folders: readonly string[]): number {
  const index = folders.findIndex((folder) => TEST_FOLDERS.has(folder) || folder.endsWith('-e2e'));
  const isProduct =
    index >= 0 &&
    ROUTED_FILE.test(path) &&
    folders.slice(0, index).some((folder) => PRODUCT_FOLDERS.has(folder));
  return isProduct ? -1 : index;
}

function exampleFolder(folders: readonly string[]): number {
  if (folders[0] !== undefined && TOP_EXAMPLE_FOLDERS.has(folders[0])) return 0;
  const index = folders.findIndex((folder) => EXAMPLE_FOLDERS.has(folder));
  return index >= 0 && !folders.slice(0, index).some((folder) => PRODUCT_FOLDERS.has(folder)) ? index : -1;
}

function isGenerated(
  path: string,
  folders: readonly string[],
  hasSource?: (path: string) => boolean,
): boolean {
  if (folders.some((folder) => GENERATED_FOLDERS.has(folder))) return true;
  if (!/\.[cm]?js$/.test(path)) return false;
  const place = folders.findIndex((folder) => STATIC_FOLDERS.has(folder) || OUTPUT_FOLDERS.has(folder));
  if (place < 0) return false;
  const inProduct = folders
    .slice(0, place)
    .some(
      (folder) =>
        folder !== 'server' && folder !== 'backend' && folder !== 'frontend' && PRODUCT_FOLDERS.has(folder),
    );
  if (STATIC_FOLDERS.has(folders[place]!)) return !inProduct;
  return hasSource ? hasSource(path) : !inProduct;
}
