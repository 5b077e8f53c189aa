import type { Evaluator } from '../../wiring/evaluator.js';
import { yieldsItself, type LibraryType, type Method, type Operation } from '../../wiring/library.js';
import type { Installed } from '../../wiring/middleware.js';
import {
  promise,
  textOf,
  UNDEFINED,
  UNKNOWN,
  type Native,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { BROADCASTING } from './broadcasts.js';

export interface Server {
  namespaces: Map<string, Native>;
  options: Value[];
  /** Express middleware in front of the handshake. */
  engine: Installed[];
  site: Site;
}
export interface Namespace {
  server: Server;
  path: string;
  links: Installed[];
  listeners: { listener: Value; site: Site }[];
  site: Site;
}
const stateOf = (namespace: Native): Namespace => namespace.state as Namespace;
const servers = (it: Evaluator): Server[] => it.stateOf<Server[]>('socket.io', () => []);
/** Every namespace of every server of the program; those too that are made while it goes through them. */
export function* namespaces(it: Evaluator): Generator<Namespace> {
  for (const server of servers(it))
    for (const namespace of server.namespaces.values()) yield stateOf(namespace);
}

function namespaceAt(it: Evaluator, server: Server, path: string, site: Site): Native {
  let known = server.namespaces.get(path);
  if (!known) {
    known = it.native(NAMESPACE, { server, path, links: [], listeners: [], site } satisfies Namespace);
    server.namespaces.set(path, known);
  }
  return known;
}
const listen: Method = (it, self, [event, listener], site) => {
  const name = event && textOf(event);
  if (listener && (name === 'connection' || name === 'connect'))
    stateOf(self).listeners.push({ listener, site });
  else it.handToUnknown(listener ? [listener] : [], [], site);
  return self;
};
const attach: Method = (_it, self, args) => {
  stateOf(self).server.options.push(...args);
  return self;
};
/** The server is its main namespace, `/`. */
const NAMESPACE: LibraryType = {
  name: 'namespace',
  methods: {
    ...BROADCASTING,
    on: listen,
    once: listen,
    addListener: listen,
    use: (_it, self, [value], site) => {
      if (value) stateOf(self).links.push({ value, site });
      return self;
    },
    of: (it, self, [name], site) =>
      namespaceAt(
        it,
        stateOf(self).server,
        name?.k === 'native'
          ? `(${(name.state as { pattern: string }).pattern})`
          : ((name && textOf(name)) ?? '*'),
        site,
      ),
    attach,
    listen: attach,
    adapter: yieldsItself,
    fetchSockets: () => promise(UNKNOWN),
    close: () => UNDEFINED,
  },
  get: (it, self, name) =>
    name === 'sockets' || name === 'local' || name === 'volatile'
      ? self
      : name === 'engine'
        ? it.native(ENGINE, stateOf(self).server)
        : null,
};
const ENGINE: LibraryType = {
  name: 'engine',
  methods: {
    use: (_it, self, [value], site) => {
      if (value) (self.state as Server).engine.push({ value, site });
      return self;
    },
    on: yieldsItself,
  },
};

/** `new Server(…)`. */
export const create: Operation = (it, args, site) => {
  const server: Server = { namespaces: new Map(), options: [...args], engine: [], site };
  servers(it).push(server);
  return namespaceAt(it, server, '/', site);
};
/** A server that something unseen hands over. */
export const inferredServer = (it: Evaluator): Value =>
  it.stateOf('socket.io:server', () => create(it, [], it.modules.somewhere));
