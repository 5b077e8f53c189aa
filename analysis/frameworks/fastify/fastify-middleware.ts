import type { Method } from '../../wiring/library.js';
import { installedAt } from '../../wiring/middleware.js';
import { isCallable, textOf, type Value } from '../../wiring/value.js';
import { joinPaths } from '../web/paths.js';
import { stateOf } from './fastify-contexts.js';
import { addHook } from './fastify-hooks.js';

/** A function, what a library made, or a list that holds one: no path. */
const isMiddleware = (value: Value): boolean =>
  value.k === 'list'
    ? value.elements.some(isMiddleware)
    : isCallable(value) || value.k === 'external' || (value.k === 'unknown' && value.origin !== null);

/** A path of which every part is known. */
function wholeText(path: Value): string | null {
  const text = textOf(path, HOLE);
  return text?.includes(HOLE) ? null : text;
}
const HOLE = '\0';

/**
 * `use(middleware)`, `use(path, middleware)` of `@fastify/middie` and `@fastify/express`: in front of the routes of its context, of
 * those below a path where it is given one, which begins behind the prefix of the context.
 * https://github.com/fastify/middie#restrict-middleware-execution-to-a-certain-paths
 */
export const use: Method = (it, self, args, site) => {
  const [first, second] = args;
  if (!first) return self;
  if (!second || isMiddleware(first)) {
    for (const installed of installedAt(args, site)) addHook(it, self, 'onRequest', installed);
    return self;
  }
  const { prefix } = stateOf(self);
  for (const path of first.k === 'list' ? first.elements : [first]) {
    const text = wholeText(path);
    // All that the context has is below its own prefix.
    const below =
      text === '/' ? null : prefix !== null && text !== null ? joinPaths(prefix, text) : undefined;
    for (const installed of installedAt([second], site))
      if (installed.value.k === 'native')
        it.gap('what is served here, below a path of Fastify, could not be followed', it.place(site));
      else if (below === undefined)
        it.gap('what this middleware stands in front of is not known: its path is computed', it.place(site));
      else addHook(it, self, 'onRequest', installed, below);
  }
  return self;
};
