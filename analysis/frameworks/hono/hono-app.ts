import type { Evaluator } from '../../wiring/evaluator.js';
import { yieldsItself, type LibraryType, type Method, type Operation } from '../../wiring/library.js';
import { installedAt, type Installed } from '../../wiring/middleware.js';
import {
  isCallable,
  optionIn,
  optionsOf,
  promise,
  stringOf,
  textOf,
  UNDEFINED,
  unknown,
  type Native,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { handOver } from '../web/fetch-handlers.js';
import { joinPaths } from '../web/paths.js';
import { apps, stateOf, type App, type Layer } from './hono-layers.js';

/** An application, or one that registers on the layers of another below a path. */
export function makeApp(it: Evaluator, site: Site, layers: Layer[] = [], base = ''): Native {
  const app = it.native(APP, { layers, base, mounted: false, site } satisfies App);
  if (base === '') apps(it).push(app);
  return app;
}
/** `new Hono()` */
export const create: Operation = (it, _args, site) => makeApp(it, site);

function pathsIn(value: Value | undefined): (string | null)[] | null {
  if (!value || isCallable(value) || value.k === 'native' || value.k === 'external') return null;
  if (value.k === 'list') return value.elements.flatMap((e) => pathsIn(e) ?? [null]);
  if (value.k === 'choice') return optionsOf(value).flatMap((o) => pathsIn(o.value) ?? [null]);
  const text = textOf(value, '*');
  if (text !== null) return [text];
  return value.k === 'unknown' && value.origin === null ? [null] : null;
}
function add(
  self: Native,
  kind: Layer['kind'],
  method: string,
  paths: readonly (string | null)[],
  handlers: Installed[],
  site: Site,
): void {
  const { layers, base } = stateOf(self);
  for (const path of paths)
    layers.push({
      kind,
      method,
      path: path === null ? null : joinPaths(base, path),
      handlers,
      app: null,
      site,
    });
}
/** A path that is left out is that of the call before, or everything. */
const route =
  (method: string): Method =>
  (_it, self, args, site) => {
    const paths = pathsIn(args[0]);
    const before = stateOf(self).layers.at(-1)?.path ?? '/';
    const handlers = installedAt(paths ? args.slice(1) : args, site);
    add(self, 'route', method.toUpperCase(), paths ?? [before], handlers, site);
    return self;
  };
const methodsIn = (value: Value | undefined): string[] =>
  value?.k === 'list' ? value.elements.map((e) => stringOf(e) ?? '?') : [(value && stringOf(value)) ?? '?'];
/** `@hono/zod-openapi`: `{ method, path, middleware }` made by `createRoute`. */
const openapi: Method = (_it, self, [declared, ...handlers], site) => {
  const path = pathsIn(optionIn(declared, 'path'))?.[0]?.replace(/\{(\w+)\}/g, ':$1') ?? null;
  const method = (stringOf(optionIn(declared, 'method') ?? UNDEFINED) ?? 'ALL').toUpperCase();
  const middleware = optionIn(declared, 'middleware');
  const inFront = middleware ? installedAt([middleware], site) : [];
  add(self, 'route', method, [path], [...inFront, ...installedAt(handlers.slice(0, 1), site)], site);
  return self;
};
/** Hono copies the routes there are: what the other gets later is mounted nowhere. */
const mountApp: Method = (it, self, [path, app], site) => {
  const { layers, base } = stateOf(self);
  for (const { value } of app ? optionsOf(app) : []) {
    if (value.k !== 'native' || value.type !== APP) continue;
    const other = stateOf(value);
    other.mounted = true;
    const at = path ? textOf(path, '*') : '/';
    layers.push({
      kind: 'mount',
      method: 'ALL',
      path: at === null ? null : joinPaths(base, at),
      handlers: [],
      app: it.native(APP, { ...other, layers: [...other.layers] } satisfies App),
      site,
    });
  }
  return self;
};
const METHODS = ['get', 'post', 'put', 'patch', 'delete', 'options', 'all'] as const;
const APP: LibraryType = {
  name: 'hono',
  methods: {
    ...Object.fromEntries(METHODS.map((m) => [m, route(m)])),
    use: (_it, self, args, site) => {
      const paths = pathsIn(args[0]);
      const handlers = installedAt(paths ? args.slice(1) : args, site);
      // What answers all that gets there is in front of nothing.
      const last = handlers.at(-1)?.value;
      const answers = last?.k === 'native' && last.type.handles === true;
      add(self, answers ? 'route' : 'use', 'ALL', paths ?? ['*'], handlers, site);
      return self;
    },
    on: (_it, self, [methods, paths, ...handlers], site) => {
      for (const method of methodsIn(methods))
        add(self, 'route', method.toUpperCase(), pathsIn(paths) ?? [null], installedAt(handlers, site), site);
      return self;
    },
    openapi,
    basePath: (it, self, [path]) => {
      const { layers, base, site } = stateOf(self);
      return makeApp(it, site, layers, joinPaths(base, (path && textOf(path)) ?? '*'));
    },
    route: mountApp,
    mount: (_it, self, [path, handler], site) => {
      if (handler)
        add(self, 'route', 'ALL', [`${(path && textOf(path)) ?? '*'}/*`], installedAt([handler], site), site);
      return self;
    },
    notFound: yieldsItself,
    onError: yieldsItself,
    doc: yieldsItself,
    doc31: yieldsItself,
    fire: () => UNDEFINED,
    request: () => promise(unknown()),
  },
  get: (_it, self, name) => (name === 'fetch' ? self : null),
  // A platform's handler hands it a request.
  call: (it, self) => handOver(it, stateOf(self).layers),
};
