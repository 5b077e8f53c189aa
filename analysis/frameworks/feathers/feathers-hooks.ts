import type { Evaluator } from '../../wiring/evaluator.js';
import type { LibraryModel, LibraryType, Operation } from '../../wiring/library.js';
import { memberOf } from '../../wiring/members.js';
import type { Installed } from '../../wiring/middleware.js';
import { atom, negate, outcomes } from '../../wiring/tests.js';
import {
  builtin,
  isCallable,
  literal,
  promise,
  stringOf,
  UNDEFINED,
  UNKNOWN,
  record,
  type Native,
  type Site,
  type Value,
} from '../../wiring/value.js';

/** Hooks that one `hooks(…)` call installs: what type, for which method. */
export interface Hook extends Installed {
  type: 'around' | 'before';
  /** `all`, or a method. */
  method: string;
}
const TYPES = /^(?:around|async|before|after|error)$/;
const entries = (value: Value | undefined): [string, Value][] =>
  value?.k === 'record' ? [...value.members] : [];
const listed = (value: Value): Value[] =>
  value.k === 'list'
    ? [...value.elements.flatMap(listed), ...(value.open ? [value.open] : [])]
    : value.k === 'literal'
      ? []
      : [value];
const nameOf = (value: Value): { name: string } | null =>
  value.k === 'native' && HOOKS.includes(value.type) ? { name: value.type.name } : null;

/**
 * `{ before: { all: [a], create: [b] }, around: {…} }`, or `{ create: [aroundHook] }`, or a list of hooks around
 * everything. https://feathersjs.com/api/hooks
 */
export function hooksIn(given: Value, site: Site): Hook[] {
  const made = (type: Hook['type'], method: string, value: Value): Hook[] =>
    listed(value).map((each) => ({ type, method, value: each, site, ...nameOf(each) }));
  if (given.k === 'list') return made('around', 'all', given);
  if (given.k !== 'record') return made('before', 'all', given.k === 'unknown' ? given : UNKNOWN);
  return [
    ...entries(given).flatMap(([type, of]): Hook[] => {
      if (!TYPES.test(type)) return made('around', type, of);
      if (type !== 'before' && type !== 'around' && type !== 'async') return [];
      const kind = type === 'before' ? 'before' : 'around';
      return of.k === 'record'
        ? entries(of).flatMap(([method, hooks]) => made(kind, method, hooks))
        : made(kind, 'all', of);
    }),
    // What is spread into it and not known may hold anything.
    ...(given.open ? made('before', 'all', UNKNOWN) : []),
  ];
}
/** In the order in which they run in front of a method: around before `before`, `all` before the method's own. */
export function hooksFor(hooks: readonly Hook[], method: string): Hook[] {
  return (['around', 'before'] as const).flatMap((type) =>
    ['all', method].flatMap((of) => hooks.filter((h) => h.type === type && h.method === of)),
  );
}

const providerOf = (it: Evaluator, context: Value, site: Site): string | null =>
  stringOf(memberOf(it, memberOf(it, context, 'params', site), 'provider', site));
const isAmong = (names: readonly string[], provider: string | null): boolean =>
  provider === null ? names.includes('server') : names.includes('external') || names.includes(provider);
const goOn = (it: Evaluator, next: Value | undefined, site: Site): Value => {
  if (next && isCallable(next)) it.awaiting(it.call(next, [], UNDEFINED, site));
  return promise(UNDEFINED);
};
/** A strategy of the project that checks nothing: with it, everybody is let through who names it. */
const checksNothing = (it: Evaluator, name: string): boolean =>
  it.stateOf<Map<string, boolean>>('feathers:strategies', () => new Map<string, boolean>()).get(name) ===
  true;
/**
 * Throws `NotAuthenticated` where a call from outside brings no valid authentication of the strategies.
 * https://feathersjs.com/api/authentication/hook
 */
const AUTHENTICATE: LibraryType = {
  name: 'authenticate',
  methods: {},
  call: (it, self, [, next], site) => {
    const strategies = self.state as string[];
    if (!strategies.some((name) => checksNothing(it, name))) {
      const known = {
        protection: 'authentication',
        library: '@feathersjs/authentication',
        arguments: strategies,
      };
      it.learn([atom(it, 'verified', [], site, { known })]);
    }
    return goOn(it, next, site);
  },
};
const authenticate: Operation = (it, args) =>
  it.native(
    AUTHENTICATE,
    args
      .flatMap((a) =>
        a.k === 'record'
          ? listed(a.members.get('strategies') ?? a.members.get('strategy') ?? UNDEFINED)
          : [a],
      )
      .flatMap((a) => (a.k === 'list' ? a.elements : [a]))
      .flatMap((a) => stringOf(a) ?? []),
  );
/** `disallow('external')`: throws `MethodNotAllowed` for calls by one of the transports; by any where none is named. */
const DISALLOW: LibraryType = {
  name: 'disallow',
  methods: {},
  call: (it, self, [context, next], site) => {
    const names = self.state as string[];
    const provider = providerOf(it, context ?? UNDEFINED, site);
    if (names.length === 0 || isAmong(names, provider))
      return it.throw(record([['status', literal(405)]], UNKNOWN));
    return goOn(it, next, site);
  },
};
interface Branches {
  predicate: Value;
  hooks: readonly Value[];
  otherwise: readonly Value[];
}
function runAll(it: Evaluator, hooks: readonly Value[], context: Value, site: Site): void {
  for (const hook of hooks.flatMap(listed)) it.awaiting(it.call(hook, [context], UNDEFINED, site));
}
/** `iff(predicate, …hooks).else(…hooks)` */
const IFF: LibraryType = {
  name: 'iff',
  methods: {
    else: (it, self, args) => it.native(IFF, { ...(self.state as Branches), otherwise: args }),
  },
  call: (it, self, [context = UNDEFINED], site) => {
    const { predicate, hooks, otherwise } = self.state as Branches;
    const value = isCallable(predicate)
      ? it.awaiting(it.call(predicate, [context], UNDEFINED, site))
      : predicate;
    const sides = outcomes(it, value, site);
    if (sides.whenTrue === null) runAll(it, otherwise, context, site);
    else if (sides.whenFalse === null) runAll(it, hooks, context, site);
    else
      it.merge([
        it.arm(sides.whenTrue, () => runAll(it, hooks, context, site)),
        it.arm(sides.whenFalse, () => runAll(it, otherwise, context, site)),
      ]);
    return promise(UNDEFINED);
  },
};
const iff: Operation = (it, [predicate = UNKNOWN, ...hooks]) =>
  it.native(IFF, { predicate, hooks, otherwise: [] } satisfies Branches);
const HOOKS: readonly LibraryType[] = [AUTHENTICATE, DISALLOW, IFF];
const texts = (args: readonly Value[]): string[] => args.flatMap((a) => stringOf(a) ?? []);
const not = (it: Evaluator, predicate: Value): Value =>
  builtin('isNot', ([context = UNDEFINED], _self, site) => {
    const value = isCallable(predicate)
      ? it.awaiting(it.call(predicate, [context], UNDEFINED, site))
      : predicate;
    return negate(it, value, site);
  });

/** https://github.com/feathersjs-ecosystem/feathers-hooks-common: those that choose, and refuse. */
export const feathersHooksCommon: LibraryModel = {
  name: 'feathers-hooks-common',
  packages: ['feathers-hooks-common', 'feathers-utils', 'feathers-hooks'],
  calls: {
    disallow: (it, args) => it.native(DISALLOW, texts(args)),
    iff,
    when: iff,
    iffElse: (it, [predicate = UNKNOWN, then = UNDEFINED, otherwise = UNDEFINED]) =>
      it.native(IFF, { predicate, hooks: listed(then), otherwise: listed(otherwise) } satisfies Branches),
    unless: (it, [predicate = UNKNOWN, ...hooks]) =>
      it.native(IFF, { predicate: not(it, predicate), hooks, otherwise: [] } satisfies Branches),
    combine: (it, hooks) =>
      it.native(IFF, { predicate: literal(true), hooks, otherwise: [] } satisfies Branches),
    isNot: (it, [predicate = UNKNOWN]) => not(it, predicate),
    isProvider: (it, args) =>
      builtin('isProvider', ([context = UNDEFINED], _self, site) =>
        literal(isAmong(texts(args), providerOf(it, context, site))),
      ),
  },
};
/** A service that exchanges credentials for a token; only the hook and the strategies are of interest. */
export const STRATEGIES: LibraryType = {
  name: 'authentication service',
  methods: {
    register: (it, _self, [name, strategy]) => {
      const own = strategy?.k === 'record' ? strategy.cls : null;
      const method = own && strategy ? ownAuthenticate(strategy) : false;
      it.stateOf<Map<string, boolean>>('feathers:strategies', () => new Map<string, boolean>()).set(
        (name && stringOf(name)) ?? '?',
        method && !refuses(it, strategy!),
      );
      return UNDEFINED;
    },
  },
};
const ownAuthenticate = (strategy: Value): boolean => {
  for (
    let cls: Value | null = strategy.k === 'record' ? strategy.cls : null;
    cls?.k === 'class';
    cls = cls.base
  )
    if (cls.node.members.some((m) => m.k === 'method' && m.name === 'authenticate')) return true;
  return false;
};
/** Does its own `authenticate` throw in some case, or call what it inherits? */
function refuses(it: Evaluator, strategy: Value): boolean {
  for (
    let cls: Value | null = strategy.k === 'record' ? strategy.cls : null;
    cls?.k === 'class';
    cls = cls.base
  ) {
    const own = cls.node.members.find((m) => m.k === 'method' && m.name === 'authenticate');
    if (own?.k === 'method') return /"k":"(?:throw|super)"/.test(JSON.stringify(own.fn.body));
  }
  return true;
}

export const feathersAuthentication: LibraryModel = {
  name: 'feathers-authentication',
  packages: ['@feathersjs/authentication', 'feathers-authentication'],
  calls: {
    authenticate,
    'hooks.authenticate': authenticate,
    AuthenticationService: (it) => it.native(STRATEGIES, null),
  },
};
/** Errors by the status that they are answered with. https://feathersjs.com/api/errors */
const STATUS = {
  BadRequest: 400,
  NotAuthenticated: 401,
  PaymentError: 402,
  Forbidden: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  NotAcceptable: 406,
  Timeout: 408,
  Conflict: 409,
  Gone: 410,
  Unprocessable: 422,
  TooManyRequests: 429,
  GeneralError: 500,
} as const;
export const feathersErrors: LibraryModel = {
  name: 'feathers-errors',
  packages: ['@feathersjs/errors', 'feathers-errors'],
  calls: Object.fromEntries(
    Object.entries(STATUS).flatMap(([name, status]): [string, Operation][] => {
      const make: Operation = () => record([['status', literal(status)]], UNKNOWN);
      return [
        [name, make],
        [`errors.${name}`, make],
      ];
    }),
  ),
};
export const isDisallowed = (value: Value, provider: string): boolean => {
  if (value.k !== 'native' || value.type !== DISALLOW) return false;
  const names = (value as Native).state as string[];
  return names.length === 0 || isAmong(names, provider);
};
