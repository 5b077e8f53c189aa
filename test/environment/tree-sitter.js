/** Stands in for `tree-sitter` in tests; see native-environment.js. */
export default globalThis.outerPackages['tree-sitter'];
