import type { LibraryModel } from '../../wiring/library.js';
import { builders, declaredIn } from './pothos-declared.js';
import { isBuilt, makeBuilder, toSchema } from './pothos-schema-builder.js';

/** https://pothos-graphql.dev */
export const pothos: LibraryModel = {
  name: 'pothos',
  packages: ['@pothos/core', '@giraphql/core'],
  about: {
    title: 'Pothos',
    registers:
      '`queryType`, `queryField(s)` and those of mutations and subscriptions, `objectType`, `prismaObject` and the like, `relayMutationField`: each field with a resolver, of builders that `toSchema` is called of',
    guards:
      '`authScopes` of types and fields, maps with `$any` and `$all` and functions, by what the scopes of the builder do; `withAuth`, `skipTypeScopes`, `authorizeOnSubscribe`; `validate` of the validation plugins',
    answers: 'by returning; errors that are thrown',
    limits:
      '`$granted` makes a field opaque; `runScopesOnType`; `node` and `nodes` of the Relay plugin, fields without a resolver',
  },
  calls: {
    '': (it, [options], site) => makeBuilder(it, options, site),
  },
  parameter: (it, name) => (/builder$/i.test(name) && builders(it).length === 1 ? builders(it)[0]! : null),
  finish: (it) => {
    // Built elsewhere, or nowhere: what it has is known all the same.
    for (const builder of builders(it))
      if (!isBuilt(builder) && declaredIn(builder).waiting.length > 0)
        toSchema(it, builder, undefined, declaredIn(builder).site);
  },
};
