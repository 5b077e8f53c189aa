import { withQuery } from '../../wiring/address-tests.js';
import type { Evaluator } from '../../wiring/evaluator.js';
import { yieldsItself, type LibraryType } from '../../wiring/library.js';
import { keepCaller } from '../../wiring/externals.js';
import { noteCookie } from '../../wiring/cookies.js';
import { unseenMember } from '../../wiring/marks.js';
import { IDENTITY_NAME } from '../../wiring/members.js';
import { testValue } from '../../wiring/tests.js';
import { joinText } from '../../wiring/texts.js';
import type { Fact, Source } from '../../wiring/fact.js';
import {
  literal,
  record,
  sourcesOf,
  stringOf,
  textOf,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type Native,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { CONTEXT } from './context.js';
import { isOnlyClaimed } from './named-by-request.js';

/** What is known of a request before any code has run: its method and path, when a route fixes them. */
export interface RequestState {
  method: string | null;
  /** `/users/:id`, as registered; null when any. */
  path: string | null;
  /** The part of the path that a mount has consumed. */
  base: string;
  application: Value | null;
}
/** Headers by which a caller proves who they are. */
const CREDENTIAL_HEADER =
  /authoriz|cookie|token|api-?key|secret|credential|session|passw|sec-websocket-protocol/i;
const SIGNATURE_HEADER = /signature|hmac|digest/i;

export const HEADERS: LibraryType = {
  name: 'headers',
  methods: {
    get: (it, self, [name], site) => HEADERS.get!(it, self, (name && textOf(name)) ?? '*', site)!,
    has: (it, self, [name], site) => HEADERS.get!(it, self, (name && textOf(name)) ?? '*', site)!,
  },
  get: (_it, _self, name) => {
    if (name === 'get' || name === 'has') return null;
    if (SIGNATURE_HEADER.test(name)) return unknown(['credential', 'header.signature']);
    return unknown([
      CREDENTIAL_HEADER.test(name)
        ? 'credential'
        : name === '*index*' || name === '*elements*'
          ? 'header'
          : `header.${name.toLowerCase()}`,
    ]);
  },
};
/** `/users/:id` as the text that a request for it would have. */
export function pathValue(path: string | null): Value {
  if (path === null) return unknown(['request.path']);
  const parts = path
    .split(/(:[\w$]+[?*+]?(?:\([^)]*\))?|\*\w*)/)
    .map((part) => (/^[:*]/.test(part) ? unknown([`params.${part.replace(/[^\w$]/g, '') || '0'}`]) : part));
  return joinText(parts);
}
const header = (it: Evaluator, self: Native, args: readonly Value[], site: Site): Value =>
  HEADERS.get!(it, self, (args[0] && stringOf(args[0])) ?? '*', site)!;

/** Parameters without which the path would not have fitted: there is something in each. */
function namedBy(path: string | null): ReadonlyMap<string, Value> {
  const plain = (path ?? '').replace(/(:\w+)\([^)]*\)/g, '$1');
  const names = /[({]/.test(plain) ? [] : [...plain.matchAll(/:(\w+)(?![\w?*])/g)].map((m) => m[1]!);
  return new Map(names.map((name) => [name, unknown([`params.${name}`], { isTruthy: true })]));
}
/** By convention of the ecosystem, what middleware keeps as a `user`, as in `request.user`, is who the caller is. */
export const keepIdentity: NonNullable<LibraryType['set']> = (it, self, name, value) => {
  if (!IDENTITY_NAME.test(name)) return false;
  it.journal.write(self.members, name, asIdentity(it, value));
  return true;
};
/** The request object of Express and of node's `http`, as handlers see it. */
export const REQUEST: LibraryType = {
  name: 'request',
  methods: {
    get: header,
    header,
    param: (_it, _self, [name]) => unknown([`params.${(name && textOf(name)) ?? '*'}`]),
    is: () => unknown(['header.content-type']),
    accepts: () => unknown(['header.accept']),
    isAuthenticated: (it, self, _args, site) => {
      keepCaller(it, self);
      return testValue(it, ['truthy', 'falsy'], ['identity'], site);
    },
    isUnauthenticated: (it, self, _args, site) => {
      keepCaller(it, self);
      return testValue(it, ['falsy', 'truthy'], ['identity'], site);
    },
    on: (it, _self, args, site) => {
      it.handToUnknown(args, ['body'], site);
      return UNDEFINED;
    },
    logIn: session,
    login: session,
    logout: session,
    logOut: session,
  },
  set: keepIdentity,
  get: (it, self, name) => {
    const assigned = self.members.get(name);
    if (assigned) return assigned;
    const state = self.state as RequestState;
    switch (name) {
      case 'params':
        return unknown([name], { parts: namedBy(state.path) });
      case 'query':
        return unknown([name]);
      case 'body':
        return unknown([name], { sentBut: [] });
      case 'rawBody':
        return unknown(['body']);
      case 'headers':
      case 'rawHeaders':
        return it.native(HEADERS, null);
      case 'cookies':
      case 'signedCookies':
        return unknown(['credential']);
      case 'session':
        return unknown(['session']);
      case 'file':
      case 'files':
        return unknown(['file']);
      case 'url':
      case 'path': {
        const whole = state.path;
        const path = pathValue(
          whole === null
            ? null
            : state.base && whole.startsWith(state.base)
              ? whole.slice(state.base.length) || '/'
              : whole,
        );
        return name === 'url' ? withQuery(path) : path;
      }
      case 'originalUrl':
        return withQuery(pathValue(state.path));
      case 'baseUrl':
        return literal(state.base);
      case 'method':
        return state.method && state.method !== 'ALL' ? literal(state.method) : unknown(['request.method']);
      case 'locals':
        return makeLocals(it, self);
      case 'app':
        return state.application ?? UNKNOWN;
      case 'ip':
      case 'ips':
      case 'hostname':
      case 'protocol':
      case 'secure':
      case 'socket':
      case 'connection':
        return unknown(['request.ip']);
      default:
        if (REQUEST.methods[name]) return null;
        const added = addedToRequests(it).members.get(name);
        if (added) return added;
        // Nobody here set it: by convention of the ecosystem, a middleware that was not seen did.
        return unknown([IDENTITY_NAME.test(name) ? 'identity' : unseenMember(it, name)]);
    }
  },
};
/** `response.locals`, and what projects keep on requests in the same way: by convention, a `user` in it is who calls. */
const LOCALS: LibraryType = { ...CONTEXT, name: 'locals', set: keepIdentity };
function makeLocals(it: Evaluator, holder: Native): Native {
  const locals = it.native(LOCALS, null);
  it.journal.write(holder.members, 'locals', locals);
  return locals;
}
const ADDED: LibraryType = { name: 'request prototype', methods: {} };
/** `express.request`: what a project puts there, each request has. */
export const addedToRequests = (it: Evaluator): Native =>
  it.stateOf<Native>('web-request:added', () => it.native(ADDED, null));
export function asIdentity(it: Evaluator, value: Value, facts: readonly Fact[] = []): Value {
  if (value.k === 'unknown' || value.k === 'promise')
    return isOnlyClaimed(it, value, facts) ? value : unknown(['identity']);
  if (value.k === 'choice') return ofEachWay(value, facts, (v, all) => asIdentity(it, v, all));
  // Put together of what was found out about the caller: each part says it of them. What the request claims stays a claim.
  if (value.k === 'record' && !value.cls && !value.getters) {
    const members = [...value.members].map(([name, v]): [string, Value] => [
      name,
      partOfIdentity(it, name, v, facts),
    ]);
    return { ...value, members: record(members).members };
  }
  return value;
}
function partOfIdentity(it: Evaluator, name: string, value: Value, facts: readonly Fact[]): Value {
  if (value.k === 'choice') return ofEachWay(value, facts, (v, all) => partOfIdentity(it, name, v, all));
  return value.k === 'unknown' &&
    !value.sources.some((s) => CLAIMED.test(s)) &&
    !isOnlyClaimed(it, value, facts)
    ? unknown([`identity.${name}`])
    : value;
}
const ofEachWay = (
  value: Value & { k: 'choice' },
  facts: readonly Fact[],
  made: (value: Value, facts: readonly Fact[]) => Value,
): Value => ({
  k: 'choice',
  options: value.options.map((o) => ({ ...o, value: made(o.value, [...facts, ...o.facts]) })),
});
const CLAIMED = /^(?:params|query|body|header|file|message)(?:\.|$)/;
function session(it: Evaluator, _self: Native, args: readonly Value[], site: Site): Value {
  it.recorder?.act(it, 'session-set', 'session', site);
  it.handToUnknown(args, [], site);
  return UNDEFINED;
}

const STATUS = '*status*';
const answer =
  (fallback: number | null) =>
  (it: Evaluator, self: Native, args: readonly Value[] = []): Value => {
    it.recorder?.gives(args);
    const status = self.members.get(STATUS) ?? self.members.get('statusCode');
    const code = status ? codeIn(status) : fallback;
    if (code === null || code < 400) it.recorder?.endings.push(it.facts);
    it.answer({ how: 'answer', status: code });
    return self;
  };
/** The least of those that a status may be, as node takes it: a number, or a text that is one; null where one is not known. */
export function codeIn(status: Value): number | null {
  if (status.k === 'choice') {
    const codes = status.options.map((o) => codeIn(o.value));
    return codes.every((c) => c !== null) ? Math.min(...codes) : null;
  }
  const code = status.k === 'literal' && status.value !== null ? Number(status.value) : NaN;
  return code >= 100 && code < 1000 ? code : null;
}
const release = (it: Evaluator, self: Native, args: readonly Value[]): Value => {
  it.recorder?.gives(args);
  return self;
};
const setStatus = (it: Evaluator, self: Native, args: readonly Value[]): Value => {
  it.journal.write(self.members, STATUS, args[0] ?? UNKNOWN);
  return self;
};
/** `http://${found.server}/…`: what says which server somebody is sent to. */
function hostIn(address: Value): readonly Source[] {
  const [scheme, host] = address.k === 'text' ? address.parts : [];
  return typeof scheme === 'string' && /^(?:https?:)?\/\/$/.test(scheme) && typeof host === 'object'
    ? sourcesOf(host)
    : [];
}
/** The response object of Express and of node's `http`. */
export const RESPONSE: LibraryType = {
  name: 'response',
  methods: {
    status: setStatus,
    writeHead: setStatus,
    code: setStatus,
    sendStatus: (it, self, args) => {
      setStatus(it, self, args);
      return answer(200)(it, self, []);
    },
    send: answer(200),
    json: answer(200),
    jsonp: answer(200),
    end: answer(200),
    sendFile: answer(200),
    download: answer(200),
    render: answer(200),
    write: release,
    redirect: (it, self, args) => {
      const host = hostIn(args.at(-1) ?? UNDEFINED);
      it.answer({ how: 'answer', status: 302, ...(host.length > 0 ? { host } : {}) });
      return self;
    },
    set: yieldsItself,
    header: yieldsItself,
    setHeader: yieldsItself,
    type: yieldsItself,
    contentType: yieldsItself,
    append: yieldsItself,
    vary: yieldsItself,
    links: yieldsItself,
    location: yieldsItself,
    attachment: yieldsItself,
    format: yieldsItself,
    removeHeader: yieldsItself,
    flushHeaders: yieldsItself,
    cookie: (it, self, [name, value, options], site) => {
      noteCookie(it, { name, value, options }, site);
      return self;
    },
    clearCookie: yieldsItself,
    on: (it, self, args, site) => {
      it.handToUnknown(args, [], site);
      return self;
    },
  },
  get: (it, self, name) => {
    const assigned = self.members.get(name);
    if (assigned) return assigned;
    return name === 'locals' ? makeLocals(it, self) : null;
  },
};
export const makeRequest = (it: Evaluator, state: RequestState): Native => it.native(REQUEST, state);
export const makeResponse = (it: Evaluator): Native => it.native(RESPONSE, null);
