import type { LibraryModel, Operation } from '../../wiring/library.js';
import { isCallable, UNDEFINED, UNKNOWN, type Value } from '../../wiring/value.js';
import { LAYER, layersOf } from './graphql-layers.js';
import { SCHEMA, withLayers, type Layer } from './graphql-schema.js';

/** `applyMiddleware(schema, outermost, …, innermost)` */
const apply: Operation = (it, [schema, ...middlewares], site) =>
  withLayers(it, schema, layersOf(it, middlewares, site), site) ?? schema ?? UNKNOWN;

/** A plugin of Envelop and Yoga with the same middleware. */
const plugin: Operation = (it, [middlewares], site) => {
  const layers = layersOf(it, middlewares ? [middlewares] : [], site);
  return it.native(LAYER, {
    *links(_it, field, call) {
      for (const layer of [...layers].reverse()) yield* layer.links?.(it, field, call) ?? [];
    },
  } satisfies Layer);
};
/** `middleware((schema) => …)`: made when it is known of which schema. */
const generator: Operation = (it, [generate], site) => {
  let made: Value = UNKNOWN;
  if (generate && isCallable(generate))
    it.aside(() => {
      made = it.call(generate, [it.native(SCHEMA, null)], UNDEFINED, site);
    });
  return made;
};
export const graphqlMiddleware: LibraryModel = {
  name: 'graphql-middleware',
  packages: ['graphql-middleware', '@envelop/graphql-middleware'],
  about: {
    title: 'graphql-middleware',
    registers: 'nothing by itself: the fields of the schema that it is given',
    guards:
      '`applyMiddleware`, `middlewares` of a server, `useGraphQLMiddleware`: functions for every field, by type, or by type and field, outermost first; where they call `resolve`, and with which context',
    answers: 'what is returned instead of what `resolve` yields; errors that are thrown',
    limits:
      'of a field with both, only `resolve` has middleware in front, not `subscribe`, as in the library itself',
  },
  calls: {
    applyMiddleware: apply,
    applyMiddlewareToDeclaredResolvers: apply,
    useGraphQLMiddleware: plugin,
    middleware: generator,
  },
};
