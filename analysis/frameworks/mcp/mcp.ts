import type { Evaluator } from '../../wiring/evaluator.js';
import { joinFacts, newFacts, withRefusal, type Atom, type Fact, type Refusal } from '../../wiring/fact.js';
import type { LibraryModel, LibraryType, Method, Operation } from '../../wiring/library.js';
import { memberOf } from '../../wiring/members.js';
import { runLink } from '../../wiring/middleware.js';
import { observeEntryPoint } from '../../wiring/observe.js';
import { type AppliedLink, opaqueLink } from '../../wiring/recorder.js';
import { outcomes } from '../../wiring/tests.js';
import {
  isCallable,
  isNullish,
  promise,
  record,
  stringOf,
  textOf,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type Native,
  type Site,
  type Value,
} from '../../wiring/value.js';
import {
  handlerFor,
  inFrontOf,
  isTransport,
  routeTo,
  TRANSPORTS,
  withAuth,
  type Delivery,
} from './mcp-transports.js';

/** A server, or the session of one. */
interface ServerState {
  /** FastMCP: runs before each session, and throws where nobody is let in. */
  authenticate: Value | null;
  /** Transports over HTTP that it was connected to. */
  transports: Native[];
  /** Calls of handlers that `createMcpHandler` made. */
  deliveries: Delivery[];
}
interface Tool {
  name: string;
  handler: Value;
  /** FastMCP: asked who may see and call it. */
  canAccess: Value | null;
  site: Site;
  /** Its own comparisons of the tool's name make the entry points. */
  isDispatch: boolean;
}
/** What one server has of a tool: a function that makes a server for each request makes several, and each knows its own caller. */
interface Offer extends Tool {
  server: ServerState;
  /** What held where it was offered: whoever may not is not even shown it. */
  facts: readonly Fact[];
}
const tools = (it: Evaluator): Map<string, Offer[]> => it.stateOf('mcp', () => new Map<string, Offer[]>());
const stateOf = (server: Native): ServerState => server.state as ServerState;
function add(it: Evaluator, server: Native, tool: Tool): void {
  const { file, line } = it.place(tool.site);
  const key = `${file}:${line}:${tool.name}`;
  const offers = tools(it).get(key) ?? [];
  tools(it).set(key, [...offers, { ...tool, server: stateOf(server), facts: it.facts }]);
}
/** Those through which somebody outside calls: a program may also make a server for itself, and hand nobody's requests to it. */
function reachable(offers: readonly Offer[]): readonly Offer[] {
  const reached = offers.filter((o) => o.server.transports.length > 0 || o.server.deliveries.length > 0);
  return reached.length > 0 ? reached : offers;
}

/** `tool(name, [description], [schema], [annotations], handler)`, `resource(name, uri, [metadata], handler)`. */
const register =
  (prefix: string): Method =>
  (it, self, args, site) => {
    const handler = args.at(-1);
    const name = `${prefix}${(args[0] && textOf(args[0], '*')) ?? '?'}`;
    if (handler && (isCallable(handler) || handler.k === 'choice' || handler.k === 'external'))
      add(it, self, { name, handler, canAccess: null, site, isDispatch: false });
    else it.gap(`what \`${name}\` runs could not be followed`, it.place(site));
    return UNKNOWN;
  };
/** FastMCP: `addTool({ name, execute, canAccess })`, and alike for the others. */
const addFrom =
  (prefix: string, runs: string): Method =>
  (it, self, [options], site) => {
    for (const each of options?.k === 'list' ? options.elements : [options ?? UNDEFINED]) {
      const member = (key: string): Value => memberOf(it, each, key, site);
      const [name, uri] = [member('name'), member('uriTemplate')].map((v) => textOf(v, '*'));
      const handler = member(runs);
      const label = `${prefix}${name ?? uri ?? '?'}`;
      const canAccess = member('canAccess');
      if (isNullish(handler)) it.gap(`what \`${label}\` runs could not be followed`, it.place(site));
      else
        add(it, self, {
          name: label,
          handler,
          canAccess: isCallable(canAccess) ? canAccess : null,
          site,
          isDispatch: false,
        });
    }
    return UNDEFINED;
  };
const REQUESTS: Readonly<Record<string, string>> = {
  CallToolRequestSchema: 'tools/call',
  ReadResourceRequestSchema: 'resources/read',
  GetPromptRequestSchema: 'prompts/get',
};
const SERVER: LibraryType = {
  name: 'mcp server',
  methods: {
    tool: register(''),
    registerTool: register(''),
    resource: register('resource:'),
    registerResource: register('resource:'),
    prompt: register('prompt:'),
    registerPrompt: register('prompt:'),
    // The low-level server: one handler for every call, which looks at the name.
    setRequestHandler: (it, self, [schema, handler], site) => {
      const known =
        schema?.k === 'external' ? REQUESTS[schema.path.at(-1) ?? ''] : stringOf(schema ?? UNDEFINED);
      if (handler && known && Object.values(REQUESTS).includes(known))
        add(it, self, { name: known, handler, canAccess: null, site, isDispatch: true });
      return UNDEFINED;
    },
    addTool: addFrom('', 'execute'),
    addTools: addFrom('', 'execute'),
    addResource: addFrom('resource:', 'load'),
    addResources: addFrom('resource:', 'load'),
    addResourceTemplate: addFrom('resource:', 'load'),
    addPrompt: addFrom('prompt:', 'load'),
    addPrompts: addFrom('prompt:', 'load'),
    connect: (_it, self, [transport]) => {
      if (isTransport(transport)) stateOf(self).transports.push(transport);
      return promise(UNDEFINED);
    },
    start: () => promise(UNDEFINED),
    close: () => promise(UNDEFINED),
  },
  // `McpServer.server` is the low-level one.
  get: (_it, self, name) => (name === 'server' ? self : null),
};
const makeServer = (it: Evaluator, authenticate: Value | null = null): Native =>
  it.native(SERVER, { authenticate, transports: [], deliveries: [] } satisfies ServerState);
const create: Operation = (it, [options], site) => {
  const authenticate = options ? memberOf(it, options, 'authenticate', site) : UNDEFINED;
  return makeServer(it, isCallable(authenticate) ? authenticate : null);
};
/** mcp-handler: `createMcpHandler((server) => …)` hands a server to its function, and answers requests with it. */
const handlerOf: Operation = (it, [initialize], site) => {
  const server = makeServer(it);
  if (initialize) it.awaiting(it.call(initialize, [server], UNDEFINED, site));
  return handlerFor(it, stateOf(server));
};
/** `createMcpExpressApp()`: an application of Express that reads JSON and looks at the host. */
const expressApp: Operation = (it, _args, site) =>
  it.knowledge.model('express')?.calls['']?.(it, [], site) ?? UNKNOWN;
const named = (atom: Atom): boolean =>
  atom.test === 'equal' &&
  atom.arguments.length === 1 &&
  atom.sources.length > 0 &&
  atom.sources.every((s) => s === 'message.name');

/** A tool that this server does not have is answered with an error. */
const NOT_OFFERED: Refusal = { how: 'answer', status: 403 };
/** What stands between whoever calls and the tools of these servers. */
function* chainOf(it: Evaluator, offers: readonly Offer[]): Iterable<AppliedLink> {
  const { canAccess, site } = offers[0]!;
  const servers = offers.map((o) => o.server);
  const request = record([['headers', unknown(['credential'])]], UNKNOWN);
  for (const authenticate of new Set(servers.flatMap((s) => s.authenticate ?? [])))
    yield runLink(
      it,
      { value: authenticate, site, name: 'authenticate' },
      { args: () => [request], carries: [], goesOn: () => [] },
    );
  if (canAccess)
    yield runLink(
      it,
      { value: canAccess, site, name: 'canAccess' },
      {
        args: () => [unknown(['identity'])],
        carries: [],
        goesOn: (result) => outcomes(it, result, site).whenTrue,
        refusal: { how: 'answer', status: 403 },
      },
    );
  const front = frontOf(it, servers);
  if (front === null)
    it.gap('which handler hands requests to the transport of this server was not found', it.place(site));
  for (const link of front ?? [opaqueLink('transport', it.place(site))]) {
    it.facts = [...it.facts, ...link.facts];
    yield link;
  }
  const offered = withRefusal(offers.map((o) => newFacts(it.facts, o.facts)).reduce(joinFacts), NOT_OFFERED);
  if (offered.length === 0) return;
  it.facts = [...it.facts, ...offered];
  yield { ...opaqueLink('inline check', it.place(site)), facts: offered, opaque: false, isIncidental: true };
}
function frontOf(it: Evaluator, servers: readonly ServerState[]): AppliedLink[] | null {
  return inFrontOf(
    it,
    waysTo(servers),
    servers.some((s) => s.transports.length > 0),
  );
}
const waysTo = (servers: readonly ServerState[]): { deliveries: Delivery[] }[] => [
  ...servers,
  ...servers.flatMap((s) => s.transports.map((t) => t.state as { deliveries: Delivery[] })),
];
/** Runs what each server has of a tool, where whoever calls it has passed what stands in front of that one. */
function runOffers(it: Evaluator, offers: readonly Offer[], call: (handler: Value) => Value): Value | void {
  const shared = it.facts;
  for (const { server, facts, handler } of offers) {
    const own = offers.length > 1 ? (frontOf(it, [server]) ?? []).flatMap((l) => l.facts) : [];
    it.facts = [...shared, ...newFacts(shared, [...own, ...withRefusal(facts, NOT_OFFERED)])];
    const result = call(handler);
    if (offers.length === 1) return result;
    it.recorder?.gives([result]);
  }
  it.facts = shared;
}
function observe(it: Evaluator, offers: readonly Offer[]): void {
  const { name, handler, site, isDispatch } = offers[0]!;
  const input = unknown(['body']);
  const extra = record(
    [
      ['authInfo', unknown(['identity'])],
      ['session', unknown(['identity'])],
    ],
    UNKNOWN,
  );
  const request = record(
    [
      [
        'params',
        record(
          [
            ['name', unknown(['message.name'])],
            ['arguments', input],
            ['uri', unknown(['message.name'])],
          ],
          UNKNOWN,
        ),
      ],
    ],
    UNKNOWN,
  );
  // Without a schema a tool is given nothing but what is known of the call.
  const argumentsOf = (h: Value): Value[] => {
    if (isDispatch) return [request, extra];
    return h.k !== 'function' || h.fn.params.length - h.bound.length > 1 ? [input, extra] : [input];
  };
  observeEntryPoint(it, {
    framework: 'mcp',
    trigger: { kind: 'mcp-tool', name },
    registration: site,
    handler,
    chain: (recorder) => {
      recorder.door = routeTo(waysTo(offers.map((o) => o.server)));
      return chainOf(it, offers);
    },
    work: () => runOffers(it, offers, (each) => it.runHandler(each, argumentsOf(each), site)),
    dispatch: isDispatch
      ? {
          chooses: named,
          triggerOf: (facts) => {
            const chosen = facts.find((f): f is Atom => f.k === 'atom' && named(f))?.arguments[0];
            return chosen === undefined ? null : { kind: 'mcp-tool', name: chosen };
          },
        }
      : undefined,
  });
}

/**
 * Servers of the Model Context Protocol. https://modelcontextprotocol.io, https://github.com/vercel/mcp-handler,
 * https://github.com/punkpeye/fastmcp
 */
export const mcp: LibraryModel = {
  name: 'mcp',
  packages: [
    '@modelcontextprotocol/sdk',
    '@modelcontextprotocol/server',
    '@modelcontextprotocol/node',
    '@modelcontextprotocol/express',
    '@hono/mcp',
    'mcp-handler',
    '@vercel/mcp-adapter',
    'fastmcp',
  ],
  about: {
    title: 'MCP servers',
    registers:
      '`tool`, `registerTool`, resources and prompts of `McpServer`; `setRequestHandler(CallToolRequestSchema, …)` by the names that it compares with; mcp-handler; FastMCP',
    guards:
      'what the handlers of HTTP have passed that hand requests to its transport, where it has one; what was asked before a tool was registered; `withMcpAuth`; tests in the tool; `authenticate` and `canAccess` of FastMCP',
    answers: 'by returning; a throw',
    limits:
      'a server over HTTP whose handler is not found leaves a gap; `McpAgent` of Cloudflare: what stands in front of it',
  },
  calls: {
    ...TRANSPORTS,
    '/server./mcp.js.McpServer': create,
    '/server./mcp.McpServer': create,
    '/server./index.js.Server': create,
    '/server./index.Server': create,
    '/server.Server': create,
    '/server.McpServer': create,
    McpServer: create,
    Server: create,
    '/server./express.js.createMcpExpressApp': expressApp,
    '/server./express.createMcpExpressApp': expressApp,
    createMcpExpressApp: expressApp,
    createMcpHandler: handlerOf,
    default: handlerOf,
    withMcpAuth: withAuth,
    experimental_withMcpAuth: withAuth,
    FastMCP: create,
  },
  typed: (it, type) => (/^(?:McpServer|FastMCP)\b/.test(type) ? makeServer(it) : null),
  finish: (it) => {
    for (const offers of tools(it).values()) observe(it, reachable(offers));
  },
};
