import { noteCookie } from '../../wiring/cookies.js';
import { withQuery } from '../../wiring/address-tests.js';
import type { Evaluator } from '../../wiring/evaluator.js';
import type { LibraryType, Operation } from '../../wiring/library.js';
import { atom, outcomes, testValue } from '../../wiring/tests.js';
import {
  constantsOf,
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
import { makeFetchRequest, makeFetchResponse, statusIn, type FetchRequestState } from '../web/fetch-api.js';
import { makeStore } from '../data/key-value.js';
import { HEADERS, makeRequest, makeResponse, pathValue } from '../web/web-request.js';

interface EventState extends FetchRequestState {
  request: Native;
}
/** What h3 hands to every handler and middleware. */
const EVENT: LibraryType = {
  name: 'event',
  methods: { respondWith: (it, self) => answered(it, self, 200) },
  get: (it, self, name, site) => {
    const assigned = self.members.get(name);
    if (assigned) return assigned;
    const { method, path, request } = self.state as EventState;
    switch (name) {
      case 'path':
        return withQuery(pathValue(path));
      case 'method':
      case 'headers':
      case 'url':
        return request.type.get!(it, request, name === 'url' ? 'nextUrl' : name, site);
      case 'req':
      case 'web':
        return request;
      case 'node': {
        const node = record([
          ['req', makeRequest(it, { method, path, base: '', application: null })],
          ['res', makeResponse(it)],
        ]);
        self.members.set('node', node);
        return node;
      }
      default:
        return name === 'respondWith' ? null : unknown([`request.${name}`]);
    }
  },
};
export function makeEvent(it: Evaluator, state: FetchRequestState): Native {
  const event = it.native(EVENT, { ...state, request: makeFetchRequest(it, state) } satisfies EventState);
  event.members.set('context', makeContext(it, { params: unknown(['params']) }));
  return event;
}
export const contextOf = (event: Native): Native => event.members.get('context') as Native;

const ANSWERED: LibraryType = {
  name: 'answered',
  methods: {},
  answer: (self) => ({ how: 'answer', status: self.state as number | null }),
};
function answered(it: Evaluator, _event: Value, status: number | null): Value {
  it.answer({ how: 'answer', status });
  return promise(it.native(ANSWERED, status));
}
const statusOf = (value: Value | undefined, fallback: number | null): number | null =>
  value === undefined
    ? fallback
    : value.k === 'literal' && typeof value.value === 'number'
      ? value.value
      : null;

/** An error as it is thrown: `createError({ statusCode: 401 })`, `new HTTPError('…', { status: 401 })`. */
const makeError: Operation = (_it, [input, details]) => {
  const said = [input, details].find((v) => v?.k === 'record');
  const member = (name: string): Value | undefined =>
    said?.k === 'record' ? said.members.get(name) : undefined;
  const message = input?.k === 'record' ? (member('statusMessage') ?? member('message')) : input;
  return record([
    ['statusCode', member('statusCode') ?? member('status') ?? UNKNOWN],
    ['message', message ?? UNDEFINED],
  ]);
};
const statusError: Operation = (_it, [status, message]) =>
  record([
    ['statusCode', status ?? UNKNOWN],
    ['message', message ?? UNDEFINED],
  ]);
const from =
  (...sources: string[]): Operation =>
  () =>
    unknown(sources);
const later =
  (...sources: string[]): Operation =>
  () =>
    promise(unknown(sources));
const named =
  (prefix: string): Operation =>
  (_it, [, name]) =>
    unknown([`${prefix}.${(name && textOf(name)) ?? '*'}`]);
const header: Operation = (it, [event, name], site) =>
  HEADERS.get!(it, (event ?? UNDEFINED) as Native, (name && stringOf(name)) ?? '*', site)!;
const ofRequest =
  (member: string): Operation =>
  (it, [event], site) =>
    event?.k === 'native' && event.type === EVENT
      ? (EVENT.get!(it, event, member, site) ?? UNKNOWN)
      : unknown([`request.${member === 'url' ? 'path' : member}`]);

/** The input as a given function lets it pass: what that establishes holds, and a false answer refuses. */
const validated =
  (source: string): Operation =>
  (it, [, check], site) => {
    const input = unknown([source]);
    if (!check || !isCallable(check)) {
      if (!check || (check.k === 'external' && it.knowledge.behaviour(check) === null)) return promise(input);
      const known = { protection: 'validation', library: 'h3', arguments: [] };
      const callable = check.k === 'external' ? it.awaiting(it.call(check, [input], UNDEFINED, site)) : null;
      const facts = callable ? [] : [atom(it, 'verified', [source], site, { known })];
      it.facts = [...it.facts, ...facts];
      return promise(callable ?? input, facts);
    }
    const result = it.awaiting(it.call(check, [input], UNDEFINED, site));
    if (result.k === 'test') it.learn(outcomes(it, result, site).whenTrue ?? []);
    return promise(result.k === 'test' || result.k === 'literal' ? input : result);
  };
const methodTest = (
  it: Evaluator,
  event: Value | undefined,
  wanted: Value | undefined,
  site: Site,
): Value => {
  const methods = (wanted && constantsOf(wanted)) ?? [];
  const { method } =
    event?.k === 'native' && event.type === EVENT ? (event.state as EventState) : { method: null };
  return method === null
    ? testValue(it, ['member', 'unequal'], ['request.method'], site, methods)
    : literal(methods.includes(method));
};
const changeSession: Operation = (it, args, site) => {
  it.recorder?.act(it, 'session-set', 'session', site);
  it.handToUnknown(args, [], site);
  return promise(unknown(['session']));
};
const release: Operation = (it, [event, content]) => {
  if (content) it.recorder?.gives([content]);
  return answered(it, event ?? UNDEFINED, 200);
};
const nothing: Operation = () => UNDEFINED;
const respond: Operation = (it, [content, init]) => makeFetchResponse(it, content, statusIn(init));

/** What h3 offers to handlers beside making them; auto-imported by Nitro and Nuxt. */
export const EVENT_CALLS: Readonly<Record<string, Operation>> = {
  readBody: later('body'),
  readRawBody: later('body'),
  readFormData: later('body'),
  readMultipartFormData: later('file', 'body'),
  readValidatedBody: validated('body'),
  getValidatedQuery: validated('query'),
  getValidatedRouterParams: validated('params'),
  getQuery: from('query'),
  getRouterParams: from('params'),
  getRouterParam: named('params'),
  getHeader: header,
  getRequestHeader: header,
  getHeaders: (it) => it.native(HEADERS, null),
  getRequestHeaders: (it) => it.native(HEADERS, null),
  getCookie: from('credential'),
  parseCookies: from('credential'),
  getRequestIP: from('request.ip'),
  getMethod: ofRequest('method'),
  getRequestPath: ofRequest('path'),
  getRequestURL: ofRequest('url'),
  toWebRequest: ofRequest('req'),
  isMethod: (it, [event, wanted], site) => methodTest(it, event, wanted, site),
  assertMethod: (it, [event, wanted], site) => {
    const test = methodTest(it, event, wanted, site);
    return test.k === 'literal' && !test.value ? it.throw(record([['statusCode', literal(405)]])) : UNDEFINED;
  },
  createError: makeError,
  H3Error: makeError,
  HTTPError: makeError,
  'HTTPError.status': statusError,
  sendError: (it, [event, error]) => {
    const status = error?.k === 'record' ? statusOf(error.members.get('statusCode'), 500) : null;
    return answered(it, event ?? UNDEFINED, status ?? 500);
  },
  setResponseStatus: (it, [, status]) => {
    const known = statusOf(status, 200);
    if (known !== null && known >= 400) it.answer({ how: 'answer', status: known });
    return UNDEFINED;
  },
  sendRedirect: (it, [event, , status]) => answered(it, event ?? UNDEFINED, statusOf(status, 302) ?? 302),
  redirect: (it, [, second, third]) =>
    makeFetchResponse(
      it,
      undefined,
      statusOf(third ?? second, 302) === null ? undefined : (third ?? second),
      302,
    ),
  send: release,
  sendStream: release,
  sendWebResponse: release,
  sendNoContent: (it, [event]) => answered(it, event ?? UNDEFINED, 204),
  noContent: (it) => makeFetchResponse(it, undefined, literal(204)),
  proxyRequest: release,
  sendProxy: release,
  html: respond,
  setHeader: nothing,
  setHeaders: nothing,
  setResponseHeader: nothing,
  setResponseHeaders: nothing,
  appendHeader: nothing,
  appendResponseHeader: nothing,
  removeResponseHeader: nothing,
  setCookie: (it, [, name, value, options], site) => {
    noteCookie(it, { name, value, options }, site);
    return UNDEFINED;
  },
  deleteCookie: nothing,
  handleCors: nothing,
  appendCorsHeaders: nothing,
  useSession: later('session'),
  getSession: later('session'),
  updateSession: changeSession,
  clearSession: changeSession,
  sealSession: later(),
  requireBasicAuth: (it, _args, site) => {
    const known = { protection: 'authentication', library: 'h3', arguments: [] };
    const passed = atom(it, 'verified', ['credential'], site, { known });
    it.facts = [...it.facts, passed];
    return promise(literal(true), [passed]);
  },
  createEventStream: (it) => {
    it.recorder?.streaming(it.facts);
    return it.native(STREAM, null);
  },
  useRuntimeConfig: () => unknown(['config:runtime']),
  useStorage: makeStore,
};
const STREAM: LibraryType = {
  name: 'event stream',
  methods: {
    push: (it, _self, args) => {
      it.recorder?.gives(args);
      return promise(UNDEFINED);
    },
    send: () => promise(UNDEFINED),
    close: () => promise(UNDEFINED),
    onClosed: (it, _self, args, site) => {
      it.handToUnknown(args, [], site);
      return UNDEFINED;
    },
  },
};
