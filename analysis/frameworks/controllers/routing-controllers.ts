import { decorationsOf, type Decoration } from '../../wiring/decorators.js';
import type { Evaluator } from '../../wiring/evaluator.js';
import { injected } from '../../wiring/injection.js';
import type { LibraryModel, Operation } from '../../wiring/library.js';
import { memberOf } from '../../wiring/members.js';
import { passedError, runLink, type Calling } from '../../wiring/middleware.js';
import type { AppliedLink } from '../../wiring/recorder.js';
import { outcomes } from '../../wiring/tests.js';
import {
  builtin,
  isNullish,
  list,
  literal,
  promise,
  record,
  sourcesOf,
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
import {
  checked,
  classesIn,
  errorWith,
  hasRules,
  madeDecoration,
  markedMethods,
  middlewareOf,
  typeOf,
  unfollowed,
  type ControllerRoute,
  type Handler,
} from '../web/controllers.js';
import { joinPaths } from '../web/paths.js';
import { asIdentity } from '../web/web-request.js';

const NAME = 'routing-controllers';
/** One call of `useExpressServer`, with what it was given. */
interface Server {
  spot: Spot;
  options: Value;
}
const servers = (it: Evaluator): Server[] => it.stateOf<Server[]>(NAME, () => []);
const serve =
  (isKoa: boolean, isGiven: boolean): Operation =>
  (it, args, site) => {
    const spot = spotOn(it, isGiven ? (args[0] ?? UNKNOWN) : null, isKoa, 'express', site);
    servers(it).push({ spot, options: args[isGiven ? 1 : 0] ?? record() });
    return isGiven ? (args[0] ?? UNKNOWN) : spot.server;
  };
const option = (options: Value, name: string): Value | undefined =>
  options.k === 'record' ? options.members.get(name) : undefined;
/** May an option be there that was not seen? */
const isOpen = (options: Value): boolean => options.k !== 'record' || options.open !== null;
const isSet = (options: Value, name: string, fallback: boolean): boolean => {
  const value = option(options, name);
  return value === undefined || isNullish(value) ? fallback : !(value.k === 'literal' && !value.value);
};

const VERBS = /^(Get|Post|Put|Patch|Delete|Head|All)$/;
const isOurs = (d: Decoration): boolean => d.package === NAME;
const isRoute = (d: Decoration): boolean => isOurs(d) && (VERBS.test(d.name) || d.name === 'Method');
const marksClass = (d: Decoration): boolean => isOurs(d) && /^(Json)?Controller$/.test(d.name);
const named = (all: readonly Decoration[], name: string): Decoration[] =>
  all.filter((d) => isOurs(d) && d.name === name);

function pathIn(value: Value | undefined): string | null {
  if (!value || isNullish(value)) return '';
  if (value.k === 'native' && value.type.name === 'RegExp')
    return `(${(value.state as { pattern: string }).pattern})`;
  return textOf(value);
}
/** Prefix, path of the controller and of the action are written one after the other. */
function pathOf(options: Value, controller: Decoration, { mark }: Handler): string | null {
  const prefix = option(options, 'routePrefix');
  const parts = [pathIn(controller.args[0]), pathIn(mark.name === 'Method' ? mark.args[1] : mark.args[0])];
  if (parts.includes(null)) return null;
  return joinPaths((prefix && (textOf(prefix) ?? '*')) ?? '', joinPaths('', parts.join(''))) || '/';
}

/** What checkers and interceptors are told of a request. */
interface Call {
  action: Value;
  calling: Calling;
  carries: readonly Native[];
  options: Value;
}
function callOf(it: Evaluator, exchange: readonly Native[], options: Value): Call {
  const [first, second] = exchange as [Native, Native | undefined];
  const site: Site = it.modules.somewhere;
  const request = second ? first : memberOf(it, first, 'request', site);
  const action = record([
    ['request', request],
    ['response', second ?? first],
    ['context', second ? UNDEFINED : first],
    ['next', builtin('next', () => UNDEFINED)],
  ]);
  const carries = [...exchange, ...(request.k === 'native' ? [request] : [])];
  return {
    action,
    carries,
    options,
    calling: {
      args: (next) => [...exchange, next],
      carries,
      ...(second ? { onNext: ([error]) => passedError(error) } : { yields: promise(UNDEFINED) }),
    },
  };
}
/**
 * `@Authorized(roles)`: the checker of the server is asked with the roles of the class and of the method; without one
 * every request fails. What base classes say does not count: routing-controllers looks at the very class.
 */
function authorized(
  it: Evaluator,
  handler: Handler,
  own: readonly Decoration[],
  call: Call,
): AppliedLink | null {
  const applied = [...named(decorationsOf(it, handler.cls).own, 'Authorized'), ...named(own, 'Authorized')];
  const last = applied.at(-1);
  if (!last) return null;
  const checker = option(call.options, 'authorizationChecker');
  const { site } = last;
  if (!checker || isNullish(checker))
    return unfollowed(
      it,
      'Authorized',
      site,
      isOpen(call.options)
        ? 'what `Authorized` does here is not known: the options of the server could not be followed'
        : 'the server has no `authorizationChecker`: what carries `Authorized` answers every request with 500',
    );
  const roles = list(
    applied.flatMap((d) => d.args.flatMap((a) => (a.k === 'list' ? a.elements : isNullish(a) ? [] : [a]))),
  );
  return runLink(
    it,
    {
      value: checker,
      site,
      name: 'Authorized',
      arguments: roles.elements.flatMap((r) => (r.k === 'literal' ? [String(r.value)] : [])),
    },
    {
      args: () => [call.action, roles],
      carries: call.carries,
      goesOn: (result) => outcomes(it, result, site).whenTrue,
      refusal: { how: 'answer', status: roles.elements.length > 0 ? 403 : 401 },
    },
  );
}
/** What a parameter gets, and what is checked on the way. */
function* argumentOf(
  it: Evaluator,
  handler: Handler,
  index: number,
  exchange: readonly Native[],
  call: Call,
  args: Value[],
): Iterable<AppliedLink> {
  const source = (handler.parameters[index] ?? []).find(isOurs);
  const { options } = call;
  if (!source) {
    args.push(UNKNOWN);
    return;
  }
  const [first] = source.args;
  const settings = source.args.find((a) => a.k === 'record');
  const key = first && stringOf(first);
  const { site, name } = source;
  const request = option(call.action, 'request')!;
  const part = (of: string): Value => unknown([key ? `${of}.${key}` : of]);
  const member = (of: string): Value => {
    const whole = memberOf(it, request, of, site);
    return key ? memberOf(it, whole, key, site) : whole;
  };
  const required = option(settings ?? UNDEFINED, 'required') ?? option(defaults(options), 'required');
  const isRequired = required?.k === 'literal' && required.value === true;
  switch (name) {
    case 'Req':
      args.push(request);
      return;
    case 'Res':
      args.push(option(call.action, 'response')!);
      return;
    case 'Ctx':
      args.push(exchange[0]!);
      return;
    case 'Param':
    case 'Params':
      args.push(part('params'));
      break;
    case 'QueryParam':
    case 'QueryParams':
      args.push(part('query'));
      break;
    case 'Body':
    case 'BodyParam':
      args.push(part('body'));
      break;
    case 'HeaderParam':
    case 'HeaderParams':
      args.push(member('headers'));
      return;
    case 'CookieParam':
    case 'CookieParams':
      args.push(unknown(['credential']));
      return;
    case 'Session':
    case 'SessionParam':
      args.push(member('session'));
      return;
    case 'State':
      args.push(memberOf(it, memberOf(it, exchange[0]!, 'state', site), key ?? '*', site));
      return;
    case 'UploadedFile':
    case 'UploadedFiles':
      args.push(unknown(['file']));
      return;
    case 'CurrentUser':
    case 'createParamDecorator': {
      const isUser = name === 'CurrentUser';
      const checker = isUser ? option(options, 'currentUserChecker') : option(first ?? UNDEFINED, 'value');
      if (!checker || isNullish(checker)) {
        args.push(unknown(isUser ? ['identity'] : []));
        if (isUser)
          yield unfollowed(
            it,
            name,
            site,
            isOpen(options)
              ? 'what `CurrentUser` does here is not known: the options of the server could not be followed'
              : 'the server has no `currentUserChecker`: what asks for `CurrentUser` answers every request with 500',
          );
        return;
      }
      let value: Value = UNKNOWN;
      const link = runLink(
        it,
        { value: checker, site, name: source.written ?? name, isRoute: true },
        {
          args: () => (isUser ? [call.action] : [call.action, UNDEFINED]),
          carries: call.carries,
          goesOn: (result) => {
            value = result;
            return isRequired ? outcomes(it, result, site).whenTrue : [];
          },
          refusal: { how: 'throw', status: isUser ? 401 : 400 },
        },
      );
      args.push(isUser ? asIdentity(it, value) : value);
      // One that is not required is a guard where the checker itself refuses.
      yield { ...link, isIncidental: !isRequired };
      return;
    }
    default:
      args.push(UNKNOWN);
      return;
  }
  const validate = option(settings ?? UNDEFINED, 'validate');
  const isOff = validate?.k === 'literal' && validate.value === false;
  const isOn = (validate !== undefined && !isOff) || isSet(options, 'validation', true);
  const explicit = option(settings ?? UNDEFINED, 'type');
  const cls = explicit?.k === 'class' ? explicit : typeOf(it, handler.method.fn.params[index]!.type, handler);
  if (
    /^(Body|QueryParams?|BodyParam)$/.test(name) &&
    isOn &&
    !isOff &&
    isSet(options, 'classTransformer', true)
  )
    if (hasRules(it, cls))
      yield checked(it, name, 'validation', 'class-validator', site, {
        sources: [...sourcesOf(args.at(-1)!)],
      });
}
const defaults = (options: Value): Value =>
  option(option(options, 'defaults') ?? UNDEFINED, 'paramOptions') ?? UNDEFINED;

/** In front of the action: middleware of class and method, the checker, then what makes the arguments. */
function routeOf(it: Evaluator, handler: Handler, options: Value, unmounted: boolean): ControllerRoute {
  const { cls, owner, method, mark } = handler;
  const own = owner === cls ? handler.decorations : (decorationsOf(it, cls).members.get(handler.name) ?? []);
  const args: Value[] = [];
  return {
    framework: NAME,
    unmounted,
    *chain(exchange) {
      const call = callOf(it, exchange, options);
      for (const d of [...named(decorationsOf(it, cls).own, 'UseBefore'), ...named(own, 'UseBefore')])
        for (const value of d.args) yield runLink(it, middlewareOf(it, value, 'use', d.site), call.calling);
      const link = authorized(it, handler, own, call);
      if (link) yield link;
      args.length = 0;
      for (const index of method.fn.params.keys())
        yield* argumentOf(it, handler, index, exchange, call, args);
    },
    work: () => it.runHandler(method, args, mark.site, injected(it, cls)),
  };
}
function partsOf(it: Evaluator, cls: ClassValue, options: Value, unmounted: boolean): Part[] {
  const controller = decorationsOf(it, cls).own.find(marksClass)!;
  return markedMethods(it, cls, isRoute, false).map((handler) => {
    const { mark, method } = handler;
    const verb = mark.name === 'Method' ? ((mark.args[0] && stringOf(mark.args[0])) ?? 'ALL') : mark.name;
    return {
      method: verb.toUpperCase(),
      path: pathOf(options, controller, handler),
      handler: method,
      site: mark.site,
      controller: routeOf(it, handler, options, unmounted),
    };
  });
}
/** Global middleware: by priority, those that are listed, or all where none are. */
function globals(it: Evaluator, options: Value, isKoa: boolean): Part[] {
  const all = it.decorated.filter((cls) => named(decorationsOf(it, cls).own, 'Middleware').length > 0);
  const given = option(options, 'middlewares');
  const isListed = given !== undefined && !(given.k === 'list' && given.elements.length === 0 && !given.open);
  const listed = isListed ? classesIn(given, all) : { classes: all, sure: true };
  // One server has them all, where it is not known which are listed.
  const classes = listed.sure || servers(it).length > 1 ? listed.classes : all;
  const prefix = option(options, 'routePrefix');
  const path = isKoa ? '' : ((prefix && joinPaths('', textOf(prefix) ?? '*')) ?? '');
  return all
    .filter((cls) => classes.includes(cls))
    .flatMap((cls) => {
      const mark = named(decorationsOf(it, cls).own, 'Middleware')[0]!;
      const settings = mark.args[0] ?? UNDEFINED;
      const type = option(settings, 'type');
      const priority = option(settings, 'priority');
      if (type && stringOf(type) === 'after') return [];
      const use = middlewareOf(it, cls, 'use', mark.site);
      // One for errors has no `use`.
      if (use.value.k !== 'function') return [];
      const rank = priority?.k === 'literal' && typeof priority.value === 'number' ? priority.value : 0;
      return [{ rank, part: { use, path } }];
    })
    .sort((a, b) => b.rank - a.rank)
    .map(({ part }) => part);
}
/** Statuses of the errors that it brings: https://github.com/typestack/routing-controllers#throw-http-errors */
const ERRORS: Readonly<Record<string, number>> = {
  BadRequestError: 400,
  UnauthorizedError: 401,
  ForbiddenError: 403,
  NotFoundError: 404,
  MethodNotAllowedError: 405,
  NotAcceptableError: 406,
  UnprocessableEntityError: 422,
  InternalServerError: 500,
};

/** https://github.com/typestack/routing-controllers */
export const routingControllers: LibraryModel = {
  name: NAME,
  packages: [NAME],
  about: {
    title: 'routing-controllers',
    registers:
      'actions of `Controller` and `JsonController` classes that `createExpressServer`, `useExpressServer`, `createKoaServer` or `useKoaServer` are given, by class or by pattern of files, inherited ones included; all of them where none are listed',
    guards:
      'what stands on the server before, global `Middleware` classes, `UseBefore` of class and method, `Authorized` by what the `authorizationChecker` does with its roles, `CurrentUser({ required: true })`, parameter decorators that refuse, class-validator in front of bodies and queries with rules',
    answers: 'what is returned; errors with their status',
    limits:
      'interceptors are not followed; decorators of a base class do not guard the actions that are inherited from it, as in routing-controllers itself; `Authorized` without a checker leaves a gap',
  },
  calls: {
    createExpressServer: serve(false, false),
    useExpressServer: serve(false, true),
    createKoaServer: serve(true, false),
    useKoaServer: serve(true, true),
    getFromContainer: (it, [cls]) => (cls?.k === 'class' ? injected(it, cls) : UNKNOWN),
    createParamDecorator: madeDecoration(NAME, 'createParamDecorator'),
    HttpError: (_it, [status, message]) => errorWith(status, message),
    ...Object.fromEntries(
      Object.entries(ERRORS).map(([name, status]): [string, Operation] => [
        name,
        (_it, [message]) => errorWith(literal(status), message),
      ]),
    ),
  },
  finish: (it) => {
    if (!it.loader.uses(NAME)) return;
    const all = it.decorated.filter((cls) => decorationsOf(it, cls).own.some(marksClass));
    const served = new Set<ClassValue>();
    for (const { spot, options } of servers(it)) {
      const given = option(options, 'controllers');
      const isListed =
        given !== undefined && !(given.k === 'list' && given.elements.length === 0 && !given.open);
      const { classes, sure } = isListed ? classesIn(given, all) : { classes: all, sure: !isOpen(options) };
      const parts = globals(it, options, spot.isKoa);
      for (const cls of all.filter((c) => classes.includes(c) || !sure)) {
        served.add(cls);
        parts.push(...partsOf(it, cls, options, servers(it).length > 1 && !classes.includes(cls)));
      }
      fill(spot, parts);
    }
    const rest = all.filter((cls) => !served.has(cls));
    if (rest.length === 0) return;
    const spot = unservedSpot(it, NAME, { module: rest[0]!.module, line: rest[0]!.node.line });
    fill(
      spot,
      rest.flatMap((cls) => partsOf(it, cls, UNKNOWN, true)),
    );
  },
};
