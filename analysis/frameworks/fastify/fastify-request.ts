import { takeMultipart } from '../web/uploads.js';
import { streamEvents } from '../../wiring/event-stream.js';
import type { Evaluator } from '../../wiring/evaluator.js';
import { yieldsItself, type LibraryType, type Method } from '../../wiring/library.js';
import { runLink } from '../../wiring/middleware.js';
import { statusOf } from '../../wiring/naming.js';
import type { AppliedLink } from '../../wiring/recorder.js';
import {
  builtin,
  literal,
  record,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type Native,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { isJwtSign, jwtDecode, jwtSign, jwtVerify } from './fastify-jwt.js';
import { REQUEST, RESPONSE, type RequestState } from '../web/web-request.js';

/** Errors of `@fastify/sensible` and `http-errors`, by name. */
export const HTTP_ERRORS: Readonly<Record<string, number>> = {
  badRequest: 400,
  unauthorized: 401,
  paymentRequired: 402,
  forbidden: 403,
  notFound: 404,
  methodNotAllowed: 405,
  conflict: 409,
  gone: 410,
  unprocessableEntity: 422,
  tooManyRequests: 429,
  internalServerError: 500,
  serviceUnavailable: 503,
};
/** `fastify.httpErrors.unauthorized()` makes an error; `createError(401)` too. */
export const ERRORS: LibraryType = {
  name: 'http errors',
  methods: {
    ...Object.fromEntries(
      Object.entries(HTTP_ERRORS).map(([name, status]): [string, Method] => [
        name,
        () => record([['status', literal(status)]]),
      ]),
    ),
    createError: (_it, _self, [status]) => record([['status', status ?? UNKNOWN]]),
  },
};

export interface FastifyRequestState extends RequestState {
  instance: Native;
  /** `config` of the route. */
  config: Value;
  /** What `decorateRequest` put on requests. */
  decorated: ReadonlyMap<string, Value>;
}
/** Whether what runs for a route has looked at what is written at the route. */
export const configReads = (it: Evaluator): { any: boolean } =>
  it.stateOf('fastify:config', () => ({ any: false }));
/** Of `@fastify/cookie`: what a signed cookie holds, and whether the signature is the program's own. */
const unsignCookie: Method = () =>
  record([
    ['valid', unknown(['credential', 'signature'])],
    ['value', unknown(['credential'])],
  ]);
/** Methods that `@fastify/multipart` puts on requests; other packages call properties so. */
const MULTIPART: ReadonlySet<string> = new Set(['file', 'files', 'parts', 'saveRequestFiles']);
const hasMultipart = (it: Evaluator): boolean =>
  it.modules.loaded.some(({ module }) => module.dependencies.some((d) => PLUGIN.test(d.specifier)));
const PLUGIN = /^(?:@fastify\/|fastify-)multipart$/;
const FASTIFY_REQUEST: LibraryType = {
  ...REQUEST,
  methods: {
    ...REQUEST.methods,
    jwtVerify,
    jwtDecode,
    unsignCookie,
    ...Object.fromEntries([...MULTIPART].map((name) => [name, takeMultipart])),
  },
  get: (it, self, name, site) => {
    const { instance, config, decorated } = self.state as FastifyRequestState;
    if (name === 'server') return instance;
    if (name === 'routeOptions' || name === 'context' || name === 'routeConfig') configReads(it).any = true;
    if (name === 'routeOptions' || name === 'context') return record([['config', config]], UNKNOWN);
    if (name === 'routeConfig') return config;
    if (name === 'raw' || name === 'req') return self;
    if (name === 'jwtVerify' || name === 'jwtDecode') return null;
    if (MULTIPART.has(name) && hasMultipart(it)) return null;
    const put = self.members.has(name) ? undefined : decorated.get(name);
    // What is declared as empty is there to be filled by a hook.
    if (put && put.k !== 'literal') return put;
    return REQUEST.get!(it, self, name, site);
  },
};
export const makeFastifyRequest = (it: Evaluator, state: FastifyRequestState): Native =>
  it.native(FASTIFY_REQUEST, state);

const refusing =
  (status: number): Method =>
  (it, self, args, site) => {
    RESPONSE.methods.code!(it, self, [literal(status)], site);
    return RESPONSE.methods.send!(it, self, args, site);
  };
/** `reply.send(error)` answers with the status of the error. */
const send: Method = (it, self, args, site) => {
  const [content] = args;
  const status = content && statusOf(content);
  if (content && (status || (content.k === 'unknown' && content.sources.includes('error')))) {
    it.answer({ how: 'answer', status: status ?? 500 });
    return self;
  }
  return RESPONSE.methods.send!(it, self, args, site);
};
const REPLY: LibraryType = {
  ...RESPONSE,
  methods: {
    ...RESPONSE.methods,
    ...Object.fromEntries(Object.entries(HTTP_ERRORS).map(([name, status]) => [name, refusing(status)])),
    send,
    hijack: yieldsItself,
    sendFile: RESPONSE.methods.send!,
    setCookie: RESPONSE.methods.cookie!,
    unsignCookie,
    jwtSign,
  },
  get: (it, self, name, site) => {
    if (name === 'raw' || name === 'res') return self;
    // Of `@fastify/sse` and `fastify-sse-v2`: a function, and functions in an object.
    if (name === 'sse') return streamEvents(it, [], site);
    if (isJwtSign(it, name)) return builtin(name, (args) => jwtSign(it, self, args, site));
    return RESPONSE.get!(it, self, name, site);
  },
};
export const makeReply = (it: Evaluator): Native => it.native(REPLY, null);

/** A hook that goes on by returning, told by its parameters: types of them are erased, and nothing calls it yet. */
export function asHook(it: Evaluator, value: Value, site: Site): (() => AppliedLink) | null {
  if (value.k !== 'function') return null;
  const names = value.fn.params.map(({ pattern }) => (pattern.k === 'identifier' ? pattern.name : ''));
  const [first = '', second = ''] = names;
  if (names.length !== 2 || !/^_?req(?:uest)?$/.test(first) || !/^(?:reply|res(?:ponse)?)$/.test(second))
    return null;
  const request = makeFastifyRequest(it, {
    method: null,
    path: null,
    base: '',
    application: null,
    instance: it.native(NOWHERE, null),
    config: record([], UNDEFINED),
    decorated: new Map(),
  });
  const carries = [request, makeReply(it)];
  return () =>
    runLink(it, { value, site, isRoute: true }, { args: () => carries, carries, goesOn: () => [] });
}
const NOWHERE: LibraryType = { name: 'fastify application', methods: {} };
