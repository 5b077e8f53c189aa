import type { Evaluator } from '../../wiring/evaluator.js';
import { runLink } from '../../wiring/middleware.js';
import { observeEntryPoint } from '../../wiring/observe.js';
import type { AppliedLink } from '../../wiring/recorder.js';
import type { Native } from '../../wiring/value.js';
import { callingWith } from '../web/context-middleware.js';
import { makeFetchRequest } from '../web/fetch-api.js';
import { frontOf } from '../web/fetch-handlers.js';
import { contextOf } from './hono-context.js';
import { apps, layersOf, stateOf, type Layer } from './hono-layers.js';
import { flatten, type Route } from './hono-routes.js';
import { socketHandlerOf } from './hono-websockets.js';

/** Turns the routes of applications into entry points; then those of mounted ones that no other has. */
export function observeApps(it: Evaluator): void {
  const done = new Set<Layer>();
  const all = [...apps(it)].sort((a, b) => Number(stateOf(a).mounted) - Number(stateOf(b).mounted));
  for (const app of all)
    for (const route of flatten(app)) {
      const { mounted } = stateOf(app);
      if (done.has(route.layer) && (mounted || route.path === null)) continue;
      done.add(route.layer);
      observe(it, app, route, mounted);
    }
}
function observe(it: Evaluator, root: Native, { layer, path, links }: Route, unmounted: boolean): void {
  const method = layer.method === 'ALL' ? null : layer.method;
  const context = contextOf(it, method, path);
  const last = layer.handlers.at(-1)!.value;
  const onSocket = socketHandlerOf(last);
  const handler = onSocket ?? last;
  observeEntryPoint(it, {
    framework: 'hono',
    trigger: onSocket
      ? { kind: 'websocket', path, name: null }
      : { kind: 'http', method: layer.method, path },
    registration: layer.site,
    handler,
    unmounted: unmounted || path === null,
    *chain() {
      yield* frontOf(it, layersOf(root), makeFetchRequest(it, { method, path }));
      for (const installed of links) yield runLink(it, installed, callingWith(context));
    },
    work: () => it.runHandler(handler, [context], layer.site),
  });
}
/** Runs what stands in front of something that another library serves, as if it were a route installed at this position. */
export function* linksAt(
  it: Evaluator,
  app: Native,
  position: number,
  probe: { method: string; path: string; context: Native },
): Generator<AppliedLink> {
  const state = stateOf(app);
  const { site } = state;
  const { context, method, path } = probe;
  const layer: Layer = {
    kind: 'route',
    method,
    path,
    handlers: [{ value: app, site }],
    app: null,
    site,
  };
  const copy = { ...app, state: { ...state, layers: [...state.layers.slice(0, position), layer] } };
  for (const installed of [...flatten(copy)].at(-1)!.links)
    yield runLink(it, installed, callingWith(context));
}
