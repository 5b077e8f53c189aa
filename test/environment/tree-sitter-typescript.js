/** Stands in for `tree-sitter-typescript` in tests; see native-environment.js. */
export default globalThis.outerPackages['tree-sitter-typescript'];
