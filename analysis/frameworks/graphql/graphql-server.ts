import type { Evaluator } from '../../wiring/evaluator.js';
import type { LibraryModel, LibraryType, Method, Operation } from '../../wiring/library.js';
import { memberOf } from '../../wiring/members.js';
import {
  listed,
  literal,
  optionIn,
  optionsOf,
  promise,
  record,
  textOf,
  UNDEFINED,
  UNKNOWN,
  type Native,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { CODE_FIRST } from './graphql-code-first.js';
import { getDirective, getDirectives, mapperKind, mapSchema } from './graphql-directives.js';
import { LAYER, layersOf } from './graphql-layers.js';
import { observeField } from './graphql-observe.js';
import { PUB_SUBS } from './graphql-pubsub.js';
import { merged, schemas, schemasIn, stateOfSchema, withLayers } from './graphql-schema.js';
import { readSdl } from './graphql-sdl.js';
import { observeSocket, serve, SERVING, servings, type Serving } from './graphql-serving.js';
import {
  foreign,
  gql,
  merge,
  observeUnresolved,
  readTypeDefs,
  sdl,
  write,
  written,
} from './graphql-written.js';
import { joinPaths } from '../web/paths.js';

const make: Operation = (it, [options], site) => write(it, options ?? UNDEFINED, site);
/** `addResolversToSchema({ schema, resolvers })`, and the same as two arguments. */
const add: Operation = (it, [first, second], site) => {
  const had = schemasIn(optionIn(first, 'schema') ?? first);
  const resolvers = optionIn(first, 'resolvers') ?? optionIn(second, 'resolvers') ?? second ?? UNDEFINED;
  return merged(it, [...had, write(it, record([['resolvers', resolvers]]), site)], site) ?? UNKNOWN;
};
const join: Operation = (it, [options], site) => {
  const given = [...listed(optionIn(options, 'schemas')), ...listed(optionIn(options, 'subschemas'))];
  const parts = given.flatMap((g) => schemasIn(optionIn(g, 'schema') ?? g));
  if (optionIn(options, 'resolvers')) parts.push(write(it, options ?? UNDEFINED, site));
  if (parts.length === 0)
    it.gap('the schemas that this one is made of could not be followed', it.place(site));
  return merged(it, parts, site) ?? UNKNOWN;
};
const same: Operation = (_it, [schema]) => schema ?? UNKNOWN;

/** A server: over a schema that was made before, or over one of its own. */
const server: Operation = (it, [options], site) => {
  const given = optionIn(options, 'schema');
  const own = optionIn(options, 'typeDefs') || optionIn(options, 'resolvers') || !given;
  const parts = [...schemasIn(given), ...(own ? [write(it, options ?? UNDEFINED, site)] : [])];
  // Yoga 2 takes the parts of a schema in its place.
  if (given?.k === 'record') parts.push(write(it, given, site));
  const modules = listed(optionIn(options, 'modules'));
  for (const each of modules) parts.push(write(it, each, site));
  const plugins = listed(optionIn(options, 'plugins')).filter((p) =>
    optionsOf(p).some((o) => o.value.k === 'native' && o.value.type === LAYER),
  );
  const layers = layersOf(it, [...listed(optionIn(options, 'middlewares')), ...plugins], site);
  const served = layers.length > 0 ? parts.flatMap((p) => withLayers(it, p, layers, site) ?? []) : parts;
  const context = optionIn(options, 'context') ?? UNDEFINED;
  const subscriptions = optionIn(options, 'subscriptions');
  if (subscriptions && !(subscriptions.k === 'literal' && !subscriptions.value)) {
    const path = textOf(subscriptions) ?? textOf(optionIn(subscriptions, 'path') ?? UNDEFINED) ?? '/graphql';
    const onConnect = optionIn(subscriptions, 'onConnect') ?? null;
    serve(it, served, context, site, { socket: { path: joinPaths('', path), onConnect } });
  }
  return serve(it, served, context, site, { type: SERVER });
};
/** A handler of a server, which may make the context itself. */
function handler(it: Evaluator, self: Native, options: Value | undefined, site: Site): Native {
  const { schemas: over, context } = self.state as Serving;
  (self.state as Serving).isPassedOn = true;
  return serve(it, over, optionIn(options, 'context') ?? context, site);
}
const ofServer =
  (later: boolean): Operation =>
  (it, [self, options], site) => {
    if (self?.k !== 'native' || self.type !== SERVER) return UNKNOWN;
    const made = handler(it, self, options, site);
    (made.state as Serving).listens = later;
    return later ? promise(record([['url', UNKNOWN]])) : made;
  };
/** `server.applyMiddleware({ app, path })`: what it does to the application is to use a handler. */
const applyTo: Method = (it, self, [options], site) => {
  const app = optionIn(options, 'app');
  const path = optionIn(options, 'path') ?? literal('/graphql');
  const made = handler(it, self, undefined, site);
  if (app?.k === 'native') {
    const use = memberOf(it, app, 'use', site);
    it.call(use, [path, made], app, site);
  }
  return UNDEFINED;
};
const asHandler: Method = (it, self, [options], site) => handler(it, self, options, site);
/** https://www.apollographql.com/docs/apollo-server/v3/api/apollo-server, https://the-guild.dev/graphql/yoga-server */
const SERVER: LibraryType = {
  ...SERVING,
  name: 'graphql server',
  methods: {
    applyMiddleware: applyTo,
    getMiddleware: asHandler,
    createHandler: asHandler,
    start: (it, self) => promise(self.type === SERVER ? UNDEFINED : UNKNOWN),
    listen: (_it, self) => {
      (self.state as Serving).listens = true;
      return promise(record([['url', UNKNOWN]], UNKNOWN));
    },
    installSubscriptionHandlers: () => UNDEFINED,
    stop: () => promise(UNDEFINED),
  },
  get: (it, self, name, site) => {
    if (name === 'graphqlPath' || name === 'graphqlEndpoint') return literal('/graphql');
    // `yoga.handle`, `yoga.fetch` and what adapters of Fetch take.
    if (/^(?:handle|fetch|requestListener|handleRequest|handleNodeRequest)$/.test(name)) return self;
    return name === 'createHandler' || SERVER.methods[name] ? null : memberOf(it, UNKNOWN, name, site);
  },
};

const error =
  (status: number): Operation =>
  (_it, [message]) =>
    record([
      ['message', message ?? UNDEFINED],
      ['status', literal(status)],
    ]);
const CODES: Readonly<Record<string, number>> = {
  UNAUTHENTICATED: 401,
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  BAD_USER_INPUT: 400,
  INTERNAL_SERVER_ERROR: 500,
};
const graphqlError: Operation = (_it, [message, options]) => {
  const code = textOf(optionIn(optionIn(options, 'extensions'), 'code') ?? UNDEFINED);
  return record(
    [
      ['message', message ?? UNDEFINED],
      // A code of the program's own says what it means by its name, as a class does that is derived from this.
      ['status', code !== null && code in CODES ? literal(CODES[code]!) : UNKNOWN],
      ...(code === null ? [] : [['code', literal(code)] as [string, Value]]),
    ],
    UNKNOWN,
  );
};
const each = (names: readonly string[], operation: Operation): Record<string, Operation> =>
  Object.fromEntries(names.map((name) => [name, operation]));

/** Servers of GraphQL whose schema is written down, and its resolvers beside it. https://the-guild.dev/graphql/tools/docs/generate-schema */
export const graphqlServer: LibraryModel = {
  name: 'graphql-server',
  packages: [
    '@apollo/server',
    'apollo-server',
    'apollo-server-express',
    'apollo-server-koa',
    'apollo-server-fastify',
    'apollo-server-micro',
    'apollo-server-lambda',
    'apollo-server-core',
    'apollo-server-errors',
    '@apollo/subgraph',
    '@as-integrations/express4',
    '@as-integrations/express5',
    '@as-integrations/next',
    '@as-integrations/koa',
    '@as-integrations/fastify',
    'graphql-yoga',
    '@graphql-yoga/node',
    '@graphql-tools/schema',
    '@graphql-tools/merge',
    '@graphql-tools/utils',
    '@graphql-tools/stitch',
    'graphql-tools',
    'graphql-tag',
    'graphql',
    'graphql-relay',
  ],
  about: {
    title:
      'GraphQL, with a schema in SDL or of graphql-js: Apollo Server 2 to 5, GraphQL Yoga, graphql-tools',
    registers:
      'each function of the resolvers, or of the fields of a `GraphQLSchema`, of root types and of others; root fields of schema files whose resolver is not found; the WebSocket of `subscriptions`. They stand where the schema declares them',
    guards:
      'tests in the resolver and in what wraps it; directives by `SchemaDirectiveVisitor` and `mapSchema`; what the function that makes the context refuses; HTTP middleware in front of the server, of the door with the least; `onConnect`',
    answers: 'by returning; `AuthenticationError`, `ForbiddenError`, `GraphQLError` by its code',
    limits:
      'plugins; what stands in front of a server in Koa. A directive that nothing is seen of makes a field opaque',
  },
  calls: {
    ...CODE_FIRST,
    ...PUB_SUBS,
    ...each(['createSchema', 'makeExecutableSchema', 'makeAugmentedSchema', 'buildSubgraphSchema'], make),
    ...each(['ApolloServer', 'createYoga', 'YogaServer', 'GraphQLServer', 'createServer'], server),
    ...each(['mergeSchemas', 'stitchSchemas'], join),
    ...each(['addResolversToSchema', 'addResolveFunctionsToSchema'], add),
    ...each(['lexicographicSortSchema', 'pruneSchema', 'transformSchema', 'mergeTypeDefs'], same),
    ...each(
      ['expressMiddleware', '/express4.expressMiddleware', 'koaMiddleware', 'fastifyApolloHandler'],
      ofServer(false),
    ),
    startServerAndCreateNextHandler: ofServer(false),
    '/standalone.startStandaloneServer': ofServer(true),
    '': gql,
    gql,
    mapSchema,
    getDirective,
    getDirectives,
    mergeResolvers: merge,
    AuthenticationError: error(401),
    ForbiddenError: error(403),
    UserInputError: error(400),
    GraphQLError: graphqlError,
  },
  member: (_it, path) => mapperKind(path),
  reads: (path) => /\.(?:graphql|gql|graphqls)$/.test(path),
  prepare: (it, texts) => {
    const { root } = it.loader;
    const own = [...texts].filter(([file]) => root === '' || file.startsWith(`${root}/`));
    // A schema may be kept beside the program, where it has none itself.
    for (const [file, text] of own.length > 0 ? own : texts) readSdl(text, file, sdl(it));
    foreign(it).isForeign = own.length === 0;
  },
  finish: (it) => {
    for (const { options } of written(it)) readTypeDefs(it, optionIn(options, 'typeDefs'));
    const found = new Set<string>();
    const seen = new Map<string, Set<unknown>>();
    for (const schema of schemas(it)) {
      const { isPart, isServed, fields, layers, site } = stateOfSchema(schema);
      if (isPart && !isServed) continue;
      it.attempt(it.place(site), () => {
        for (const field of fields(it)) {
          const handler = field.resolve ?? field.subscribe ?? null;
          // The same resolver under the same name, in a schema that was made twice with the same around it.
          const key =
            layers.length > 0 || !handler ? layers : handler.k === 'function' ? handler.fn : handler;
          if (seen.get(field.name)?.has(key)) continue;
          seen.set(field.name, (seen.get(field.name) ?? new Set()).add(key));
          found.add(field.name);
          observeField(it, schema, field);
        }
      });
    }
    for (const serving of servings(it)) {
      const { framework } = serving.schemas[0] ? stateOfSchema(serving.schemas[0]) : { framework: 'graphql' };
      observeSocket(it, serving, framework);
    }
    const isElsewhere = foreign(it).isForeign && [...sdl(it).values()].some((f) => f.type !== '' && !f.place);
    const first = isElsewhere
      ? undefined
      : written(it).find((w) => optionIn(w.options, 'resolvers') || w.options.k !== 'record');
    if (first) observeUnresolved(it, found, first);
  },
};
