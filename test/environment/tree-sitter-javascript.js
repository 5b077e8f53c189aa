/** Stands in for `tree-sitter-javascript` in tests; see native-environment.js. */
export default globalThis.outerPackages['tree-sitter-javascript'];
