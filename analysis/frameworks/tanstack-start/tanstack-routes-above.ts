import type { Evaluator } from '../../wiring/evaluator.js';
import type { Value } from '../../wiring/value.js';

/** Middleware of all that is served below a route, by the path that its file is named by, as `/_crew/api/comets`. */
const byRoute = (it: Evaluator): Map<string, readonly Value[]> =>
  it.stateOf('tanstack-start:middleware', () => new Map<string, readonly Value[]>());
/** Takes down what a route puts in front of itself and of those below it. */
export function noteMiddleware(it: Evaluator, id: string | null, middleware: readonly Value[]): void {
  if (id !== null && middleware.length > 0) byRoute(it).set(id, middleware);
}
/**
 * Middleware of the routes above one, the outermost first. Those without a path have it for a group; `/api/domes_/$dome` is below
 * no `/api/domes`. https://tanstack.com/start/latest/docs/framework/react/guide/server-routes
 */
export const middlewareAbove = (it: Evaluator, id: string | null): readonly Value[] =>
  [...byRoute(it)]
    .filter(([above]) => id?.startsWith(`${above}/`) && above !== id)
    .sort(([a], [b]) => a.length - b.length)
    .flatMap(([, middleware]) => middleware);
