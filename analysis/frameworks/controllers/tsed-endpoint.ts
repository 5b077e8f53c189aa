import { decorationsOf, type Decoration } from '../../wiring/decorators.js';
import type { Evaluator } from '../../wiring/evaluator.js';
import { injected, tokenKey } from '../../wiring/injection.js';
import { memberOf } from '../../wiring/members.js';
import { passedError, runLink } from '../../wiring/middleware.js';
import type { AppliedLink } from '../../wiring/recorder.js';
import {
  builtin,
  promise,
  record,
  stringOf,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type Native,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { makeContext } from '../web/context.js';
import {
  checked,
  hasRules,
  middlewareOf,
  typeOf,
  type ControllerRoute,
  type Handler,
} from '../web/controllers.js';

export const NAME = 'tsed';
export const isOurs = (d: Decoration): boolean => d.package.startsWith('@tsed/');
export const named = (all: readonly Decoration[], ...names: readonly string[]): Decoration[] =>
  all.filter((d) => isOurs(d) && names.includes(d.name));

/** What the methods of controllers and middleware are given. */
interface Exchange {
  request: Value;
  response: Value;
  context: Value;
  endpoint: Value;
  carries: readonly Native[];
}
/** What decorators have noted of a method and its class: `endpoint.get(Guard)` yields the options of `UseAuth`. */
function noted(it: Evaluator, { cls, decorations }: Handler, key: Value): Value {
  const wanted = tokenKey(key);
  for (const d of [...decorations, ...decorationsOf(it, cls).own].filter(isOurs)) {
    if (!/^(StoreSet|StoreMerge|UseAuth)$/.test(d.name) || !d.args[0]) continue;
    if (tokenKey(d.args[0]) === wanted) return d.args[1] ?? UNDEFINED;
  }
  return UNDEFINED;
}
function exchangeOf(it: Evaluator, handler: Handler, given: readonly Native[]): Exchange {
  const [first, second] = given as [Native, Native | undefined];
  const { site } = handler.mark;
  const request = second ? first : memberOf(it, first, 'request', site);
  const response = second ?? first;
  const get = builtin('get', ([key]) => noted(it, handler, key ?? UNDEFINED));
  const endpoint = record(
    [
      ['get', get],
      ['store', record([['get', get]], UNKNOWN)],
    ],
    UNKNOWN,
  );
  const of = (name: string, value: Value): [string, Value] => [name, builtin(name, () => value)];
  // The platform's own request and response stand for those of the server below.
  if (request.k === 'native') request.members.set('raw', request);
  if (response.k === 'native' && second)
    response.members.set(
      'body',
      builtin('body', (args, _self, at) => it.call(memberOf(it, response, 'send', at), args, response, at)),
    );
  const context = makeContext(it, {
    request,
    response,
    endpoint,
    ...Object.fromEntries([
      of('getRequest', request),
      of('getReq', request),
      of('getResponse', response),
      of('getRes', response),
    ]),
  });
  return { request, response, context, endpoint, carries: [...given, context] };
}
function argumentFor(
  it: Evaluator,
  decorations: readonly Decoration[],
  { request, response, context, endpoint }: Exchange,
  next: Value,
): Value {
  const source = decorations.find(isOurs);
  if (!source) return UNKNOWN;
  const { site, name: kind, args } = source;
  const name = args[0] && stringOf(args[0]);
  const part = (of: string): Value => unknown([name ? `${of}.${name}` : of]);
  const member = (of: string): Value => {
    const whole = memberOf(it, request, of, site);
    return name ? memberOf(it, whole, name, site) : whole;
  };
  switch (kind) {
    case 'Req':
    case 'Request':
      return name ? memberOf(it, request, name, site) : request;
    case 'Res':
    case 'Response':
      return response;
    case 'Next':
      return next;
    case 'Context':
    case 'Ctx':
    case '$Ctx':
      return name ? memberOf(it, context, name, site) : context;
    case 'EndpointInfo':
    case 'Endpoint':
      return endpoint;
    case 'PathParams':
    case 'RawPathParams':
      return part('params');
    case 'QueryParams':
    case 'RawQueryParams':
      return part('query');
    case 'BodyParams':
    case 'RawBodyParams':
      return part('body');
    case 'HeaderParams':
      return member('headers');
    case 'Session':
      return member('session');
    case 'Cookies':
    case 'CookiesParams':
      return unknown(['credential']);
    case 'Locals':
      return memberOf(it, response, 'locals', site);
    case 'MultipartFile':
      return unknown(['file']);
    default:
      return UNKNOWN;
  }
}
/** A class's `use` is given what its decorators ask for; without `Next` it goes on where it returns. */
function runUse(
  it: Evaluator,
  value: Value,
  site: Site,
  exchange: Exchange,
  given: readonly Native[],
): AppliedLink {
  const installed = middlewareOf(it, value, 'use', site);
  const use = installed.value;
  if (value.k !== 'class' || use.k !== 'function')
    return runLink(it, installed, {
      args: (next) => [...given, next],
      carries: exchange.carries,
      ...(given.length > 1 ? { onNext: ([error]) => passedError(error) } : { yields: promise(UNDEFINED) }),
    });
  const owner = use.home ?? value;
  const parameters = decorationsOf(it, owner).parameters.get('use') ?? [];
  const asks = parameters.some((p) => named(p, 'Next').length > 0);
  return runLink(it, installed, {
    args: (next) => use.fn.params.map((_p, i) => argumentFor(it, parameters[i] ?? [], exchange, next)),
    carries: exchange.carries,
    ...(asks ? { onNext: ([error]) => passedError(error) } : { goesOn: () => [] }),
    refusal: { how: 'throw', status: null },
  });
}
/** Names of strategies that let pass whom they do not know. */
const lenient = (it: Evaluator): Set<string> =>
  new Set(
    it.decorated.flatMap((cls) =>
      named(decorationsOf(it, cls).own, 'Protocol').flatMap(({ args: [settings] }) => {
        if (settings?.k !== 'record') return [];
        const strategy = settings.members.get('useStrategy');
        const name = settings.members.get('name');
        return strategy?.k === 'external' && strategy.package === 'passport-anonymous' && name
          ? [stringOf(name) ?? '']
          : [];
      }),
    ),
  );
/** Passport refuses whoever none of the strategies knows. */
function authenticated(it: Evaluator, { name, args: [protocols], site }: Decoration): AppliedLink {
  const asked = (protocols?.k === 'list' ? protocols.elements : protocols ? [protocols] : []).map(stringOf);
  const open = lenient(it);
  if (asked.some((p) => p !== null && open.has(p)) || (asked[0] === '*' && open.size > 0))
    return { name, arguments: [], place: it.place(site), definition: null, facts: [], opaque: false };
  return checked(it, name, 'authentication', '@tsed/passport', site);
}
const firstOnly = (all: readonly Decoration[]): Decoration[] =>
  all.filter((d, i) => all.findIndex((o) => o.args[0] === d.args[0] && o.name === d.name) === i);

/** Before the class, before the method with what authenticates, then what either uses, then the arguments. */
export function routeOf(
  it: Evaluator,
  handler: Handler,
  outer: readonly Decoration[],
  unmounted: boolean,
): ControllerRoute {
  const { cls, method, mark, decorations, parameters } = handler;
  const written = [...decorations].reverse();
  const classes: Decoration[] = [];
  for (let of: Value | null = cls; of?.k === 'class'; of = of.base)
    classes.push(...[...decorationsOf(it, of).own].reverse());
  return {
    framework: NAME,
    unmounted,
    *chain(given) {
      const exchange = exchangeOf(it, handler, given);
      // Of a class it applies to each method, unless that has one of its own.
      const guards = firstOnly([
        ...named(written, 'UseAuth', 'Authenticate', 'Authorize', 'UseBefore'),
        ...named(classes, 'UseAuth', 'Authenticate', 'Authorize').filter(
          (d) => d.name === 'UseAuth' || named(written, d.name).length === 0,
        ),
      ]);
      const all = [
        ...outer,
        ...named(classes, 'UseBefore'),
        ...guards,
        ...named(classes, 'Use', 'UseBeforeEach'),
        ...named(written, 'Use', 'UseBeforeEach'),
      ];
      for (const d of all) {
        if (/^Auth(enticate|orize)$/.test(d.name)) yield authenticated(it, d);
        else
          for (const value of (d.name === 'UseAuth' ? d.args.slice(0, 1) : d.args).flatMap((a) =>
            a.k === 'list' ? a.elements : [a],
          ))
            yield runUse(it, value, d.site, exchange, given);
      }
      for (const value of mark.args.filter((a) => a.k === 'class' || a.k === 'function'))
        yield runUse(it, value, mark.site, exchange, given);
      if (!it.loader.uses('@tsed/ajv')) return;
      for (const [i, { type }] of method.fn.params.entries()) {
        const body = named(parameters[i] ?? [], 'BodyParams')[0];
        if (body && hasRules(it, typeOf(it, type, handler)))
          yield checked(it, body.name, 'validation', '@tsed/ajv', body.site, { sources: ['body'] });
      }
    },
    work: (given) => {
      const exchange = exchangeOf(it, handler, given);
      const next = builtin('next', () => UNDEFINED);
      const args = method.fn.params.map((_p, i) => argumentFor(it, parameters[i] ?? [], exchange, next));
      return it.runHandler(method, args, mark.site, injected(it, cls));
    },
  };
}
