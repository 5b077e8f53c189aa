/**
 * What the architecture test lets pass, each with its reason. These lists only shrink: an entry that is no longer
 * needed fails the test as well.
 */

/** Longer than this, a file is no longer read in one sitting. */
export const MAX_LINES = 440;

export const LONG_FILES: Record<string, { lines: number; reason: string }> = {
  'analysis/wiring/evaluator.ts': {
    lines: 639,
    reason: 'the state of one evaluation and the operations on it; to be split as they settle',
  },
};

/** Files that import each other, counting types. */
export const CYCLES: { files: string[]; reason: string }[] = [
  {
    reason:
      'evaluation is recursive: an expression may hold a function, whose statements hold expressions. All of them ' +
      'name the evaluator as the type that they work on.',
    files: [
      'analysis/wiring/addresses.ts',
      'analysis/wiring/collections.ts',
      'analysis/wiring/decorators.ts',
      'analysis/wiring/economy.ts',
      'analysis/wiring/event-stream.ts',
      'analysis/wiring/metadata.ts',
      'analysis/wiring/exits.ts',
      'analysis/wiring/logical.ts',
      'analysis/wiring/module-space.ts',
      'analysis/wiring/naming.ts',
      'analysis/wiring/operators.ts',
      'analysis/wiring/patterns.ts',
      'analysis/wiring/promises.ts',
      'analysis/wiring/texts.ts',
      'analysis/wiring/binding.ts',
      'analysis/wiring/classes.ts',
      'analysis/wiring/evaluator.ts',
      'analysis/wiring/expressions.ts',
      'analysis/wiring/externals.ts',
      'analysis/wiring/functions.ts',
      'analysis/wiring/globals.ts',
      'analysis/wiring/instance.ts',
      'analysis/wiring/library.ts',
      'analysis/wiring/lists.ts',
      'analysis/wiring/members.ts',
      'analysis/wiring/recorder.ts',
      'analysis/wiring/scope.ts',
      'analysis/wiring/statements.ts',
      'analysis/wiring/strings.ts',
      'analysis/wiring/tests.ts',
      'analysis/wiring/value.ts',
    ],
  },
];

/** Single imports of types against the direction of their folders, as `from → to`. */
export const TYPE_ONLY_BETWEEN_FOLDERS: { edge: string; reason: string }[] = [];

/** What analysis may import from outside: each works on what it is given, without input or output of its own. */
export const PURE_PACKAGES: Record<string, string> = {
  '@mrleebo/prisma-ast': 'parses schema.prisma',
  graphql: 'parses schemas of GraphQL',
  'jsonc-parser': 'parses tsconfig.json',
  'node:crypto': 'hashes only',
  'node:module': 'the list of builtin modules',
  'node:path': 'its posix half: paths inside a tree are always separated by slashes',
  'node:timers/promises': 'lets the event loop turn, so that syntax trees are freed',
  'pgsql-ast-parser': 'parses SQL texts',
  picomatch: 'matches workspace globs',
  'resolve.exports': 'reads package exports',
  'safe-regex2': 'tells which patterns of a repository may be run',
  'tree-sitter': 'parses sources',
  'tree-sitter-javascript': 'grammar',
  'tree-sitter-typescript': 'grammar',
  yaml: 'parses pnpm-workspace.yaml and others',
};

/** Files of analysis/frameworks that are not models of a library but parts of several. */
export const SHARED_BY_FRAMEWORKS: Record<string, string> = {
  'adonis-context':
    'what handlers of AdonisJS get: who the caller is, what they may do, request and response',
  'adonis-routes': 'the router of AdonisJS: what calls of it register',
  'express-routes': 'flattens the routers of Express into routes',
  controllers: 'controllers and their methods, whichever library reads their decorators',
  'controller-routes': 'where controllers stand on the servers of Express and Koa',
  'tsed-endpoint': 'Ts.ED: what runs in front of a method, and what it is given',
  'tsoa-config': 'reads `tsoa.json`',
  'graphql-fields': 'types of GraphQL that decorators declare, and what leads to them: NestJS, TypeGraphQL',
  'moleculer-gateway': 'what the routes of a gateway of Moleculer open',
  'moleculer-services': 'services of Moleculer, their actions and how these are called',
  'nest-application': 'NestJS: what start-up code sets',
  'nest-arguments': 'NestJS: arguments of handlers, pipes',
  'nest-chain': 'NestJS: what runs in front of a handler',
  'nest-context': 'NestJS: what guards see of a call',
  'nest-entry-points': 'NestJS: from classes to entry points',
  'nest-exceptions': 'NestJS: exceptions and their statuses',
  'nest-graphql': 'NestJS: options of its GraphQL module',
  'nest-guards': 'NestJS: guards that its packages bring',
  'nest-handlers': 'NestJS: methods that decorators make handlers',
  'nest-modules': 'NestJS: modules, providers, the container',
  'prisma-filters':
    'what a filter of Prisma asks for: keys, roles, secrets, and memberships that are loaded along',
  sql: 'effects of SQL texts, whichever library runs them',
  'file-routes': 'routes that are named by files, and where their exports stand',
  'next-routes': 'paths and matchers of Next.js',
  'next-server': 'what the modules of Next.js export: responses, redirects, cookies, headers',
  'next-middleware': 'the middleware of Next.js in front of one path',
  'next-pages': 'API routes and pages of the pages folder of Next.js',
  'next-actions': 'server actions, whichever library builds them',
  'mcp-transports': 'how requests over HTTP reach servers of the Model Context Protocol',
  'method-dispatch': 'the methods that a handler serves, where it compares them itself',
  'remix-routes': 'paths that file names of Remix and React Router mean',
  'remix-config': 'routes that `routes.ts` of React Router names',
  paths: 'how routers join and match paths',
  context: 'what frameworks hand from middleware to handler',
  'h3-event': 'the request of h3, and what it offers to handlers',
  'h3-handlers': 'handlers of h3, which Nitro and Nuxt run too',
  'sveltekit-event': 'the event of SvelteKit, and how its functions answer',
  'lambda-manifests': 'what Serverless Framework and SAM deploy',
  leaving: 'answers that are thrown, as redirects of several frameworks are',
  'fetch-handlers': 'functions that answer requests, whichever platform calls them',
  'message-dispatch': 'one listener for all messages of a socket',
  'path-dispatch': 'paths and methods that a listener for everything compares with',
  serving: 'servers whose handlers take a request and the server: Bun, Deno',
  wrangler: 'what a configuration of wrangler deploys',
  'fetch-api': 'Request and Response of the Fetch standard: exercised through the frameworks that use them',
  'fastify-autoload': 'plugins of Fastify that are registered by folder',
  'fastify-hooks': 'contexts of Fastify, and which hooks a route has from those around it',
  'fastify-request': 'the request and reply of Fastify',
  'grpc-services': 'services, methods and status codes of gRPC, which Connect speaks too',
  'hono-context': 'the context of one request to Hono',
  'koa-context': 'the context of Koa, request and response in one',
  declarations: 'reads what a project declares of its own functions that register',
  containers: 'makes instances of classes: exercised through routing-controllers',
  inversify: 'the containers of InversifyJS: exercised through inversify-express',
  'feathers-hooks': 'hooks of Feathers, their order, and those that its packages bring',
  'feathers-services': 'methods of services of Feathers as they are called from outside',
  'folder-modules': 'loads folders, as node-files does: exercised through graphql-server',
  'graphql-schema': 'schemas of GraphQL, whichever library makes them',
  'graphql-serving': 'what serves a schema of GraphQL, and what runs before its fields',
  'graphql-observe': 'one field of a schema of GraphQL as an entry point',
  'graphql-layers': 'middleware around fields, as graphql-middleware and servers take it',
  'graphql-directives': 'directives of schemas, as classes and `mapSchema` implement them',
  'pothos-scopes': 'what scopes of the scope-auth plugin of Pothos establish',
  'graphql-written': 'schemas in the Schema Definition Language with functions beside them',
  'graphql-code-first': 'schemas of graphql-js, made of objects or of a text and root values',
  'graphql-sdl': 'reads schemas in the Schema Definition Language',
  jobs: 'work that no request sets off, as queues and schedulers register it',
  'sails-globals': 'what Sails puts into modules, and the requests and responses of its actions',
  'socket-io-events': 'what one event on a socket of Socket.IO does',
  'effect-computations': 'Effect: computations, services and what is done with them',
  'effect-http-api': 'Effect: APIs, groups, endpoints and what is in front of them',
  'ts-rest-contract': 'contracts of ts-rest, which NestJS serves too',
  'web-request': 'the request and response objects of Express and node:http',
};
