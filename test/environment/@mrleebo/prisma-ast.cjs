/** Stands in for `@mrleebo/prisma-ast` in tests; see native-environment.js. */
module.exports = globalThis.outerPackages['@mrleebo/prisma-ast'];
