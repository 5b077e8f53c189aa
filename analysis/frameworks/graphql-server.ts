import type { Evaluator } from '../wiring/evaluator.js';
import { membersOf } from '../wiring/globals.js';
import type { LibraryModel, LibraryType, Operation } from '../wiring/library.js';
import { memberOf } from '../wiring/members.js';
import { runLink } from '../wiring/middleware.js';
import { observeEntryPoint } from '../wiring/observe.js';
import type { AppliedLink } from '../wiring/recorder.js';
import {
  builtin,
  isCallable,
  list,
  literal,
  record,
  textOf,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type Record_,
  type Site,
  type Value,
} from '../wiring/value.js';
import { makeContext } from './context.js';
import { directivesFor, readSdl, type SdlDirective, type SdlFields } from './graphql-sdl.js';
import { joinPaths } from './paths.js';
import { makeRequest, makeResponse } from './web-request.js';

interface Schema {
  options: Value;
  site: Site;
}
const schemas = (it: Evaluator): Schema[] => it.stateOf<Schema[]>('graphql', () => []);
const sdl = (it: Evaluator): SdlFields => it.stateOf<SdlFields>('graphql:sdl', () => new Map());
const ROOTS = ['Query', 'Mutation', 'Subscription'];

/** A schema, or a server that has one: `{ typeDefs, resolvers, … }`. */
const SCHEMA: LibraryType = {
  name: 'graphql schema',
  methods: { applyMiddleware: () => UNDEFINED, start: () => UNDEFINED, listen: () => UNKNOWN },
};
const make: Operation = (it, [options], site) => {
  const given = options ?? UNDEFINED;
  // A server over a schema that was made before has nothing more of its own.
  const inner = optionIn(given, 'schema');
  if (inner?.k !== 'native' || inner.type !== SCHEMA || optionIn(given, 'subscriptions'))
    schemas(it).push({ options: given, site });
  return it.native(SCHEMA, given);
};
const optionIn = (options: Value, name: string): Value | undefined =>
  options.k === 'record' ? options.members.get(name) : undefined;
const merge: Operation = (_it, [given]) => {
  const merged = record();
  for (const each of given?.k === 'list' ? given.elements : []) mergeInto(merged, each);
  if (given?.k !== 'list' || given.open) merged.open = UNKNOWN;
  return merged;
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
  if (!value) return;
  if (value.k === 'list') for (const each of value.elements) readTypeDefs(it, each);
  const text = textOf(value, ' ');
  if (text !== null) readSdl(text, null, sdl(it));
}

interface Field {
  name: string;
  handler: Value;
}
/** Functions of a resolver map: a field's own, or those of an object that has `resolve` or `subscribe`. */
function* fieldsOf(it: Evaluator, resolvers: Value, site: Site): Generator<Field> {
  const all = resolvers.k === 'list' ? merge(it, [resolvers], site) : resolvers;
  const { pairs, open } = membersOf(it, all);
  if (open) it.gap('some resolvers of this schema could not be followed', it.place(site));
  for (const [type, fields] of pairs)
    for (const [field, value] of membersOf(it, fields).pairs) {
      const handler =
        value.k === 'record' ? (value.members.get('subscribe') ?? value.members.get('resolve')) : value;
      if (handler && isCallable(handler) && !field.startsWith('__'))
        yield { name: `${type}.${field}`, handler };
    }
}
/** Directives of the specification, of Federation and of caching: they say nothing of access. */
const HARMLESS =
  /^(?:deprecated|specifiedBy|oneOf|cacheControl|key|external|provides|requires|shareable|inaccessible|override|tag|link|extends|interfaceObject|composeDirective|defer|stream|complexity|cost|listSize)$/;

/** What a directive's class makes of a field: `visitObject` and `visitFieldDefinition` may put another resolver there. */
function visited(
  it: Evaluator,
  schema: Schema,
  field: Field,
  directives: readonly SdlDirective[],
): { handler: Value; missing: string[] } {
  const classes = optionIn(schema.options, 'schemaDirectives');
  const missing: string[] = [];
  const definition = record([
    ['name', literal(field.name.split('.')[1]!)],
    ['resolve', field.handler],
  ]);
  const fields = record([[field.name.split('.')[1]!, definition]]);
  const type = record([
    ['name', literal(field.name.split('.')[0]!)],
    ['getFields', builtin('getFields', () => fields)],
  ]);
  for (const { name, args } of directives) {
    const cls = classes ? optionIn(classes, name) : undefined;
    if (cls?.k !== 'class') {
      if (!HARMLESS.test(name)) missing.push(name);
      continue;
    }
    it.attempt(it.place(schema.site), () => {
      it.withBudget(VISIT_STEPS, () => {
        const visitor = it.construct(cls, [], schema.site);
        it.assignTo(
          visitor,
          'args',
          record(Object.entries(args).map(([k, v]) => [k, constant(v)])),
          schema.site,
        );
        for (const method of ['visitObject', 'visitFieldDefinition'])
          it.quietly(() => {
            const visit = memberOf(it, visitor, method, schema.site);
            const given = method === 'visitObject' ? [type] : [definition, record([['objectType', type]])];
            if (visit.k === 'function') it.call(visit, given, visitor, schema.site);
          });
      });
    });
  }
  return { handler: definition.members.get('resolve') ?? field.handler, missing };
}
const VISIT_STEPS = 20_000;
const constant = (value: unknown): Value =>
  Array.isArray(value)
    ? list(value.map(constant))
    : value !== null && typeof value === 'object'
      ? record(Object.entries(value).map(([k, v]) => [k, constant(v)]))
      : literal(value as string | number | boolean | null);

function contextOf(it: Evaluator, { options, site }: Schema): Value {
  const request = makeRequest(it, { method: 'POST', path: null, base: '', application: null });
  const fallback = makeContext(it, { req: request, request });
  const make = optionIn(options, 'context');
  if (!make || !isCallable(make)) return fallback;
  const given = record(
    [
      ['req', request],
      ['request', request],
      ['res', makeResponse(it)],
    ],
    UNKNOWN,
  );
  let made: Value = UNKNOWN;
  it.aside(() => {
    made = it.awaiting(it.call(make, [given], UNDEFINED, site));
  });
  return (made as Value).k === 'record' ? made : fallback;
}
function observe(it: Evaluator, schema: Schema, field: Field): void {
  const declared = sdl(it).get(field.name);
  const { handler, missing } = visited(it, schema, field, declared ? directivesFor(declared, sdl(it)) : []);
  const own: Site =
    field.handler.k === 'function'
      ? { module: field.handler.module, line: field.handler.fn.line }
      : schema.site;
  const input = unknown(['body']);
  observeEntryPoint(it, {
    framework: 'graphql',
    trigger: { kind: 'graphql', name: field.name },
    registration: own,
    place: declared?.place ?? undefined,
    handler: field.handler,
    chain: () => missing.map((name) => opaque(name, it, own)),
    work: () => {
      const parent = ROOTS.includes(field.name.split('.')[0]!) ? UNDEFINED : unknown(['parent']);
      return it.runHandler(handler, [parent, input, contextOf(it, schema), UNKNOWN], own);
    },
  });
}
/** A directive whose implementation was not found: whether it guards is not known. */
const opaque = (name: string, it: Evaluator, site: Site): AppliedLink => ({
  name: `@${name}`,
  arguments: [],
  place: it.place(site),
  definition: null,
  facts: [],
  opaque: true,
});
/** Fields of the root types that a schema file declares and whose resolver was not found: there, all unknown. */
function observeUnresolved(it: Evaluator, found: ReadonlySet<string>, schema: Schema): void {
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
      registration: schema.site,
      place,
      handler: null,
      chain: () => [{ ...opaque('unresolved', it, schema.site), name: 'not followed', place }],
      work: () => {},
    });
  }
}
/** The WebSocket over which subscriptions come, with `onConnect` in front of it. */
function observeTransport(it: Evaluator, { options, site }: Schema): void {
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
  const code = textOf(
    optionIn(optionIn(options ?? UNDEFINED, 'extensions') ?? UNDEFINED, 'code') ?? UNDEFINED,
  );
  return record(
    [
      ['message', message ?? UNDEFINED],
      ['status', code === null ? UNKNOWN : literal(CODES[code] ?? 500)],
    ],
    UNKNOWN,
  );
};
const SERVERS = [
  'ApolloServer',
  'createYoga',
  'createSchema',
  'makeExecutableSchema',
  'YogaServer',
  'GraphQLServer',
  'createServer',
  'makeAugmentedSchema',
  'addResolversToSchema',
  'buildSubgraphSchema',
];

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
    '@apollo/subgraph',
    'graphql-yoga',
    '@graphql-tools/schema',
    '@graphql-tools/merge',
    'graphql-tools',
    'graphql-tag',
    'graphql',
  ],
  about: {
    title: 'GraphQL with a schema in SDL: Apollo Server 2 to 5, GraphQL Yoga, graphql-tools',
    registers:
      'each function of the resolvers, of root types and of others; root fields of schema files whose resolver is not found; the WebSocket of `subscriptions`. They stand where the schema declares them',
    guards: 'tests in the resolver and in what wraps it; directives by `SchemaDirectiveVisitor`; `onConnect`',
    answers: 'by returning; `AuthenticationError`, `ForbiddenError`, `GraphQLError` by its code',
    limits:
      'directives by `mapSchema` make a field opaque; graphql-shield, plugins, Mercurius, what stands in front of the server',
  },
  calls: {
    ...Object.fromEntries(SERVERS.map((name) => [name, make])),
    '': gql,
    gql,
    mergeResolvers: merge,
    mergeTypeDefs: (_it, [defs]) => defs ?? UNKNOWN,
    AuthenticationError: error(401),
    ForbiddenError: error(403),
    UserInputError: error(400),
    GraphQLError: graphqlError,
  },
  reads: (path) => /\.(?:graphql|gql|graphqls)$/.test(path),
  prepare: (it, texts) => {
    for (const [file, text] of texts) readSdl(text, file, sdl(it));
  },
  finish: (it) => {
    for (const schema of schemas(it)) readTypeDefs(it, optionIn(schema.options, 'typeDefs'));
    const found = new Set<string>();
    const seen = new Map<string, Set<unknown>>();
    // What is made in a function that several call is one.
    const bySite = new Map(schemas(it).map((s) => [`${s.site.module.path}:${s.site.line}`, s]));
    for (const schema of bySite.values()) {
      const resolvers = optionIn(schema.options, 'resolvers');
      for (const field of resolvers ? fieldsOf(it, resolvers, schema.site) : []) {
        // The same resolver under the same name, in a schema that was made twice.
        const key = field.handler.k === 'function' ? field.handler.fn : field.handler;
        if (seen.get(field.name)?.has(key)) continue;
        seen.set(field.name, (seen.get(field.name) ?? new Set()).add(key));
        found.add(field.name);
        observe(it, schema, field);
      }
      observeTransport(it, schema);
    }
    const [first] = schemas(it).filter((s) => optionIn(s.options, 'resolvers') || s.options.k !== 'record');
    if (first) observeUnresolved(it, found, first);
  },
};
