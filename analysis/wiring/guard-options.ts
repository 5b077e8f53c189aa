import type { Evaluator } from './evaluator.js';
import { constantArguments, UNDEFINED, type External, type Site, type Value } from './value.js';

/** What the call that makes a guard of a package tells it: what to ask for, and what to let pass unseen. */
export function toldBy(args: readonly Value[]): Pick<External, 'asks' | 'skips'> {
  const asks = permissionsIn(args);
  const [skips] = args.flatMap((a) => (a.k === 'record' ? (a.members.get('skip') ?? []) : []));
  return { ...(asks.length > 0 ? { asks } : {}), ...(skips?.k === 'function' ? { skips } : {}) };
}
/** What the constants that it is given ask for; several in one text are several (RFC 6749, section 3.3). */
export const permissionsIn = (args: readonly Value[]): string[] => [
  ...new Set(constantArguments(args).flatMap((a) => a.split(/\s+/).filter(Boolean))),
];
/**
 * `rateLimit({ skip: (request) => request.path !== '/codes' })`: whether it lets pass whatever is sent to what it stands in front of here,
 * as is plain where the path alone decides.
 */
export function isSkipped(it: Evaluator, { skips }: External, args: readonly Value[], site: Site): boolean {
  const answers: Value[] = [];
  if (skips)
    it.aside(() => {
      answers.push(it.awaiting(it.call(skips, args, UNDEFINED, site)));
    });
  return answers.some((a) => a.k === 'literal' && Boolean(a.value));
}
