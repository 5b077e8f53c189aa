import { dispatched } from '../wiring/dispatch.js';
import type { Evaluator } from '../wiring/evaluator.js';
import type { Atom, Fact } from '../wiring/fact.js';
import { isolated } from '../wiring/isolation.js';
import type { LibraryModel, LibraryType, Method } from '../wiring/library.js';
import { Recorder } from '../wiring/recorder.js';
import { isCallable, stringOf, UNDEFINED, type Native, type Site, type Value } from '../wiring/value.js';
import { makeRequest, makeResponse } from './web-request.js';

export interface ServerState {
  handler: Value | null;
  upgrade: { listener: Value; site: Site }[];
  requests: { listener: Value; site: Site }[];
  site: Site;
}
const servers = (it: Evaluator): Native[] => it.stateOf<Native[]>('http', () => []);

export function makeServer(it: Evaluator, handler: Value | null, site: Site): Native {
  const server = it.native(HTTP_SERVER, { handler, upgrade: [], requests: [], site } satisfies ServerState);
  servers(it).push(server);
  const isListener = handler?.k === 'function' || (handler?.k === 'native' && handler.type.handles);
  if (handler && isListener) (server.state as ServerState).requests.push({ listener: handler, site });
  return server;
}
const on: Method = (it, self, args, site) => {
  const state = self.state as ServerState;
  const event = args[0] && stringOf(args[0]);
  const listener = args[1];
  if (listener && event === 'upgrade') state.upgrade.push({ listener, site });
  else if (listener && event === 'request') state.requests.push({ listener, site });
  else it.handToUnknown(args, [], site);
  return self;
};
const same: Method = (it, self, args, site) => {
  it.handToUnknown(args, [], site);
  return self;
};
export const HTTP_SERVER: LibraryType = {
  name: 'http server',
  methods: {
    on,
    once: on,
    addListener: on,
    listen: same,
    close: same,
    setTimeout: same,
    address: () => UNDEFINED,
  },
};

const create = (it: Evaluator, args: readonly Value[], site: Site): Value => {
  const handler = args.find((a) => isCallable(a) || a.k === 'native') ?? null;
  return makeServer(it, handler, site);
};
const ofRequest = (source: string): boolean =>
  source === 'request.path' || source === 'request.method' || source.startsWith('params.');

/** A plain `(request, response)` listener: its own comparisons of path and method make the entry points. */
function observePlain(it: Evaluator, listener: Value, site: Site): void {
  const isDispatch = (atom: Atom): boolean =>
    (atom.test === 'equal' || atom.test === 'member') &&
    atom.arguments.length > 0 &&
    atom.sources.length > 0 &&
    atom.sources.every(ofRequest);
  const recorder = new Recorder(null, isDispatch);
  const request = makeRequest(it, { method: null, path: null, base: '', application: null });
  let reached: readonly Fact[] = [];
  const complete = isolated(it, recorder, STEPS, () => {
    it.quietly(() => void it.runHandler(listener, [request, makeResponse(it)], site));
    reached = it.facts;
  });
  if (!complete) it.gap('following this request listener took more steps than one is given', it.place(site));
  const routeOf = (facts: readonly Fact[]): [string, string] | null => {
    const of = (source: string): string | null =>
      facts.find((f): f is Atom => f.k === 'atom' && isDispatch(f) && f.sources.includes(source))
        ?.arguments[0] ?? null;
    const path = of('request.path');
    return path === null
      ? null
      : [
          of('request.method') ?? 'ALL',
          path.startsWith('/') && path.endsWith('/') && path.length > 1 ? `(${path.slice(1, -1)})` : path,
        ];
  };
  const { arms: routes, rest } = dispatched(recorder, (facts) => routeOf(facts)?.join(' ') ?? null);
  for (const [key] of routes) {
    const [method, path] = key.split(' ');
    // `if (path === '/x') { if (method === 'POST') … }`: the outer arm is no entry point of its own.
    if (method === 'ALL' && [...routes.keys()].some((k) => k !== key && k.endsWith(` ${path}`)))
      routes.delete(key);
  }
  const common = {
    framework: 'http',
    registration: it.place(site),
    handler: listener,
    links: recorder.links,
    released: recorder.released,
    unmounted: false,
  };
  for (const [key, r] of routes) {
    const [method, path] = key.split(' ') as [string, string];
    it.observations.push({
      ...common,
      trigger: { kind: 'http', method: method.toUpperCase(), path },
      registration: r.at,
      at: r.at,
      effects: r.effects,
      reached: r.facts,
    });
  }
  if (recorder.handsOver ? rest.length > 0 : routes.size === 0 || rest.length > 0)
    it.observations.push({
      ...common,
      trigger: { kind: 'http', method: 'ALL', path: '*' },
      at: null,
      effects: rest,
      reached,
    });
}
const STEPS = 60_000;

export const http: LibraryModel = {
  name: 'http-server',
  packages: ['http', 'https', 'http2', 'spdy'],
  about: {
    title: 'node `http`',
    registers:
      "`createServer(listener)`, `on('request')`: each path and method that the listener compares with is an entry point; else one for everything",
    guards: 'tests in the listener',
    answers: 'as Express, with `writeHead` and `statusCode`',
  },
  calls: { createServer: create, createSecureServer: create, Server: create },
  typed: (it, type) =>
    /^(http\.|https\.)?(Server|HttpServer|HTTPServer)(<.*>)?$/.test(type)
      ? it.stateOf('http:inferred', () => makeServer(it, null, { module: it.modules.loaded[0]!, line: 1 }))
      : null,
  finish: (it) => {
    for (const server of servers(it))
      for (const { listener, site } of (server.state as ServerState).requests)
        it.attempt(it.place(site), () => observePlain(it, listener, site));
  },
};
/** Servers of this program whose `upgrade` event has listeners. */
export const upgradeListeners = (it: Evaluator): { listener: Value; site: Site }[] =>
  servers(it).flatMap((s) => (s.state as ServerState).upgrade);
