/** Stands in for `@mrleebo/prisma-ast` in tests; see native-environment.js. */
export const { getSchema } = globalThis.outerPackages['@mrleebo/prisma-ast'];
