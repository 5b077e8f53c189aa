/** Run with NODE_OPTIONS=--experimental-vm-modules: the sources and some libraries are ES modules. */
export default {
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  // All cores: by default one is left out, which is half of a small machine.
  maxWorkers: '100%',
  testEnvironment: '<rootDir>/test/environment/native-environment.js',
  // Many tests start processes, and machines are busy: this only bounds what hangs.
  testTimeout: 60_000,
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': '$1',
    '^(tree-sitter|tree-sitter-typescript|tree-sitter-javascript|better-sqlite3)$':
      '<rootDir>/test/environment/$1.js',
    '^@mrleebo/prisma-ast$': '<rootDir>/test/environment/@mrleebo/prisma-ast.cjs',
  },
  // Fixtures are repositories of their own: their package.json names would collide, their tests are not ours.
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/test/.*/fixtures/', '<rootDir>/test/fixtures/'],
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/fixtures/'],
  watchPathIgnorePatterns: ['<rootDir>/dist/'],
};
