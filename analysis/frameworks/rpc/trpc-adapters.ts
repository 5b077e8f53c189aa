import { doorHere, goOn } from '../../wiring/doors.js';
import type { Evaluator } from '../../wiring/evaluator.js';
import type { LibraryModel, LibraryType, Operation } from '../../wiring/library.js';
import { UNKNOWN, type Value } from '../../wiring/value.js';
import { isRouter, stateOf, type Router } from './trpc-router.js';

/** What an adapter makes to be installed. The entry points are the procedures, and not the address that they share. */
const HANDLER: LibraryType = {
  name: 'trpc handler',
  methods: {},
  call: (it, { state }, args, site) => {
    reach(it, state as Router);
    goOn(it, args, site);
    return UNKNOWN;
  },
  handles: true,
};
/** Takes down what a request has passed that gets there. */
function reach(it: Evaluator, { doors }: Router): void {
  const door = doorHere(it);
  if (door) doors.push(door);
}
/** An adapter serves the router that it is given, as an option or as its first argument. */
const adapter: Operation = (it, args) => {
  let handler: Value = UNKNOWN;
  for (const arg of args) {
    const served = arg.k === 'record' ? (arg.members.get('router') ?? arg.members.get('trpcOptions')) : arg;
    const inner = served?.k === 'record' ? served.members.get('router') : served;
    if (!inner || !isRouter(inner)) continue;
    const state = stateOf(inner);
    state.exposed = true;
    // One that is called with a request answers it there and then.
    if (it.recorder) reach(it, state);
    else handler = it.native(HANDLER, state);
    const options = [served, ...args].find((a) => a?.k === 'record' && a.members.has('createContext'));
    if (options?.k === 'record') state.context ??= options.members.get('createContext')!;
  }
  return handler;
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
