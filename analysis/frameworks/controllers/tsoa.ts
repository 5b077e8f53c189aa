import { decorationsOf, type Decoration } from '../../wiring/decorators.js';
import type { Evaluator } from '../../wiring/evaluator.js';
import { injected } from '../../wiring/injection.js';
import { yieldsItself, type LibraryModel, type LibraryType } from '../../wiring/library.js';
import { assignMember, memberOf } from '../../wiring/members.js';
import { passedError, runLink } from '../../wiring/middleware.js';
import type { AppliedLink } from '../../wiring/recorder.js';
import {
  builtin,
  constantsOf,
  list,
  listed,
  literal,
  promise,
  stringOf,
  textOf,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type ClassValue,
  type Native,
  type Value,
} from '../../wiring/value.js';
import { allRoutes, fill, spotOn, unservedSpot, type Part, type Spot } from './controller-routes.js';
import {
  checked,
  globCovers,
  markedMethods,
  unfollowed,
  type ControllerRoute,
  type Handler,
} from '../web/controllers.js';
import { isStack } from '../koa/koa-layers.js';
import { joinPaths } from '../web/paths.js';
import { fromRoot, isConfig, readConfig, type Alternative, type Config } from './tsoa-config.js';
import { asIdentity } from '../web/web-request.js';

const NAME = 'tsoa';
interface State {
  configs: Config[];
  /** Calls of `RegisterRoutes`, where the file that defines it is not in the repository. */
  spots: Spot[];
}
const stateIn = (it: Evaluator): State => it.stateOf<State>(NAME, () => ({ configs: [], spots: [] }));

const isOurs = (d: Decoration): boolean => d.package === NAME || d.package === '@tsoa/runtime';
/** Routes are made from what is written: a decorator that a project wraps in its own is not read. */
const isRead = (d: Decoration): boolean => isOurs(d) && (d.written ?? d.name) === d.name;
const isVerb = (d: Decoration): boolean =>
  isRead(d) && /^(Get|Post|Put|Patch|Delete|Head|Options)$/.test(d.name);
const named = (all: readonly Decoration[], name: string): Decoration[] =>
  all.filter((d) => isRead(d) && d.name === name);

/** `this.setStatus(403)` is how a controller answers with another status. */
const CONTROLLER: LibraryType = {
  name: 'controller',
  methods: {},
  call: yieldsItself,
  inherited: (it, _base, name) => {
    if (name === 'setStatus')
      return builtin(name, ([status]) => {
        if (status?.k === 'literal' && typeof status.value === 'number' && status.value >= 300)
          it.answer({ how: 'answer', status: status.value });
        return UNDEFINED;
      });
    return /^(setHeader|getHeaders?|getStatus)$/.test(name) ? builtin(name, () => UNKNOWN) : null;
  },
};

/** What `@Security` asks for, on the method, else on the class, else for all; null where nothing is asked. */
function securityOf(
  it: Evaluator,
  handler: Handler,
  config: Config | null,
): { by: Alternative[]; at: Decoration | null } {
  for (const all of [handler.decorations, decorationsOf(it, handler.cls).own]) {
    if (named(all, 'NoSecurity').length > 0) return { by: [], at: null };
    const asked = named(all, 'Security');
    if (asked.length > 0) return { by: asked.map(alternativeIn), at: asked.at(-1)! };
  }
  return { by: [...(config?.rootSecurity ?? [])], at: null };
}
function alternativeIn({ args: [first, scopes] }: Decoration): Alternative {
  if (first?.k === 'record')
    return new Map([...first.members].map(([name, value]) => [name, constantsOf(value) ?? []]));
  return new Map([[(first && textOf(first)) ?? '*', (scopes && constantsOf(scopes)) ?? []]]);
}
function authenticationOf(it: Evaluator, config: Config | null, isKoa: boolean): Value | null {
  if (!config?.authentication) return null;
  const path = fromRoot(config, config.authentication);
  const target = it.loader.resolve('tsoa.json', `./${path}`);
  const instance = target.kind === 'file' ? it.modules.instantiate(target.path) : null;
  if (!instance) return null;
  const found = it.modules.exported(instance, isKoa ? 'koaAuthentication' : 'expressAuthentication');
  return found.k === 'function' ? found : null;
}
/** One of the alternatives has to accept; each is asked with the name of a scheme and with scopes. */
function secured(
  it: Evaluator,
  handler: Handler,
  config: Config | null,
  request: Value,
  response: Value,
  carries: readonly Native[],
): AppliedLink | null {
  const { by, at } = securityOf(it, handler, config);
  if (by.length === 0) return null;
  const site = at?.site ?? handler.mark.site;
  const ask = authenticationOf(it, config, carries.length === 1);
  const called = by.flatMap((each) => [...each].flatMap(([name, scopes]) => [name, ...scopes]));
  if (!ask)
    return unfollowed(
      it,
      'Security',
      site,
      'what `Security` does here is not known: the authentication module of tsoa was not found',
    );
  const value = builtin('Security', () => {
    let user: Value = UNDEFINED;
    const one = (each: Alternative): void => {
      for (const [name, scopes] of each)
        user = it.awaiting(
          it.call(
            ask,
            [request, literal(name), list(scopes.map((s) => literal(s))), response],
            UNDEFINED,
            site,
          ),
        );
    };
    if (by.length === 1) one(by[0]!);
    else it.merge(by.map((each) => it.arm([], () => one(each))));
    if (request.k === 'native') assignMember(it, request, 'user', asIdentity(it, user), site);
    return UNDEFINED;
  });
  return {
    ...runLink(
      it,
      { value, site, name: 'Security', arguments: called },
      {
        args: () => [],
        carries: [...carries, ...(request.k === 'native' ? [request] : [])],
        goesOn: () => [],
        refusal: { how: 'throw', status: 401 },
      },
    ),
    definition: ask.k === 'function' ? { file: ask.module.path, line: ask.fn.line } : null,
  };
}

const PLAIN = /^:?\s*(any|unknown|object|Record<string, (any|unknown)>|\{\s*\})\s*$/;
function argumentOf(it: Evaluator, handler: Handler, index: number, request: Value, response: Value): Value {
  const own = (handler.parameters[index] ?? []).find(isOurs);
  const { pattern } = handler.method.fn.params[index]!;
  const given = own?.args[0] && stringOf(own.args[0]);
  const name = given ?? (pattern.k === 'identifier' ? pattern.name : null);
  const part = (of: string): Value => unknown([name ? `${of}.${name}` : of]);
  const { site } = own ?? handler.mark;
  switch (own?.name) {
    case 'Request':
      return request;
    case 'RequestProp':
      return memberOf(it, request, name ?? '*', site);
    case 'Body':
      return unknown(['body']);
    case 'BodyProp':
    case 'FormField':
      return part('body');
    case 'Header':
      return memberOf(it, memberOf(it, request, 'headers', site), name ?? '*', site);
    case 'Query':
      return part('query');
    case 'Queries':
      return unknown(['query']);
    case 'UploadedFile':
    case 'UploadedFiles':
      return unknown(['file']);
    case 'Inject':
      return UNKNOWN;
    // A function that answers: `notFound(404, { … })`.
    case 'Res':
      return builtin('responder', ([status, body], _self, at) => {
        const answer = memberOf(it, response, 'status', at);
        it.call(
          memberOf(it, it.call(answer, [status ?? UNKNOWN], response, at), 'json', at),
          [body ?? UNDEFINED],
          response,
          at,
        );
        return UNDEFINED;
      });
    default:
      return part('params');
  }
}
const CHECKED = /^(Body|BodyProp|Queries|FormField)$/;
/** Authentication runs first, then middleware of the class and of the method, then the arguments are checked. */
function routeOf(
  it: Evaluator,
  handler: Handler,
  config: Config | null,
  unmounted: boolean,
): ControllerRoute {
  const { cls, method, mark } = handler;
  const exchanged = (exchange: readonly Native[]): [Value, Value] => {
    const [first, second] = exchange as [Native, Native | undefined];
    return second ? [first, second] : [memberOf(it, first, 'request', mark.site), first];
  };
  return {
    framework: NAME,
    unmounted,
    *chain(exchange) {
      const [request, response] = exchanged(exchange);
      const security = secured(it, handler, config, request, response, exchange);
      if (security) yield security;
      const classes: Decoration[] = [];
      for (let of: Value | null = cls; of?.k === 'class'; of = of.base)
        classes.unshift(...decorationsOf(it, of).own);
      for (const d of [...classes, ...handler.decorations].filter(
        (m) => isOurs(m) && m.name === 'Middlewares',
      ))
        for (const value of d.args.flatMap(listed))
          yield runLink(
            it,
            { value, site: d.site },
            {
              args: (next) => [...exchange, next],
              carries: exchange,
              ...(exchange.length > 1
                ? { onNext: ([error]) => passedError(error) }
                : { yields: promise(UNDEFINED) }),
            },
          );
      for (const [i, { type }] of method.fn.params.entries()) {
        const d = (handler.parameters[i] ?? []).find((p) => isOurs(p) && CHECKED.test(p.name));
        if (!d || type === null || PLAIN.test(type)) continue;
        const sources = [d.name === 'Queries' ? 'query' : 'body'];
        yield checked(it, d.name, 'validation', NAME, d.site, { sources });
        break;
      }
    },
    work: (exchange) => {
      const [request, response] = exchanged(exchange);
      const args = method.fn.params.map((_p, i) => argumentOf(it, handler, i, request, response));
      return it.runHandler(method, args, mark.site, injected(it, cls));
    },
  };
}
const pathOf = (it: Evaluator, { cls, mark }: Handler, config: Config | null): string | null => {
  const route = named(decorationsOf(it, cls).own, 'Route')[0]?.args[0];
  const [base, own] = [route, mark.args[0]].map((v) => (v === undefined ? '' : textOf(v)));
  if (base === null || own === null) return null;
  const whole = joinPaths(joinPaths(config?.basePath ?? '', base ?? ''), own ?? '');
  return joinPaths('', whole.replace(/\{([\w$-]+)\}/g, ':$1')) || '/';
};
/** Only what a class writes itself is made into routes, not what it inherits. */
const handlersOf = (it: Evaluator, cls: ClassValue): Handler[] =>
  named(decorationsOf(it, cls).own, 'Route').length > 0
    ? markedMethods(it, cls, isVerb, true).filter((h) => h.owner === cls)
    : [];

/** https://tsoa-community.github.io/docs/ */
export const tsoa: LibraryModel = {
  name: NAME,
  packages: [NAME, '@tsoa/runtime'],
  about: {
    title: 'tsoa',
    registers:
      'methods of `Route` classes that `tsoa.json` names, where `RegisterRoutes` is called with a server of Express or Koa: as in the generated file, or by the decorators and `basePath` where that is not in the repository',
    guards:
      '`Security` of method or class, else `rootSecurity`, by what `expressAuthentication` of the authentication module does with its names and scopes; several are alternatives; `NoSecurity`; `Middlewares`; bodies and queries that have types',
    answers: 'what is returned, `setStatus`, responders of `Res`; errors',
    limits: 'Hapi; `tsoa.js` as configuration; `Security` without a known authentication module leaves a gap',
  },
  calls: {},
  member: (it, path) =>
    path.length === 1 && path[0] === 'Controller'
      ? it.stateOf<Native>('tsoa:controller', () => it.native(CONTROLLER, null))
      : null,
  reads: isConfig,
  isEntry: () => false,
  named: (texts) =>
    [...texts].flatMap(([file, text]) => {
      const config = isConfig(file) ? readConfig(file, text) : null;
      return config?.authentication ? [fromRoot(config, config.authentication)] : [];
    }),
  prepare: (it, texts) => {
    const state = stateIn(it);
    const { root } = it.loader;
    const all = [...texts].flatMap(([file, text]) => readConfig(file, text) ?? []);
    const own = all.filter((c) => root === '' || c.file.startsWith(`${root}/`));
    state.configs = own.length > 0 ? own : all;
    it.watched.set('RegisterRoutes', (callee, args, site) => {
      const isKoa =
        args[0] !== undefined && args[0].k === 'native'
          ? isStack(args[0])
          : (state.configs[0]?.isKoa ?? false);
      if (callee === null) state.spots.push(spotOn(it, args[0] ?? UNKNOWN, isKoa, 'express', site));
    });
  },
  finish: (it) => {
    const state = stateIn(it);
    if (!it.loader.uses(NAME) && !it.loader.uses('@tsoa/runtime')) return;
    const configOf = ({ module }: ClassValue): Config | null =>
      state.configs.find((c) => c.globs.some((g) => globCovers(fromRoot(c, g), module.path))) ??
      state.configs[0] ??
      null;
    const all = it.decorated.flatMap((cls) => handlersOf(it, cls));
    const generated = new Set<Handler>();
    // What the generated file registers says where each stands; its handlers are called like `UserController_get`.
    for (const layer of allRoutes(it)) {
      const last = layer.handlers.at(-1)?.value;
      const name = last?.k === 'function' ? last.fn.name : null;
      const handler = name === null ? undefined : all.find((h) => `${h.cls.node.name}_${h.name}` === name);
      if (!handler) continue;
      generated.add(handler);
      layer.handlers = [{ value: handler.method, site: handler.mark.site }];
      layer.site = handler.mark.site;
      layer.controller = routeOf(it, handler, configOf(handler.cls), false);
    }
    const partOf = (handler: Handler, unmounted: boolean): Part => {
      const config = configOf(handler.cls);
      return {
        method: handler.mark.name.toUpperCase(),
        path: pathOf(it, handler, config),
        handler: handler.method,
        site: handler.mark.site,
        controller: routeOf(it, handler, config, unmounted),
      };
    };
    const rest = all.filter((h) => !generated.has(h));
    for (const spot of state.spots)
      fill(
        spot,
        rest.map((h) => partOf(h, false)),
      );
    const [first] = rest;
    if (state.spots.length > 0 || !first) return;
    fill(
      unservedSpot(it, NAME, first.mark.site),
      rest.map((h) => partOf(h, true)),
    );
  },
};
