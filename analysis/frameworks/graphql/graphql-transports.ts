import type { Evaluator } from '../../wiring/evaluator.js';
import type { LibraryModel, Operation } from '../../wiring/library.js';
import {
  builtin,
  isCallable,
  optionIn,
  textOf,
  UNDEFINED,
  UNKNOWN,
  type Native,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { answersFrom } from './graphql-code-first.js';
import { schemasIn } from './graphql-schema.js';
import { serve, type Serving } from './graphql-serving.js';
import { joinPaths } from '../web/paths.js';

function schemasOf(it: Evaluator, options: Value | undefined, site: Site): Native[] {
  const found = schemasIn(optionIn(options, 'schema'));
  if (found.length === 0) it.gap('the schema that is served here could not be followed', it.place(site));
  answersFrom(it, found, options);
  return found;
}
/** `graphqlHTTP(options)`, or with a function that yields them for each request; the context is the request where none is given. */
const expressGraphql: Operation = (it, [given], site) => {
  let options: Value = given ?? UNDEFINED;
  const made = given && isCallable(given) ? given : null;
  if (made)
    it.aside(() => {
      options = it.awaiting(it.call(made, [UNKNOWN, UNKNOWN, UNKNOWN], UNDEFINED, site));
    });
  const own = optionIn(options, 'context');
  const context = builtin('context', (args) => {
    if (!made) return own ?? args[0] ?? UNKNOWN;
    const each = it.awaiting(it.call(made, args, UNDEFINED, site));
    return optionIn(each, 'context') ?? args[0] ?? UNKNOWN;
  });
  return serve(it, schemasOf(it, options, site), context, site, { given: 'exchange' });
};
/** `createHandler({ schema, context })` of graphql-http, for several servers, whose own request is in `raw`. */
const httpHandler: Operation = (it, [options], site) =>
  serve(it, schemasOf(it, options, site), optionIn(options, 'context') ?? UNDEFINED, site, {
    given: 'wrapped',
  });
const pathOf = (server: Value | undefined): string => {
  const options = server?.k === 'native' ? (server.state as { options?: Value } | null)?.options : server;
  return joinPaths('', textOf(optionIn(options, 'path') ?? UNDEFINED) ?? '/graphql');
};
/** `useServer({ schema, context, onConnect }, server)` of graphql-ws. */
const useServer: Operation = (it, [options, server], site) => {
  const onConnect = optionIn(options, 'onConnect') ?? null;
  return serve(it, schemasOf(it, options, site), optionIn(options, 'context') ?? UNDEFINED, site, {
    socket: { path: pathOf(server), onConnect },
  });
};
/** `SubscriptionServer.create({ schema, onConnect }, { server, path })`: what `onConnect` yields is the context. */
const subscriptionServer: Operation = (it, [options, server], site) => {
  const onConnect = optionIn(options, 'onConnect') ?? null;
  const made = serve(it, schemasOf(it, options, site), UNDEFINED, site, {
    socket: { path: pathOf(server), onConnect },
  });
  (made.state as Serving).isContextOfConnection = true;
  return made;
};
const at = (paths: readonly string[], name: string, operation: Operation): Record<string, Operation> =>
  Object.fromEntries(
    paths.map((path) => [[...path.split('/').map((s) => `/${s}`), name].join('.'), operation]),
  );

/** What carries operations to a schema, whichever library made that. */
export const graphqlTransports: LibraryModel = {
  name: 'graphql-transports',
  packages: ['express-graphql', 'koa-graphql', 'graphql-http', 'graphql-ws', 'subscriptions-transport-ws'],
  about: {
    title: 'express-graphql, graphql-http, graphql-ws, subscriptions-transport-ws',
    registers:
      'the fields of the schema that they serve, and those of `rootValue` and `roots` beside `buildSchema`; the WebSocket',
    guards:
      'HTTP middleware in front of the handler, of the door with the least; what makes the context; `onConnect`',
    answers: 'by returning; errors that are thrown; `false` from `onConnect`',
    limits: '`onSubscribe`, `onOperation`; middleware of Koa',
  },
  calls: {
    '': expressGraphql,
    graphqlHTTP: expressGraphql,
    ...at(
      [
        'lib/use/express',
        'lib/use/http',
        'lib/use/http2',
        'lib/use/fastify',
        'lib/use/koa',
        'lib/use/fetch',
        'lib/use/node',
      ],
      'createHandler',
      httpHandler,
    ),
    createHandler: httpHandler,
    ...at(['lib/use/ws', 'use/ws'], 'useServer', useServer),
    ...at(
      ['lib/use/fastify-websocket', 'lib/use/@fastify/websocket', 'use/@fastify/websocket'],
      'makeHandler',
      useServer,
    ),
    ...at(['lib/use/uWebSockets', 'use/uWebSockets'], 'makeBehavior', useServer),
    makeServer: useServer,
    SubscriptionServer: subscriptionServer,
    'SubscriptionServer.create': subscriptionServer,
  },
  finish: () => {},
};
