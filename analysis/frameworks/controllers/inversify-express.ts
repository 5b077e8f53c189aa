import { decorationsOf, type Decoration } from '../../wiring/decorators.js';
import type { Evaluator } from '../../wiring/evaluator.js';
import { yieldsItself, type LibraryModel, type LibraryType, type Operation } from '../../wiring/library.js';
import { memberOf } from '../../wiring/members.js';
import { passedError, runLink, type Installed } from '../../wiring/middleware.js';
import {
  builtin,
  isNullish,
  listed,
  literal,
  NULL,
  promise,
  record,
  stringOf,
  textOf,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type ClassValue,
  type Native,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { fill, spotOn, unservedSpot, type Part, type Spot } from './controller-routes.js';
import { markedMethods, type ControllerRoute, type Handler } from '../web/controllers.js';
import { isRouter } from '../express/express-layers.js';
import { makeRouter } from '../express/express-router.js';
import { boundTo, instanceOf } from './inversify.js';
import { joinPaths } from '../web/paths.js';

const NAME = 'inversify-express-utils';
interface Server {
  arguments: readonly Value[];
  configure: Value | null;
  configureErrors: Value | null;
  site: Site;
}
const built = (it: Evaluator): { spot: Spot; provider: Value | null }[] => it.stateOf(NAME, () => []);

/** `build()`: the configuration, then the controllers on a router of their own, then what is for errors. */
function build(it: Evaluator, { arguments: args, configure, configureErrors, site }: Server): Value {
  const [, customRouter, routing, customApp, provider] = args;
  const app = customApp && isRouter(customApp) ? customApp : makeRouter(it, site, true);
  const router = customRouter && isRouter(customRouter) ? customRouter : makeRouter(it, site, false);
  if (configure) it.call(configure, [app], UNDEFINED, site);
  built(it).push({
    spot: spotOn(it, router, false, 'express', site),
    provider: provider && !isNullish(provider) ? provider : null,
  });
  const root = routing?.k === 'record' ? routing.members.get('rootPath') : undefined;
  it.call(memberOf(it, app, 'use', site), [root ?? literal('/'), router], app, site);
  if (configureErrors) it.call(configureErrors, [app], UNDEFINED, site);
  return app;
}
const SERVER: LibraryType = {
  name: 'inversify server',
  methods: {
    setConfig: (_it, self, [configure]) => {
      (self.state as Server).configure = configure ?? null;
      return self;
    },
    setErrorConfig: (_it, self, [configure]) => {
      (self.state as Server).configureErrors = configure ?? null;
      return self;
    },
    build: (it, self) => build(it, self.state as Server),
  },
};
const server: Operation = (it, args, site) =>
  it.native(SERVER, { arguments: args, configure: null, configureErrors: null, site } satisfies Server);

/** What a controller answers with: `this.badRequest()`. */
const RESULT: LibraryType = {
  name: 'action result',
  methods: {},
  answer: (self) => ({ how: 'answer', status: self.state as number | null }),
};
const RESULTS: Readonly<Record<string, number>> = {
  ok: 200,
  created: 201,
  redirect: 302,
  badRequest: 400,
  notFound: 404,
  conflict: 409,
  internalServerError: 500,
};
/** `BaseHttpController`, `BaseMiddleware`: what they know of the request is put there when one is run. */
const BASE: LibraryType = {
  name: 'base',
  methods: {},
  call: yieldsItself,
  inherited: (it, _base, name) => {
    const status = RESULTS[name];
    if (status !== undefined) return builtin(name, () => it.native(RESULT, status));
    if (!/^(json|statusCode|responseMessage)$/.test(name)) return null;
    return builtin(name, (args) => {
      const given = args[name === 'json' ? 1 : 0];
      const known = given?.k === 'literal' && typeof given.value === 'number' ? given.value : null;
      return it.native(RESULT, name === 'json' && !given ? 200 : known);
    });
  },
};

const isOurs = (d: Decoration): boolean => d.package === NAME;
const VERB = /^http(Get|Post|Put|Patch|Head|Delete|Options)$|^all$/;
const isRoute = (d: Decoration): boolean => isOurs(d) && (VERB.test(d.name) || d.name === 'httpMethod');
const marksClass = (d: Decoration): boolean => isOurs(d) && d.name === 'controller';

/** Nobody is known where there is no provider. */
const nobody = (): Value => {
  const no = builtin('no', () => promise(literal(false)));
  return record([
    ['details', NULL],
    ['isAuthenticated', no],
    ['isInRole', no],
    ['isResourceOwner', no],
  ]);
};
/** Middleware is a function, or what is bound under it: a function, or an instance with a `handler`. */
function middlewareFor(it: Evaluator, value: Value, site: Site, context: Value): Installed {
  const found = boundTo(it, value) ?? (value.k === 'class' ? instanceOf(it, value) : value);
  if (found.k !== 'record') return { value: found, site };
  const name = found.cls?.node.name ?? 'middleware';
  if (found.cls) giveContext(it, found.cls, found, context);
  return { value: memberOf(it, found, 'handler', site), site, self: found, name };
}
function giveContext(it: Evaluator, cls: ClassValue, instance: Value, context: Value): void {
  if (instance.k !== 'record') return;
  it.journal.write(instance.members, 'httpContext', context);
  for (let of: Value | null = cls; of?.k === 'class'; of = of.base)
    for (const [name, decorations] of decorationsOf(it, of).members)
      if (decorations.some((d) => isOurs(d) && d.name === 'injectHttpContext'))
        it.journal.write(instance.members, name, context);
}
/** Of the decorators only those count that are written below the one that reads them: they are applied before it. */
const withMiddleware = (all: readonly Decoration[], reader: Decoration): Decoration[] =>
  all.slice(0, all.indexOf(reader)).filter((d) => isOurs(d) && d.name === 'withMiddleware');

function argumentFor(
  it: Evaluator,
  d: Decoration | undefined,
  exchange: readonly Value[],
  user: Value,
): Value {
  const [request, response, next] = exchange as [Value, Value, Value];
  const name = d?.args[0] && stringOf(d.args[0]);
  const part = (of: string): Value => unknown([name ? `${of}.${name}` : of]);
  switch (d?.name) {
    case 'request':
      return request;
    case 'response':
      return response;
    case 'next':
      return next;
    case 'requestParam':
      return part('params');
    case 'queryParam':
      return part('query');
    case 'requestBody':
      return unknown(['body']);
    case 'requestHeaders': {
      const headers = memberOf(it, request, 'headers', d.site);
      return name ? memberOf(it, headers, name, d.site) : headers;
    }
    case 'cookies':
      return unknown(['credential']);
    case 'principal':
      return user;
    default:
      return UNKNOWN;
  }
}
/** The provider says who the caller is; then middleware of the controller, then of the method. */
function routeOf(
  it: Evaluator,
  handler: Handler,
  controller: Decoration,
  provider: Value | null,
  unmounted: boolean,
): ControllerRoute {
  const { cls, owner, method, mark, decorations, parameters } = handler;
  const next = builtin('next', () => UNDEFINED);
  let user: Value = UNKNOWN;
  let context: Value = UNKNOWN;
  return {
    framework: NAME,
    unmounted,
    *chain(exchange) {
      const [request, response] = exchange as [Native, Native];
      user = provider ? UNKNOWN : nobody();
      if (provider?.k === 'class') {
        const self = instanceOf(it, provider);
        const site = { module: provider.module, line: provider.node.line };
        const link = runLink(
          it,
          {
            value: memberOf(it, self, 'getUser', site),
            site,
            self,
            name: provider.node.name ?? 'provider',
            isRoute: true,
          },
          {
            args: (onward) => [request, response, onward],
            carries: exchange,
            goesOn: (result) => {
              user = result;
              return [];
            },
          },
        );
        yield { ...link, isIncidental: true };
      }
      context = record(
        [
          ['request', request],
          ['response', response],
          ['user', user],
        ],
        UNKNOWN,
      );
      const ofClass = withMiddleware(decorationsOf(it, cls).own, controller);
      const isMethod = mark.name === 'httpMethod';
      for (const [d, values] of [
        [controller, controller.args.slice(1)],
        ...ofClass.map((of) => [of, of.args]),
        [mark, mark.args.slice(isMethod ? 2 : 1)],
        ...withMiddleware(decorations, mark).map((of) => [of, of.args]),
      ] as [Decoration, readonly Value[]][])
        for (const value of values.flatMap(listed))
          yield runLink(it, middlewareFor(it, value, d.site, context), {
            args: (onward) => [request, response, onward],
            carries: exchange,
            onNext: ([error]) => passedError(error),
          });
    },
    work: ([request, response]) => {
      const all = [request!, response!, next];
      const isDecorated = parameters.some((p) => p.some(isOurs));
      const args = isDecorated
        ? method.fn.params.map((_p, i) => argumentFor(it, parameters[i]?.find(isOurs), all, user))
        : all;
      const self = instanceOf(it, cls);
      giveContext(it, cls, self, context);
      return it.runHandler({ ...method, home: method.home ?? owner }, args, mark.site, self);
    },
  };
}
function partsOf(it: Evaluator, cls: ClassValue, provider: Value | null, unmounted: boolean): Part[] {
  const controller = decorationsOf(it, cls).own.find(marksClass)!;
  const base = controller.args[0] ? textOf(controller.args[0]) : '';
  return markedMethods(it, cls, isRoute, false).map((handler) => {
    const { mark, method } = handler;
    const [first, second] = mark.args;
    const isMethod = mark.name === 'httpMethod';
    const verb = isMethod ? ((first && stringOf(first)) ?? 'all') : mark.name.replace(/^http/, '');
    const own = isMethod ? second : first;
    const path = own ? textOf(own) : '';
    return {
      method: verb.toUpperCase(),
      path: base === null || path === null ? null : joinPaths(joinPaths('', base), path) || '/',
      handler: method,
      site: mark.site,
      controller: routeOf(it, handler, controller, provider, unmounted),
    };
  });
}

/** https://github.com/inversify/inversify-express-utils */
export const inversifyExpress: LibraryModel = {
  name: 'inversify-express',
  packages: [NAME],
  about: {
    title: 'inversify-express-utils',
    registers:
      'methods of `controller` classes that were imported, inherited ones included, where an `InversifyExpressServer` is built: on its application or router, below its `rootPath`',
    guards:
      'what `setConfig` installs; middleware of `controller` and of the method, functions or what the container has bound, `BaseMiddleware` included; `withMiddleware` below the decorator that reads it; the `AuthProvider`, where it refuses, and what asks its principal',
    answers: 'what is returned, results of `BaseHttpController`; as Express',
    limits: 'all containers of a program are taken for one; `@inversifyjs/http-core`',
  },
  calls: { InversifyExpressServer: server },
  member: (it, path) =>
    path.length === 1 && /^Base(HttpController|Middleware)$/.test(path[0]!)
      ? it.stateOf<Native>('inversify:base', () => it.native(BASE, null))
      : null,
  finish: (it) => {
    if (!it.loader.uses(NAME)) return;
    const all = it.decorated.filter((cls) => decorationsOf(it, cls).own.some(marksClass));
    const servers = built(it);
    for (const { spot, provider } of servers)
      fill(
        spot,
        all.flatMap((cls) => partsOf(it, cls, provider, false)),
      );
    const [first] = all;
    if (servers.length > 0 || !first) return;
    fill(
      unservedSpot(it, NAME, { module: first.module, line: first.node.line }),
      all.flatMap((cls) => partsOf(it, cls, null, true)),
    );
  },
};
