import type { Evaluator } from '../../wiring/evaluator.js';
import {
  yieldsItself,
  type LibraryModel,
  type LibraryType,
  type Method,
  type Operation,
} from '../../wiring/library.js';
import { IDENTITY_NAME } from '../../wiring/members.js';
import { runLink } from '../../wiring/middleware.js';
import { observeEntryPoint } from '../../wiring/observe.js';
import {
  isNullish,
  literal,
  optionsOf,
  textOf,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type Native,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { pathDispatch } from '../web/path-dispatch.js';
import { asIdentity, HEADERS, pathValue, RESPONSE, type RequestState } from '../web/web-request.js';
import { SOCKET } from './ws-socket.js';

const NAME = 'uWebSockets.js';
interface Route {
  method: string;
  path: string | null;
  /** A handler, or the behaviour of a WebSocket. */
  value: Value;
  site: Site;
  unmounted: boolean;
}
const routes = (it: Evaluator): Route[] => it.stateOf<Route[]>(NAME, () => []);

const on =
  (method: string): Method =>
  (it, self, [pattern, value], site) => {
    if (!value || isNullish(value)) return self;
    const { file, line } = it.place(site);
    for (const { value: each } of optionsOf(pattern ?? UNKNOWN)) {
      const path = textOf(each);
      // An application with or without a certificate: both are told, and one runs.
      const isKnown = routes(it).some(
        (r) => r.method === method && r.path === path && r.site.line === line && r.site.module.path === file,
      );
      if (!isKnown) routes(it).push({ method, path, value, site, unmounted: self.state === true });
    }
    return self;
  };
const APP: LibraryType = {
  name: 'uWebSockets application',
  methods: {
    ...Object.fromEntries(
      ['get', 'post', 'options', 'patch', 'put', 'head', 'connect', 'trace'].map((m) => [
        m,
        on(m.toUpperCase()),
      ]),
    ),
    del: on('DELETE'),
    any: on('ALL'),
    ws: on('WS'),
    listen: (it, self, args, site) => {
      it.handToUnknown(args, [], site);
      return self;
    },
    ...Object.fromEntries(
      ['addServerName', 'removeServerName', 'domain', 'missingServerName', 'filter', 'close'].map((m) => [
        m,
        yieldsItself,
      ]),
    ),
    publish: yieldsItself,
  },
};
const app: Operation = (it) => it.native(APP, false);
/** One stands for every application that is only known by its type or its name. */
const inferred = (it: Evaluator): Native => it.stateOf<Native>('uws:inferred', () => it.native(APP, true));

/** The nth parameter of a pattern. */
const parameterAt = (path: string | null, index: number): string =>
  [...(path ?? '').matchAll(/:([\w$]+)/g)][index]?.[1] ?? String(index);
const state = (self: Native): RequestState => self.state as RequestState;
const header: Method = (it, self, [name], site) =>
  HEADERS.get!(it, self, (name && textOf(name)) ?? '*', site) ?? UNKNOWN;
/** Valid until the handler first awaits. `getUrl` has no query in it. */
const REQUEST: LibraryType = {
  name: 'request',
  methods: {
    getHeader: header,
    getParameter: (_it, self, [index]) => {
      const at = index?.k === 'literal' ? index.value : 0;
      return unknown([`params.${typeof at === 'number' ? parameterAt(state(self).path, at) : String(at)}`]);
    },
    getQuery: (_it, _self, [name]) => unknown([name ? `query.${textOf(name) ?? '*'}` : 'query']),
    getUrl: (_it, self) => pathValue(state(self).path),
    getMethod: (_it, self) => methodOf(self, (m) => m.toLowerCase()),
    getCaseSensitiveMethod: (_it, self) => methodOf(self, (m) => m),
    forEach: (it, _self, args, site) => {
      it.handToUnknown(args, ['header'], site);
      return UNDEFINED;
    },
    setYield: () => UNDEFINED,
  },
};
const methodOf = (self: Native, as: (method: string) => string): Value => {
  const { method } = state(self);
  return method && method !== 'ALL' ? literal(as(method)) : unknown(['request.method']);
};
/** A callback that the library calls at once, as part of what the handler does. */
const atOnce: Method = (it, self, [callback], site) => {
  if (callback) it.inTail(() => it.call(callback, [], UNDEFINED, site));
  return self;
};
/** A callback that is called when the body arrives. */
const withBody: Method = (it, self, args, site) => {
  const callback = args.find((a) => a.k === 'function');
  if (callback)
    it.aside(
      () => void it.quietly(() => void it.call(callback, [unknown(['body']), UNKNOWN], UNDEFINED, site)),
    );
  return self;
};
const address: Method = () => unknown(['request.ip']);
const { end, status, write, set } = RESPONSE.methods as Record<string, Method>;
const SERVED: LibraryType = {
  name: 'response',
  methods: {
    writeStatus: (it, self, [text], site) => {
      const code = /^\d{3}/.exec((text && textOf(text)) ?? '')?.[0];
      return status!(it, self, [code ? literal(Number(code)) : UNKNOWN], site);
    },
    writeHeader: set!,
    write: write!,
    end: end!,
    endWithoutBody: end!,
    tryEnd: end!,
    close: (it, self) => {
      it.answer({ how: 'close', status: null });
      return self;
    },
    cork: atOnce,
    onData: withBody,
    onDataV2: withBody,
    collectBody: withBody,
    onFullData: withBody,
    onAborted: yieldsItself,
    onWritable: yieldsItself,
    pause: () => UNDEFINED,
    resume: () => UNDEFINED,
    getWriteOffset: () => UNKNOWN,
    getRemoteAddress: address,
    getRemoteAddressAsText: address,
    getProxiedRemoteAddress: address,
    getProxiedRemoteAddressAsText: address,
    // Accepts a connection: what it is given is what `getUserData` yields.
    upgrade: (it, self, [data], site) => {
      const socket = self.members.get('*socket*');
      if (data?.k === 'record' && socket?.k === 'native')
        for (const [name, value] of data.members)
          it.journal.write(socket.members, name, IDENTITY_NAME.test(name) ? asIdentity(it, value) : value);
      const next = self.members.get('*next*');
      if (next) it.call(next, [], UNDEFINED, site);
      return UNDEFINED;
    },
  },
};
/** A connection, which is its own user data: both outlive the messages. */
const CONNECTION: LibraryType = {
  ...SOCKET,
  methods: {
    ...SOCKET.methods,
    getUserData: yieldsItself,
    cork: atOnce,
    publish: SOCKET.methods.send!,
    subscribe: yieldsItself,
    unsubscribe: yieldsItself,
    isSubscribed: () => UNKNOWN,
    getTopics: () => UNKNOWN,
    getBufferedAmount: () => UNKNOWN,
    getRemoteAddress: address,
    getRemoteAddressAsText: address,
  },
};

function observeRoute(it: Evaluator, { method, path, value, site, unmounted }: Route): void {
  const isPattern = path !== null && path.endsWith('*');
  const request = it.native(REQUEST, {
    method,
    path: isPattern ? null : path,
    base: '',
    application: null,
  } satisfies RequestState);
  observeEntryPoint(it, {
    framework: NAME,
    trigger: { kind: 'http', method, path },
    registration: site,
    handler: value,
    unmounted: unmounted || path === null,
    work: () => it.runHandler(value, [it.native(SERVED, null), request], site),
    dispatch: isPattern ? pathDispatch() : undefined,
  });
}
/** A behaviour: `upgrade` decides who gets in, `open` runs then, and `message` for what arrives. */
function observeSocket(it: Evaluator, { path, value, site, unmounted }: Route): void {
  const member = (name: string): Value | null => {
    const found = value.k === 'record' ? value.members.get(name) : undefined;
    return found && !isNullish(found) ? found : null;
  };
  const request = it.native(REQUEST, {
    method: 'GET',
    path,
    base: '',
    application: null,
  } satisfies RequestState);
  const response = it.native(SERVED, null);
  const socket = it.native(CONNECTION, { path, registration: site, framework: NAME });
  response.members.set('*socket*', socket);
  const [upgrade, open, message] = [member('upgrade'), member('open'), member('message')];
  if (value.k !== 'record') it.gap('the behaviour of these WebSockets is not known', it.place(site));
  observeEntryPoint(it, {
    framework: NAME,
    trigger: { kind: 'websocket', path, name: null },
    registration: site,
    handler: open ?? message,
    unmounted: unmounted || path === null,
    steps: STEPS,
    *chain() {
      if (!upgrade) return;
      const link = runLink(
        it,
        { value: upgrade, site, name: 'upgrade', self: value },
        {
          args: (next) => {
            response.members.set('*next*', next);
            return [response, request, UNKNOWN];
          },
          carries: [socket],
        },
      );
      yield { ...link, isIncidental: true };
    },
    work: () => {
      if (open) it.quietly(() => void it.runHandler(open, [socket], site, value));
      if (message?.k === 'function')
        SOCKET.methods.on!(
          it,
          socket,
          [
            literal('message'),
            { ...message, self: message.self ?? value, bound: [...message.bound, socket] },
          ],
          { module: message.module, line: message.fn.line },
        );
    },
  });
}
const STEPS = 150_000;

/** https://unetworking.github.io/uWebSockets.js/generated/ */
export const uws: LibraryModel = {
  name: 'uws',
  packages: ['uWebSockets.js'],
  about: {
    title: 'uWebSockets.js',
    registers:
      'methods, `any` and `ws` of `App` and `SSLApp`; paths that a handler of a pattern compares with; messages, as for ws',
    guards:
      'tests in a handler and what wraps it; `upgrade` on the way to `response.upgrade`; tests in `open` and in the message',
    answers: '`writeStatus` with `end`, `endWithoutBody`, `tryEnd`; `close`; inside `cork` as well',
    limits: '`setYield`, by which a pattern hands on to another',
  },
  calls: { App: app, SSLApp: app, H3App: app },
  typed: (it, type) => (/^(?:\w+\.)?TemplatedApp\b/.test(type) ? inferred(it) : null),
  parameter: (it, name) => (/^(?:app|uws|uwsapp)$/i.test(name) ? inferred(it) : null),
  finish: (it) => {
    for (const route of routes(it))
      it.attempt(it.place(route.site), () => {
        if (route.method === 'WS') observeSocket(it, route);
        else observeRoute(it, route);
      });
  },
};
