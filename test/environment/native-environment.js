import { createRequire } from 'node:module';
import { TestEnvironment } from 'jest-environment-node';

const require = createRequire(import.meta.url);

/** Packages that jest cannot load itself, each shimmed by the file of the same name in this folder. */
const OUTER_PACKAGES = [
  'tree-sitter',
  'tree-sitter-typescript',
  'tree-sitter-javascript',
  'better-sqlite3',
  // CommonJS that requires an ES module: Node can, jest's own module system cannot.
  '@mrleebo/prisma-ast',
];

/**
 * Node, with some packages loaded once per worker, outside of jest's module system, instead of once per test file.
 *
 * For native ones there is no other way: jest gives each test file its own module registry, but an addon is
 * initialised once per process. The second file would get fresh JavaScript around an addon that still holds the first
 * file's classes (tree-sitter then has no `rootNode`, better-sqlite3 throws another file's `SqliteError`).
 */
export default class NativeEnvironment extends TestEnvironment {
  async setup() {
    await super.setup();
    this.global.outerPackages = Object.fromEntries(OUTER_PACKAGES.map((name) => [name, require(name)]));
  }
}
