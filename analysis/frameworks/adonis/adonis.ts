import type { Evaluator } from '../../wiring/evaluator.js';
import { injected } from '../../wiring/injection.js';
import type { LibraryModel, LibraryType, Operation } from '../../wiring/library.js';
import { memberOf } from '../../wiring/members.js';
import { runLink, type Installed } from '../../wiring/middleware.js';
import { observeEntryPoint } from '../../wiring/observe.js';
import { type AppliedLink, opaqueLink } from '../../wiring/recorder.js';
import {
  builtin,
  constantArguments,
  isCallable,
  list,
  literal,
  promise,
  record,
  stringOf,
  UNDEFINED,
  UNKNOWN,
  type Native,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { abilities, loaded, makeBouncer, makeHttpContext } from './adonis-context.js';
import { NAMED, ROUTER, routing, SERVER, type Named, type Route, inList } from './adonis-routes.js';
import { emitter } from '../node/event-emitters.js';
import { compose } from './lucid.js';
import { folderOf, joinPaths } from '../web/paths.js';

/** A function of the project to be called, with its `this`. */
interface Work {
  value: Value;
  self: Value;
}
function methodOf(it: Evaluator, given: Value, name: string, site: Site): Work | null {
  const value = loaded(it, given, site);
  if (value.k === 'class') {
    const self = injected(it, value);
    const method = memberOf(it, self, name, site);
    return isCallable(method) ? { value: method, self } : null;
  }
  if (value.k === 'record') {
    const method = memberOf(it, value, name, site);
    return isCallable(method) ? { value: method, self: value } : null;
  }
  return null;
}
/** `UsersController`, `#controllers/users_controller`, `App/Modules/X`: a class by the name of its file. */
function classNamed(it: Evaluator, name: string, namespace: string | null): Value | null {
  const files = it.loader.entryFiles('adonis').filter((f) => !/(?:^|\/)start\//.test(f));
  const plain = name.replace(/^#/, '').replace(/^(?:App|app)\//, '');
  const inside = (namespace ?? '').replace(/^(?:App|app)\//, '').replace(/^\/|\/$/g, '');
  const wanted = [`${inside}/${plain}`, plain].map((w) => `/${w.replace(/^\/+/, '')}`.toLowerCase());
  const matches = wanted.flatMap((w) =>
    files.filter((f) => `/${f.replace(/\.\w+$/, '')}`.toLowerCase().endsWith(w)),
  );
  const usual = matches.find(
    (f) => /Controllers\/Http\//.test(f) && f.split('/').length <= 5 + plain.split('/').length,
  );
  const file = usual ?? matches[0];
  const instance = file === undefined ? null : it.modules.instantiate(file);
  return instance ? it.modules.exported(instance, 'default') : null;
}
const takesOther = (value: Value): boolean =>
  value.k === 'function' && /^\s*:?\s*(?:number|string|boolean)\b/.test(value.fn.params[0]?.type ?? '');
/** `[Controller, 'method']`, `'Controller.method'`, a function; null where what is meant could not be found. */
function handlerOf(it: Evaluator, { handler, action, groups, namespace, site }: Route): Work | null {
  const of = (given: Value | undefined, method: string): Work | null => {
    if (!given) return null;
    const name = stringOf(given);
    const inner = namespace ?? groups.map((g) => g.namespace).findLast((n) => n !== null) ?? null;
    const value = name === null ? given : classNamed(it, name, inner);
    const work = value ? methodOf(it, value, method, site) : null;
    // Nobody has named it, and what it takes is no request: the project has its own way from routes to classes.
    return work && method === 'handle' && takesOther(work.value) ? null : work;
  };
  if (handler.k === 'list')
    return of(handler.elements[0], stringOf(handler.elements[1] ?? UNDEFINED) ?? action ?? 'handle');
  const text = stringOf(handler);
  if (text !== null) {
    const dot = text.lastIndexOf('.');
    return dot < 0 || action !== null
      ? of(handler, action ?? 'handle')
      : of(literal(text.slice(0, dot)), text.slice(dot + 1));
  }
  if (action !== null || handler.k === 'class') return of(handler, action ?? 'handle');
  return isCallable(handler) ? { value: handler, self: UNDEFINED } : null;
}

interface Middleware extends Installed {
  args: readonly Value[];
}
/** What a middleware is: by name, a class or a module of one, a function. */
function middlewareOf(it: Evaluator, value: Value, site: Site): Middleware {
  if (value.k === 'native' && value.type === NAMED) {
    const { name, args } = value.state as Named;
    return { ...byName(it, name, site), args, arguments: constantArguments(args.flatMap(inRecord)) };
  }
  const text = stringOf(value);
  if (text !== null) {
    // `auth:web,api`
    const [name, ...rest] = text.split(':');
    const args = rest.join(':').split(',').filter(Boolean);
    return { ...byName(it, name!, site), args: [list(args.map((a) => literal(a)))], arguments: args };
  }
  return { ...resolved(it, value, site), args: [] };
}
const inRecord = (value: Value): Value[] =>
  value.k === 'record' ? [...value.members.values()].flatMap((v) => inList(v)) : inList(value);
function byName(it: Evaluator, name: string, site: Site): Installed {
  const found = routing(it).named.get(name);
  return { ...(found ? resolved(it, found, site) : { value: UNKNOWN, site }), name };
}
/** `csrf: { enabled: false }` in `config/shield.ts`: its middleware then only sets headers. */
function isCsrfOff(it: Evaluator): boolean {
  const file = it.loader.entryFiles('adonis').find((f) => /(?:^|\/)config\/shield\.[jt]s$/.test(f));
  const instance = file === undefined ? null : it.modules.instantiate(file);
  const config = instance ? it.modules.exported(instance, 'default') : UNDEFINED;
  const csrf = config.k === 'record' ? config.members.get('csrf') : undefined;
  const enabled = csrf?.k === 'record' ? csrf.members.get('enabled') : undefined;
  return enabled?.k === 'literal' && enabled.value === false;
}
function resolved(it: Evaluator, given: Value, site: Site): Installed {
  const isLazy = given.k === 'function' && given.fn.isArrow && given.fn.params.length === 0;
  const text = stringOf(given);
  const value = text === null ? loaded(it, given, site) : (classNamed(it, text, null) ?? UNKNOWN);
  if (value.k === 'external' && value.package === '@adonisjs/shield' && isCsrfOff(it))
    return { value: builtin('shield', (args) => it.call(args[1] ?? UNDEFINED, [], UNDEFINED, site)), site };
  const work = methodOf(it, value, 'handle', site);
  // `@adonisjs/cors/cors_middleware`
  const path = value.k === 'external' ? value.path.at(-1)?.replace(/^\//, '') : undefined;
  if (!work) return { value: isLazy ? value : given, site, ...(path ? { name: path } : {}) };
  return {
    value: work.value,
    self: work.self,
    site,
    ...(value.k === 'class' && value.node.name ? { name: value.node.name } : {}),
  };
}
function observe(it: Evaluator, route: Route): void {
  const { site, groups, handler } = route;
  const prefixes = [...groups.flatMap((g) => [...g.prefixes].reverse()), ...[...route.prefixes].reverse()];
  const path = [...prefixes, route.path].reduce<string | null>(
    (base, part) => (base === null || part === null ? null : joinPaths(base, part)),
    '',
  );
  const { server, global } = routing(it);
  const work = handlerOf(it, route);
  const isShown = handler.k === 'literal' && handler.value === undefined;
  if (!work && !isShown) it.gap('the controller of this route could not be followed', it.place(site));
  for (const method of route.methods) {
    const context = makeHttpContext(it, method, path || '/');
    observeEntryPoint(it, {
      framework: 'adonis',
      trigger: { kind: 'http', method, path: path === '' ? '/' : path },
      registration: site,
      handler: work?.value ?? null,
      unmounted: path === null || route.isUncalled,
      *chain(): Iterable<AppliedLink> {
        const own = [...groups.flatMap((g) => g.middleware), ...route.middleware];
        for (const each of [...server, ...global, ...own]) {
          const { args, ...installed } = middlewareOf(it, each.value, each.site);
          yield runLink(it, installed, {
            args: (next) => [context, next, ...args],
            carries: [context, context.members.get('auth') as Native],
            yields: promise(UNDEFINED),
          });
        }
        if (!work && !isShown) yield opaqueLink('not followed', it.place(site));
      },
      work: () => (work ? it.runHandler(work.value, [context], site, work.self) : undefined),
    });
  }
}

const FOLDERS =
  /(?:^|\/)(?:start\/[^.]+\.[jt]s|adonisrc\.[jt]s|config\/shield\.[jt]s|(?:app|src|modules)\/(?:.*\/)?(?:controllers|middleware|policies|abilities)\/.*\.[jt]s)$/i;
const isTest = /\.(?:spec|test|d)\.[jt]s$/;
const RC = /(?:^|\/)\.adonisrc\.json$/;
/** `preloads` of `.adonisrc.json`: files, from its own folder. */
function preloadsIn(texts: ReadonlyMap<string, string>): string[] {
  return [...texts].flatMap(([file, text]) => {
    if (!RC.test(file)) return [];
    const folder = folderOf(file);
    const listed = /"preloads"\s*:\s*\[([^\]]*(?:\[[^\]]*\][^\]]*)*)\]/.exec(text)?.[1] ?? '';
    return [...listed.matchAll(/"(\.\/[^"]+)"/g)].map((m) =>
      joinPaths(folder, m[1]!.slice(2)).replace(/^\//, ''),
    );
  });
}
/** `defineConfig` of `adonisrc.ts`: its preloads are imported when the application starts. */
const defineConfig: Operation = (it, [config = UNDEFINED], site) => {
  const preloads = config.k === 'record' ? config.members.get('preloads') : undefined;
  for (const each of inList(preloads)) {
    const work = each.k === 'record' ? each.members.get('file') : each;
    if (work?.k === 'function') it.attempt(it.place(site), () => void it.call(work, [], UNDEFINED, site));
  }
  return config;
};
const exception: Operation = (_it, [message, options, code]) => {
  const given = options?.k === 'record' ? options.members.get('status') : options;
  return record(
    [
      ['message', message ?? UNDEFINED],
      ['status', given ?? literal(500)],
      ['code', code ?? UNDEFINED],
    ],
    UNKNOWN,
  );
};
const refusing =
  (status: number): Operation =>
  () =>
    record([['status', literal(status)]], UNKNOWN);
const first: LibraryType = { name: 'ability', methods: {} };
const BOUNCER_MODULE: LibraryType = {
  name: 'abilities',
  methods: {
    // `Bouncer.define('name', ability)` of version 5.
    define: (it, self, [name, ability]) => {
      const text = name && stringOf(name);
      if (text && ability) abilities(it).named.set(text, ability);
      return self;
    },
    registerPolicies: (it, self, [table]) => {
      if (table?.k === 'record')
        for (const [name, policy] of table.members) abilities(it).policies.set(name, policy);
      return self;
    },
    ability: (_it, _self, args) => args.findLast((a) => isCallable(a)) ?? UNKNOWN,
  },
  call: (it) => makeBouncer(it),
  get: (it, _self, name) => (name === 'actions' || name === 'policies' ? it.native(first, null) : null),
};
const module = (it: Evaluator, type: LibraryType): Native =>
  it.stateOf<Native>(`adonis:module:${type.name}`, () => it.native(type, null));

/** AdonisJS 5, 6 and 7. https://docs.adonisjs.com */
export const adonis: LibraryModel = {
  name: 'adonis',
  packages: [
    '@adonisjs/core',
    '@ioc:Adonis/Core',
    '@ioc:Adonis/Addons',
    '@adonisjs/bouncer',
    '@adonisjs/auth',
  ],
  about: {
    title: 'AdonisJS',
    registers:
      'routes of the router with groups, prefixes and resources, in `start/` and in what `preloads` names; controllers as classes, lazy imports and names of files',
    guards:
      'middleware of server, router, groups (outer before inner) and routes, named ones with their arguments, run as the project wrote them; `auth`, `bouncer` with abilities and policies, `validateUsing`',
    answers: '`response` with its named statuses, `abort`, what is returned, exceptions with a status',
    limits:
      'controllers that a generated file names and macros of the router leave a gap; `before` of policies; channels of Transmit; version 4',
  },
  calls: {
    '/app.defineConfig': defineConfig,
    '/helpers.compose': compose,
    '/Helpers.compose': compose,
    '/exceptions.Exception': exception,
    '/build/standalone.Exception': exception,
    '/build/standalone.AuthenticationException': refusing(401),
    'errors.E_UNAUTHORIZED_ACCESS': refusing(401),
    'errors.E_INVALID_CREDENTIALS': refusing(400),
    'errors.E_AUTHORIZATION_FAILURE': refusing(403),
  },
  member: (it, path) => {
    switch (path.join('')) {
      case '/services/router':
      case '/Route':
        return module(it, ROUTER);
      // https://docs.adonisjs.com/guides/digging-deeper/emitter
      case '/services/emitter':
      case '/Event':
        return it.stateOf<Native>('adonis:emitter', () => emitter(it));
      case '/services/server':
      case '/Server':
        return module(it, SERVER);
      case '/Bouncer':
      case 'Bouncer':
      case '/build/standaloneBouncer':
        return module(it, BOUNCER_MODULE);
      default:
        return null;
    }
  },
  isEntry: ({ path }) => FOLDERS.test(path) && !isTest.test(path),
  reads: (path) => RC.test(path),
  named: preloadsIn,
  finish: (it) => {
    for (const route of routing(it).routes)
      if (!route.isRemoved) it.attempt(it.place(route.site), () => observe(it, route));
  },
};
export const adonisShield: LibraryModel = {
  name: 'adonis-shield',
  packages: ['@adonisjs/shield'],
  calls: { defineConfig: (_it, [config]) => config ?? UNDEFINED },
};
