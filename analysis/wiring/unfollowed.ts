import type { Evaluator } from './evaluator.js';
import { isSent } from './fact.js';
import { sourcesOf, type Site, type Value } from './value.js';

/**
 * Takes down that something of which nothing is known was handed the request, or what proves in it who calls: it may ask who that is,
 * and turn them away. A line of a log is handed texts, and not the request.
 *
 * @param name how it is called there; null where it has no name
 */
export function noteUnfollowed(it: Evaluator, name: string | null, args: readonly Value[], site: Site): void {
  if (it.recorder && args.some((a) => isRequest(it, a, site) || provesCaller(a)))
    it.recorder.handsOut({ ...it.place(site), name });
}
/** Whatever the framework calls it, it has headers. */
const isRequest = (it: Evaluator, value: Value, site: Site): boolean =>
  value.k === 'native' && value.type.get?.(it, value, 'headers', site)?.k === 'native';
const provesCaller = (value: Value): boolean => {
  const sources = value.k === 'unknown' ? sourcesOf(value) : [];
  return sources.length > 0 && sources.every((s) => isSent(s) && /^(?:credential|session)(?:\.|$)/.test(s));
};
