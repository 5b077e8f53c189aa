import type { Evaluator } from '../wiring/evaluator.js';
import type { Atom } from '../wiring/fact.js';
import type { LibraryModel, LibraryType, Method, Operation } from '../wiring/library.js';
import { runLink } from '../wiring/middleware.js';
import { observeEntryPoint } from '../wiring/observe.js';
import {
  isCallable,
  record,
  stringOf,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type Site,
  type Value,
} from '../wiring/value.js';

interface Tool {
  name: string;
  handler: Value;
  /** Runs before it and throws where nobody is let in. */
  authenticate: Value | null;
  site: Site;
  /** Its own comparisons of the tool's name make the entry points. */
  isDispatch: boolean;
}
const tools = (it: Evaluator): Tool[] => it.stateOf<Tool[]>('mcp', () => []);

/** `tool(name, [description], [schema], [annotations], handler)`, `resource(name, uri, [metadata], handler)`. */
const register =
  (prefix: string): Method =>
  (it, self, args, site) => {
    const handler = args.at(-1);
    const authenticate = (self.state as { authenticate: Value | null }).authenticate;
    if (handler && isCallable(handler))
      tools(it).push({
        name: `${prefix}${(args[0] && stringOf(args[0])) ?? '?'}`,
        handler,
        authenticate,
        site,
        isDispatch: false,
      });
    return UNKNOWN;
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
    setRequestHandler: (it, _self, [schema, handler], site) => {
      const name = schema?.k === 'external' ? schema.path.at(-1) : undefined;
      const of = {
        CallToolRequestSchema: 'tools/call',
        ReadResourceRequestSchema: 'resources/read',
        GetPromptRequestSchema: 'prompts/get',
      }[name ?? ''];
      if (handler && of) tools(it).push({ name: of, handler, authenticate: null, site, isDispatch: true });
      return UNDEFINED;
    },
    // FastMCP: `addTool({ name, execute })`
    addTool: (it, self, [options], site) => {
      const member = (key: string): Value | undefined =>
        options?.k === 'record' ? options.members.get(key) : undefined;
      const handler = member('execute');
      const { authenticate } = self.state as { authenticate: Value | null };
      if (handler)
        tools(it).push({
          name: stringOf(member('name') ?? UNDEFINED) ?? '?',
          handler,
          authenticate,
          site,
          isDispatch: false,
        });
      return UNDEFINED;
    },
    connect: () => UNDEFINED,
    start: () => UNDEFINED,
  },
  // `McpServer.server` is the low-level one.
  get: (_it, self, name) => (name === 'server' ? self : null),
};
const create: Operation = (it, [options]) => {
  const authenticate = options?.k === 'record' ? (options.members.get('authenticate') ?? null) : null;
  return it.native(SERVER, { authenticate });
};
/** mcp-handler: `createMcpHandler((server) => …)` hands a server to its function. */
const handlerOf: Operation = (it, [initialize], site) => {
  if (initialize) it.call(initialize, [it.native(SERVER, { authenticate: null })], UNDEFINED, site);
  return UNKNOWN;
};
const named = (atom: Atom): boolean =>
  atom.test === 'equal' &&
  atom.arguments.length === 1 &&
  atom.sources.length > 0 &&
  atom.sources.every((s) => s === 'message.name');

function observe(it: Evaluator, { name, handler, authenticate, site, isDispatch }: Tool): void {
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
  const takesInput = handler.k !== 'function' || handler.fn.params.length - handler.bound.length > 1;
  observeEntryPoint(it, {
    framework: 'mcp',
    trigger: { kind: 'mcp-tool', name },
    registration: site,
    handler,
    *chain() {
      if (authenticate && isCallable(authenticate))
        yield runLink(
          it,
          { value: authenticate, site, name: 'authenticate' },
          {
            args: () => [record([['headers', unknown(['credential'])]], UNKNOWN)],
            carries: [],
            goesOn: () => [],
          },
        );
    },
    work: () =>
      it.runHandler(
        handler,
        isDispatch ? [request, extra] : takesInput || handler.k !== 'function' ? [input, extra] : [input],
        site,
      ),
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

/** Servers of the Model Context Protocol. https://modelcontextprotocol.io, https://github.com/punkpeye/fastmcp */
export const mcp: LibraryModel = {
  name: 'mcp',
  packages: ['@modelcontextprotocol/sdk', 'mcp-handler', '@vercel/mcp-adapter', 'fastmcp'],
  about: {
    title: 'MCP servers',
    registers:
      '`tool`, `registerTool`, resources and prompts of `McpServer`; `setRequestHandler(CallToolRequestSchema, …)` by the names that it compares with; mcp-handler; FastMCP',
    guards: 'tests in the tool; `authenticate` of FastMCP',
    answers: 'by returning; a throw',
    limits: 'what stands in front of the transport: who may call a tool over HTTP',
  },
  calls: {
    '/server./mcp.js.McpServer': create,
    '/server./mcp.McpServer': create,
    '/server./index.js.Server': create,
    '/server.Server': create,
    '/server.McpServer': create,
    createMcpHandler: handlerOf,
    FastMCP: create,
  },
  typed: (it, type) => (/^McpServer\b/.test(type) ? it.native(SERVER, { authenticate: null }) : null),
  finish: (it) => {
    for (const tool of tools(it)) observe(it, tool);
  },
};
