import type { Evaluator } from '../../wiring/evaluator.js';
import type { Fact } from '../../wiring/fact.js';
import { runLink } from '../../wiring/middleware.js';
import type { AppliedLink } from '../../wiring/recorder.js';
import { promise, UNDEFINED, unknown, type Native, type Site } from '../../wiring/value.js';
import { askedFor, settingsOf } from '../web/installed-under.js';
import { makeKoaContext } from './koa-context.js';
import { koaLayers, stateOf, type KoaLayer } from './koa-layers.js';
import { flatten, type Link } from './koa-routes.js';

/** Runs what stands in front of a route, in order. */
export function* runLinks(
  it: Evaluator,
  links: readonly Link[],
  route: KoaLayer,
  context: Native,
): Generator<AppliedLink> {
  const state = context.type.get!(it, context, 'state', route.site) as Native;
  for (const { layer, installed } of links) {
    const onlyWith = askedFor(settingsOf(layer.facts, route.facts));
    const value = layer.kind === 'param' ? [unknown([`params.${layer.path ?? '*'}`])] : [];
    yield {
      ...runLink(it, installed, {
        args: (next) => [...value, context, next],
        carries: [context, state],
        yields: promise(UNDEFINED),
      }),
      onlyWith,
    };
  }
}
/** How many layers an application has so far. */
export const koaPosition = (stack: Native): number => koaLayers(stack).length;
/** Runs what stands in front of something that another library serves, as if it were a route at this position. */
export function* koaLinks(
  it: Evaluator,
  stack: Native,
  position: number,
  probe: { method: string; path: string; site: Site; facts: readonly Fact[] },
): Generator<AppliedLink> {
  const layer: KoaLayer = { ...probe, kind: 'route', handlers: [{ value: UNDEFINED, site: probe.site }] };
  const copy = {
    ...stack,
    state: { ...stateOf(stack), layers: [...koaLayers(stack).slice(0, position), layer] },
  };
  const route = [...flatten(copy, '', [], [])].find((r) => r.layer === layer)!;
  yield* runLinks(it, route.links, layer, makeKoaContext(it, probe.method, probe.path));
}
