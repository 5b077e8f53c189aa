import type { Evaluator } from '../wiring/evaluator.js';
import { membersOf } from '../wiring/globals.js';
import type { LibraryModel, LibraryType, Method, Operation } from '../wiring/library.js';
import { memberOf } from '../wiring/members.js';
import { runLink } from '../wiring/middleware.js';
import { observeEntryPoint } from '../wiring/observe.js';
import {
  isCallable,
  literal,
  promise,
  record,
  textOf,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type Native,
  type Record_,
  type Site,
  type Value,
} from '../wiring/value.js';
import { getDirective, getDirectives, mapperKind, mapSchema, visitors } from './graphql-directives.js';
import { LAYER, layersOf } from './graphql-layers.js';
import { observeField, ROOTS } from './graphql-observe.js';
import {
  makeSchema,
  merged,
  opaqueLink,
  schemas,
  schemasIn,
  stateOfSchema,
  withLayers,
  type Field,
} from './graphql-schema.js';
import { directivesFor, readSdl, type SdlFields } from './graphql-sdl.js';
import { serve, SERVING, type Serving } from './graphql-serving.js';
import { joinPaths } from './paths.js';

const sdl = (it: Evaluator): SdlFields => it.stateOf<SdlFields>('graphql:sdl', () => new Map());
const optionIn = (options: Value | undefined, name: string): Value | undefined =>
  options?.k === 'record' ? options.members.get(name) : undefined;
const inList = (value: Value | undefined): readonly Value[] =>
  !value ? [] : value.k === 'list' ? value.elements : [value];

const merge: Operation = (_it, [given]) => {
  const all = record();
  for (const each of inList(given)) mergeInto(all, each);
  if (given?.k !== 'list' || given.open) all.open = UNKNOWN;
  return all;
};
/** Resolvers of one type may stand in several objects. */
function mergeInto(target: Record_, source: Value): void {
  if (source.k !== 'record') return;
  for (const [name, value] of source.members) {
    const had = target.members.get(name);
    if (had?.k === 'record' && value.k === 'record') mergeInto(had, value);
    else
      target.members.set(name, value.k === 'record' ? { ...value, members: new Map(value.members) } : value);
  }
}
/** Takes down the schema text of `gql` and of what is given as `typeDefs`. */
const gql: Operation = (it, [text]) => {
  const known = text ? textOf(text, ' ') : null;
  if (known !== null) readSdl(known, null, sdl(it));
  return unknown();
};
function readTypeDefs(it: Evaluator, value: Value | undefined): void {
  for (const each of inList(value)) {
    const text = each.k === 'list' ? null : textOf(each, ' ');
    if (each.k === 'list') readTypeDefs(it, each);
    else if (text !== null) readSdl(text, null, sdl(it));
  }
}
/** Functions of a resolver map: a field's own, or those of an object that has `resolve` or `subscribe`. */
function* fieldsOf(it: Evaluator, resolvers: Value, site: Site): Generator<Field> {
  const all = resolvers.k === 'list' ? merge(it, [resolvers], site) : resolvers;
  const { pairs, open } = membersOf(it, all);
  if (open) it.gap('some resolvers of this schema could not be followed', it.place(site));
  const callable = (value: Value | undefined): Value | null => (value && isCallable(value) ? value : null);
  for (const [type, fields] of pairs)
    for (const [field, value] of membersOf(it, fields).pairs) {
      const resolve = callable(value.k === 'record' ? value.members.get('resolve') : value);
      const subscribe = callable(optionIn(value, 'subscribe'));
      if (field.startsWith('__') || (!resolve && !subscribe)) continue;
      const name = `${type}.${field}`;
      const declared = sdl(it).get(name);
      yield {
        name,
        resolve,
        subscribe,
        site,
        place: declared?.place ?? undefined,
        directives: declared ? directivesFor(declared, sdl(it)) : [],
      };
    }
}

/** A schema that is written down, with functions beside it. */
interface Written {
  options: Value;
  site: Site;
  schema: Native;
}
const written = (it: Evaluator): Written[] => it.stateOf<Written[]>('graphql', () => []);
function write(it: Evaluator, options: Value, site: Site): Native {
  // What is made in a function that several call is one.
  const again = written(it).find((w) => w.site.module === site.module && w.site.line === site.line);
  if (again) again.options = options;
  if (again) return again.schema;
  const classes = optionIn(options, 'schemaDirectives');
  const one: Written = {
    options,
    site,
    schema: makeSchema(it, {
      framework: 'graphql',
      site,
      fields: () => {
        const resolvers = optionIn(one.options, 'resolvers');
        return resolvers ? fieldsOf(it, resolvers, site) : [];
      },
      layers: classes ? [visitors(classes, site)] : [],
    }),
  };
  written(it).push(one);
  return one.schema;
}
const make: Operation = (it, [options], site) => write(it, options ?? UNDEFINED, site);
/** `addResolversToSchema({ schema, resolvers })`, and the same as two arguments. */
const add: Operation = (it, [first, second], site) => {
  const had = schemasIn(optionIn(first, 'schema') ?? first);
  const resolvers = optionIn(first, 'resolvers') ?? optionIn(second, 'resolvers') ?? second ?? UNDEFINED;
  return merged(it, [...had, write(it, record([['resolvers', resolvers]]), site)], site) ?? UNKNOWN;
};
const join: Operation = (it, [options], site) => {
  const given = [...inList(optionIn(options, 'schemas')), ...inList(optionIn(options, 'subschemas'))];
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
  const modules = inList(optionIn(options, 'modules'));
  for (const each of modules) parts.push(write(it, each, site));
  const plugins = inList(optionIn(options, 'plugins')).filter(
    (p) => p.k === 'choice' || (p.k === 'native' && p.type === LAYER),
  );
  const layers = layersOf(it, [...inList(optionIn(options, 'middlewares')), ...plugins], site);
  const served = layers.length > 0 ? parts.flatMap((p) => withLayers(it, p, layers) ?? []) : parts;
  if (optionIn(options, 'subscriptions')) transports(it).push({ options: options!, site });
  return serve(it, served, optionIn(options, 'context') ?? UNDEFINED, site, { type: SERVER });
};
/** A handler of a server, which may make the context itself. */
function handler(it: Evaluator, self: Native, options: Value | undefined, site: Site): Native {
  const { schemas: over, context } = self.state as Serving;
  return serve(it, over, optionIn(options, 'context') ?? context, site);
}
const ofServer =
  (later: boolean): Operation =>
  (it, [self, options], site) => {
    if (self?.k !== 'native' || self.type !== SERVER) return UNKNOWN;
    const made = handler(it, self, options, site);
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
    listen: () => promise(record([['url', UNKNOWN]], UNKNOWN)),
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

/** Whether the schema files that were read belong to no program in particular. */
const foreign = (it: Evaluator): { isForeign: boolean } =>
  it.stateOf('graphql:foreign', () => ({ isForeign: false }));
/** Fields of the root types that a schema file declares and whose resolver was not found: there, all unknown. */
function observeUnresolved(it: Evaluator, found: ReadonlySet<string>, { site }: Written): void {
  const missing = [...sdl(it)].flatMap(([name, { type, place }]) =>
    ROOTS.includes(type) && place !== null && !found.has(name) ? [{ name, place }] : [],
  );
  if (missing[0]) {
    const more = missing.length > 1 ? ` (and of ${missing.length - 1} more fields)` : '';
    it.gap(`the resolver of \`${missing[0].name}\` was not found${more}`, missing[0].place);
  }
  for (const { name, place } of missing) {
    observeEntryPoint(it, {
      framework: 'graphql',
      trigger: { kind: 'graphql', name },
      registration: site,
      place,
      handler: null,
      chain: () => [{ ...opaqueLink(it, 'not followed', site), place }],
      work: () => {},
    });
  }
}
const transports = (it: Evaluator): { options: Value; site: Site }[] =>
  it.stateOf<{ options: Value; site: Site }[]>('graphql:transports', () => []);
/** The WebSocket over which subscriptions come, with `onConnect` in front of it. */
function observeTransport(it: Evaluator, { options, site }: { options: Value; site: Site }): void {
  const subscriptions = optionIn(options, 'subscriptions');
  if (!subscriptions || (subscriptions.k === 'literal' && !subscriptions.value)) return;
  const path = textOf(subscriptions) ?? textOf(optionIn(subscriptions, 'path') ?? UNDEFINED) ?? '/graphql';
  const onConnect = optionIn(subscriptions, 'onConnect');
  observeEntryPoint(it, {
    framework: 'graphql',
    trigger: { kind: 'websocket', path: joinPaths('', path), name: null },
    registration: site,
    handler: onConnect ?? null,
    *chain() {
      if (onConnect && isCallable(onConnect))
        yield runLink(
          it,
          { value: onConnect, site },
          { args: () => [unknown(['credential']), UNKNOWN, UNKNOWN], carries: [], goesOn: () => [] },
        );
    },
    work: () => {},
  });
}
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
};
const graphqlError: Operation = (_it, [message, options]) => {
  const code = textOf(optionIn(optionIn(options, 'extensions'), 'code') ?? UNDEFINED);
  return record(
    [
      ['message', message ?? UNDEFINED],
      ['status', code === null ? UNKNOWN : literal(CODES[code] ?? 500)],
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
    '@graphql-tools/schema',
    '@graphql-tools/merge',
    '@graphql-tools/utils',
    '@graphql-tools/stitch',
    'graphql-tools',
    'graphql-tag',
    'graphql',
  ],
  about: {
    title: 'GraphQL with a schema in SDL: Apollo Server 2 to 5, GraphQL Yoga, graphql-tools',
    registers:
      'each function of the resolvers, of root types and of others; root fields of schema files whose resolver is not found; the WebSocket of `subscriptions`. They stand where the schema declares them',
    guards:
      'tests in the resolver and in what wraps it; directives by `SchemaDirectiveVisitor` and `mapSchema`; what the function that makes the context refuses; HTTP middleware in front of the server, of the door with the least; `onConnect`',
    answers: 'by returning; `AuthenticationError`, `ForbiddenError`, `GraphQLError` by its code',
    limits:
      'plugins; what stands in front of a server in Koa. A directive that nothing is seen of makes a field opaque',
  },
  calls: {
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
    for (const transport of transports(it)) observeTransport(it, transport);
    const isElsewhere = foreign(it).isForeign && [...sdl(it).values()].some((f) => f.type !== '' && !f.place);
    const first = isElsewhere
      ? undefined
      : written(it).find((w) => optionIn(w.options, 'resolvers') || w.options.k !== 'record');
    if (first) observeUnresolved(it, found, first);
  },
};
