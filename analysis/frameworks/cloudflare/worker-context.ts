import type { Evaluator } from '../../wiring/evaluator.js';
import type { LibraryType } from '../../wiring/library.js';
import { promise, record, UNDEFINED, type Native, type Value } from '../../wiring/value.js';
import { makeBindings } from '../web/fetch-handlers.js';

const CONTEXT: LibraryType = {
  name: 'execution context',
  methods: {
    waitUntil: () => UNDEFINED,
    passThroughOnException: () => UNDEFINED,
    acceptWebSocket: () => UNDEFINED,
    blockConcurrencyWhile: (it, _self, [work], site) =>
      work ? it.call(work, [], UNDEFINED, site) : promise(UNDEFINED),
  },
  // Set by whoever starts it, in code: `ctx.props` of a service binding.
  get: () => null,
};
/** `ctx`: what lasts as long as an invocation, or the state of a Durable Object. */
export const makeExecutionContext = (it: Evaluator): Native => it.native(CONTEXT, null);
/** What an instance of a class of `cloudflare:workers` has: `this.ctx` and `this.env`. */
export const baseInstance = (it: Evaluator): Value =>
  record([
    ['ctx', makeExecutionContext(it)],
    ['env', makeBindings(it)],
  ]);
