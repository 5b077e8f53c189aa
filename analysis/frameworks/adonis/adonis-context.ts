import type { Evaluator } from '../../wiring/evaluator.js';
import { injected } from '../../wiring/injection.js';
import type { Atom, Fact } from '../../wiring/fact.js';
import { yieldsItself, type LibraryType, type Method } from '../../wiring/library.js';
import { memberOf } from '../../wiring/members.js';
import { atom, outcomes, testValue } from '../../wiring/tests.js';
import {
  isCallable,
  literal,
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
import { makeContext } from '../web/context.js';
import { ofCaller } from './lucid.js';
import { HEADERS, pathValue, RESPONSE, type RequestState } from '../web/web-request.js';

/** Who calls. Where records are Lucid's, they are one of those. */
const callerOf = (it: Evaluator): Value =>
  it.loader.uses('@adonisjs/lucid') || it.loader.uses('@ioc:Adonis/Lucid')
    ? unknown(['identity'], { parts: ofCaller(it) })
    : unknown(['identity']);
/** What a lazy import yields, or what was given: `() => import('…')`, a module, a class. */
export function loaded(it: Evaluator, value: Value, site: Site): Value {
  const isLazy = value.k === 'function' && value.fn.isArrow && value.fn.params.length === 0;
  const got = isLazy ? it.awaiting(it.call(value, [], UNDEFINED, site)) : value;
  const isModule = (got.k === 'native' && got.type.name === 'module namespace') || got.k === 'external';
  const inner = isModule ? memberOf(it, got, 'default', site) : got;
  return inner.k === 'literal' ? got : inner;
}
const leave = (it: Evaluator, status: number): Value =>
  it.throw(record([['status', literal(status)]], UNKNOWN));

// ── who the caller is ─────────────────────────────────────────────────────────────────────────────────────────────
/** https://docs.adonisjs.com/guides/authentication: throws where no guard knows the caller. */
const authenticate: Method = (it, _self, [guards], site) => {
  const known = {
    protection: 'authentication',
    library: '@adonisjs/auth',
    arguments: guards?.k === 'list' ? guards.elements.flatMap((g) => stringOf(g) ?? []) : [],
  };
  const passed = atom(it, 'verified', [], site, { known });
  return promise(callerOf(it), [passed]);
};
const check: Method = (it, _self, _args, site) =>
  promise(testValue(it, ['truthy', 'falsy'], ['identity'], site));
const starts =
  (operation: string, target: string): Method =>
  (it, _self, _args, site) => {
    it.recorder?.act(it, operation, target, site);
    return promise(unknown());
  };
const AUTH: LibraryType = {
  name: 'auth',
  methods: {
    use: yieldsItself,
    authenticate,
    authenticateUsing: authenticate,
    check,
    checkUsing: check,
    getUserOrFail: (it, _self, _args, site) => {
      const sides = outcomes(it, callerOf(it), site);
      it.merge([it.arm(sides.whenTrue!, () => {}), it.arm(sides.whenFalse!, () => void leave(it, 401))]);
      return callerOf(it);
    },
    login: starts('session-set', 'session'),
    loginViaId: starts('session-set', 'session'),
    loginUsingId: starts('session-set', 'session'),
    attempt: starts('session-set', 'session'),
    generate: starts('token-issue', 'token'),
    createToken: starts('token-issue', 'token'),
    verifyCredentials: (it, _self, args, site) => {
      const known = { protection: 'authentication', library: '@adonisjs/auth', arguments: [] };
      return promise(callerOf(it), [atom(it, 'verified', ['secret-match'], site, { known, subjects: [] })]);
    },
    logout: () => promise(UNDEFINED),
    revoke: () => promise(UNDEFINED),
  },
  get: (it, self, name, site) => {
    if (name === 'user') return callerOf(it);
    if (/^is(?:LoggedIn|Authenticated|LoggedOut|Guest)$/.test(name)) {
      const isIn = name === 'isLoggedIn' || name === 'isAuthenticated';
      return testValue(it, isIn ? ['truthy', 'falsy'] : ['falsy', 'truthy'], ['identity'], site);
    }
    return name === 'defaultGuard' || name === 'name' ? (self.members.get(name) ?? UNKNOWN) : null;
  },
};

// ── what they may do ──────────────────────────────────────────────────────────────────────────────────────────────
/** Abilities by name, and files of policies by the name of their class. */
export interface Abilities {
  named: Map<string, Value>;
  policies: Map<string, Value>;
}
export const abilities = (it: Evaluator): Abilities =>
  it.stateOf<Abilities>('adonis:abilities', () => ({ named: new Map(), policies: new Map() }));
function policyNamed(it: Evaluator, name: string): Value | null {
  const known = abilities(it).policies.get(name);
  if (known) return known;
  // `UserPolicy` in `user_policy.ts`
  const plain = (text: string): string =>
    text
      .replace(/\.\w+$/, '')
      .replaceAll('_', '')
      .toLowerCase();
  const file = it.loader.entryFiles('adonis').find((f) => plain(f).endsWith(`/${plain(name)}`));
  const instance = file === undefined ? null : it.modules.instantiate(file);
  return instance ? it.modules.exported(instance, 'default') : null;
}
interface Asked {
  policy: Value | null;
  isPolicy: boolean;
}
/** What an ability answers for the caller, and its code; null where it could not be found. */
function ask(
  it: Evaluator,
  self: Native,
  [ability, ...rest]: readonly Value[],
  site: Site,
): { answer: Value; work: Value } | null {
  const { policy, isPolicy } = self.state as Asked;
  const name = ability ? stringOf(ability) : null;
  let work: Value | null = ability && isCallable(ability) ? ability : null;
  let on: Value = UNDEFINED;
  if (isPolicy) {
    const given = policy && stringOf(policy) !== null ? policyNamed(it, stringOf(policy)!) : policy;
    const cls = given ? loaded(it, given, site) : null;
    on = cls?.k === 'class' ? injected(it, cls) : UNDEFINED;
    const method = name === null || on.k !== 'record' ? UNDEFINED : memberOf(it, on, name, site);
    work = isCallable(method) ? method : null;
  } else if (name !== null) work = abilities(it).named.get(name) ?? null;
  return work ? { answer: it.awaiting(it.call(work, [callerOf(it), ...rest], on, site)), work } : null;
}
/** Refuses without a caller, and where the ability answers false. https://docs.adonisjs.com/guides/authorization */
const authorize: Method = (it, self, args, site) => {
  const name = args[0] ? stringOf(args[0]) : null;
  const asked = ask(it, self, args, site);
  if (asked === null) {
    it.gap('what this ability tests could not be followed', it.place(site));
    return promise(UNDEFINED, [atom(it, 'truthy', ['identity'], site)]);
  }
  const sides = outcomes(it, asked.answer, site);
  if (sides.whenTrue === null) return leave(it, 403);
  const decided = sides.whenFalse === null ? [] : [decision(it, asked.work, name, sides.whenTrue, site)];
  const passed = [atom(it, 'truthy', ['identity'], site), ...sides.whenTrue, ...decided];
  return promise(
    UNDEFINED,
    passed.map((f) => (f.k === 'atom' ? { ...f, refusal: { how: 'throw' as const, status: 403 } } : f)),
  );
};
/**
 * That it decides, whatever it tests; told as what is seen to be tested there, or as the ability that was asked, so that one
 * question is one guard.
 */
function decision(
  it: Evaluator,
  work: Value,
  name: string | null,
  passed: readonly Fact[],
  site: Site,
): Fact {
  const known = { protection: 'authorization', library: '@adonisjs/bouncer', arguments: [] };
  const seen = passed.find((f): f is Atom => f.k === 'atom' && f.via.length > it.calls.length);
  if (seen) return atom(it, 'verified', [], site, { known, via: seen.via, place: seen.place });
  if (work.k !== 'function' || name === null)
    return atom(it, 'verified', [], site, { known: { ...known, arguments: name ? [name] : [] } });
  return atom(it, 'verified', [], site, {
    known,
    via: [...it.calls, { name, place: it.place(site), arguments: [] }],
    place: { file: work.module.path, line: work.fn.line },
  });
}
const asks =
  (isAllowed: boolean): Method =>
  (it, self, args, site) => {
    const answer = ask(it, self, args, site)?.answer ?? unknown(['identity']);
    const sides = outcomes(it, answer, site);
    const identity = atom(it, 'truthy', ['identity'], site);
    const yes = sides.whenTrue === null ? [] : [identity, ...sides.whenTrue];
    const no = sides.whenFalse ?? [];
    return promise({
      k: 'test',
      whenTrue: isAllowed ? yes : no,
      whenFalse: isAllowed ? no : yes,
      sources: ['identity'],
    });
  };
export const BOUNCER: LibraryType = {
  name: 'bouncer',
  methods: {
    with: (it, _self, [policy]) =>
      it.native(BOUNCER, { policy: policy ?? null, isPolicy: true } satisfies Asked),
    forUser: yieldsItself,
    setContainerResolver: yieldsItself,
    authorize,
    allows: asks(true),
    denies: asks(false),
    execute: (it, self, args, site) => asks(true)(it, self, args, site),
  },
};
export const makeBouncer = (it: Evaluator): Native =>
  it.native(BOUNCER, { policy: null, isPolicy: false } satisfies Asked);

// ── request and response ──────────────────────────────────────────────────────────────────────────────────────────
const named = (source: string, name: Value | undefined): Value => {
  const text = name && stringOf(name);
  return unknown([text ? `${source}.${text}` : source]);
};
const validated: Method = (it, _self, _args, site) => {
  const known = { protection: 'validation', library: '@adonisjs/core', arguments: [] };
  return promise(unknown(['body']), [atom(it, 'verified', ['body'], site, { known })]);
};
const whole =
  (source: string): Method =>
  () =>
    unknown([source]);
/** https://docs.adonisjs.com/guides/basics/request */
const REQUEST: LibraryType = {
  name: 'request',
  methods: {
    input: (_it, _self, [name]) => named('body', name),
    all: whole('body'),
    body: whole('body'),
    only: whole('body'),
    except: whole('body'),
    raw: whole('body'),
    original: whole('body'),
    qs: whole('query'),
    get: whole('query'),
    params: whole('params'),
    param: (_it, _self, [name]) => named('params', name),
    header: (it, _self, [name], site) =>
      memberOf(it, it.native(HEADERS, null), (name && textOf(name)) ?? '*', site),
    headers: (it) => it.native(HEADERS, null),
    file: whole('file'),
    files: whole('file'),
    allFiles: whole('file'),
    cookie: whole('credential'),
    encryptedCookie: whole('credential'),
    plainCookie: whole('credential'),
    ip: whole('request.ip'),
    ips: whole('request.ip'),
    validate: validated,
    validateUsing: validated,
    hasValidSignature: (it, _self, _args, site) =>
      testValue(it, ['verified', 'falsy'], ['signature'], site, [], {
        known: { protection: 'signature', library: '@adonisjs/core', arguments: [] },
      }),
    url: (_it, self) => pathValue((self.state as RequestState).path),
    method: (_it, self) => literal((self.state as RequestState).method),
    is: whole('header.content-type'),
    accepts: whole('header.accept'),
  },
};
/** What each name answers with. https://docs.adonisjs.com/guides/basics/response */
const STATUS: Readonly<Record<string, number>> = {
  ok: 200,
  created: 201,
  accepted: 202,
  noContent: 204,
  movedPermanently: 301,
  found: 302,
  badRequest: 400,
  unauthorized: 401,
  paymentRequired: 402,
  forbidden: 403,
  notFound: 404,
  methodNotAllowed: 405,
  notAcceptable: 406,
  conflict: 409,
  gone: 410,
  unprocessableEntity: 422,
  tooManyRequests: 429,
  internalServerError: 500,
  notImplemented: 501,
  badGateway: 502,
  serviceUnavailable: 503,
};
const withStatus =
  (status: number): Method =>
  (it, self, args, site) => {
    it.recorder?.gives(args.slice(0, 1));
    RESPONSE.methods['status']!(it, self, [literal(status)], site);
    return RESPONSE.methods['send']!(it, self, args, site);
  };
const number = (value: Value | undefined, fallback: number): number =>
  value?.k === 'literal' && typeof value.value === 'number' ? value.value : fallback;
const abortWhere =
  (isRefused: boolean): Method =>
  (it, _self, [condition = UNDEFINED, , status], site) => {
    const sides = outcomes(it, condition, site);
    const [refused, passed] = isRefused
      ? [sides.whenTrue, sides.whenFalse]
      : [sides.whenFalse, sides.whenTrue];
    if (refused === null) return UNDEFINED;
    if (passed === null) return leave(it, number(status, 400));
    it.merge([it.arm(passed, () => {}), it.arm(refused, () => void leave(it, number(status, 400)))]);
    return UNDEFINED;
  };
const ADONIS_RESPONSE: LibraryType = {
  ...RESPONSE,
  methods: {
    ...RESPONSE.methods,
    ...Object.fromEntries(Object.entries(STATUS).map(([name, status]) => [name, withStatus(status)])),
    abort: (it, _self, [, status]) => leave(it, number(status, 400)),
    abortIf: abortWhere(true),
    abortUnless: abortWhere(false),
    sendOriginal: (it, self, args, site) => RESPONSE.methods['send']!(it, self, args, site),
    stream: (it, self, args, site) => RESPONSE.methods['send']!(it, self, args, site),
    safeStatus: (it, self, args, site) => RESPONSE.methods['status']!(it, self, args, site),
  },
};
/** https://docs.adonisjs.com/guides/concepts/http-context */
export function makeHttpContext(it: Evaluator, method: string, path: string | null): Native {
  const state: RequestState = { method, path, base: '', application: null };
  const response = it.native(ADONIS_RESPONSE, null);
  return makeContext(it, {
    request: it.native(REQUEST, state),
    response,
    auth: it.native(AUTH, null),
    bouncer: makeBouncer(it),
    params: unknown(['params']),
    session: unknown(['session']),
    subdomains: unknown(['params']),
    logger: UNKNOWN,
    view: UNKNOWN,
    inertia: UNKNOWN,
    i18n: UNKNOWN,
    route: UNKNOWN,
    ally: UNKNOWN,
    containerResolver: UNKNOWN,
  });
}
