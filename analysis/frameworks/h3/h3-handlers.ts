import type { Evaluator } from '../../wiring/evaluator.js';
import { joinFacts, type Fact } from '../../wiring/fact.js';
import { yieldsItself, type LibraryType, type Operation } from '../../wiring/library.js';
import { runLink, type Installed } from '../../wiring/middleware.js';
import { variableOf } from '../../wiring/naming.js';
import type { AppliedLink, Recorder } from '../../wiring/recorder.js';
import { observeEntryPoint } from '../../wiring/observe.js';
import type { Trigger } from '../../model/model.js';
import {
  builtin,
  isNullish,
  optionsOf,
  promise,
  record,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type Native,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { contextOf, makeEvent } from './h3-event.js';
import { makeRequest, makeResponse } from '../web/web-request.js';

/** A handler with what it says is to run before it. */
interface Handler {
  before: readonly Value[];
  handler: Value;
  /** What handles the connections of a WebSocket. */
  socket: Value | null;
  site: Site;
}
const HANDLER: LibraryType = {
  name: 'event handler',
  methods: {},
  call: (it, self, args, site) => {
    const { before, handler } = self.state as Handler;
    for (const hook of before) it.awaiting(it.call(hook, args, UNDEFINED, site));
    return it.call(handler, args, UNDEFINED, site);
  },
  get: (_it, self, name) => (name === 'handler' || name === 'fetch' ? self : null),
};
const listOf = (value: Value | undefined): Value[] =>
  !value || isNullish(value) ? [] : value.k === 'list' ? [...value.elements] : [value];

/** `defineEventHandler(fn)`, or `{ onRequest, middleware, handler }`. */
const define: Operation = (it, [given], site) => {
  if (given?.k === 'native' && given.type === HANDLER) return given;
  const of = (name: string): Value | undefined =>
    given?.k === 'record' ? given.members.get(name) : undefined;
  return it.native(HANDLER, {
    before: [...listOf(of('onRequest')), ...listOf(of('middleware'))],
    handler: of('handler') ?? given ?? UNDEFINED,
    socket: null,
    site,
  } satisfies Handler);
};
const lazy: Operation = (it, [load], site) => {
  const loaded = load ? it.awaiting(it.call(load, [], UNDEFINED, site)) : UNDEFINED;
  const inner =
    loaded.k === 'native' && loaded.type.name === 'module namespace'
      ? (loaded.type.get?.(it, loaded, 'default', site) ?? UNKNOWN)
      : loaded;
  return define(it, [inner], site);
};
const socket: Operation = (it, [hooks], site) =>
  it.native(HANDLER, { before: [], handler: UNDEFINED, socket: hooks ?? UNDEFINED, site } satisfies Handler);
/** `fromNodeMiddleware((req, res, next) => …)` as a handler: it has not answered where it calls `next`. */
const fromNode: Operation = (it, [listener], site) =>
  define(
    it,
    [
      builtin('node middleware', ([event], _self, at) => {
        const node = event?.k === 'native' ? event.type.get?.(it, event, 'node', at) : null;
        const [req, res] =
          node?.k === 'record'
            ? [node.members.get('req')!, node.members.get('res')!]
            : [makeRequest(it, { method: null, path: null, base: '', application: null }), makeResponse(it)];
        it.awaiting(
          it.call(listener ?? UNDEFINED, [req, res, builtin('next', () => UNDEFINED)], UNDEFINED, at),
        );
        return UNDEFINED;
      }),
    ],
    site,
  );

export const HANDLER_CALLS: Readonly<Record<string, Operation>> = {
  defineEventHandler: define,
  eventHandler: define,
  defineHandler: define,
  defineValidatedHandler: define,
  defineMiddleware: define,
  defineRequestMiddleware: define,
  defineCachedEventHandler: define,
  cachedEventHandler: define,
  defineLazyEventHandler: lazy,
  lazyEventHandler: lazy,
  defineWebSocketHandler: socket,
  fromNodeMiddleware: fromNode,
  fromNodeHandler: fromNode,
  defineCachedFunction: (_it, [fn]) => fn ?? UNDEFINED,
  cachedFunction: (_it, [fn]) => fn ?? UNDEFINED,
};

const handlerOf = (value: Value, site: Site): Handler =>
  value.k === 'native' && value.type === HANDLER
    ? (value.state as Handler)
    : { before: [], handler: value, socket: null, site };

/** Middleware returns nothing where the request goes on; what it returns otherwise is the answer. */
const goesOn = (result: Value): readonly Fact[] | null => {
  const on = optionsOf(result).filter(
    ({ value }) =>
      isNullish(value) || (value.k === 'unknown' && value.sources.length === 0) || value.k === 'test',
  );
  return on.length === 0 ? null : on.map((o) => o.facts).reduce(joinFacts);
};
/** A handler that a module keeps in a variable is known by its name. */
const nameOf = (value: Value, site: Site): string | undefined =>
  value.k === 'native' ? variableOf(value, site) : undefined;
export function runBefore(
  it: Evaluator,
  { value, site, name }: Installed,
  event: Native,
  ignoresResult = false,
): AppliedLink[] {
  const { before, handler } = handlerOf(value, site);
  const known = name ?? nameOf(value, site);
  return [...before, handler].map((link) =>
    runLink(
      it,
      { value: link, site, ...(known === undefined ? {} : { name: known }) },
      {
        args: (next) => [event, next],
        carries: [contextOf(event)],
        yields: promise(unknown()),
        goesOn: ignoresResult ? () => [] : goesOn,
      },
    ),
  );
}

export interface H3Route {
  method: string;
  path: string | null;
  value: Value;
  site: Site;
  /** What stands in front of it, in order. */
  links: readonly Installed[];
  unmounted?: boolean;
  /** Installed by `use`: one that only goes on is no entry point. */
  mayGoOn?: boolean;
  framework: string;
}
/** Runs what stands in front of a handler, and it. */
export function observeHandler(it: Evaluator, route: H3Route): void {
  const { before, handler, socket: hooks } = handlerOf(route.value, route.site);
  const { path, method, framework, unmounted, site } = route;
  const event = makeEvent(it, { method: method === 'ALL' ? null : method, path });
  const chain = function* (): Iterable<AppliedLink> {
    for (const link of route.links) yield* runBefore(it, link, event);
    for (const hook of before) yield* runBefore(it, { value: hook, site }, event, true);
  };
  const common = { framework, registration: site, unmounted: unmounted ?? false };
  if (hooks) return observeSocket(it, hooks, event, { ...common, path, chain });
  let answers = !route.mayGoOn;
  const trigger: Trigger = { kind: 'http', method, path };
  observeEntryPoint(it, {
    ...common,
    trigger,
    handler,
    chain,
    work: () => {
      const result = it.runHandler(handler, [event, builtin('next', () => promise(UNDEFINED))], site);
      answers ||= optionsOf(result).some((o) => !isNullish(o.value));
      return result;
    },
    keep: (given) => answers || given.some((a) => a.status === null || a.status < 400),
  });
}
const PEER: LibraryType = {
  name: 'peer',
  methods: {
    close: (it) => {
      it.answer({ how: 'close', status: null });
      return UNDEFINED;
    },
    terminate: (it) => {
      it.answer({ how: 'close', status: null });
      return UNDEFINED;
    },
    send: yieldsItself,
    publish: yieldsItself,
    subscribe: yieldsItself,
    unsubscribe: yieldsItself,
  },
  get: (it, self, name, site) =>
    self.members.get(name) ??
    (name === 'request'
      ? (self.state as Native).type.get!(it, self.state as Native, 'req', site)
      : name === 'headers'
        ? (self.state as Native).type.get!(it, self.state as Native, 'headers', site)
        : name === 'context'
          ? contextOf(self.state as Native)
          : null),
};
/** The connection is one entry point, and so is what each message does, behind what the connection has passed. */
function observeSocket(
  it: Evaluator,
  hooks: Value,
  event: Native,
  run: {
    framework: string;
    registration: Site;
    unmounted: boolean;
    path: string | null;
    chain: (recorder: Recorder) => Iterable<AppliedLink>;
  },
): void {
  const { path, chain, ...common } = run;
  const hook = (name: string): Value | undefined =>
    hooks.k === 'record' ? hooks.members.get(name) : undefined;
  if (hooks.k !== 'record')
    it.gap('the hooks of this WebSocket handler could not be followed', it.place(run.registration));
  const peer = it.native(PEER, event);
  const request = event.type.get!(it, event, 'req', run.registration)!;
  const [upgrade, open, message] = [hook('upgrade'), hook('open'), hook('message')];
  const link = (value: Value, args: readonly Value[], name: string): AppliedLink =>
    runLink(
      it,
      { value, site: run.registration, name },
      { args: () => args, carries: [peer, contextOf(event)], goesOn: () => (it.answered ? null : []) },
    );
  const upgrades = function* (recorder: Recorder): Iterable<AppliedLink> {
    yield* chain(recorder);
    if (upgrade) yield link(upgrade, [request], 'upgrade');
  };
  observeEntryPoint(it, {
    ...common,
    trigger: { kind: 'websocket', path, name: null },
    handler: open ?? hooks,
    chain: upgrades,
    work: () => (open ? void it.runHandler(open, [peer], run.registration) : undefined),
  });
  if (message)
    observeEntryPoint(it, {
      ...common,
      trigger: { kind: 'websocket', path, name: 'message' },
      handler: message,
      *chain(recorder) {
        yield* upgrades(recorder);
        if (open) yield link(open, [peer], 'open');
      },
      work: () => void it.runHandler(message, [peer, record([], unknown(['message']))], run.registration),
    });
}
