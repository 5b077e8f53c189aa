/** Stands in for `tree-sitter-typescript` in tests; see native-environment.js. */
export default globalThis.nativePackages['tree-sitter-typescript'];
