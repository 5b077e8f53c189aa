import type { Evaluator } from '../../wiring/evaluator.js';
import type { LibraryType, Method } from '../../wiring/library.js';
import {
  optionsOf,
  stringOf,
  textOf,
  UNKNOWN,
  type Native,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { handlersOf, isPattern, mayBePath, pathsOf, somewhere } from './express-arguments.js';
import { addLayer, stateOf, type Layer } from './express-layers.js';

const METHODS = [
  'get',
  'post',
  'put',
  'patch',
  'delete',
  'head',
  'options',
  'all',
  'del',
  'copy',
  'lock',
  'merge',
  'move',
  'propfind',
  'report',
  'search',
  'subscribe',
  'trace',
  'unlock',
] as const;

/** As requests say it: `del` is `delete` under a name that it can have everywhere. */
const methodOf = (name: string): string => (name === 'del' ? 'DELETE' : name.toUpperCase());

/** A route as another library registers it, which may put something on requests first. */
export function addRoute(
  it: Evaluator,
  router: Native,
  method: string,
  path: string | null,
  handlers: readonly Value[],
  site: Site,
  given: Layer['given'],
): void {
  const installed = handlersOf(handlers, site);
  addLayer(it, router, { kind: 'route', method, paths: [path], handlers: installed, site, given });
}
const use: Method = (it, self, args, site) => {
  const first = args[0];
  const paths =
    first && (isPattern(first) || handlersOf([first], site).length === 0)
      ? pathsOf(first)
      : first && args.length > 1 && optionsOf(first).every((o) => mayBePath(o.value))
        ? pathsOf(first)
        : null;
  const handlers = handlersOf(paths ? args.slice(1) : args, site);
  const under = paths && somewhere(first, site);
  addLayer(it, self, { kind: 'use', method: 'ALL', paths: paths ?? [''], somewhere: under, handlers, site });
  return self;
};
const route =
  (method: string): Method =>
  (it, self, args, site) => {
    if (method === 'get' && args.length === 1)
      return stateOf(self).settings.get(stringOf(args[0]!) ?? '') ?? UNKNOWN;
    const paths = pathsOf(args[0]) ?? [null];
    addLayer(it, self, {
      kind: 'route',
      method: methodOf(method),
      paths,
      somewhere: somewhere(args[0], site),
      handlers: handlersOf(args.slice(1), site),
      site,
    });
    return self;
  };
/** What all methods of one `route` have in common. */
interface RouteState extends Pick<Layer, 'paths' | 'somewhere'> {
  router: Native;
}
/** `router.route('/x').all(guard).get(handler)` */
const ROUTE: LibraryType = {
  name: 'route',
  methods: Object.fromEntries(
    METHODS.map((m) => [
      m,
      ((it, self, args, site) => {
        const { router, ...at } = self.state as RouteState;
        addLayer(it, router, {
          kind: 'route',
          method: methodOf(m),
          ...at,
          handlers: handlersOf(args, site),
          site,
        });
        return self;
      }) satisfies Method,
    ]),
  ),
};
/** Methods of applications and routers that install something. */
export const REGISTRATIONS: Readonly<Record<string, Method>> = {
  ...Object.fromEntries(METHODS.map((m) => [m, route(m)])),
  opts: route('OPTIONS'),
  // What express-ws adds.
  ws: route('WS'),
  use,
  // Restify's handlers before routing.
  pre: use,
  route: (it, self, [path], site) =>
    it.native(ROUTE, {
      router: self,
      paths: pathsOf(path) ?? [null],
      somewhere: somewhere(path, site),
    } satisfies RouteState),
  param: (it, self, args, site) => {
    if (args[1])
      addLayer(it, self, {
        kind: 'param',
        method: 'ALL',
        paths: [(args[0] && textOf(args[0])) ?? null],
        handlers: [{ value: args[1], site }],
        site,
      });
    return self;
  },
};
