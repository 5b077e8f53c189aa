import { createRequire } from 'node:module';
import { TestEnvironment } from 'jest-environment-node';

const require = createRequire(import.meta.url);

/** Packages with a native part, each shimmed by the file of the same name in this folder. */
const NATIVE_PACKAGES = ['tree-sitter', 'tree-sitter-typescript', 'tree-sitter-javascript', 'better-sqlite3'];

/**
 * Node, with the native packages loaded once per worker instead of once per test file.
 *
 * jest gives each test file its own module registry, but a native addon is initialised once per process: the second
 * file would get fresh JavaScript around an addon that still holds the first file's classes (tree-sitter then has no
 * `rootNode`, better-sqlite3 throws another file's `SqliteError`).
 */
export default class NativeEnvironment extends TestEnvironment {
  async setup() {
    await super.setup();
    this.global.nativePackages = Object.fromEntries(NATIVE_PACKAGES.map((name) => [name, require(name)]));
  }
}
