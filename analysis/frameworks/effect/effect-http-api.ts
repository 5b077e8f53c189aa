import type { Evaluator } from '../../wiring/evaluator.js';
import { membersOf } from '../../wiring/globals.js';
import { yieldsItself, type LibraryType, type Method, type Operation } from '../../wiring/library.js';
import { runLink } from '../../wiring/middleware.js';
import { observeEntryPoint } from '../../wiring/observe.js';
import type { AppliedLink } from '../../wiring/recorder.js';
import {
  builtin,
  choice,
  isCallable,
  literal,
  optionIn,
  record,
  stringOf,
  textOf,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type Native,
  type Option,
  type Site,
  type Value,
} from '../../wiring/value.js';
import {
  buildServices,
  makeEffect,
  makeFailure,
  makeTag,
  pipe,
  run,
  tagOf,
  type Tag,
} from './effect-computations.js';
import { respond } from '../web/fetch-api.js';
import { joinPaths } from '../web/paths.js';
import { asIdentity, HEADERS, pathValue } from '../web/web-request.js';

interface Endpoint {
  name: string;
  method: string;
  path: string | null;
  /** Services that stand in front, as they were named. */
  middleware: readonly Value[];
}
interface Group {
  name: string;
  endpoints: readonly Endpoint[];
  middleware: readonly Value[];
}
interface Api {
  groups: readonly Group[];
  middleware: readonly Value[];
}
interface Building {
  api: Value;
  name: string;
  build: Value;
  site: Site;
}
interface Handled {
  name: string;
  handler: Value;
  site: Site;
}
const buildings = (it: Evaluator): Building[] => it.stateOf<Building[]>('effect:groups', () => []);
const named = (value: Value | undefined): string => (value && textOf(value)) ?? '?';
/** A definition with more in it; whatever else is said of it changes nothing of who gets in. */
const definition = <T>(
  name: string,
  methods: Readonly<Record<string, (state: T, args: readonly Value[]) => T>>,
): LibraryType => {
  const type: LibraryType = {
    name,
    methods: {
      pipe,
      ...Object.fromEntries(
        Object.entries(methods).map(([key, change]): [string, Method] => [
          key,
          (it, self, args) => it.native(type, change(self.state as T, args)),
        ]),
      ),
    },
    get: (_it, self, key) => (type.methods[key] ? null : builtin(key, () => self)),
  };
  return type;
};
const prefixed = (endpoint: Endpoint, given: Value | undefined): Endpoint => {
  const text = given ? textOf(given, '*') : null;
  return {
    ...endpoint,
    path: text === null || endpoint.path === null ? null : joinPaths(text, endpoint.path),
  };
};
const guarded = (endpoint: Endpoint, given: readonly Value[]): Endpoint => ({
  ...endpoint,
  middleware: [...endpoint.middleware, ...given],
});
const ENDPOINT = definition<Endpoint>('endpoint', {
  prefix: (endpoint, [given]) => prefixed(endpoint, given),
  middleware: guarded,
});
const changed = (group: Group, change: (endpoint: Endpoint) => Endpoint): Group => ({
  ...group,
  endpoints: group.endpoints.map(change),
});
const GROUP_METHODS = {
  add: (group: Group, args: readonly Value[]): Group => ({
    ...group,
    endpoints: [...group.endpoints, ...args.flatMap((a) => stateOf<Endpoint>(a, ENDPOINT) ?? [])],
  }),
  prefix: (group: Group, [given]: readonly Value[]): Group => changed(group, (e) => prefixed(e, given)),
  middlewareEndpoints: (group: Group, args: readonly Value[]): Group =>
    changed(group, (e) => guarded(e, args)),
};
/** Of version 3: middleware of a group is in front of all of it, whenever it was added. */
const GROUP = definition<Group>('group', {
  ...GROUP_METHODS,
  middleware: (group, args) => ({ ...group, middleware: [...group.middleware, ...args] }),
});
/** Of version 4: in front of the endpoints that there are by then. */
const LATER_GROUP = definition<Group>('group', {
  ...GROUP_METHODS,
  middleware: GROUP_METHODS.middlewareEndpoints,
});
const API: LibraryType = definition<Api>('api', {
  add: (api, args) => ({
    ...api,
    groups: [...api.groups, ...args.flatMap((a) => stateOf<Group>(a, GROUP, LATER_GROUP) ?? [])],
  }),
  addHttpApi: (api, [other]) => {
    const { groups, middleware } = stateOf<Api>(other, API) ?? { groups: [], middleware: [] };
    const within = groups.map((g) => ({ ...g, middleware: [...middleware, ...g.middleware] }));
    return { ...api, groups: [...api.groups, ...within] };
  },
  prefix: (api, [given]) => ({
    ...api,
    groups: api.groups.map((g) => changed(g, (e) => prefixed(e, given))),
  }),
  middleware: (api, args) => ({ ...api, middleware: [...api.middleware, ...args] }),
});
/** Definitions are extended by classes: `class Api extends HttpApi.make('api').add(…) {}`. */
function stateOf<T>(value: Value | undefined, ...types: readonly LibraryType[]): T | null {
  let at: Value | null | undefined = value;
  while (at?.k === 'class') at = at.base;
  return at?.k === 'native' && types.includes(at.type) ? (at.state as T) : null;
}
/** ``get('name')`/users/${id}` `` as well as `get('name', '/users/:id')`. */
const endpoint =
  (method: string): Operation =>
  (it, [name, path]) => {
    const make = (given: Value | undefined): Native => {
      const text = given ? textOf(given, '*') : null;
      return it.native(ENDPOINT, {
        name: named(name),
        method,
        path: text,
        middleware: [],
      } satisfies Endpoint);
    };
    if (path) return make(path);
    return builtin('path', ([text, ...parameters]) => {
      let i = 0;
      return make(literal(named(text).replace(/\?/g, () => `:${parameterName(parameters[i++])}`)));
    });
  };
const parameterName = (parameter: Value | undefined): string =>
  (parameter?.k === 'record' && stringOf(parameter.members.get('param') ?? UNDEFINED)) || 'param';

/** What `build` gets, and gives handlers to. */
const HANDLERS: LibraryType = {
  name: 'handlers',
  methods: {
    pipe: yieldsItself,
    ...Object.fromEntries(
      ['handle', 'handleRaw', 'handleStream'].map((key): [string, Method] => [
        key,
        (_it, self, [name, handler], site) => {
          (self.state as Handled[]).push({ name: named(name), handler: handler ?? UNKNOWN, site });
          return self;
        },
      ]),
    ),
    handleAll: (_it, self, [all], site) => {
      if (all?.k === 'record')
        for (const [name, handler] of all.members) {
          const own = handler.k === 'function' ? { module: handler.module, line: handler.fn.line } : site;
          (self.state as Handled[]).push({ name, handler, site: own });
        }
      return self;
    },
  },
};
const group: Operation = (it, [api, name, build], site) => {
  if (api && build) buildings(it).push({ api, name: named(name), build, site });
  return record(
    ['pipe'].map((key) => [key, builtin(key, () => UNKNOWN)]),
    UNKNOWN,
  );
};

/** The request as a service. */
const requestOf = (it: Evaluator, method: string, path: string | null): Value =>
  record(
    [
      ['headers', it.native(HEADERS, null)],
      ['cookies', unknown(['credential'])],
      ['url', pathValue(path)],
      ['originalUrl', pathValue(path)],
      ['method', literal(method)],
      ...['json', 'text', 'urlParamsBody', 'multipart', 'arrayBuffer'].map((name): [string, Value] => [
        name,
        makeEffect(it, () => unknown(['body'])),
      ]),
    ],
    unknown(['request']),
  );
const current = (it: Evaluator): { request: Value } =>
  it.stateOf<{ request: Value }>('effect:request', () => ({ request: UNKNOWN }));

/** Middleware is a service: what a layer provides for it runs, with what the caller presents for each scheme. */
function middlewareLink(it: Evaluator, given: Value, site: Site): AppliedLink {
  const found = tagOf(given);
  const name = given.k === 'class' && given.node.name ? given.node.name : 'middleware';
  if (!found) return runLink(it, { value: UNKNOWN, site, name }, { args: () => [], carries: [] });
  const tag = found.state as Tag;
  const implementation = run(it, found);
  const schemes = membersOf(it, optionIn(tag.options, 'security')).pairs.map(([key]) => key);
  const works =
    implementation.k === 'record'
      ? (schemes.length > 0 ? schemes : [...implementation.members.keys()]).map((s) =>
          implementation.members.get(s),
        )
      : [implementation];
  if (tag.provided === null || works.some((w) => !w))
    return runLink(it, { value: UNKNOWN, site, name }, { args: () => [], carries: [] });
  const provides = tagOf(optionIn(tag.options, 'provides'));
  const credential = unknown(['credential']);
  const link = runLink(
    it,
    {
      name,
      site,
      value: builtin(name, ([next]) => {
        const results: Option[] = [];
        const onward = makeEffect(it, () => it.call(next ?? UNKNOWN, [], UNDEFINED, site));
        const around = [onward, record([['credential', credential]], UNKNOWN)];
        it.merge(
          works.map((work) =>
            it.arm([], () => {
              const made = isCallable(work!)
                ? it.call(work!, tag.isAround ? around : [credential], UNDEFINED, site)
                : work!;
              results.push({ value: run(it, made), facts: [] });
            }),
          ),
        );
        const result = choice(results);
        if (provides) it.journal.write(provides.members, '*current*', asIdentity(it, result));
        if (!tag.isAround) it.call(next ?? UNKNOWN, [], UNDEFINED, site);
        return result;
      }),
    },
    { args: (next) => [next], carries: provides ? [provides] : [] },
  );
  // It is told a credential, and what it does with that was not seen: not understood, rather than harmless.
  const opaque = link.opaque || (schemes.length > 0 && link.facts.length === 0);
  if (opaque && !link.opaque)
    it.gap(`what \`${name}\` does in front of entry points could not be followed`, it.place(site));
  return given.k === 'class'
    ? { ...link, opaque, definition: { file: given.module.path, line: given.node.line } }
    : { ...link, opaque };
}
function observe(
  it: Evaluator,
  api: Api,
  of: Group,
  endpoint: Endpoint,
  { handler, site }: Handled,
  unmounted: boolean,
): void {
  const { method, path } = endpoint;
  const request = requestOf(it, method, path);
  const given = record(
    [
      ['path', unknown(['params'])],
      ['params', unknown(['params'])],
      ['urlParams', unknown(['query'])],
      ['query', unknown(['query'])],
      ['payload', unknown(['body'])],
      ['headers', it.native(HEADERS, null)],
      ['request', request],
    ],
    UNKNOWN,
  );
  observeEntryPoint(it, {
    framework: 'effect',
    trigger: { kind: 'http', method, path },
    registration: site,
    handler,
    unmounted,
    *chain() {
      current(it).request = request;
      for (const each of [...api.middleware, ...of.middleware, ...endpoint.middleware])
        yield middlewareLink(it, each, site);
    },
    work: () => it.runHandler(handler, [given], site),
  });
}
function observeGroup(it: Evaluator, { api: given, name, build, site }: Building): void {
  const api = stateOf<Api>(given, API);
  const of = api?.groups.find((g) => g.name === name) ?? null;
  const handled: Handled[] = [];
  const handlers = it.native(HANDLERS, handled);
  it.attempt(
    it.place(site),
    () =>
      void it.withBudget(STEPS, () =>
        it.quietly(() => void run(it, it.call(build, [handlers], UNDEFINED, site))),
      ),
  );
  if (!api || !of) it.gap(`the group \`${name}\` of this API could not be followed`, it.place(site));
  const unseen: Endpoint = { name: '?', method: 'ALL', path: null, middleware: [] };
  for (const one of handled) {
    const endpoint = of?.endpoints.find((e) => e.name === one.name);
    const group: Group = of ?? { name, endpoints: [], middleware: [UNKNOWN] };
    observe(it, api ?? { groups: [], middleware: [] }, group, endpoint ?? unseen, one, !endpoint);
  }
  for (const endpoint of of?.endpoints ?? [])
    if (!handled.some((h) => h.name === endpoint.name))
      it.gap(`what handles \`${endpoint.name}\` could not be followed`, it.place(site));
}
const STEPS = 200_000;

const METHODS = { get: 'GET', post: 'POST', put: 'PUT', patch: 'PATCH', del: 'DELETE', delete: 'DELETE' };
const OTHER_METHODS = { head: 'HEAD', options: 'OPTIONS' };
const ROUTERS = ['HttpRouter', 'HttpLayerRouter'];
const STATUS = {
  BadRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  Conflict: 409,
  InternalServerError: 500,
};
const make = (isLater: boolean): Readonly<Record<string, Operation>> => ({
  'HttpApi.make': (it) => it.native(API, { groups: [], middleware: [] } satisfies Api),
  'HttpApiGroup.make': (it, [name]) =>
    it.native(isLater ? LATER_GROUP : GROUP, {
      name: named(name),
      endpoints: [],
      middleware: [],
    } satisfies Group),
  ...Object.fromEntries(
    Object.entries({ ...METHODS, ...OTHER_METHODS }).map(([name, method]) => [
      `HttpApiEndpoint.${name}`,
      endpoint(method),
    ]),
  ),
  'HttpApiEndpoint.make': (_it, [method]) =>
    builtin('endpoint', (args, _self, site) => endpoint(named(method))(_it, args, site)),
  ...Object.fromEntries(
    ROUTERS.flatMap((router) =>
      [...Object.keys(METHODS), 'add', 'all', 'route', 'use'].map((name): [string, Operation] => [
        `${router}.${name}`,
        (it, _args, site) => {
          it.gap('routes of this router of Effect are not followed', it.place(site));
          return UNKNOWN;
        },
      ]),
    ),
  ),
  'HttpApiSchema.param': (_it, [name]) => record([['param', name ?? UNKNOWN]], UNKNOWN),
  'HttpApiSchema.annotations': (_it, [given]) => given ?? UNKNOWN,
  'HttpApiBuilder.group': group,
  'HttpApiMiddleware.Tag': (it) => builtin('Tag', ([key, options]) => makeTag(it, key, options)),
  'HttpApiMiddleware.Service': (it) =>
    builtin('Service', ([key, options]) => makeTag(it, key, options, true)),
  ...Object.fromEntries(
    Object.entries(STATUS).map(([name, status]): [string, Operation] => [
      `HttpApiError.${name}`,
      (it) => makeFailure(it, literal(status)),
    ]),
  ),
  ...Object.fromEntries(
    ['json', 'text', 'raw', 'jsonUnsafe', 'unsafeJson', 'html'].map((name): [string, Operation] => [
      `HttpServerResponse.${name}`,
      (it, args, site) => makeEffect(it, () => respond(it, args, site)),
    ]),
  ),
});
/** Names as they are imported: from the package, from a folder of it, or from a module of their own. */
const under = (before: string, calls: Readonly<Record<string, Operation>>): [string, Operation][] =>
  Object.entries(calls).flatMap(([key, op]): [string, Operation][] =>
    before === ''
      ? [
          [key, op],
          [`/${key}`, op],
        ]
      : [
          [`${before}.${key}`, op],
          [`${before}./${key}`, op],
        ],
  );
export const requestService = (it: Evaluator, path: readonly string[]): Value | null =>
  path.at(-1) === 'HttpServerRequest' && path.length > 1
    ? it.stateOf<Value>('effect:request-service', () => makeEffect(it, () => current(it).request))
    : null;

/** Of version 3 from its own package, and as `effect` itself has it since version 4. */
export const HTTP_API: Readonly<Record<string, Operation>> = Object.fromEntries([
  ...under('', make(false)),
  ...['/unstable./httpapi', '/unstable./http', '/http-api'].flatMap((folder) => under(folder, make(true))),
]);
export function observeGroups(it: Evaluator): void {
  const all = buildings(it);
  if (all.length === 0) return;
  buildServices(it);
  for (const one of all) observeGroup(it, one);
}
