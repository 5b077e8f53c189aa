/** Stands in for `tree-sitter-javascript` in tests; see native-environment.js. */
export default globalThis.nativePackages['tree-sitter-javascript'];
