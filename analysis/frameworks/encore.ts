import type { Trigger } from '../model/model.js';
import type { Evaluator } from '../wiring/evaluator.js';
import type { LibraryModel, LibraryType, Operation } from '../wiring/library.js';
import { memberOf } from '../wiring/members.js';
import { runLink, type Installed } from '../wiring/middleware.js';
import { variableOf } from '../wiring/naming.js';
import { observeEntryPoint } from '../wiring/observe.js';
import { type AppliedLink, opaqueLink } from '../wiring/recorder.js';
import { outcomes } from '../wiring/tests.js';
import {
  isNullish,
  listed,
  literal,
  optionIn,
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
} from '../wiring/value.js';
import { makeContext } from './web/context.js';
import { GRPC_STATUS } from './rpc/grpc-services.js';
import { addJob, nameOf, observeJobs } from './jobs/jobs.js';
import { folderOf } from './web/paths.js';
import { makeRequest, makeResponse } from './web/web-request.js';

type Kind = 'api' | 'raw' | 'stream' | 'static';
interface Endpoint {
  kind: Kind;
  options: Value;
  handler: Value;
  site: Site;
}
interface Service {
  name: string;
  middleware: Installed[];
  /** The folder that it is made of. */
  folder: string;
}
interface Wired {
  endpoints: Endpoint[];
  services: Service[];
  gateways: { authHandler: Value; site: Site }[];
}
const wired = (it: Evaluator): Wired =>
  it.stateOf<Wired>('encore', () => ({ endpoints: [], services: [], gateways: [] }));
const isTrue = (value: Value | undefined): boolean => value?.k === 'literal' && value.value === true;

/** `api(options, handler)` is the handler, for code that calls it. */
const endpoint =
  (kind: Kind): Operation =>
  (it, [options, handler], site) => {
    if (options) wired(it).endpoints.push({ kind, options, handler: handler ?? UNDEFINED, site });
    return handler ?? UNKNOWN;
  };
const MIDDLEWARE: LibraryType = { name: 'encore middleware', methods: {} };
interface Middleware {
  target: Value | undefined;
  value: Value;
}
const middleware: Operation = (it, args) => {
  const value = args.at(-1) ?? UNKNOWN;
  return it.native(MIDDLEWARE, {
    target: args.length > 1 ? (optionIn(args[0], 'target') ?? args[0]) : undefined,
    value,
  } satisfies Middleware);
};
const service: Operation = (it, [name, options], site) => {
  const installed = listed(optionIn(options, 'middlewares')).map((value) => ({ value, site }));
  const folder = folderOf(site.module.path);
  wired(it).services.push({ name: (name && stringOf(name)) ?? '?', middleware: installed, folder });
  return UNKNOWN;
};
const gateway: Operation = (it, [options], site) => {
  const authHandler = optionIn(options, 'authHandler');
  if (authHandler) wired(it).gateways.push({ authHandler, site });
  return UNKNOWN;
};
/** The service of an endpoint: of the nearest folder around it that is one. */
function serviceOf(it: Evaluator, { module }: Site): Service | null {
  const [nearest] = wired(it)
    .services.filter((s) => s.folder === '' || `${folderOf(module.path)}/`.startsWith(`${s.folder}/`))
    .sort((a, b) => b.folder.length - a.folder.length);
  return nearest ?? null;
}
/** The variable that an endpoint is bound to gives it its name. */
function endpointName(endpoints: readonly Endpoint[], { handler, site, kind }: Endpoint): string {
  const fits = (value: Value): boolean =>
    value.k === 'function' && handler.k === 'function' && value.fn === handler.fn;
  const found = [...site.module.scope.variables].find(([, value]) => fits(value))?.[0];
  return found ?? `${kind}${endpoints.filter((e) => e.site.module === site.module).length}`;
}

const ERROR_CODES: Readonly<Record<string, string>> = Object.fromEntries(
  Object.keys(GRPC_STATUS).map((name) => [name.toLowerCase().replace(/_/g, ''), name]),
);
const statusFor = (name: string): Value => {
  const code = ERROR_CODES[name.toLowerCase().replace(/_/g, '')];
  return code === undefined ? UNKNOWN : literal(GRPC_STATUS[code] ?? 500);
};
const thrown = (status: Value, message: Value | undefined): Value =>
  record(
    [
      ['status', status],
      ['message', message ?? UNKNOWN],
    ],
    UNKNOWN,
  );
/** `new APIError(ErrCode.NotFound, message)`, `APIError.notFound(message)`. https://encore.dev/docs/ts/primitives/errors */
const errors: Record<string, Operation> = {
  APIError: (_it, [code, message]) => thrown(code ? statusFor(textOf(code) ?? '') : UNKNOWN, message),
};
const CODES =
  'canceled unknown invalidArgument deadlineExceeded notFound alreadyExists permissionDenied resourceExhausted ' +
  'failedPrecondition aborted outOfRange unimplemented internal unavailable dataLoss unauthenticated';
for (const name of CODES.split(' '))
  errors[`APIError.${name}`] = (_it, [message]) => thrown(statusFor(name), message);

/** What comes over a stream. */
const STREAM: LibraryType = {
  name: 'stream',
  methods: {
    recv: () => promise(unknown(['message'])),
    send: () => promise(UNDEFINED),
    close: () => promise(UNDEFINED),
  },
  get: (_it, _self, name) => (name === '*elements*' ? unknown(['message']) : null),
};
/** One object has the parts of the path, the query and the body. */
function parametersOf(path: string | null, method: string): Value {
  const names = [...(path ?? '').matchAll(/[:*](\w+)/g)].map((m) => m[1]!);
  return record(
    names.map((name) => [name, unknown([`params.${name}`])]),
    unknown([/^(?:GET|HEAD|DELETE)$/.test(method) ? 'query' : 'body']),
  );
}

function observe(it: Evaluator, one: Endpoint, method: string): void {
  const { kind, options, handler, site } = one;
  const { endpoints, gateways } = wired(it);
  const own = serviceOf(it, site);
  const given = optionIn(options, 'path');
  const fallback = `/${own?.name ?? folderOf(site.module.path).split('/').at(-1)}.${endpointName(endpoints, one)}`;
  const path = given ? textOf(given, '*') : fallback;
  const isProtected = isTrue(optionIn(options, 'auth'));
  const trigger: Trigger =
    kind === 'stream' ? { kind: 'websocket', path, name: null } : { kind: 'http', method, path };
  const request = makeRequest(it, { method, path, base: '', application: null });
  const parameters = parametersOf(path, method);
  const about = record(
    [
      ['method', literal(method)],
      ['path', memberOf(it, request, 'path', site)],
      ['pathParams', unknown(['params'])],
      ['parsedPayload', parameters],
    ],
    UNKNOWN,
  );
  const meta = makeContext(it, {
    data: makeContext(it),
    requestMeta: about,
    rawRequest: request,
    rawResponse: makeResponse(it),
  });
  observeEntryPoint(it, {
    framework: 'encore',
    trigger,
    registration: site,
    handler,
    *chain() {
      if (isProtected) yield* authLinks(it, gateways, site);
      for (const installed of own?.middleware ?? []) {
        const link = middlewareLink(it, installed, options, kind, meta);
        if (link) yield link;
      }
    },
    work: () => {
      if (kind === 'static') return UNDEFINED;
      if (kind === 'raw') return it.runHandler(handler, [request, makeResponse(it)], site);
      if (kind === 'api') return it.runHandler(handler, [parameters], site);
      const stream = it.native(STREAM, null);
      const hasHandshake = handler.k === 'function' && handler.fn.params.length > 1;
      return it.runHandler(handler, hasHandshake ? [parameters, stream] : [stream], site);
    },
  });
}
/** `auth: true`: the gateway asks its handler who the caller is; null stands for nobody, and is refused. */
function* authLinks(it: Evaluator, gateways: Wired['gateways'], site: Site): Iterable<AppliedLink> {
  if (gateways.length === 0) {
    it.gap('no gateway with an authentication handler was found for `auth: true`', it.place(site));
    const place = it.place(site);
    yield opaqueLink('auth', place);
  }
  for (const { authHandler, site: at } of gateways)
    yield runLink(
      it,
      { value: authHandler, site: at, name: variableOf(authHandler, at) ?? 'authHandler' },
      {
        args: () => [unknown(['credential'])],
        carries: [],
        goesOn: (result) => outcomes(it, result, at).whenTrue,
        refusal: { how: 'answer', status: 401 },
      },
    );
}
/** Middleware of a service, where its target takes in the endpoint. https://encore.dev/docs/ts/develop/middleware */
function middlewareLink(
  it: Evaluator,
  installed: Installed,
  options: Value,
  kind: Kind,
  meta: Native,
): AppliedLink | null {
  const { value } = installed;
  if (value.k !== 'native' || value.type !== MIDDLEWARE)
    return runLink(it, installed, { args: (next) => [meta, next], carries: [meta] });
  const { target, value: work } = value.state as Middleware;
  const wants = (names: readonly string[], is: boolean): boolean =>
    names.every((name) => {
      const wanted = optionIn(target, name);
      return !wanted || wanted.k !== 'literal' || Boolean(wanted.value) === is;
    });
  const tags = listed(optionIn(target, 'tags')).map((t) => stringOf(t));
  const has = listed(optionIn(options, 'tags')).map((t) => stringOf(t));
  const covers =
    wants(['auth', 'requiresAuth'], isTrue(optionIn(options, 'auth'))) &&
    wants(['expose', 'exposed'], isTrue(optionIn(options, 'expose'))) &&
    wants(['isRaw'], kind === 'raw') &&
    wants(['isStream'], kind === 'stream') &&
    (tags.length === 0 || tags.some((t) => t !== null && has.includes(t)));
  if (!covers) return null;
  const name = variableOf(value, installed.site);
  return runLink(
    it,
    { ...installed, value: work, ...(name ? { name } : {}) },
    { args: (next) => [meta, next], carries: [meta], yields: promise(makeContext(it)) },
  );
}

const TOPIC: LibraryType = { name: 'topic', methods: { publish: () => promise(UNKNOWN) } };
const topicName = (topic: Value | undefined): string =>
  topic?.k === 'native' && topic.type === TOPIC ? (topic.state as string) : '?';
const subscription: Operation = (it, [topic, name, options], site) => {
  const handler = optionIn(options, 'handler');
  if (handler)
    addJob(it, 'encore', {
      kind: 'message',
      name: `${topicName(topic)}.${nameOf(name, '?')}`,
      handler,
      site,
      arguments: [unknown(['message'])],
    });
  return UNKNOWN;
};
const cron: Operation = (it, [id, options], site) => {
  const handler = optionIn(options, 'endpoint');
  if (handler && !isNullish(handler))
    addJob(it, 'encore', { kind: 'job', name: nameOf(id, '?'), handler, site, arguments: [] });
  return UNKNOWN;
};

/** Encore.ts. https://encore.dev/docs/ts */
export const encore: LibraryModel = {
  name: 'encore',
  packages: ['encore.dev', '~encore'],
  about: {
    title: 'Encore.ts',
    registers:
      '`api`, `api.raw`, `api.static` and streams with `expose: true`, by method and path, else by service and name; subscriptions to topics; `CronJob`',
    guards:
      '`auth: true` by the authentication handler of the gateway; middleware of the service, where its target takes in the endpoint; tests in the handler',
    answers: 'by returning; `APIError` by its code',
    limits:
      'endpoints that are not exposed are doors only for other services and are left out, and calls of them by `~encore/clients` are not followed; parameters by type: headers count as the body',
  },
  calls: {
    ...Object.fromEntries(Object.entries(errors).map(([name, op]) => [`/api.${name}`, op])),
    '/api.api': endpoint('api'),
    '/api.api.raw': endpoint('raw'),
    '/api.api.static': endpoint('static'),
    '/api.api.streamIn': endpoint('stream'),
    '/api.api.streamOut': endpoint('stream'),
    '/api.api.streamInOut': endpoint('stream'),
    '/api.middleware': middleware,
    '/api.Gateway': gateway,
    '/auth.authHandler': (_it, [handler]) => handler ?? UNKNOWN,
    '/auth.getAuthData': () => unknown(['identity']),
    '/internal./codegen./auth.getAuthData': () => unknown(['identity']),
    '/service.Service': service,
    '/pubsub.Topic': (it, [name]) => it.native(TOPIC, nameOf(name, '?')),
    '/pubsub.Subscription': subscription,
    '/cron.CronJob': cron,
  },
  member: (_it, path) => (path.length === 3 && path[1] === 'ErrCode' ? literal(path[2]!) : null),
  finish: (it) => {
    for (const one of wired(it).endpoints) {
      const exposed = optionIn(one.options, 'expose');
      if (!exposed || (exposed.k === 'literal' && !exposed.value)) continue;
      const methods = listed(optionIn(one.options, 'method')).map((m) => stringOf(m) ?? '*');
      const fallback = one.kind === 'static' || one.kind === 'stream' ? 'GET' : 'POST';
      for (const method of methods.length > 0 ? methods : [fallback])
        observe(it, one, method === '*' ? 'ALL' : method.toUpperCase());
    }
    observeJobs(it, 'encore');
  },
};
