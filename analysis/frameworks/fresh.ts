import type { Evaluator } from '../wiring/evaluator.js';
import {
  yieldsItself,
  type LibraryModel,
  type LibraryType,
  type Method,
  type Operation,
} from '../wiring/library.js';
import { runLink, type Installed } from '../wiring/middleware.js';
import {
  builtin,
  isCallable,
  isNullish,
  promise,
  record,
  textOf,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type Native,
  type Site,
  type Value,
} from '../wiring/value.js';
import { CONTEXT } from './web/context.js';
import { FETCH_RESPONSE, makeFetchResponse, redirect } from './web/fetch-api.js';
import { observeFetch } from './web/fetch-handlers.js';
import { below, bracketed, siteOf } from './web/file-routes.js';
import { folderOf, joinPaths, pathCovers } from './web/paths.js';
import { keepIdentity } from './web/web-request.js';

const ROUTES = /\/routes\//;
const CONFIG = /(?:^|\/)fresh\.config\.[jt]s$/;
const isDenoConfig = (path: string): boolean => /(?:^|\/)(?:deno\.jsonc?|import_map\.json)$/.test(path);
const USES_FRESH = /\$fresh\/|\/x\/fresh@|jsr:@fresh\/core/;

/** `ctx.state`: by convention of the ecosystem, what middleware puts there as a user is who the caller is. */
const STATE: LibraryType = { ...CONTEXT, set: keepIdentity };
/** Something in front of every route below a path. */
interface Front {
  path: string;
  installed: Installed;
}
interface Route {
  path: string;
  method: string | null;
  handler: Value;
  site: Site;
  /** Of routes of an application: what it had been given by then; null: everything. */
  fronts: readonly Front[] | null;
}
interface State {
  routes: Route[];
  fronts: Front[];
  /** The first version hands over request and context, the second the context alone. */
  isFirst: boolean;
}
const stateOf = (it: Evaluator): State =>
  it.stateOf<State>('fresh', () => ({ routes: [], fronts: [], isFirst: false }));
const flat = (value: Value): readonly Value[] =>
  value.k === 'list' ? value.elements.flatMap(flat) : [value];
/** `define.handlers({ … })` is its argument. */
const itself: Operation = (_it, [value]) => value ?? UNDEFINED;

/** `new App().use(…).get('/x', …)`: applied from top to bottom. https://fresh.deno.dev/docs/concepts/app */
const METHODS = ['get', 'post', 'put', 'patch', 'delete', 'head', 'all'];
const installed = (args: readonly Value[], site: Site): Installed[] =>
  args.flatMap(flat).map((value) => ({ value, site }));
const APP: LibraryType = {
  name: 'fresh app',
  methods: {
    use: (it, self, args, site) => {
      const path = args[0] ? textOf(args[0], '*') : null;
      for (const each of installed(path === null ? args : args.slice(1), site))
        stateOf(it).fronts.push({ path: path ?? '/', installed: each });
      return self;
    },
    ...Object.fromEntries(
      METHODS.map((name): [string, Method] => [
        name,
        (it, self, [path, ...handlers], site) => {
          const at = (path && textOf(path, '*')) ?? '*';
          const all = installed(handlers, site);
          const last = all.pop();
          const own = all.map((each) => ({ path: at, installed: each }));
          if (last)
            stateOf(it).routes.push({
              path: at,
              method: name === 'all' ? null : name.toUpperCase(),
              handler: last.value,
              site,
              fronts: [...stateOf(it).fronts, ...own],
            });
          return self;
        },
      ]),
    ),
    mountApp: (it, self, _args, site) => {
      it.gap('what is mounted on this application of Fresh is not followed', it.place(site));
      return self;
    },
    fsRoutes: yieldsItself,
    listen: () => promise(UNDEFINED),
  },
};

/** `(admin)/users/[id]` as a path: `/users/:id`. */
const pathOf = (name: string): string =>
  `/${name
    .split('/')
    .filter((s, i, all) => !(s === 'index' && i === all.length - 1) && !/^\(.*\)$/.test(s))
    .map((s) => bracketed(s.replace(/^\[\[(\w+)\]\]$/, '[$1]')))
    .join('/')}`;

/** Functions by the method that they answer; under null the one for all. */
function handlersIn(value: Value): [string | null, Value][] {
  // A function of a package answers as well as one of the project.
  if (isCallable(value) || value.k === 'external') return [[null, value]];
  return value.k === 'record'
    ? [...value.members].filter(([, v]) => isCallable(v) || v.k === 'external')
    : [];
}
function readRoute(
  it: Evaluator,
  file: string,
  name: string,
  fronts: readonly (Front & { folder: string })[],
): void {
  const instance = it.modules.instantiate(file);
  if (!instance) return;
  const exported = (key: string): Value => it.awaiting(it.modules.exported(instance, key));
  const handler = ['handler', 'handlers'].map(exported).find((v) => !isNullish(v)) ?? UNDEFINED;
  const config = exported('config');
  const override = config.k === 'record' ? config.members.get('routeOverride') : undefined;
  const path = (override && textOf(override)) ?? pathOf(name);
  const found = handlersIn(handler);
  const page = exported('default');
  // A page that is rendered from its properties does nothing by itself.
  const isAnswered = page.k === 'function' && (page.fn.isAsync || page.fn.params.length > 1);
  if (isAnswered && !found.some(([m]) => m === null || m === 'GET')) found.push(['GET', page]);
  const folder = folderOf(name);
  const own = fronts.filter(
    (f) => f.folder === '' || folder === f.folder || folder.startsWith(`${f.folder}/`),
  );
  for (const [method, value] of found) {
    const site: Site =
      value.k === 'function'
        ? { module: value.module, line: value.fn.line }
        : siteOf(value, instance, 'handler');
    stateOf(it).routes.push({
      path,
      method,
      handler: value,
      site,
      fronts: [...stateOf(it).fronts, ...own.map((f) => ({ ...f, path: '/' }))],
    });
  }
}
/** `plugins` of the configuration bring routes and middleware. https://fresh.deno.dev/docs/1.x/concepts/plugins */
function readConfig(it: Evaluator, file: string): void {
  const instance = it.modules.instantiate(file);
  if (!instance) return;
  const config = it.modules.exported(instance, 'default');
  const member = (value: Value | undefined, name: string): Value | undefined =>
    value?.k === 'record' ? value.members.get(name) : undefined;
  const listed = (value: Value | undefined): readonly Value[] => (value ? flat(value) : []);
  const plugins = listed(member(config, 'plugins'));
  const place = (value: Value): Site =>
    value.k === 'function' ? { module: value.module, line: value.fn.line } : { module: instance, line: 1 };
  for (const plugin of plugins)
    for (const each of listed(member(plugin, 'middlewares'))) {
      const path = textOf(member(each, 'path') ?? UNDEFINED) ?? '/';
      for (const value of listed(member(member(each, 'middleware'), 'handler')))
        stateOf(it).fronts.push({ path, installed: { value, site: place(value) } });
    }
  for (const plugin of plugins)
    for (const each of listed(member(plugin, 'routes')))
      for (const [method, handler] of handlersIn(member(each, 'handler') ?? UNDEFINED))
        stateOf(it).routes.push({
          path: joinPaths('', textOf(member(each, 'path') ?? UNDEFINED) ?? '*'),
          method,
          handler,
          site: place(handler),
          fronts: null,
        });
}
function observe(it: Evaluator, route: Route): void {
  const { isFirst, fronts } = stateOf(it);
  let state: Native = it.native(STATE, null);
  const next = builtin('next', () => promise(it.native(FETCH_RESPONSE, { status: null })));
  const args = (request: Native, go: Value): Value[] => {
    const context = record(
      [
        ['req', request],
        ['state', state],
        ['params', unknown(['params'])],
        ['next', go],
        ['url', request.type.get!(it, request, 'url', route.site) ?? UNKNOWN],
        ['destination', { k: 'literal', value: 'route' }],
        ['render', builtin('render', ([content]) => makeFetchResponse(it, content, undefined))],
        ['redirect', builtin('redirect', (given, _self, site) => redirect(it, given, site))],
      ],
      UNKNOWN,
    );
    return isFirst ? [request, context] : [context];
  };
  observeFetch(it, {
    framework: 'fresh',
    handler: route.handler,
    site: route.site,
    path: route.path,
    ...(route.method === null ? {} : { method: route.method }),
    *chain(request) {
      state = it.native(STATE, null);
      for (const front of route.fronts ?? fronts)
        if (front.path === '*' || pathCovers(front.path, route.path, false))
          yield runLink(it, front.installed, {
            args: (go) => args(request, go),
            carries: [request, state],
            yields: promise(it.native(FETCH_RESPONSE, { status: null })),
          });
    },
    args: (request) => args(request, next),
  });
}

/** Fresh, both versions. https://fresh.deno.dev/docs */
export const fresh: LibraryModel = {
  name: 'fresh',
  packages: ['fresh', '@fresh/core'],
  about: {
    title: 'Fresh',
    registers:
      'files of `routes/`: `handler` with a function or one for each method, `define.handlers`, async pages; `[name]`, groups, `routeOverride`; routes of plugins; methods of `App`',
    guards:
      '`_middleware` of the folder and of those around it, middleware of plugins, `use` of `App` from top to bottom',
    answers: 'a returned `Response`, `ctx.render`, `ctx.redirect`, a throw',
    limits: 'pages that are not async, islands, `mountApp` (a gap)',
  },
  calls: {
    createDefine: () =>
      record(
        ['handlers', 'middleware', 'page', 'layout'].map((name) => [
          name,
          builtin(name, ([value]) => value ?? UNDEFINED),
        ]),
      ),
    '/server.ts.defineRoute': itself,
    '/server.ts.defineConfig': itself,
    App: (it) => it.native(APP, null),
    HttpError: (_it, [status, message]) =>
      record([
        ['status', status ?? UNKNOWN],
        ['message', message ?? UNDEFINED],
      ]),
  },
  isEntry: ({ path }) =>
    CONFIG.test(path) || (ROUTES.test(`/${path}`) && !/\/_(?:app|layout|404|500|error)\./.test(path)),
  belongs: (path, texts) =>
    [...texts].some(
      ([file, text]) =>
        isDenoConfig(file) &&
        USES_FRESH.test(text) &&
        path.startsWith(file.slice(0, file.lastIndexOf('/') + 1)),
    ),
  reads: isDenoConfig,
  prepare: (it, texts) => {
    stateOf(it).isFirst = [...texts.values()].some((t) => /\$fresh\/|\/x\/fresh@1/.test(t));
  },
  finish: (it) => {
    const files = it.loader.entryFiles('fresh');
    for (const file of files.filter((f) => CONFIG.test(f)))
      it.attempt({ file, line: 1 }, () => readConfig(it, file));
    const named = files.flatMap((file) => {
      const name = below(file, it.loader.root, ROUTES);
      return name === null || CONFIG.test(file) ? [] : [{ file, name }];
    });
    const fronts = named
      .filter(({ name }) => /(?:^|\/)_middleware$/.test(name))
      .sort((a, b) => a.name.split('/').length - b.name.split('/').length)
      .flatMap(({ file, name }) => {
        const instance = it.modules.instantiate(file);
        if (!instance) return [];
        const value = ['handler', 'handlers', 'default']
          .map((key) => it.modules.exported(instance, key))
          .find((v) => !isNullish(v));
        return value
          ? flat(value).map((each) => ({
              path: '/',
              folder: folderOf(name),
              installed: { value: each, site: siteOf(each, instance, 'handler') },
            }))
          : [];
      });
    for (const { file, name } of named)
      if (!/(?:^|\/)_/.test(name)) it.attempt({ file, line: 1 }, () => readRoute(it, file, name, fronts));
    for (const route of stateOf(it).routes) it.attempt(it.place(route.site), () => observe(it, route));
  },
};
