import type { Evaluator } from '../../wiring/evaluator.js';
import { observeEntryPoint } from '../../wiring/observe.js';
import { builtin, promise, UNDEFINED } from '../../wiring/value.js';
import { pathDispatch } from '../web/path-dispatch.js';
import { makeKoaContext } from './koa-context.js';
import { stacks, stateOf, type KoaLayer } from './koa-layers.js';
import { runLinks } from './koa-links.js';
import { flatten, type Route } from './koa-routes.js';

/** Turns the routes of applications into entry points; then those of routers that no application was seen to use. */
export function observeStacks(it: Evaluator): void {
  const done = new Set<KoaLayer>();
  const inOrder = [...stacks(it)].sort(
    (a, b) => Number(stateOf(b).isApplication) - Number(stateOf(a).isApplication),
  );
  for (const stack of inOrder) {
    const { mounted, isApplication } = stateOf(stack);
    if (mounted) continue;
    for (const each of flatten(stack, '', [], [])) {
      if (done.has(each.layer) && !isApplication) continue;
      done.add(each.layer);
      observe(it, each, !isApplication);
    }
  }
}
function observe(it: Evaluator, { layer, path, links }: Route, unmounted: boolean): void {
  const isCatchAll = layer.kind === 'use';
  const context = makeKoaContext(it, isCatchAll ? null : layer.method, isCatchAll ? null : path);
  const handler = layer.handlers.at(-1)!.value;
  observeEntryPoint(it, {
    framework:
      layer.controller?.framework ??
      (['oak', '@oak/oak'].some((name) => it.loader.uses(name)) ? 'oak' : 'koa'),
    trigger: { kind: 'http', method: layer.method, path },
    registration: layer.site,
    handler,
    unmounted: unmounted || path === null || layer.controller?.unmounted === true,
    *chain() {
      yield* runLinks(it, links, layer, context);
      if (layer.controller) yield* layer.controller.chain([context]);
    },
    work: () => {
      if (layer.controller) return layer.controller.work([context]);
      it.runHandler(handler, [context, builtin('next', () => promise(UNDEFINED))], layer.site);
    },
    dispatch: isCatchAll ? pathDispatch() : undefined,
  });
}
