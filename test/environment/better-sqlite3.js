/** Stands in for `better-sqlite3` in tests; see native-environment.js. */
export default globalThis.outerPackages['better-sqlite3'];
