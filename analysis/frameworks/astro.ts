import type { Evaluator } from '../wiring/evaluator.js';
import { membersOf } from '../wiring/globals.js';
import type { ModuleInstance } from '../wiring/instance.js';
import type { LibraryModel, LibraryType, Operation } from '../wiring/library.js';
import { runLink, type Installed } from '../wiring/middleware.js';
import { observeEntryPoint } from '../wiring/observe.js';
import type { AppliedLink } from '../wiring/recorder.js';
import { atom } from '../wiring/tests.js';
import {
  isNullish,
  list,
  literal,
  promise,
  record,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type List,
  type Native,
  type Site,
  type Value,
} from '../wiring/value.js';
import { makeContext } from './web/context.js';
import { COOKIES, makeFetchRequest, makeFetchResponse } from './web/fetch-api.js';
import { below, bracketed, siteOf } from './web/file-routes.js';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'ALL'];
const PAGE = /(?:^|\/)src\/pages\/.*\.[cm]?[jt]s$/;
const PAGES = /\/src\/pages\//;
const MIDDLEWARE = /(?:^|\/)src\/middleware(?:\/index)?\.[cm]?[jt]s$/;
const ACTIONS = /(?:^|\/)src\/actions(?:\/index)?\.[cm]?[jt]s$/;

/** The session that Astro keeps: what it holds is true, and may be nothing. */
const SESSION: LibraryType = {
  name: 'session',
  methods: {
    get: (_it, _self, [name]) =>
      promise(unknown([name?.k === 'literal' ? `session.${String(name.value)}` : 'session'])),
    set: () => UNDEFINED,
    delete: () => UNDEFINED,
    destroy: () => UNDEFINED,
    regenerate: () => promise(UNDEFINED),
  },
};
/** What Astro hands to endpoints, middleware and actions. */
const CONTEXT: LibraryType = {
  name: 'context',
  methods: {
    redirect: (it, _self, [, status]) => makeFetchResponse(it, undefined, status, 302),
    rewrite: (it) => promise(makeFetchResponse(it, undefined, undefined)),
    getActionResult: () => unknown(['body']),
    callAction: () => promise(unknown()),
  },
  get: (_it, self, name) =>
    self.members.get(name) ??
    (CONTEXT.methods[name] ? null : unknown([name === 'clientAddress' ? 'request.ip' : `request.${name}`])),
};
function contextFor(it: Evaluator, method: string | null, path: string | null): Native {
  const request = makeFetchRequest(it, { method, path });
  const context = it.native(CONTEXT, null);
  const members: Record<string, Value> = {
    request,
    url: request.type.get!(it, request, 'url', it.modules.somewhere)!,
    params: unknown(['params']),
    locals: makeContext(it),
    cookies: it.native(COOKIES, null),
    session: it.native(SESSION, null),
    props: UNKNOWN,
    isPrerendered: literal(false),
  };
  for (const [name, value] of Object.entries(members)) context.members.set(name, value);
  return context;
}
/** `sequence(first, second)`: one middleware after the other. */
const SEQUENCE: LibraryType = { name: 'sequence', methods: {} };
const sequence: Operation = (it, args) => it.native(SEQUENCE, list([...args]));
const itself: Operation = (_it, [fn]) => fn ?? UNDEFINED;

function middlewareIn({ value, site }: Installed): Installed[] {
  return value.k === 'native' && value.type === SEQUENCE
    ? (value.state as List).elements.flatMap((each) => middlewareIn({ value: each, site }))
    : [{ value, site }];
}
type Before = (context: Native) => Iterable<AppliedLink>;
function middleware(it: Evaluator, files: readonly string[]): Before {
  const all = files.flatMap((file) => {
    const instance = it.modules.instantiate(file);
    const value = instance && it.modules.exported(instance, 'onRequest');
    return !value || isNullish(value)
      ? []
      : middlewareIn({ value, site: siteOf(value, instance, 'onRequest') });
  });
  return function* (context) {
    for (const each of all)
      yield runLink(it, each, {
        args: (next) => [context, next],
        carries: [context.members.get('locals') as Native],
        yields: promise(makeFetchResponse(it, undefined, undefined)),
      });
  };
}

function observeEndpoints(it: Evaluator, instance: ModuleInstance, path: string, before: Before): void {
  for (const method of METHODS) {
    const handler = it.modules.exported(instance, method);
    if (isNullish(handler)) continue;
    const site = siteOf(handler, instance, method);
    const context = contextFor(it, method === 'ALL' ? null : method, path);
    observeEntryPoint(it, {
      framework: 'astro',
      trigger: { kind: 'http', method, path },
      registration: site,
      handler,
      chain: () => before(context),
      work: () => it.runHandler(handler, [context], site),
    });
  }
}

// ── actions ───────────────────────────────────────────────────────────────────────────────────────────────────────
interface Action {
  handler: Value;
  input: Value | undefined;
  site: Site;
}
const ACTION: LibraryType = {
  name: 'action',
  methods: {},
  call: (it, self, args, site) => it.call((self.state as Action).handler, args, UNDEFINED, site),
};
const defineAction: Operation = (it, [options], site) => {
  const of = (name: string): Value | undefined =>
    options?.k === 'record' ? options.members.get(name) : undefined;
  return it.native(ACTION, { handler: of('handler') ?? UNKNOWN, input: of('input'), site } satisfies Action);
};
function observeActions(it: Evaluator, value: Value, name: string, before: Before): void {
  if (value.k === 'record' || (value.k === 'native' && value.type.name === 'module namespace')) {
    for (const [key, member] of membersOf(it, value).pairs)
      observeActions(it, member, name === '' ? key : `${name}.${key}`, before);
    return;
  }
  if (value.k !== 'native' || value.type !== ACTION) return;
  const { handler, input, site } = value.state as Action;
  const context = contextFor(it, 'POST', `/_actions/${name}`);
  observeEntryPoint(it, {
    framework: 'astro',
    trigger: { kind: 'rpc', name },
    registration: site,
    handler,
    chain: () => before(context),
    work: () => {
      const known = { protection: 'validation', library: 'astro', arguments: [] };
      if (input && !isNullish(input)) it.learn([atom(it, 'verified', ['body'], site, { known })]);
      return it.runHandler(handler, [unknown(['body']), context], site);
    },
  });
}
const STATUS: Readonly<Record<string, number>> = {
  BAD_REQUEST: 400,
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  CONFLICT: 409,
  UNPROCESSABLE_CONTENT: 422,
  TOO_MANY_REQUESTS: 429,
};
const actionError: Operation = (_it, [options]) => {
  const code = options?.k === 'record' ? options.members.get('code') : undefined;
  const status = code?.k === 'literal' ? STATUS[String(code.value)] : undefined;
  return record([['status', status === undefined ? UNKNOWN : literal(status)]]);
};
const CALLS: Readonly<Record<string, Operation>> = {
  defineMiddleware: itself,
  sequence,
  defineAction,
  ActionError: actionError,
};
const configured = (path: readonly string[]): Value | null =>
  path.length === 2 && path[1] !== 'getSecret' ? unknown([`config:${path[1]}`]) : null;

/** https://docs.astro.build/en/guides/endpoints/ */
export const astro: LibraryModel = {
  name: 'astro',
  packages: ['astro', 'astro:middleware', 'astro:actions', 'astro:env'],
  onlyByConvention: true,
  about: {
    title: 'Astro',
    registers:
      'endpoints: exported methods and `ALL` of files in `src/pages/`; actions of `src/actions`, by their path in `server`',
    guards: '`onRequest` of `src/middleware`, `sequence` included; tests in the handler',
    answers: 'a returned `Response`, `context.redirect`, `ActionError`',
    limits: 'pages (`.astro`), routes that integrations inject, `base`',
  },
  calls: {
    ...CALLS,
    ...Object.fromEntries(Object.entries(CALLS).map(([name, call]) => [`/middleware.${name}`, call])),
  },
  member: (_it, path) => (path[0] === '/server' || path[0] === '/client' ? configured(path) : null),
  typed: (it, type) => (/^APIContext\b/.test(type) ? contextFor(it, null, null) : null),
  isEntry: ({ path, exports }) =>
    (PAGE.test(path) && METHODS.some((m) => exports.has(m))) || MIDDLEWARE.test(path) || ACTIONS.test(path),
  finish: (it) => {
    const files = it.loader.entryFiles('astro');
    const before = middleware(
      it,
      files.filter((f) => MIDDLEWARE.test(f)),
    );
    for (const file of files)
      it.attempt({ file, line: 1 }, () => {
        const instance = MIDDLEWARE.test(file) ? null : it.modules.instantiate(file);
        if (!instance) return;
        if (ACTIONS.test(file)) {
          observeActions(it, it.modules.exported(instance, 'server'), '', before);
          return;
        }
        const segments = (below(file, it.loader.root, PAGES) ?? '').split('/');
        // What begins with an underscore is no page.
        if (segments.some((s) => s.startsWith('_'))) return;
        if (segments.at(-1) === 'index') segments.pop();
        observeEndpoints(it, instance, `/${segments.map(bracketed).join('/')}`, before);
      });
  },
};
