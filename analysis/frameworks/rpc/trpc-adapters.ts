import type { LibraryModel, Operation } from '../../wiring/library.js';
import { UNKNOWN } from '../../wiring/value.js';
import { isRouter, stateOf } from './trpc-router.js';

/** An adapter serves the router that it is given, as an option or as its first argument. */
const adapter: Operation = (_it, args) => {
  for (const arg of args) {
    const served = arg.k === 'record' ? (arg.members.get('router') ?? arg.members.get('trpcOptions')) : arg;
    const inner = served?.k === 'record' ? served.members.get('router') : served;
    if (!inner || !isRouter(inner)) continue;
    const state = stateOf(inner);
    state.exposed = true;
    const options = [served, ...args].find((a) => a?.k === 'record' && a.members.has('createContext'));
    if (options?.k === 'record') state.context ??= options.members.get('createContext')!;
  }
  return UNKNOWN;
};
const PATHS = [
  '/adapters./fetch.fetchRequestHandler',
  '/adapters./next.createNextApiHandler',
  '/adapters./next-app-dir.experimental_createServerActionHandler',
  '/adapters./express.createExpressMiddleware',
  '/adapters./node-http.nodeHTTPRequestHandler',
  '/adapters./standalone.createHTTPServer',
  '/adapters./standalone.createHTTPHandler',
  '/adapters./ws.applyWSSHandler',
  '/adapters./aws-lambda.awsLambdaRequestHandler',
  // Of `@hono/trpc-server` and `trpc-to-openapi`.
  'trpcServer',
  'createOpenApiFetchHandler',
  'createOpenApiNextHandler',
  'createOpenApiExpressMiddleware',
  'createOpenApiHttpHandler',
];
/** What serves a router, by member path. https://trpc.io/docs/server/adapters */
export const ADAPTERS: LibraryModel['calls'] = Object.fromEntries(PATHS.map((path) => [path, adapter]));
