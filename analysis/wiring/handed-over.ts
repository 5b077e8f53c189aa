import type { FunctionNode } from '../syntax/ast.js';
import type { Evaluator } from './evaluator.js';
import type { FunctionValue, Site, Value } from './value.js';

/** What a call is given, by place or by name. */
export const handedOver = (args: readonly Value[]): Value[] =>
  args.flatMap((a) => (a.k === 'record' ? [...a.members.values()] : [a]));
/**
 * What a middleware that is called by hand goes on in, the rest of the handler: `cors(request, response, () => …)`, or the one
 * function among what it is given by name, `{ event, resolve: (…) => … }`.
 */
export function restOf(args: readonly Value[]): Value | undefined {
  if (args.length === 3 && args[2]!.k === 'function') return args[2];
  const [only, ...others] = args;
  if (only?.k !== 'record' || others.length > 0) return undefined;
  const functions = [...only.members.values()].filter((m) => m.k === 'function');
  return functions.length === 1 ? functions[0] : undefined;
}
/**
 * Functions that are handed over by name to what is not known, and that nothing has called: while a program is put together, one of
 * them may be what starts it, `throng({ start })`.
 */
export const startsIn = (args: readonly Value[], called: ReadonlySet<FunctionNode>): FunctionValue[] =>
  args.flatMap((a) =>
    a.k === 'record' && a.cls === null
      ? [...a.members.values()].filter((m): m is FunctionValue => m.k === 'function' && !called.has(m.fn))
      : [],
  );
/** Where a value that arrives at `site` was handed over first, by functions that hand it on as it is; `site` where none did. */
export const broughtFrom = (it: Evaluator, value: Value, site: Site): Site =>
  it.frames.find((f) => f.call?.args.includes(value))?.call!.site ?? site;
