import type { Evaluator } from '../../wiring/evaluator.js';
import type { LibraryType, Method, Operation } from '../../wiring/library.js';
import { assignMember, memberOf } from '../../wiring/members.js';
import {
  isCallable,
  listed,
  optionIn,
  promise,
  record,
  stringOf,
  textOf,
  UNDEFINED,
  UNKNOWN,
  type Native,
  type Record_,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { makeContext } from '../web/context.js';
import { joinPaths } from '../web/paths.js';

/** What a server and those that its plugins are given have in common. */
interface Shared {
  auth: Value | null;
  strategies: Map<string, Value>;
  ext: { point: string; handler: Value; site: Site }[];
  /** Packages that stand in front of every route that does not turn them off. */
  guards: { package: string; protection: string; site: Site }[];
  routes: Route[];
  /** What plugins expose, by their names: `server.plugins`. */
  plugins: Record_;
  /** `server.methods` */
  methods: Record_;
  /** `server.app` */
  app: Native;
  /** What is added to requests, toolkits and servers. */
  decorations: Record<Decorated, Record_>;
}
type Decorated = 'request' | 'toolkit' | 'server';
export interface Server {
  shared: Shared;
  prefix: string | null;
  /** Name of the plugin that was given this server. */
  plugin: string | null;
  /** What hands it over was not seen. */
  inferred: boolean;
}
export interface Route {
  server: Native;
  options: Value;
  site: Site;
}

const route: Method = (it, server, [given], site) => {
  for (const options of listed(given)) {
    if (options.k === 'record') (server.state as Server).shared.routes.push({ server, options, site });
    else it.gap('what this route is could not be followed', it.place(site));
  }
  return UNDEFINED;
};
/**
 * Plugins of packages that refuse by themselves, once they are registered: https://github.com/wraithgar/hapi-rate-limit,
 * https://github.com/futurestudio/hapi-rate-limitor, https://hapi.dev/module/crumb/api
 */
const GUARDS: Readonly<Record<string, string>> = {
  'hapi-rate-limit': 'rate-limit',
  'hapi-rate-limitor': 'rate-limit',
  '@hapi/crumb': 'csrf',
  crumb: 'csrf',
};
/** `register(plugin | { plugin, options, routes: { prefix } } | list)` */
const register: Method = (it, self, [given, shared], site) => {
  const server = self.state as Server;
  for (const each of listed(given)) {
    const options = each.k === 'promise' ? each.value : each;
    const inner = optionIn(options, 'plugin') ?? options;
    const plugin = optionIn(inner, 'plugin') ?? inner;
    if (plugin.k === 'external' && Object.hasOwn(GUARDS, plugin.package)) {
      server.shared.guards.push({ package: plugin.package, protection: GUARDS[plugin.package]!, site });
      continue;
    }
    const run = plugin.k === 'record' ? plugin.members.get('register') : plugin;
    if (!run || !isCallable(run)) continue;
    const prefix = optionIn(optionIn(options, 'routes') ?? optionIn(shared, 'routes'), 'prefix');
    const path = prefix ? textOf(prefix) : '';
    const below = server.prefix === null || path === null ? null : joinPaths(server.prefix, path);
    const name = optionIn(plugin, 'name') ?? optionIn(optionIn(plugin, 'pkg'), 'name');
    it.attempt(it.place(site), () => {
      const own = it.native(SERVER, {
        ...server,
        prefix: below,
        plugin: name ? stringOf(name) : null,
      } satisfies Server);
      it.awaiting(it.call(run, [own, optionIn(options, 'options') ?? record()], plugin, site));
    });
  }
  return promise(UNDEFINED);
};
const ext: Method = (_it, self, [point, handler], site) => {
  const { ext: all } = (self.state as Server).shared;
  if (handler) all.push({ point: (point && stringOf(point)) ?? '?', handler, site });
  for (const each of handler ? [] : listed(point))
    all.push({
      point: stringOf(optionIn(each, 'type') ?? UNDEFINED) ?? '?',
      handler: optionIn(each, 'method') ?? UNKNOWN,
      site,
    });
  return UNDEFINED;
};
/** `expose('find', find)`, `expose({ find })`: what others reach as `server.plugins.NAME.find`. */
const expose: Method = (it, self, [key, value], site) => {
  const { shared, plugin } = self.state as Server;
  if (plugin === null || !key) return UNDEFINED;
  let own = shared.plugins.members.get(plugin);
  if (own?.k !== 'record') it.journal.write(shared.plugins.members, plugin, (own = record([], UNKNOWN)));
  const name = stringOf(key);
  if (name !== null) assignMember(it, own, name, value ?? UNDEFINED, site);
  else if (key.k === 'record')
    for (const [each, member] of key.members) assignMember(it, own, each, member, site);
  return UNDEFINED;
};
/** `method('users.find', find)`, `method({ name, method })`, or a list of these: `server.methods.users.find`. */
const method: Method = (it, self, [given, work], site) => {
  const { methods } = (self.state as Server).shared;
  const add = (name: string | null, value: Value | undefined): void => {
    const path = name?.split('.') ?? [];
    const last = path.pop();
    if (last === undefined || !value) return;
    let at: Value = methods;
    for (const step of path) {
      let below: Value = memberOf(it, at, step, site);
      if (below.k !== 'record') assignMember(it, at, step, (below = record([], UNKNOWN)), site);
      at = below;
    }
    assignMember(it, at, last, value, site);
  };
  if (work) add(given ? stringOf(given) : null, work);
  else
    for (const each of listed(given)) {
      const name = optionIn(each, 'name');
      add(name ? stringOf(name) : null, optionIn(each, 'method'));
    }
  return UNDEFINED;
};
/** `decorate('request', 'mustOwn', mustOwn)` */
const decorate: Method = (it, self, [type, name, value], site) => {
  const { decorations } = (self.state as Server).shared;
  const of = type && stringOf(type);
  const as = name && stringOf(name);
  if (as && value && (of === 'request' || of === 'toolkit' || of === 'server'))
    assignMember(it, decorations[of], as, value, site);
  return UNDEFINED;
};
/** `dependency(names, after)`: called once the plugins that it names are there. */
const dependency: Method = (it, self, [, after], site) => {
  if (after) it.attempt(it.place(site), () => void it.awaiting(it.call(after, [self], UNDEFINED, site)));
  return UNDEFINED;
};
const AUTH: LibraryType = {
  name: 'auth',
  methods: {
    scheme: () => UNDEFINED,
    strategy: (_it, self, [name, scheme]) => {
      (self.state as Server).shared.strategies.set((name && stringOf(name)) ?? '?', scheme ?? UNKNOWN);
      return UNDEFINED;
    },
    default: (_it, self, [options]) => {
      (self.state as Server).shared.auth = options ?? null;
      return UNDEFINED;
    },
    test: () => promise(UNKNOWN),
  },
};
/** https://hapi.dev/api/?v=21#server */
const SERVER: LibraryType = {
  name: 'hapi server',
  methods: {
    route,
    register,
    ext,
    expose,
    method,
    decorate,
    dependency,
    start: () => promise(UNDEFINED),
    initialize: () => promise(UNDEFINED),
    inject: () => promise(UNKNOWN),
  },
  get: (it, self, name) => {
    const { shared } = self.state as Server;
    if (name === 'auth') return it.native(AUTH, self.state);
    if (name === 'plugins' || name === 'methods' || name === 'app') return shared[name];
    return shared.decorations.server.members.get(name) ?? null;
  },
};
const make = (it: Evaluator, inferred: boolean): Native => {
  const shared: Shared = {
    auth: null,
    strategies: new Map(),
    ext: [],
    guards: [],
    routes: [],
    plugins: record([], UNKNOWN),
    methods: record([], UNKNOWN),
    app: makeContext(it),
    decorations: { request: record(), toolkit: record(), server: record() },
  };
  servers(it).push(shared);
  return it.native(SERVER, { shared, prefix: '', plugin: null, inferred } satisfies Server);
};
/** All that was made, each once. */
export const servers = (it: Evaluator): Shared[] => it.stateOf<Shared[]>('hapi', () => []);
export const createServer: Operation = (it) => make(it, false);
/** A server that something unseen hands over. */
export const inferredServer = (it: Evaluator): Native => it.stateOf('hapi:inferred', () => make(it, true));
