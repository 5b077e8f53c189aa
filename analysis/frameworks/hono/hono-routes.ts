import type { Installed } from '../../wiring/middleware.js';
import type { Native } from '../../wiring/value.js';
import { joinPaths, pathCovers } from '../web/paths.js';
import { layersOf, type Layer } from './hono-layers.js';

export interface Route {
  layer: Layer;
  path: string | null;
  links: Installed[];
}
interface Link {
  path: string | null;
  installed: Installed[];
}
/** Routes with what runs in front of them: middleware in order of installation, where its path covers the route. */
export function* flatten(
  app: Native,
  prefix: string | null = '',
  outer: readonly Link[] = [],
  seen: ReadonlySet<unknown> = new Set(),
): Generator<Route> {
  const layers = layersOf(app);
  if (seen.has(layers)) return;
  const inside = new Set(seen).add(layers);
  const links = [...outer];
  for (const layer of layers) {
    const path = prefix === null || layer.path === null ? null : joinPaths(prefix, layer.path) || '/';
    if (layer.kind === 'use') links.push({ path, installed: layer.handlers });
    else if (layer.kind === 'mount') {
      yield* flatten(layer.app!, path, links, inside);
      // Middleware that a mounted application has at its own root stays inside of it.
    } else if (layer.handlers.length > 0)
      yield {
        layer,
        path,
        links: [
          ...links.filter((l) => covers(l.path, path)).flatMap((l) => l.installed),
          ...layer.handlers.slice(0, -1),
        ],
      };
  }
}
/** `/admin/*` covers `/admin` and everything below it; `/admin` only itself. */
function covers(scope: string | null, path: string | null): boolean {
  if (scope === null) return false;
  if (scope === '*' || scope === '/*') return true;
  if (path === null) return false;
  return scope.endsWith('/*') ? pathCovers(scope.slice(0, -2), path, false) : pathCovers(scope, path, true);
}
