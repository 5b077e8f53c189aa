import type { Evaluator } from '../../wiring/evaluator.js';
import type { ModuleInstance } from '../../wiring/instance.js';
import type { LibraryModel, LibraryType, Operation } from '../../wiring/library.js';
import { IDENTITY_NAME } from '../../wiring/members.js';
import { runLink } from '../../wiring/middleware.js';
import { observeEntryPoint } from '../../wiring/observe.js';
import type { AppliedLink } from '../../wiring/recorder.js';
import {
  builtin,
  isCallable,
  literal,
  promise,
  record,
  UNDEFINED,
  unknown,
  type Native,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { CONTEXT } from '../web/context.js';
import { makeFetchRequest, redirect as respondElsewhere, respond } from '../web/fetch-api.js';
import { siteOf } from '../web/file-routes.js';
import { isServed, methodsOf, OTHER_METHOD } from '../web/method-dispatch.js';
import { CONFIG_CALLS, configuredRoutes, type FileRoute } from './remix-config.js';
import { isParent, routePath, routeTokens } from './remix-routes.js';
import { makeSession } from './remix-session.js';
import { frontsIn, type Front } from './route-module-server.js';

const storage: Operation = (it) =>
  record([
    ['getSession', builtin('getSession', () => promise(makeSession(it)))],
    ['commitSession', builtin('commitSession', () => promise(unknown()))],
    ['destroySession', builtin('destroySession', () => promise(unknown()))],
  ]);
/** A cookie may be signed or not: what it holds is what a caller presents. */
const cookie: Operation = () =>
  record([
    ['parse', builtin('parse', () => promise(unknown(['credential'])))],
    ['serialize', builtin('serialize', () => promise(unknown()))],
  ]);

/** What loaders and actions get from the server and from middleware. */
const ROUTER_CONTEXT: LibraryType = {
  name: 'context',
  methods: {
    get: (it, self, [key], site) =>
      (key && self.members.get(keyOf(key))) ?? namedByKey(it, self, site) ?? unknown(['request.context']),
    set: (it, self, [key, value]) => {
      if (key && value) it.journal.write(self.members, keyOf(key), value);
      return UNDEFINED;
    },
  },
  get: (it, self, name, site) => {
    if (name in ROUTER_CONTEXT.methods || self.members.has(name)) return self.members.get(name) ?? null;
    // `getSession()`: a getter of something that the server put there.
    const got = /^(?:get|require)_?([A-Z]\w*)$/.exec(name)?.[1];
    if (got && IDENTITY_NAME.test(got))
      return builtin(name, () => unknown([/session/i.test(got) ? 'session' : 'identity']));
    return CONTEXT.get!(it, self, name, site);
  },
};
/** `context.get(sessionContext)`: as `context.session` is taken for what it is called, so is what is kept under a key of that name. */
function namedByKey(it: Evaluator, self: Native, site: Site): Value | null {
  const [key] = site.args ?? [];
  const name = key?.k === 'identifier' ? key.name.replace(/_?context$/i, '') : '';
  return IDENTITY_NAME.test(name) ? (CONTEXT.get!(it, self, name, site) ?? null) : null;
}
const KEY: LibraryType = { name: 'context key', methods: {} };
const keyOf = (key: Value): string =>
  key.k === 'native' && key.type === KEY ? (key.state as string) : '*key*';
const createContext: Operation = (it, _args, site) => it.native(KEY, `*${site.module.path}:${site.line}*`);

const CALLS: Readonly<Record<string, Operation>> = {
  json: respond,
  data: respond,
  defer: respond,
  redirect: respondElsewhere,
  redirectDocument: respondElsewhere,
  replace: respondElsewhere,
  createCookieSessionStorage: storage,
  createSessionStorage: storage,
  createMemorySessionStorage: storage,
  createFileSessionStorage: storage,
  createWorkersKVSessionStorage: storage,
  createArcTableSessionStorage: storage,
  createCookie: cookie,
  createContext,
  unstable_createContext: createContext,
};

/** Everything that is installed around a route, outermost first. */
function middlewareIn(it: Evaluator, instance: ModuleInstance): { value: Value; instance: ModuleInstance }[] {
  for (const name of ['middleware', 'unstable_middleware']) {
    const value = it.modules.exported(instance, name);
    if (value.k === 'list') return value.elements.map((e) => ({ value: e, instance }));
  }
  return [];
}
function observeRoute(
  it: Evaluator,
  file: string,
  path: string,
  parents: readonly string[],
  front: Front | null,
): void {
  const instance = it.modules.instantiate(file);
  if (!instance) return;
  const around = [...parents, file].flatMap((f) => {
    const outer = it.modules.instantiate(f);
    return outer ? middlewareIn(it, outer) : [];
  });
  const serve = (name: string, method: string, sent: string | null, isNamed = true): void => {
    const handler = it.modules.exported(instance, name);
    if (handler.k === 'literal' || !(isCallable(handler) || handler.k === 'unknown')) return;
    const site = siteOf(handler, instance, name);
    const given = argumentsFor(it, sent, path);
    const context = given.members.get('context') as Native;
    observeEntryPoint(it, {
      framework: 'remix',
      trigger: { kind: 'http', method, path },
      registration: site,
      handler,
      *chain(): Iterable<AppliedLink> {
        const loaded = front ? yield* front.run(method, path) : null;
        if (loaded?.k === 'record')
          for (const [key, value] of loaded.members) context.members.set(key, value);
        for (const { value, instance: home } of around)
          yield runLink(
            it,
            { value, site: siteOf(value, home, 'middleware') },
            {
              args: (next) => [given, next],
              carries: [context],
              goesOn: (result) => (result.k === 'native' ? null : []),
            },
          );
      },
      work: () => it.runHandler(handler, [given], site),
      keep: (answers, done) => isNamed || isServed(answers, done, false),
    });
  };
  serve('loader', 'GET', 'GET');
  const action = it.modules.exported(instance, 'action');
  if (action.k === 'literal') return;
  // A file that does not speak of methods does the same for all of them.
  const site = siteOf(action, instance, 'action');
  const methods = JSON.stringify(instance.module.body).includes('"name":"method"')
    ? methodsOf(it, site, () => void it.runHandler(action, [argumentsFor(it, null, path)], site)).filter(
        (m) => !/^(?:GET|HEAD|OPTIONS)$/.test(m),
      )
    : [];
  for (const method of methods) serve('action', method, method);
  if (methods.length === 0) serve('action', 'POST', null);
  else if (!methods.includes('POST')) serve('action', 'POST', OTHER_METHOD, false);
}
const argumentsFor = (it: Evaluator, method: string | null, path: string): ReturnType<typeof record> =>
  record([
    ['request', makeFetchRequest(it, { method, path })],
    ['params', unknown(['params'])],
    ['context', it.native(ROUTER_CONTEXT, null)],
    ['pattern', literal(path)],
  ]);

/** Routes as `routes.ts` names them, else as their files are called. */
function routesIn(it: Evaluator, files: readonly string[]): FileRoute[] {
  const config = files.find((f) => CONFIG.test(f));
  const folder = config?.split('/').slice(0, -1).join('/');
  const instance = config === undefined ? null : it.modules.instantiate(config);
  const configured = instance ? configuredRoutes(it.awaiting(it.modules.exported(instance, 'default'))) : [];
  const inFolder = (f: string): string => `${folder}/${f}`;
  const named = configured.flatMap((r): FileRoute[] => {
    const file = files.find((f) => f.replace(EXTENSION, '') === inFolder(r.file).replace(EXTENSION, ''));
    return file === undefined ? [] : [{ ...r, file, parents: r.parents.map(inFolder) }];
  });
  if (named.length > 0) return named;
  const tokens = files.flatMap((file) => {
    const of = routeTokens(file, it.loader.root);
    return of ? [{ file, of }] : [];
  });
  return tokens.map(({ file, of }) => ({
    file,
    path: routePath(of),
    parents: tokens
      .filter((t) => isParent(t.of, of))
      .sort((a, b) => a.of.length - b.of.length)
      .map((t) => t.file),
  }));
}
const EXTENSION = /\.[cm]?[jt]sx?$/;
const CONFIG = /(?:^|\/)app\/routes\.[cm]?[jt]s$/;
const ROOT = /(?:^|\/)app\/root\.[jt]sx?$/;

/** https://reactrouter.com/start/framework/routing, https://v2.remix.run/docs/file-conventions/routes */
export const remix: LibraryModel = {
  name: 'remix',
  packages: [
    ...['node', 'cloudflare', 'deno', 'server-runtime', 'serve', 'dev'].map((p) => `@remix-run/${p}`),
    ...['node', 'cloudflare', 'serve', 'dev', 'fs-routes'].map((p) => `@react-router/${p}`),
  ],
  onlyByConvention: true,
  about: {
    title: 'Remix and React Router (framework mode)',
    registers:
      '`loader` (GET) and `action` (POST, or the methods that it compares with) of route modules: flat and nested files, `+` folders, `routes.ts`',
    guards: '`middleware` of the route, of those around it and of the root; tests in the loader or action',
    answers: '`Response`, `json`, `data`, `redirect`, returned or thrown',
    limits: 'loaders of parents guard nothing',
  },
  calls: { ...CALLS, ...CONFIG_CALLS },
  isEntry: ({ path, exports }) =>
    CONFIG.test(path) ||
    (/(?:^|\/)app\//.test(path) &&
      ['loader', 'action', 'middleware', 'unstable_middleware'].some((name) => exports.has(name)) &&
      !/\.(?:client|test|spec)\.[jt]sx?$/.test(path)),
  finish: (it) => {
    const files = it.loader.entryFiles('remix');
    const root = files.filter((f) => ROOT.test(f));
    it.attempt({ file: files[0] ?? '', line: 1 }, () => {
      const front = frontsIn(it)[0] ?? null;
      for (const { file, path, parents } of routesIn(it, files))
        it.attempt({ file, line: 1 }, () => observeRoute(it, file, path, [...root, ...parents], front));
    });
  },
};
/** The package itself is used in browsers too: alone it makes no route modules. */
export const reactRouter: LibraryModel = { name: 'react-router', packages: ['react-router'], calls: CALLS };
