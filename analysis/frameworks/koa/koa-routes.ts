import type { Installed } from '../../wiring/middleware.js';
import type { Native } from '../../wiring/value.js';
import { joinPaths, pathCovers } from '../web/paths.js';
import { isIgnored, isStack, mountedBy, stateOf, type KoaLayer } from './koa-layers.js';

export interface Route {
  layer: KoaLayer;
  path: string | null;
  links: Link[];
}
/** Something in front of a route, and the layer that brought it. */
export interface Link {
  path: string | null;
  layer: KoaLayer;
  installed: Installed;
}

/** Routes of a stack, in order: what is used before them and covers them runs first. */
export function* flatten(
  stack: Native,
  prefix: string | null,
  outer: readonly Link[],
  seen: readonly Native[],
): Generator<Route> {
  if (seen.includes(stack)) return;
  const { layers, prefix: own, isApplication } = stateOf(stack);
  const base = prefix === null ? null : joinPaths(prefix, own);
  const links = [...outer];
  const at = (path: string | null): string | null =>
    base === null || path === null ? null : joinPaths(base, path);
  // `param` counts for the routes before it too.
  const params = layers.filter((l) => l.kind === 'param');
  for (const layer of [...params, ...layers.filter((l) => l.kind !== 'param')]) {
    const path = at(layer.path);
    if (layer.kind === 'route') {
      if (layer.handlers.length === 0) continue;
      const before = layer.handlers.slice(0, -1).map((i) => ({ path, layer, installed: i }));
      yield {
        layer,
        path: path === '' ? '/' : path,
        links: [...links.filter((l) => covers(l, layer, path)), ...before],
      };
      continue;
    }
    for (const [i, each] of layer.handlers.entries()) {
      const { value } = each;
      if (isIgnored(value)) continue;
      const inner = mountedBy(value);
      const below = path === null || !inner ? path : joinPaths(path, inner.path);
      if (inner && isStack(inner.stack)) yield* flatten(inner.stack, below, links, [...seen, stack]);
      else if (inner) links.push({ path: below, layer, installed: { ...each, value: inner.stack } });
      else {
        links.push({ path: layer.kind === 'param' ? layer.path : path, layer, installed: each });
        // The last thing that an application runs, where it does not go on, answers what nothing else does.
        const isLast = i === layer.handlers.length - 1 && isApplication;
        if (isLast && value.k === 'function' && value.fn.params.length - value.bound.length < 2)
          yield {
            layer,
            path: path === '' || path === null ? '*' : path,
            links: links.slice(0, -1).filter((l) => covers(l, layer, '*')),
          };
      }
    }
  }
}
function covers({ path, layer }: Link, route: KoaLayer, at: string | null): boolean {
  if (layer.kind === 'param')
    return at !== null && path !== null && new RegExp(`:${path.replace(/\W/g, '')}\\b`).test(at);
  if (layer.kind === 'route' && layer.method !== 'ALL' && layer.method !== route.method) return false;
  if (path === null) return false;
  return at === null ? path === '' : pathCovers(path, at, false);
}
