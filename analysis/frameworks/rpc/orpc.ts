import type { Evaluator } from '../../wiring/evaluator.js';
import { membersOf } from '../../wiring/globals.js';
import {
  yieldsItself,
  type LibraryModel,
  type LibraryType,
  type Method,
  type Operation,
} from '../../wiring/library.js';
import { runLink, type Installed } from '../../wiring/middleware.js';
import { observeEntryPoint } from '../../wiring/observe.js';
import {
  builtin,
  list,
  literal,
  optionIn,
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
import { heldAgainst } from './procedure-input.js';
import { addToContext, madeOf, makeContext } from '../web/context.js';

/** A builder, or what it built: middleware in order, and the handler once there is one. */
interface Procedure {
  links: readonly Installed[];
  handler: Value | null;
  site: Site | null;
}
interface Router {
  members: Value;
  /** In front of everything in it. */
  links: readonly Installed[];
  site: Site;
}
interface Served {
  router: Value;
  site: Site;
  /** What procedures are given to begin with, once a request was handled. */
  context: Value | null;
}
interface Wired {
  /** What a handler of requests was made for. */
  served: Served[];
  routers: Native[];
  procedures: Native[];
}
const wired = (it: Evaluator): Wired =>
  it.stateOf<Wired>('orpc', () => ({ served: [], routers: [], procedures: [] }));

/** Codes that it knows (`COMMON_ORPC_ERROR_DEFS`); any other is answered with 500. */
const STATUS: Readonly<Record<string, number>> = {
  BAD_REQUEST: 400,
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  METHOD_NOT_SUPPORTED: 405,
  NOT_ACCEPTABLE: 406,
  TIMEOUT: 408,
  CONFLICT: 409,
  PRECONDITION_FAILED: 412,
  PAYLOAD_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  UNPROCESSABLE_CONTENT: 422,
  TOO_MANY_REQUESTS: 429,
  CLIENT_CLOSED_REQUEST: 499,
  INTERNAL_SERVER_ERROR: 500,
  NOT_IMPLEMENTED: 501,
  BAD_GATEWAY: 502,
  SERVICE_UNAVAILABLE: 503,
  GATEWAY_TIMEOUT: 504,
};
/** `new ORPCError('FORBIDDEN', { status })`: the status that it is given, else the one that its code stands for. */
const error: Operation = (_it, [code, options]) => {
  const name = code ? stringOf(code) : null;
  const given = options?.k === 'record' ? options.members.get('status') : undefined;
  return record(
    [
      ['code', code ?? UNKNOWN],
      ['status', given ?? (name === null ? UNKNOWN : literal(STATUS[name] ?? 500))],
    ],
    UNKNOWN,
  );
};
/** `errors.FORBIDDEN()` of middleware and handlers. */
const ERRORS: LibraryType = {
  name: 'errors',
  methods: {},
  get: (it, _self, name) => builtin(name, (_args, _this, site) => error(it, [literal(name)], site)),
};

const MIDDLEWARE: LibraryType = {
  name: 'middleware',
  methods: {
    mapInput: yieldsItself,
    concat: (it, self, [value], site) =>
      it.native(MIDDLEWARE, [...(self.state as Installed[]), ...(value ? linksOf(value, site) : [])]),
  },
};
/** What `use` and `concat` take: a function, or middleware that was made before. */
const linksOf = (value: Value, site: Site): Installed[] =>
  value.k === 'native' && value.type === MIDDLEWARE
    ? (value.state as Installed[]).map((link) => ({ ...link, site }))
    : [{ value, site }];
/** Middleware that both begin with runs once, as the library leaves out the repetition. */
function inFront(first: readonly Installed[], second: readonly Installed[]): readonly Installed[] {
  const repeated = first.every((link, i) => second[i]?.value === link.value);
  return repeated ? second : [...first, ...second];
}

const extend: Method = (it, self, [value], site) => {
  const procedure = self.state as Procedure;
  const links = [...procedure.links, ...(value ? linksOf(value, site) : [])];
  return make(it, self.type, { ...procedure, links });
};
function make(it: Evaluator, type: LibraryType, procedure: Procedure): Native {
  const made = it.native(type, procedure);
  if (procedure.handler) wired(it).procedures.push(made);
  return made;
}
const load: Method = (it, self, [loader], site) => {
  const module = loader ? it.awaiting(it.call(loader, [], UNDEFINED, site)) : UNKNOWN;
  const exported = membersOf(it, module).pairs.find(([name]) => name === 'default')?.[1];
  return makeRouter(it, exported ?? UNKNOWN, (self.state as Procedure).links, site);
};
function makeRouter(it: Evaluator, members: Value, links: readonly Installed[], site: Site): Native {
  const router = it.native(ROUTER, { members, links, site } satisfies Router);
  wired(it).routers.push(router);
  return router;
}
const ROUTER: LibraryType = {
  name: 'router',
  methods: {},
  get: (it, self, name) => {
    const { members, links, site } = self.state as Router;
    const member = membersOf(it, members).pairs.find(([key]) => key === name)?.[1];
    return member ? it.native(ROUTER, { members: member, links, site } satisfies Router) : null;
  },
};
const PROCEDURE: LibraryType = {
  name: 'procedure',
  methods: {
    use: extend,
    meta: yieldsItself,
    route: yieldsItself,
    errors: yieldsItself,
    callable: yieldsItself,
    actionable: yieldsItself,
  },
};
const BUILDING: Readonly<Record<string, Method>> = {
  ...Object.fromEntries(
    ['$context', '$config', '$meta', '$route', '$input', 'errors', 'meta', 'route', 'output']
      .concat('prefix', 'tag')
      .map((name) => [name, yieldsItself]),
  ),
  input: (it, self, [schema], site) => {
    const procedure = self.state as Procedure;
    const links = [...procedure.links, ...heldAgainst(it, '@orpc/server', schema, site)];
    return make(it, self.type, { ...procedure, links });
  },
  use: extend,
  middleware: (it, _self, [value], site) => it.native(MIDDLEWARE, value ? linksOf(value, site) : []),
  handler: (it, self, [handler], site) =>
    make(it, PROCEDURE, { ...(self.state as Procedure), handler: handler ?? UNKNOWN, site }),
  router: (it, self, [members], site) =>
    makeRouter(it, members ?? record(), (self.state as Procedure).links, site),
  lazy: load,
};
const BUILDER: LibraryType = { name: 'builder', methods: BUILDING };
/** `implement(contract)`: its members are builders for the procedures that the contract names. */
const IMPLEMENTER: LibraryType = {
  name: 'implementer',
  methods: BUILDING,
  get: (_it, self, name) => (BUILDING[name] ? null : self),
};
const EMPTY: Procedure = { links: [], handler: null, site: null };
/** What serves a router: each request is handed over together with the context that its procedures begin with. */
const HANDLER: LibraryType = {
  name: 'handler',
  methods: Object.fromEntries(
    ['handle', 'upgrade'].map((name) => [
      name,
      (_it, self, args) => {
        const options = args.find((a) => a.k === 'record' && a.members.has('context'));
        if (options?.k === 'record') (self.state as Served).context ??= options.members.get('context')!;
        return UNKNOWN;
      },
    ]),
  ),
};
const handler: Operation = (it, [router], site) => {
  if (!router) return UNKNOWN;
  const served: Served = { router, site, context: null };
  wired(it).served.push(served);
  return it.native(HANDLER, served);
};

/** Procedures in what a handler serves, by full name. */
function* proceduresIn(
  it: Evaluator,
  value: Value,
  name: string,
  links: readonly Installed[],
  site: Site,
  within: readonly Value[] = [],
): Generator<[string, Procedure]> {
  if (within.includes(value)) return;
  if (value.k === 'native' && value.type === PROCEDURE) {
    const procedure = value.state as Procedure;
    yield [name, { ...procedure, links: inFront(links, procedure.links) }];
  } else if (value.k === 'native' && value.type === ROUTER) {
    const router = value.state as Router;
    yield* proceduresIn(it, router.members, name, inFront(links, router.links), router.site, [
      ...within,
      value,
    ]);
  } else if (value.k === 'record' || (value.k === 'native' && value.type.name === 'module namespace')) {
    const { pairs, open } = membersOf(it, value);
    if (open) it.gap('some procedures of this router could not be followed', it.place(site));
    for (const [key, member] of pairs)
      yield* proceduresIn(it, member, name === '' ? key : `${name}.${key}`, links, site, [...within, value]);
  } else it.gap(`what \`${name || 'this router'}\` is could not be followed`, it.place(site));
}
function observe(
  it: Evaluator,
  name: string,
  procedure: Procedure,
  names: Names,
  served: { unmounted: boolean; context: Value | null },
): void {
  const site = procedure.site!;
  const begun = madeOf(served.context ?? UNKNOWN);
  const context = makeContext(it, begun.members, begun.isCaller);
  const input = unknown(['body']);
  const given = (more: [string, Value][]): Value =>
    record(
      [
        ['context', context],
        ['errors', it.native(ERRORS, null)],
        ['path', list(name.split('.').map(literal))],
        ...more,
      ],
      UNKNOWN,
    );
  observeEntryPoint(it, {
    framework: 'orpc',
    trigger: { kind: 'rpc', name },
    registration: site,
    handler: procedure.handler,
    unmounted: served.unmounted,
    *chain() {
      for (const link of procedure.links)
        yield runLink(
          it,
          { ...link, name: link.name ?? names.get(link.value) },
          {
            args: (next) => [given([['next', next]]), input, builtin('output', () => UNDEFINED)],
            carries: [context],
            onNext: ([options]) => {
              addToContext(it, context, optionIn(options, 'context'));
              return null;
            },
            yields: promise(record([], UNKNOWN)),
          },
        );
    },
    work: () => it.runHandler(procedure.handler!, [given([['input', input]])], site),
  });
}
type Names = ReadonlyMap<Value, string>;
/** What people call middleware: its variable, else the first builder that has it. */
function namesOf(it: Evaluator): Names {
  const names = new Map<Value, string>();
  const variables = it.modules.loaded.flatMap((m) => [...m.scope.variables]);
  const give = (name: string, links: readonly Installed[]): void => {
    for (const { value } of links)
      if (!names.has(value) && !(value.k === 'function' && value.fn.name !== null)) names.set(value, name);
  };
  for (const [name, value] of variables)
    if (value.k === 'native' && value.type === MIDDLEWARE) give(name, value.state as Installed[]);
  const builders = variables.flatMap(([name, value]) =>
    value.k === 'native' && (value.type === BUILDER || value.type === IMPLEMENTER)
      ? [{ name, links: (value.state as Procedure).links }]
      : [],
  );
  for (const { name, links } of builders.sort((a, b) => a.links.length - b.links.length)) give(name, links);
  return names;
}

const STEPS = 300_000;

/** oRPC. https://orpc.dev/docs */
export const orpc: LibraryModel = {
  name: 'orpc',
  packages: ['@orpc/server', '@orpc/openapi'],
  about: {
    title: 'oRPC',
    registers:
      '`handler` of builders and of `implement(contract)`, in the routers that `RPCHandler` and `OpenAPIHandler` are given, nested and lazy; others are unmounted',
    guards: '`use` of builders, routers, implementers and procedures; concatenated ones',
    answers: 'by returning; `ORPCError` and `errors.CODE()` by their code',
    limits: 'what stands in front of the handler; paths of `route`; plugins and interceptors',
  },
  calls: {
    implement: (it) => it.native(IMPLEMENTER, EMPTY),
    ORPCError: error,
    // Says of middleware what a description of the program shall say, and gives it back.
    'oo.spec': (_it, [described]) => described ?? UNKNOWN,
    lazy: (it, args, site) => load(it, it.native(BUILDER, EMPTY), args, site),
    ...Object.fromEntries(
      ['/fetch', '/node', '/fastify', '/aws-lambda', '/bun-ws', '/ws', '/websocket', '/crossws'].flatMap(
        (path) => ['RPCHandler', 'OpenAPIHandler'].map((name) => [`${path}.${name}`, handler] as const),
      ),
    ),
  },
  member: (it, path) => (path.length === 1 && path[0] === 'os' ? it.native(BUILDER, EMPTY) : null),
  finish: (it) => {
    const { served, routers, procedures } = wired(it);
    if (procedures.length === 0) return;
    const names = namesOf(it);
    const done = new Set<string>();
    const reached = new Set<Value | null>();
    const serve = ({ router, site, context }: Served, unmounted: boolean): void => {
      for (const [name, procedure] of proceduresIn(it, router, '', [], site)) {
        reached.add(procedure.handler);
        const { module, line } = procedure.site!;
        const key = `${name} ${module.path}:${line}`;
        if (done.has(key)) continue;
        done.add(key);
        observe(it, name, procedure, names, { unmounted, context });
      }
    };
    // Members of namespaces are evaluated when they are asked for, with what the roots have left otherwise.
    for (const one of served)
      if (!it.withBudget(STEPS, () => serve(one, false)))
        it.gap('following this router took more steps than one is given', it.place(one.site));
    const unseen = (value: Value): boolean =>
      [...proceduresIn(it, value, '', [], it.modules.somewhere)].every(([, p]) => !reached.has(p.handler));
    // Last made, outermost: a router holds what was made before it.
    for (const router of [...routers].reverse())
      if (unseen(router))
        serve({ router, site: (router.state as Router).site, context: null }, served.length > 0);
    // In no router at all: known, though not under which name it is called.
    const variables = it.modules.loaded.flatMap((m) => [...m.scope.variables]);
    for (const native of [...procedures].reverse()) {
      const procedure = native.state as Procedure;
      if (reached.has(procedure.handler)) continue;
      reached.add(procedure.handler);
      const name = variables.find(([, value]) => value === native)?.[0] ?? '?';
      observe(it, name, procedure, names, { unmounted: true, context: null });
    }
  },
};
