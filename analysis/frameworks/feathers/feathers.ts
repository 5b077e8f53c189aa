import type { Evaluator } from '../../wiring/evaluator.js';
import {
  yieldsItself,
  type LibraryModel,
  type LibraryType,
  type Method,
  type Operation,
} from '../../wiring/library.js';
import { callMember, memberOf } from '../../wiring/members.js';
import {
  isCallable,
  promise,
  stringOf,
  textOf,
  UNKNOWN,
  type Native,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { express } from '../express/express.js';
import { stateOf as routerState } from '../express/express-layers.js';
import { makeRouter } from '../express/express-router.js';
import { hooksIn, STRATEGIES } from './feathers-hooks.js';
import {
  methodsOf,
  observeMethod,
  SERVICE,
  stateOf,
  type Application,
  type Handle,
  type Service,
} from './feathers-services.js';
import { koaPosition } from '../koa/koa-links.js';
import { makeStack } from '../koa/koa-stacks.js';
import { joinPaths } from '../web/paths.js';

const applications = (it: Evaluator): Native[] => it.stateOf<Native[]>('feathers', () => []);
const make =
  (isDove: boolean): Operation =>
  (it) => {
    const app = it.native(APPLICATION, {
      inner: null,
      services: new Map(),
      hooks: [],
      isDove,
      rest: null,
      hasSockets: false,
      isInferred: false,
    } satisfies Application);
    applications(it).push(app);
    return app;
  };
const keyOf = (path: string): string => path.replace(/^\/+|\/+$/g, '');
const positionIn = ({ inner }: Application): number =>
  inner === null
    ? 0
    : inner.type.name === 'koa application'
      ? koaPosition(inner)
      : routerState(inner).layers.length;

/** Objects are services where functions would be middleware; so is what a package of the ecosystem made. */
const isService = (value: Value): boolean =>
  value.k === 'record' ||
  (value.k === 'native' && value.type === STRATEGIES) ||
  (value.k === 'unknown' &&
    /^(?:feathers-|@feathersjs\/(?!express$|koa$))/.test(value.origin?.package ?? ''));

function serviceAt(it: Evaluator, app: Application, path: string, site: Site): Service {
  let known = app.services.get(keyOf(path));
  if (!known) {
    known = {
      path: keyOf(path),
      implementation: UNKNOWN,
      hooks: [],
      before: [],
      methods: null,
      site,
      facts: it.facts,
      position: 0,
      isUsed: false,
    };
    app.services.set(known.path, known);
  }
  return known;
}
const use: Method = (it, self, args, site) => {
  const app = stateOf(self);
  const path = args[0] ? textOf(args[0], '*') : null;
  const at = path === null ? -1 : args.findIndex((a, i) => i > 0 && isService(a));
  const inner = path === null ? null : args.slice(1).find((a) => a.k === 'native' && a.type === APPLICATION);
  if (inner) {
    for (const [below, service] of stateOf(inner as Native).services)
      app.services.set(keyOf(joinPaths(path!, below)), { ...service, path: keyOf(joinPaths(path!, below)) });
    return self;
  }
  if (at < 0) {
    if (app.inner) callMember(it, app.inner, 'use', () => [...args], site);
    return self;
  }
  const options = args.slice(at + 1).find((a) => a.k === 'record');
  const methods = options?.k === 'record' ? options.members.get('methods') : undefined;
  const listed = methods?.k === 'list' && !methods.open ? methods.elements.map((m) => stringOf(m)) : null;
  Object.assign(serviceAt(it, app, path!, site), {
    implementation: args[at]!,
    before: args
      .slice(1, at)
      .flatMap((a) => (a.k === 'list' ? a.elements : [a]))
      .map((value) => ({ value, site })),
    methods: listed?.flatMap((m) => m ?? []) ?? null,
    site,
    facts: it.facts,
    position: positionIn(app),
    isUsed: true,
  } satisfies Partial<Service>);
  return self;
};
const configure: Method = (it, self, [plugin], site) => {
  const app = stateOf(self);
  if (plugin?.k === 'native' && plugin.type === TRANSPORT) {
    const { kind, callback } = plugin.state as Transport;
    if (kind === 'rest') app.rest = positionIn(app);
    else {
      app.hasSockets = true;
      const server = it.knowledge.model('socket.io')?.calls['Server'];
      if (kind === 'socketio' && server && callback && isCallable(callback))
        it.attempt(it.place(site), () => void it.call(callback, [server(it, [], site)], self, site));
    }
  } else if (plugin && isCallable(plugin))
    it.attempt(it.place(site), () => void it.awaiting(it.call(plugin, [self], self, site)));
  return self;
};
const APPLICATION: LibraryType = {
  name: 'feathers application',
  methods: {
    use,
    configure,
    hooks: (_it, self, [hooks], site) => {
      if (hooks) stateOf(self).hooks.push(...hooksIn(hooks, site));
      return self;
    },
    service: (it, self, [path], site) => {
      const text = path && textOf(path, '*');
      return text
        ? it.native(SERVICE, {
            app: self,
            service: serviceAt(it, stateOf(self), text, site),
          } satisfies Handle)
        : UNKNOWN;
    },
    get: (_it, self, [name, ...handlers], site) => {
      if (handlers.length > 0 && stateOf(self).inner)
        return callMember(_it, stateOf(self).inner!, 'get', () => [name!, ...handlers], site);
      return self.members.get(`*${name && stringOf(name)}`) ?? UNKNOWN;
    },
    set: (it, self, [name, value]) => {
      if (name && value) it.journal.write(self.members, `*${stringOf(name)}`, value);
      return self;
    },
    defaultAuthentication: (it) => it.native(STRATEGIES, null),
    setup: (_it, self) => promise(self),
    publish: yieldsItself,
    on: yieldsItself,
    unuse: yieldsItself,
  },
  get: (it, self, name, site) => {
    const { inner } = stateOf(self);
    if (name in APPLICATION.methods || self.members.has(name)) return null;
    return inner ? memberOf(it, inner, name, site) : name === 'listen' ? UNKNOWN : null;
  },
};
interface Transport {
  kind: 'rest' | 'socketio' | 'primus';
  callback: Value | undefined;
}
const TRANSPORT: LibraryType = { name: 'transport', methods: {} };
const transport =
  (kind: Transport['kind']): Operation =>
  (it, args) =>
    it.native(TRANSPORT, { kind, callback: args.findLast((a) => isCallable(a)) } satisfies Transport);

const around = (make: (it: Evaluator, site: Site) => Native): Operation => {
  return (it, [given], site) => {
    if (given?.k === 'native' && given.type === APPLICATION) {
      stateOf(given).inner = make(it, site);
      return given;
    }
    return make(it, site);
  };
};
const overExpress = around((it, site) => makeRouter(it, site, true));
const overKoa = around((it, site) => makeStack(it, true, '', site));

/** Feathers 4 and 5. https://feathersjs.com/api */
export const feathers: LibraryModel = {
  name: 'feathers',
  packages: ['@feathersjs/feathers'],
  about: {
    title: 'Feathers',
    registers:
      'services given to `app.use`: their standard methods, or those of `methods`; by REST (custom methods as `rpc`), and as messages where Socket.io or Primus is configured',
    guards:
      'middleware in front of services, `around` and `before` hooks of application and service in their order; `authenticate`, `disallow`, `iff` and kin of feathers-hooks-common, validators; a method that hooks refuse to every caller from outside is no entry point',
    answers: 'what is returned; errors of `@feathersjs/errors`',
    limits:
      '`after` hooks guard nothing; hooks put on classes by `@feathersjs/hooks`; what adapters and resolvers do to data; middleware of sockets',
  },
  calls: { '': make(false), default: make(false), feathers: make(true) },
  parameter: (it, name) => {
    if (name !== 'app') return null;
    return it.stateOf<Value>('feathers:inferred', () => {
      const app = make(true)(it, [], it.modules.somewhere) as Native;
      stateOf(app).isInferred = true;
      return app;
    });
  },
  finish: (it) => {
    for (const app of applications(it)) {
      const { services, rest, hasSockets, isInferred, inner } = stateOf(app);
      // Without a transport it is a client, or serves only itself.
      if (!inner && rest === null && !hasSockets && !isInferred) continue;
      const unmounted = isInferred || (rest === null && !hasSockets);
      for (const service of services.values()) {
        if (!service.isUsed) {
          if (service.hooks.length > 0)
            it.gap(
              `where the service \`${service.path}\` is registered could not be followed`,
              it.place(service.site),
            );
          continue;
        }
        it.attempt(it.place(service.site), () => {
          for (const [method, handler] of methodsOf(it, service)) {
            const call = { app, service, method, handler };
            if (rest !== null || !hasSockets) observeMethod(it, { ...call, provider: 'rest' }, unmounted);
            if (hasSockets) observeMethod(it, { ...call, provider: 'socketio' }, unmounted);
          }
        });
      }
    }
  },
};
export const feathersExpress: LibraryModel = {
  name: 'feathers-express',
  packages: ['@feathersjs/express'],
  calls: {
    '': overExpress,
    default: overExpress,
    Router: (it, args, site) => express.calls['Router']!(it, args, site),
    'default.Router': (it, args, site) => express.calls['Router']!(it, args, site),
    rest: transport('rest'),
  },
  // It hands on what Express itself brings.
  member: (_it, path) =>
    path.length === 1 && /^(?:static|json|urlencoded|raw|text)$/.test(path[0]!)
      ? { k: 'external', package: 'express', path }
      : null,
};
export const feathersKoa: LibraryModel = {
  name: 'feathers-koa',
  packages: ['@feathersjs/koa'],
  calls: { koa: overKoa, '': overKoa, rest: transport('rest') },
};
export const feathersSockets: LibraryModel = {
  name: 'feathers-socketio',
  packages: ['@feathersjs/socketio'],
  calls: { '': transport('socketio'), default: transport('socketio') },
};
export const feathersPrimus: LibraryModel = {
  name: 'feathers-primus',
  packages: ['@feathersjs/primus'],
  calls: { '': transport('primus'), default: transport('primus') },
};
