import type { Evaluator } from '../../wiring/evaluator.js';
import type { Operation } from '../../wiring/library.js';
import { isCallable, optionIn, UNDEFINED, unknown, type Value } from '../../wiring/value.js';
import { elements } from './tanstack-builders.js';

/** Middleware of `createStart`, in front of every request, and of every server function. */
interface Global {
  requests: readonly Value[];
  functions: readonly Value[];
}
/** What has been given to `createStart`. */
export const globalMiddleware = (it: Evaluator): Global =>
  it.stateOf<Global>('tanstack-start:global', () => ({ requests: [], functions: [] }));
/** `createStart(() => ({ requestMiddleware, functionMiddleware }))` */
export const createStart: Operation = (it, [options], site) => {
  const made = options && isCallable(options) ? it.awaiting(it.call(options, [], UNDEFINED, site)) : options;
  const known = globalMiddleware(it);
  known.requests = [...known.requests, ...elements(optionIn(made, 'requestMiddleware'))];
  known.functions = [...known.functions, ...elements(optionIn(made, 'functionMiddleware'))];
  return unknown();
};
