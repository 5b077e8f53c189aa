import type { Evaluator } from '../../wiring/evaluator.js';
import { runLink, type Calling } from '../../wiring/middleware.js';
import type { AppliedLink } from '../../wiring/recorder.js';
import { promise, UNDEFINED, type Native, type Site, type Value } from '../../wiring/value.js';

/** How frameworks that have one value for request and response call what stands in front of a handler. */
export const callingWith = (context: Native): Calling => ({
  args: (next) => [context, next],
  carries: [context],
  yields: promise(UNDEFINED),
});
/** `(context, next) => …`: how it would be run in front of an entry point; null for what is not called so. */
export function asContextMiddleware(
  it: Evaluator,
  value: Value,
  site: Site,
  makeContext: () => Native,
): (() => AppliedLink) | null {
  if (value.k !== 'function' || value.fn.params.length !== 2) return null;
  const last = value.fn.params[1]!.pattern;
  if (last.k !== 'identifier' || !/^_?next$/.test(last.name)) return null;
  const context = makeContext();
  return () => runLink(it, { value, site, isRoute: true }, callingWith(context));
}
