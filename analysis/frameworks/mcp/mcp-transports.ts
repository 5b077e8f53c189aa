import type { SharedRoute } from '../../model/model.js';
import type { Evaluator } from '../../wiring/evaluator.js';
import { joinFacts, newFacts, type Fact } from '../../wiring/fact.js';
import type { LibraryType, Method, Operation } from '../../wiring/library.js';
import { runLink } from '../../wiring/middleware.js';
import type { AppliedLink } from '../../wiring/recorder.js';
import { outcomes } from '../../wiring/tests.js';
import {
  builtin,
  isCallable,
  literal,
  UNDEFINED,
  unknown,
  type Native,
  type Site,
  type Value,
} from '../../wiring/value.js';

/** A call of a handler for HTTP that hands its request to a server: what had been passed by then. */
export interface Delivery {
  facts: readonly Fact[];
  links: readonly AppliedLink[];
  site: Site;
  route: SharedRoute | null;
}
interface Deliveries {
  deliveries: Delivery[];
}
/** Handed over by a transport of which it is not known whose it is: one taken out of a table of sessions. */
const unattributed = (it: Evaluator): Deliveries => it.stateOf('mcp:transports', () => ({ deliveries: [] }));

/** Streams and ends of sessions call no tool. */
const CALLS_NOTHING = new Set(['GET', 'DELETE', 'HEAD', 'OPTIONS']);
export function deliver(it: Evaluator, to: Deliveries, site: Site): void {
  const { recorder } = it;
  const trigger = recorder?.trigger;
  if (!recorder || (trigger && 'method' in trigger && CALLS_NOTHING.has(trigger.method))) return;
  to.deliveries.push({ facts: it.facts, links: [...recorder.links], site, route: recorder.route() });
}
const handle: Method = (it, self, _args, site) => {
  deliver(it, self.state as Deliveries, site);
  return UNDEFINED;
};
const TRANSPORT: LibraryType = {
  name: 'mcp transport',
  methods: {
    handleRequest: handle,
    handlePostMessage: handle,
    start: () => UNDEFINED,
    close: () => UNDEFINED,
  },
};
const create: Operation = (it) => {
  const deliveries = unattributed(it);
  for (const name of ['handleRequest', 'handlePostMessage'])
    it.watched.set(name, (callee, _args, site) => {
      if (callee === null) deliver(it, deliveries, site);
    });
  return it.native(TRANSPORT, { deliveries: [] } satisfies Deliveries);
};
const createStream: Operation = (it, args, site) => {
  it.recorder?.streaming(it.facts);
  return create(it, args, site);
};
/** Transports over HTTP. One over the streams of a process is called by whoever started that process. */
export const TRANSPORTS: Readonly<Record<string, Operation>> = {
  '/server./streamableHttp.js.StreamableHTTPServerTransport': create,
  '/server./streamableHttp.StreamableHTTPServerTransport': create,
  '/server./webStandardStreamableHttp.js.WebStandardStreamableHTTPServerTransport': create,
  '/server./sse.js.SSEServerTransport': createStream,
  '/server./sse.SSEServerTransport': createStream,
  NodeStreamableHTTPServerTransport: create,
  WebStandardStreamableHTTPServerTransport: create,
  StreamableHTTPTransport: create,
};
export const isTransport = (value: Value | undefined): value is Native =>
  value?.k === 'native' && value.type === TRANSPORT;

/**
 * What every request has passed that reaches one of these servers over HTTP, as links in front of their tools: guards
 * that all ways there have, and what handlers test before they hand over. Null: over HTTP, by a way that was not seen.
 */
export function inFrontOf(
  it: Evaluator,
  ways: readonly Deliveries[],
  isOverHttp: boolean,
): AppliedLink[] | null {
  const own = ways.flatMap((w) => w.deliveries);
  const all = isOverHttp ? [...own, ...unattributed(it).deliveries] : own;
  const [first] = all;
  if (!first) return isOverHttp ? null : [];
  // The same guard, wherever it is installed.
  const key = (l: AppliedLink): string =>
    l.definition
      ? `${l.definition.file}:${l.definition.line} ${l.arguments.join()}`
      : `${l.name} ${l.arguments.join()}`;
  const links = first.links.filter((l) => all.every((d) => d.links.some((o) => key(o) === key(l))));
  const shared = new Set(links.map(key));
  const rest = all
    .map((d) =>
      newFacts(
        d.links.filter((l) => shared.has(key(l))).flatMap((l) => l.facts),
        d.facts,
      ),
    )
    .reduce(joinFacts);
  const inline: AppliedLink = {
    name: 'inline check',
    arguments: [],
    place: it.place(first.site),
    definition: null,
    facts: rest,
    opaque: false,
    isIncidental: true,
  };
  return rest.length > 0 ? [...links, inline] : links;
}

/** The one route over which requests reach these servers; null where there are several, or it was not seen. */
export function routeTo(ways: readonly Deliveries[]): SharedRoute | null {
  const routes = ways.flatMap((w) => w.deliveries.map((d) => d.route));
  const [first = null] = routes;
  return routes.every((r) => r !== null && r.method === first?.method && r.path === first.path)
    ? first
    : null;
}

/** mcp-handler: `withMcpAuth(handler, verifyToken, { required })` answers 401 where it is required and nobody is known. */
export const withAuth: Operation = (it, [handler, verify, options], site) => {
  const required = options?.k === 'record' ? options.members.get('required') : undefined;
  const isRequired = required?.k === 'literal' && required.value === true;
  return builtin('withMcpAuth', ([request, ...rest]) => {
    if (verify && isCallable(verify)) {
      const link = runLink(
        it,
        { value: verify, site, name: 'withMcpAuth' },
        {
          args: () => [request ?? unknown(), unknown(['credential'])],
          carries: [],
          goesOn: (result) => (isRequired ? outcomes(it, result, site).whenTrue : []),
          refusal: { how: 'answer', status: 401 },
        },
      );
      it.recorder?.links.push(link);
    }
    return it.call(handler ?? UNDEFINED, [request ?? unknown(), ...rest], UNDEFINED, site);
  });
};
/** What stands for a handler of requests that go to one server. */
export const handlerFor = (it: Evaluator, to: Deliveries): Value =>
  builtin('createMcpHandler', (_args, _self, site) => {
    deliver(it, to, site);
    return literal(null);
  });
