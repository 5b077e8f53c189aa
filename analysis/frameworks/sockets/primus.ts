import type { Evaluator } from '../../wiring/evaluator.js';
import {
  yieldsItself,
  type LibraryModel,
  type LibraryType,
  type Method,
  type Operation,
} from '../../wiring/library.js';
import { passedError, runLink, runMiddleware, type Installed } from '../../wiring/middleware.js';
import { observeEntryPoint } from '../../wiring/observe.js';
import { literal, stringOf, UNDEFINED, type Native, type Site, type Value } from '../../wiring/value.js';
import { makeRequest, makeResponse } from '../web/web-request.js';
import { SOCKET } from './ws-socket.js';

interface Server {
  /** `authorize(request, done)`, if there is one. */
  authorize: Installed | null;
  links: Installed[];
  listeners: { listener: Value; site: Site }[];
  path: string;
  site: Site;
}
const servers = (it: Evaluator): Server[] => it.stateOf<Server[]>('primus', () => []);

/** A connection: its messages are `data`. */
const SPARK: LibraryType = {
  ...SOCKET,
  name: 'spark',
  methods: {
    ...SOCKET.methods,
    on: (it, self, [event, ...rest], site) =>
      SOCKET.methods.on!(
        it,
        self,
        [stringOf(event ?? UNDEFINED) === 'data' ? literal('message') : (event ?? UNDEFINED), ...rest],
        site,
      ),
    write: SOCKET.methods.send!,
  },
  get: (it, self, name, site) => {
    const request = self.members.get('request') as Native | undefined;
    if ((name === 'headers' || name === 'query') && request)
      return request.type.get!(it, request, name, site);
    return SOCKET.get!(it, self, name, site);
  },
};
const on: Method = (it, self, [event, listener], site) => {
  if (listener && stringOf(event ?? UNDEFINED) === 'connection')
    (self.state as Server).listeners.push({ listener, site });
  else it.handToUnknown(listener ? [listener] : [], [], site);
  return self;
};
const PRIMUS: LibraryType = {
  name: 'primus',
  methods: {
    on,
    authorize: (_it, self, [value], site) => {
      (self.state as Server).authorize = value ? { value, site } : null;
      return self;
    },
    // `use(name, middleware)`, or `before` as it was called.
    use: (_it, self, args, site) => {
      const value = args.at(-1);
      if (value?.k === 'function') (self.state as Server).links.push({ value, site });
      return self;
    },
    before: (it, self, args, site) => PRIMUS.methods.use!(it, self, args, site),
    plugin: yieldsItself,
    forEach: () => UNDEFINED,
    write: yieldsItself,
  },
};
const create: Operation = (it, [, options], site) => {
  const path = options?.k === 'record' ? options.members.get('pathname') : undefined;
  const server: Server = {
    authorize: null,
    links: [],
    listeners: [],
    path: stringOf(path ?? UNDEFINED) ?? '/primus',
    site,
  };
  servers(it).push(server);
  return it.native(PRIMUS, server);
};

/** Primus, over whatever transport. https://github.com/primus/primus */
export const primus: LibraryModel = {
  name: 'primus',
  packages: ['primus'],
  about: {
    title: 'Primus',
    registers: '`connection`, and the messages that a `data` listener tells apart, as for ws',
    guards: '`authorize`, `use` and `before`; tests in the connection and in the message',
    answers: '`done(error)`, `end`',
  },
  calls: {
    '': create,
    default: create,
    createServer: (it, [options], site) => create(it, [UNDEFINED, options ?? UNDEFINED], site),
  },
  finish: (it) => {
    for (const { authorize, links, listeners, path, site } of servers(it)) {
      const request = makeRequest(it, { method: 'GET', path: null, base: '', application: null });
      const spark = it.native(SPARK, { path, registration: site });
      spark.members.set('request', request);
      const [first] = listeners;
      if (!first) continue;
      observeEntryPoint(it, {
        framework: 'primus',
        trigger: { kind: 'websocket', path, name: null },
        registration: first.site,
        handler: first.listener,
        steps: 200_000,
        *chain() {
          for (const installed of links) yield runMiddleware(it, installed, request, makeResponse(it));
          if (authorize)
            yield runLink(it, authorize, {
              args: (next) => [request, next],
              carries: [request],
              onNext: ([error]) => passedError(error),
            });
        },
        work: () => {
          for (const { listener, site: at } of listeners)
            it.quietly(() => void it.runHandler(listener, [spark], at));
        },
      });
    }
  },
};
