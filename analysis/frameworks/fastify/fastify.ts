import type { Evaluator } from '../../wiring/evaluator.js';
import type { LibraryModel, LibraryType, Method, Operation } from '../../wiring/library.js';
import { passedError, runLink, type Installed } from '../../wiring/middleware.js';
import { tried } from '../../wiring/idle.js';
import { memberOf } from '../../wiring/members.js';
import { callableName } from '../../wiring/naming.js';
import { observeEntryPoint } from '../../wiring/observe.js';
import type { AppliedLink, IdleCheck } from '../../wiring/recorder.js';
import {
  builtin,
  isCallable,
  list,
  listed,
  optionIn,
  optionsOf,
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
import { autoload } from './fastify-autoload.js';
import {
  chainOf,
  misplacedAt,
  requestDecorators,
  stateOf,
  type Instance,
  type Registration,
  type Route,
} from './fastify-hooks.js';
import { decorateNamespace, tokensOf } from './fastify-jwt.js';
import { misplacedInPlugin } from './fastify-options.js';
import { asHook, configReads, ERRORS, makeFastifyRequest, makeReply } from './fastify-request.js';
import { makeServer } from '../node/http-server.js';
import { mercuriusAuth, mercuriusPlugin } from './mercurius.js';
import { joinPaths } from '../web/paths.js';
import { create as createSocketServer } from '../sockets/socket-io.js';
import { SOCKET } from '../sockets/ws.js';

const instances = (it: Evaluator): Native[] => it.stateOf<Native[]>('fastify', () => []);
/** Orders registrations; the plugin that is running without a context of its own. */
const moment = (it: Evaluator): { now: number; plugin: Registration | null } =>
  it.stateOf('fastify:moment', () => ({ now: 0, plugin: null }));

function makeInstance(
  it: Evaluator,
  parent: Native | null,
  prefix: string | null,
  site: Site,
  extra: Partial<Instance> = {},
): Native {
  const instance = it.native(INSTANCE, {
    parent,
    prefix,
    hooks: [],
    routes: [],
    decorators: new Map(),
    requests: new Map(),
    registration: null,
    inferred: false,
    misplaced: [],
    site,
    ...extra,
  } satisfies Instance);
  instances(it).push(instance);
  return instance;
}
/** A plugin as it is given: a function, a module, a promise of one, what `fastify-plugin` made, a library. */
function pluginOf(it: Evaluator, value: Value, site: Site): Value {
  const plugin = it.awaiting(value);
  if (plugin.k === 'native' && plugin.type.name === 'module namespace')
    return pluginOf(it, memberOf(it, plugin, 'default', site), site);
  const exported =
    plugin.k === 'record' ? (plugin.members.get('default') ?? plugin.members.get('plugin')) : undefined;
  return exported ? pluginOf(it, exported, site) : plugin;
}
/** Runs a plugin on an instance: in a context of its own, unless it asked for none. */
export function register(
  it: Evaluator,
  self: Native,
  given: Value,
  options: Value,
  site: Site,
): Registration {
  const clock = moment(it);
  const registration: Registration = { at: ++clock.now, isAwaited: false };
  const value = pluginOf(it, given, site);
  const shared = value.k === 'native' && value.type === SHARED;
  const plugin = shared ? pluginOf(it, value.state as Value, site) : value;
  if (plugin.k === 'external' || (plugin.k === 'unknown' && plugin.origin && !plugin.wraps)) {
    library(
      it,
      self,
      plugin.k === 'external' ? plugin.package : plugin.origin!.package,
      plugin,
      options,
      site,
    );
    return registration;
  }
  if (!isCallable(plugin)) {
    if (plugin.k === 'unknown') it.gap('what this plugin registers could not be followed', it.place(site));
    return registration;
  }
  const prefix = optionIn(options, 'prefix');
  const { prefix: own } = stateOf(self);
  // Wherever it is mounted, what follows tells its routes apart.
  const given2 = prefix ? (textOf(prefix, '*') ?? '/*') : '';
  const target = shared
    ? self
    : makeInstance(it, self, own === null ? null : joinPaths(own, given2), site, {
        registration,
        misplaced: misplacedInPlugin(plugin, options),
      });
  const outer = clock.plugin;
  clock.plugin = shared ? registration : null;
  it.attempt(it.place(site), () => {
    it.awaiting(it.call(plugin, [target, options, builtin('done', () => UNDEFINED)], UNDEFINED, site));
  });
  clock.plugin = outer;
  return registration;
}
/** Plugins of which it is known what they add. */
function library(it: Evaluator, self: Native, name: string, plugin: Value, options: Value, site: Site): void {
  const clock = moment(it);
  const hook = (): void =>
    void stateOf(self).hooks.push({
      stage: 'onRequest',
      installed: { value: plugin, site, name: name.replace(/^@fastify\//, '') },
      at: ++clock.now,
      plugin: clock.plugin,
    });
  const decorate = (...names: string[]): void => {
    for (const each of names) stateOf(self).decorators.set(each, plugin);
  };
  const isOff = (option: string): boolean => {
    const value = optionIn(options, option);
    return value?.k === 'literal' && value.value === false;
  };
  if (/^(?:@fastify\/rate-limit|fastify-rate-limit)$/.test(name)) {
    stateOf(self).decorators.set('*rate-limit*', plugin);
    if (!isOff('global')) hook();
  } else if (/^(?:@fastify\/bearer-auth|fastify-bearer-auth)$/.test(name)) {
    if (!isOff('addHook')) hook();
    decorate('verifyBearerAuth');
  } else if (/^(?:@fastify\/basic-auth|fastify-basic-auth)$/.test(name)) decorate('basicAuth');
  else if (/^(?:@fastify\/csrf-protection|fastify-csrf)$/.test(name)) decorate('csrfProtection');
  else if (/^(?:@fastify\/jwt|fastify-jwt)$/.test(name)) decorateNamespace(it, self, options);
  else if (/^fastify-(?:auth0-verify|jwt-jwks)$/.test(name)) decorate('authenticate');
  else if (name === 'fastify-socket.io')
    stateOf(self).decorators.set('io', createSocketServer(it, [options], site));
  else if (name === 'mercurius' || name === '@mercuriusjs/federation')
    mercuriusPlugin(it, self, options, site);
  else if (name === 'mercurius-auth') mercuriusAuth(it, self, options, site);
  else if (/^(?:@fastify\/autoload|fastify-autoload)$/.test(name))
    autoload(it, options, site, (file, given, hooks) => {
      // In a context of its own, in which the hooks stand in front of it.
      const hooked = builtin('autohooks', ([context]) => {
        if (context?.k !== 'native') return UNDEFINED;
        for (const each of hooks) register(it, context, it.native(SHARED, each), UNDEFINED, site);
        register(it, context, file, given, site);
        return UNDEFINED;
      });
      register(it, self, hooks.length > 0 ? hooked : file, hooks.length > 0 ? UNDEFINED : given, site);
    });
}

const add = (self: Native, route: Omit<Route, 'isSocket'>): void => {
  const socket = optionIn(route.options, 'websocket');
  const isSocket = socket?.k === 'literal' && socket.value === true;
  const { prefix, routes } = stateOf(self);
  const path = prefix === null || route.path === null ? null : joinPaths(prefix, route.path) || '/';
  routes.push({ ...route, path, isSocket });
  const socketHandler = optionIn(route.options, 'wsHandler');
  if (socketHandler) routes.push({ ...route, path, handler: socketHandler, isSocket: true });
};
const pathsOf = (value: Value | undefined): (string | null)[] =>
  value ? optionsOf(value).map((o) => textOf(o.value, '*')) : [null];
const METHODS = [
  'get',
  'head',
  'post',
  'put',
  'delete',
  'options',
  'patch',
  'trace',
  'all',
  'propfind',
  'search',
];
const shorthand =
  (method: string): Method =>
  (_it, self, [path, ...rest], site) => {
    const options = rest.length > 1 || rest[0]?.k === 'record' ? rest[0]! : UNDEFINED;
    const handler = rest.at(-1)?.k === 'record' ? optionIn(rest[0], 'handler') : rest.at(-1);
    for (const each of pathsOf(path))
      add(self, { method: method.toUpperCase(), path: each, options, handler: handler ?? UNKNOWN, site });
    return self;
  };
const route: Method = (it, self, [options], site) => {
  if (options?.k !== 'record') {
    it.gap('what this route is could not be followed', it.place(site));
    return self;
  }
  const method = options.members.get('method') ?? UNKNOWN;
  const methods = listed(method);
  for (const each of methods)
    for (const path of pathsOf(options.members.get('url') ?? options.members.get('path')))
      add(self, {
        method: (stringOf(each) ?? 'ALL').toUpperCase(),
        path,
        options,
        handler: options.members.get('handler') ?? UNKNOWN,
        site,
      });
  return self;
};
const same: Method = (_it, self) => self;
/** `auth([a, b], { relation })` of `@fastify/auth`: any of them, unless all are asked for. */
const auth: Method = (it, _self, [functions, options]) => {
  const all = functions?.k === 'list' ? functions.elements : [];
  if (stringOf(optionIn(options, 'relation') ?? UNDEFINED) === 'and') return list([...all]);
  return builtin('auth', ([request, reply, done], _none, site) => {
    for (const each of all.flatMap(listed))
      it.aside(() => {
        it.answered = null;
        const result = it.runHandler(each, [request ?? UNKNOWN, reply ?? UNKNOWN, done ?? UNKNOWN], site);
        if (!takesCallback(each, 2) && it.answered === null && result && done)
          it.call(done, [], UNDEFINED, site);
      });
    return UNDEFINED;
  });
};
const INSTANCE: LibraryType = {
  name: 'fastify',
  methods: {
    ...Object.fromEntries(METHODS.map((m) => [m, shorthand(m)])),
    route,
    register: (it, self, [plugin, options], site) =>
      it.native(REGISTERED, {
        self,
        registration: plugin ? register(it, self, plugin, options ?? UNDEFINED, site) : null,
      }),
    addHook: (it, self, [stage, value], site) => {
      const clock = moment(it);
      if (value)
        stateOf(self).hooks.push({
          stage: (stage && stringOf(stage)) ?? '?',
          installed: { value, site },
          at: ++clock.now,
          plugin: clock.plugin,
        });
      return self;
    },
    decorate: (_it, self, [name, value]) => {
      const called = (name && stringOf(name)) ?? '?';
      const isNameless = value?.k === 'function' && value.fn.name === null && !value.madeBy;
      stateOf(self).decorators.set(
        called,
        isNameless ? { ...value, madeBy: { name: called, arguments: [] } } : (value ?? UNDEFINED),
      );
      return self;
    },
    decorateRequest: (_it, self, [name, value]) => {
      stateOf(self).requests.set((name && stringOf(name)) ?? '?', value ?? UNDEFINED);
      return self;
    },
    auth,
    rateLimit: () => unknown([], { origin: { k: 'external', package: '@fastify/rate-limit', path: [] } }),
    use: (it, self, args, site) => {
      const value = args.at(-1);
      const clock = moment(it);
      if (value && args.length === 1)
        stateOf(self).hooks.push({
          stage: 'onRequest',
          installed: { value, site },
          at: ++clock.now,
          plugin: clock.plugin,
        });
      return self;
    },
    after: (it, self, [callback], site) => {
      if (callback) it.call(callback, [UNDEFINED], UNDEFINED, site);
      return self;
    },
    ready: (it, self, [callback], site) => {
      if (callback) it.call(callback, [UNDEFINED], UNDEFINED, site);
      return promise(self);
    },
    listen: (it, _self, args, site) => {
      it.handToUnknown(args, [], site);
      return promise(UNKNOWN);
    },
    withTypeProvider: same,
    decorateReply: same,
    setErrorHandler: same,
    setNotFoundHandler: same,
    setValidatorCompiler: same,
    setSerializerCompiler: same,
    setSchemaController: same,
    addSchema: same,
    addContentTypeParser: same,
    inject: () => promise(UNKNOWN),
    close: () => promise(UNDEFINED),
    hasDecorator: () => UNKNOWN,
  },
  get: (it, self, name, site) => {
    const assigned = self.members.get(name);
    if (assigned) return assigned;
    for (let at: Native | null = self; at; at = stateOf(at).parent) {
      const decorated = stateOf(at).decorators.get(name);
      if (decorated) return decorated;
    }
    if (name === 'httpErrors') return it.native(ERRORS, null);
    if (name === 'server') {
      const server = makeServer(it, null, site);
      self.members.set('server', server);
      return server;
    }
    return name === 'jwt' ? tokensOf(it) : null;
  },
};
/** What `register` yields: the instance again, and awaited, a sign that later hooks come too late. */
const REGISTERED: LibraryType = {
  name: 'registration',
  methods: {},
  awaited: (_it, self) => {
    const { self: instance, registration } = self.state as {
      self: Native;
      registration: Registration | null;
    };
    if (registration) registration.isAwaited = true;
    return instance;
  },
  get: (it, self, name, site) => memberOf(it, (self.state as { self: Native }).self, name, site),
};
/** What `fastify-plugin` makes of a plugin: one without a context of its own. */
const SHARED: LibraryType = { name: 'fastify plugin', methods: {} };

const takesCallback = (value: Value, before: number): boolean =>
  value.k === 'builtin' || (value.k === 'function' && value.fn.params.length - value.bound.length > before);

const isInferred = (instance: Native): boolean => {
  const { parent, inferred } = stateOf(instance);
  return inferred || (parent !== null && isInferred(parent));
};

function observe(it: Evaluator, instance: Native, each: Route): void {
  const { method, path, handler, isSocket, options, site } = each;
  const request = makeFastifyRequest(it, {
    method,
    path,
    base: '',
    application: null,
    instance,
    config: optionIn(options, 'config') ?? record([], UNDEFINED),
    decorated: requestDecorators(instance),
  });
  const reply = makeReply(it);
  const run = ({ stage, installed }: { stage: string; installed: Installed }): AppliedLink => {
    const given = stage === 'preParsing' ? [request, reply, unknown(['body'])] : [request, reply];
    return runLink(it, installed, {
      args: (next) => [...given, next],
      carries: [request, reply],
      onNext: ([error]) => passedError(error),
      ...(takesCallback(installed.value, given.length) ? {} : { goesOn: () => [] }),
    });
  };
  configReads(it).any = false;
  observeEntryPoint(it, {
    framework: 'fastify',
    trigger: isSocket ? { kind: 'websocket', path, name: null } : { kind: 'http', method, path },
    registration: site,
    handler,
    unmounted: isInferred(instance) || path === null,
    *chain() {
      for (const link of chainOf(it, instance, each)) yield run(link);
    },
    work: () => {
      if (!isSocket) return it.runHandler(handler, [request, reply], site, instance);
      const socket = it.native(SOCKET, { path, registration: site });
      socket.members.set('socket', socket);
      return it.runHandler(handler, [socket, request], site, instance);
    },
  });
  const seen = it.observations.at(-1);
  const place = it.place(site);
  const idle = misplacedAt(instance, each, configReads(it).any).map(({ written, value }): IdleCheck => {
    const facts = tried(it, place, () => run({ stage: 'preHandler', installed: { value, site } }));
    return { guard: callableName(value), why: 'misplaced', written, facts, place };
  });
  if (idle.length > 0 && seen?.handler === handler) seen.idle = idle;
}

export const create: Operation = (it, _args, site) => makeInstance(it, null, '', site);
const inferred = (it: Evaluator): Native =>
  it.stateOf('fastify:inferred', () => makeInstance(it, null, '', it.modules.somewhere, { inferred: true }));

/** Fastify. https://fastify.dev/docs/latest/Reference/ */
export const fastify: LibraryModel = {
  name: 'fastify',
  packages: ['fastify'],
  about: {
    title: 'Fastify',
    registers:
      'methods and `route` of an instance, in plugins with prefixes; `@fastify/autoload`; WebSockets by `websocket` and `wsHandler` of `@fastify/websocket`',
    guards:
      'hooks before the handler in stage order, of the contexts around a route and of its options; `@fastify/auth`, `jwt`, `bearer-auth`, `basic-auth`, `csrf-protection`, `rate-limit` with `config.rateLimit`',
    answers: '`reply.code().send()`, a return, a throw, `@fastify/sensible`',
    limits:
      'constraints; an option that the project itself gives a meaning to by something other than an `onRoute` hook',
  },
  calls: { '': create, fastify: create, default: create },
  typed: (it, type) => (/^FastifyInstance\b/.test(type) ? inferred(it) : null),
  parameter: (it, name) => (/^(?:fastify|instance|app|server)$/i.test(name) ? inferred(it) : null),
  asGuard: asHook,
  finish: (it) => {
    for (const instance of instances(it))
      for (const each of stateOf(instance).routes) observe(it, instance, each);
  },
};
const wrap: Operation = (it, [plugin]) => it.native(SHARED, plugin ?? UNKNOWN);
/** `fastify-plugin`: what it wraps adds to the context in which it is registered. */
export const fastifyPlugin: LibraryModel = {
  name: 'fastify-plugin',
  packages: ['fastify-plugin'],
  calls: { '': wrap, fastifyPlugin: wrap, default: wrap },
};
