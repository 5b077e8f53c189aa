import type { Evaluator } from '../../wiring/evaluator.js';
import { membersOf } from '../../wiring/globals.js';
import type { LibraryModel, LibraryType, Method, Operation } from '../../wiring/library.js';
import { runLink, type Installed } from '../../wiring/middleware.js';
import { observeEntryPoint } from '../../wiring/observe.js';
import type { AppliedLink } from '../../wiring/recorder.js';
import {
  builtin,
  literal,
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
import { madeOf, makeContext, type Made } from '../web/context.js';
import { heldAgainst } from './procedure-input.js';
import { error } from './trpc-error.js';
import { findUnreadMeta, keepReadMeta, watched } from './trpc-metadata.js';
import { makeRequest, makeResponse } from '../web/web-request.js';

/** A builder, or what it built: middleware in order, metadata, and the resolver once there is one. */
interface Procedure {
  links: Installed[];
  meta: Value;
  resolver: Value | null;
  /** `query`, `mutation` or `subscription`: middleware is told. */
  type: string | null;
  site: Site | null;
}
interface Router {
  /** Procedures and routers by name; dots in a name of version 9 are part of it. */
  members: [string, Value][];
  /** Middleware of version 9: for procedures that are added later. */
  links: Installed[];
  site: Site;
  exposed: boolean;
  /** What makes the context of a call, as the adapter is given it. */
  context: Value | null;
  /** Merged into another, or replaced by one that has more: version 9 makes a router anew for each addition. */
  continued: boolean;
}
const routers = (it: Evaluator): Native[] => it.stateOf<Native[]>('trpc', () => []);
const isRouter = (value: Value): value is Native => value.k === 'native' && value.type === ROUTER;
const procedureOf = (value: Value): Procedure | null =>
  value.k === 'native' && value.type === PROCEDURE ? (value.state as Procedure) : null;

function makeRouter(it: Evaluator, members: [string, Value][], site: Site): Native {
  const router = it.native(ROUTER, {
    members,
    links: [],
    site,
    exposed: false,
    context: null,
    continued: false,
  } satisfies Router);
  routers(it).push(router);
  return router;
}
const makeProcedure = (it: Evaluator, procedure: Procedure): Native => it.native(PROCEDURE, procedure);
const EMPTY: Procedure = { links: [], meta: UNDEFINED, resolver: null, type: null, site: null };

/** Functions in what `use` and `middleware` take: a function, or middleware that was made before. */
function linksOf(value: Value, site: Site): Installed[] {
  if (value.k === 'native' && value.type === MIDDLEWARE) return value.state as Installed[];
  if (value.k === 'native' && value.type === PROCEDURE) return (value.state as Procedure).links;
  return [{ value, site }];
}
const MIDDLEWARE: LibraryType = {
  name: 'middleware',
  methods: {
    unstable_pipe: (it, self, [value], site) =>
      it.native(MIDDLEWARE, [...(self.state as Installed[]), ...(value ? linksOf(value, site) : [])]),
  },
};
const middleware: Operation = (it, [value], site) => it.native(MIDDLEWARE, value ? linksOf(value, site) : []);

const same = (_it: Evaluator, self: Native): Value => self;
const resolve =
  (type: string): Method =>
  (it, self, [resolver], site) =>
    makeProcedure(it, { ...(self.state as Procedure), resolver: resolver ?? UNKNOWN, type, site });
const extend: Method = (it, self, [value], site) => {
  const procedure = self.state as Procedure;
  return makeProcedure(it, {
    ...procedure,
    links: [...procedure.links, ...(value ? linksOf(value, site).map((l) => added(it, l, site)) : [])],
  });
};
/** Middleware without a name, added by a function that makes builders, is called like that function. */
function added(it: Evaluator, link: Installed, site: Site): Installed {
  const maker = it.calls.at(-1);
  const isNameless = link.value.k === 'function' && link.value.fn.name === null;
  return isNameless && maker && maker.name !== 'anonymous'
    ? { ...link, site, name: maker.name, arguments: maker.arguments }
    : { ...link, site };
}
const PROCEDURE: LibraryType = {
  name: 'procedure',
  methods: {
    use: extend,
    concat: extend,
    unstable_concat: extend,
    meta: (it, self, [meta]) => makeProcedure(it, { ...(self.state as Procedure), meta: meta ?? UNDEFINED }),
    input: (it, self, [schema], site) => {
      const procedure = self.state as Procedure;
      const links = [...procedure.links, ...heldAgainst(it, '@trpc/server', schema, site)];
      return makeProcedure(it, { ...procedure, links });
    },
    output: same,
    query: resolve('query'),
    mutation: resolve('mutation'),
    subscription: resolve('subscription'),
  },
};
/** A procedure of version 9: `{ resolve, input, meta }` under a name. */
const named =
  (type: string): Method =>
  (it, self, [name, options], site) => {
    const router = self.state as Router;
    const member = (key: string): Value | undefined =>
      options?.k === 'record' ? options.members.get(key) : undefined;
    const procedure = makeProcedure(it, {
      links: [...router.links, ...heldAgainst(it, '@trpc/server', member('input'), site)],
      meta: member('meta') ?? UNDEFINED,
      resolver: member('resolve') ?? UNKNOWN,
      type,
      site,
    });
    return extended(it, router, [[(name && stringOf(name)) ?? '?', procedure]]);
  };
function extended(it: Evaluator, router: Router, more: [string, Value][], links = router.links): Native {
  router.continued = true;
  const made = makeRouter(it, [...router.members, ...more], router.site);
  (made.state as Router).links = links;
  return made;
}
const ROUTER: LibraryType = {
  name: 'router',
  methods: {
    query: named('query'),
    mutation: named('mutation'),
    subscription: named('subscription'),
    middleware: (it, self, [value], site) => {
      const router = self.state as Router;
      return extended(it, router, [], [...router.links, ...(value ? linksOf(value, site) : [])]);
    },
    merge: (it, self, args) => {
      const router = self.state as Router;
      const prefix = args.length > 1 ? (stringOf(args[0]!) ?? '?') : '';
      const other = args.at(-1)!;
      // What it had in front of its procedures stays; what this one has comes before that.
      const members = isRouter(other) ? withLinks(it, other, router.links) : [];
      return extended(
        it,
        router,
        members.map(([name, value]) => [`${prefix}${name}`, value]),
      );
    },
    transformer: same,
    formatError: same,
    flat: same,
    interop: same,
    createCaller: () => UNKNOWN,
  },
  get: (_it, self, name) =>
    ROUTER.methods[name]
      ? null
      : ((self.state as Router).members.find(([member]) => member === name)?.[1] ?? null),
};
function withLinks(it: Evaluator, { state }: Native, links: readonly Installed[]): [string, Value][] {
  const router = state as Router;
  router.continued = true;
  return router.members.map(([name, value]) => {
    const procedure = procedureOf(value);
    return [
      name,
      procedure ? makeProcedure(it, { ...procedure, links: [...links, ...procedure.links] }) : value,
    ];
  });
}
const router: Operation = (it, [members], site) => {
  const { pairs, open } = membersOf(it, members ?? record());
  if (open) it.gap('some procedures of this router could not be followed', it.place(site));
  return makeRouter(it, pairs, site);
};
const mergeRouters: Operation = (it, args, site) =>
  makeRouter(
    it,
    args.flatMap((a) => (isRouter(a) ? withLinks(it, a, []) : [])),
    site,
  );
const T: LibraryType = {
  name: 'trpc',
  methods: {
    router: (it, _self, args, site) => router(it, args, site),
    mergeRouters: (it, _self, args, site) => mergeRouters(it, args, site),
    middleware: (it, _self, args, site) => middleware(it, args, site),
    createCallerFactory: () => UNKNOWN,
  },
  get: (it, _self, name) => (name === 'procedure' ? makeProcedure(it, EMPTY) : null),
};
const INIT: LibraryType = {
  name: 'trpc builder',
  methods: { context: same, meta: same, create: (it) => it.native(T, null) },
};
const init: Operation = (it) => it.native(INIT, null);
/** An adapter serves the router that it is given, as an option or as its first argument. */
const adapter: Operation = (_it, args) => {
  for (const arg of args) {
    const served = arg.k === 'record' ? (arg.members.get('router') ?? arg.members.get('trpcOptions')) : arg;
    const inner = served?.k === 'record' ? served.members.get('router') : served;
    if (!inner || !isRouter(inner)) continue;
    const state = inner.state as Router;
    state.exposed = true;
    const options = [served, ...args].find((a) => a?.k === 'record' && a.members.has('createContext'));
    if (options?.k === 'record') state.context ??= options.members.get('createContext')!;
  }
  return UNKNOWN;
};
const lazy: Operation = (it, [load], site) => {
  const module = load ? it.awaiting(it.call(load, [], UNDEFINED, site)) : UNKNOWN;
  if (isRouter(module)) return module;
  const exported = membersOf(it, module).pairs.find(([, value]) => isRouter(value));
  return exported?.[1] ?? UNKNOWN;
};

/** What routers hold, by full name. */
function* proceduresOf(
  it: Evaluator,
  members: readonly [string, Value][],
  prefix: string,
): Generator<[string, Procedure]> {
  for (const [name, value] of members) {
    const full = prefix === '' ? name : `${prefix}.${name}`;
    const procedure = procedureOf(value);
    if (procedure) {
      if (procedure.resolver) yield [full, procedure];
    } else if (isRouter(value)) yield* proceduresOf(it, (value.state as Router).members, full);
    else if (value.k === 'record' && value.cls === null)
      yield* proceduresOf(it, membersOf(it, value).pairs, full);
    else it.gap(`what \`${full}\` is could not be followed`, it.place(it.modules.somewhere));
  }
}
/** What `createContext` brings along. It is run once: every call gets one of the same shape. */
function contextOf(it: Evaluator, make: Value | null, site: Site): Made {
  if (make?.k !== 'function') return madeOf(UNKNOWN);
  const made = { value: UNKNOWN as Value };
  const request = makeRequest(it, { method: null, path: null, base: '', application: null });
  const given = record([
    ['req', request],
    ['res', makeResponse(it)],
  ]);
  it.attempt(it.place(site), () => {
    it.withBudget(CONTEXT_STEPS, () =>
      it.aside(() => {
        made.value = it.awaiting(it.call(make, [given, UNKNOWN], UNDEFINED, site));
      }),
    );
  });
  return madeOf(made.value);
}
const CONTEXT_STEPS = 200_000;
function observe(
  it: Evaluator,
  name: string,
  procedure: Procedure,
  names: Names,
  { unmounted, context }: { unmounted: boolean; context: Made },
): void {
  const { resolver, meta, links, type } = procedure;
  const site = procedure.site!;
  const ctx = makeContext(it, context.members, context.isCaller);
  const read = new Set<string>();
  const given = (more: [string, Value][], seen: Value): Value =>
    record(
      [
        ['ctx', ctx],
        ['input', unknown(['body'])],
        ['rawInput', unknown(['body'])],
        ['getRawInput', builtin('getRawInput', () => promise(unknown(['body'])))],
        ['meta', seen],
        ['path', literal(name)],
        ['type', type === null ? UNKNOWN : literal(type)],
        ...more,
      ],
      UNKNOWN,
    );
  const run = (link: Installed, seen: Value): AppliedLink =>
    runLink(
      it,
      { ...link, name: link.name ?? names.get(link.value) },
      {
        args: (next) => [given([['next', next]], seen)],
        carries: [ctx],
        onNext: ([options]) => {
          const more = options?.k === 'record' ? options.members.get('ctx') : undefined;
          if (more?.k === 'record')
            for (const [key, value] of more.members) it.journal.write(ctx.members, key, value);
          return null;
        },
        yields: promise(record([['ok', literal(true)]], UNKNOWN)),
      },
    );
  const readBy = new Map<Installed, ReadonlySet<string>>();
  const complete = observeEntryPoint(it, {
    framework: 'trpc',
    trigger: { kind: 'rpc', name },
    registration: site,
    handler: resolver,
    unmounted,
    *chain() {
      for (const link of links) {
        read.clear();
        yield run(link, watched(it, meta, read));
        readBy.set(link, new Set(read));
      }
    },
    work: () => it.runHandler(resolver!, [given([], watched(it, meta, read))], site),
  });
  const observation = it.observations.at(-1);
  if (complete && observation) keepReadMeta(it, { observation, meta, readBy, run });
}
type Names = ReadonlyMap<Value, string>;
/** What people call a middleware: the variable that holds it, else the first builder that has it. */
function namesOf(it: Evaluator): Names {
  const names = new Map<Value, string>();
  const variables = it.modules.loaded.flatMap((m) => [...m.scope.variables]);
  for (const [name, value] of variables)
    if (value.k === 'native' && value.type === MIDDLEWARE)
      for (const link of value.state as Installed[]) names.set(link.value, names.get(link.value) ?? name);
  const builders = variables.flatMap(([name, value]) => {
    const procedure = procedureOf(value);
    return procedure ? [{ name, links: procedure.links }] : [];
  });
  for (const { name, links } of builders.sort((a, b) => a.links.length - b.links.length))
    for (const { value } of links)
      if (!names.has(value) && !(value.k === 'function' && value.fn.name !== null)) names.set(value, name);
  return names;
}
const ADAPTERS = {
  '/adapters./fetch': ['fetchRequestHandler'],
  '/adapters./next': ['createNextApiHandler'],
  '/adapters./next-app-dir': ['experimental_createServerActionHandler'],
  '/adapters./express': ['createExpressMiddleware'],
  '/adapters./node-http': ['nodeHTTPRequestHandler'],
  '/adapters./standalone': ['createHTTPServer', 'createHTTPHandler'],
  '/adapters./ws': ['applyWSSHandler'],
  '/adapters./aws-lambda': ['awsLambdaRequestHandler'],
};

/** tRPC, from version 9. https://trpc.io/docs */
export const trpc: LibraryModel = {
  name: 'trpc',
  packages: ['@trpc/server', '@hono/trpc-server', 'trpc-to-openapi', 'trpc-openapi'],
  about: {
    title: 'tRPC 9, 10 and 11',
    registers:
      '`query`, `mutation`, `subscription` of builders, in routers, merged, nested, lazy; one that is given to no adapter while another is, is unmounted',
    guards:
      '`use` of builders, `middleware` of version 9, with `meta` of the procedure; piped and concatenated ones',
    answers: 'by returning; `TRPCError` by its code',
    limits:
      'what stands in front of the adapter; who the caller is in the context that `createContext` makes is taken by convention',
  },
  calls: {
    initTRPC: init,
    'initTRPC.context': init,
    'initTRPC.meta': init,
    'initTRPC.create': (it) => it.native(T, null),
    TRPCError: error,
    router: (it, _args, site) => makeRouter(it, [], site),
    lazy,
    experimental_lazy: lazy,
    experimental_standaloneMiddleware: (it) =>
      record([
        ['create', { k: 'builtin', name: 'create', call: (args, _self, at) => middleware(it, args, at) }],
      ]),
    experimental_trpcMiddleware: (it) =>
      record([
        ['create', { k: 'builtin', name: 'create', call: (args, _self, at) => middleware(it, args, at) }],
      ]),
    trpcServer: adapter,
    createOpenApiFetchHandler: adapter,
    createOpenApiNextHandler: adapter,
    createOpenApiExpressMiddleware: adapter,
    createOpenApiHttpHandler: adapter,
    ...Object.fromEntries(
      Object.entries(ADAPTERS).flatMap(([path, names]) =>
        names.map((name) => [`${path}.${name}`, adapter] as const),
      ),
    ),
  },
  finish: (it) => {
    const all = routers(it);
    if (all.length === 0) return;
    const inner = new Set<Value>();
    const mark = (members: readonly [string, Value][]): void => {
      for (const [, value] of members) {
        if (value.k === 'record') mark([...value.members]);
        else inner.add(value);
      }
    };
    for (const { state } of all) mark((state as Router).members);
    const roots = all.filter((r) => !inner.has(r) && !(r.state as Router).continued);
    const names = namesOf(it);
    const anyExposed = roots.some((r) => (r.state as Router).exposed);
    const done = new Set<Procedure>();
    for (const root of [...roots].sort(
      (a, b) => Number((b.state as Router).exposed) - Number((a.state as Router).exposed),
    )) {
      const { members, exposed, context: make, site } = root.state as Router;
      const context = contextOf(it, make, site);
      for (const [name, procedure] of proceduresOf(it, members, '')) {
        if (done.has(procedure)) continue;
        done.add(procedure);
        observe(it, name, procedure, names, { unmounted: anyExposed && !exposed, context });
      }
    }
    findUnreadMeta(it);
  },
};
