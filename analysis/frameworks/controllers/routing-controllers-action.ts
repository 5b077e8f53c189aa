import type { Evaluator } from '../../wiring/evaluator.js';
import { memberOf } from '../../wiring/members.js';
import { passedError, type Calling } from '../../wiring/middleware.js';
import { builtin, promise, record, UNDEFINED, type Native, type Value } from '../../wiring/value.js';

/** One request to an action: what middleware, checkers and arguments are given of it. */
export interface Call {
  /** What the server hands over: request and response, or the context of Koa. */
  exchange: readonly Native[];
  request: Value;
  response: Native;
  /** What checkers are told, which routing-controllers calls `Action`. */
  action: Value;
  calling: Calling;
  carries: readonly Native[];
  /** Those of the server. */
  options: Value;
}
/** What is given of a request on a server with these options. */
export function callOf(it: Evaluator, exchange: readonly Native[], options: Value): Call {
  const [first, second] = exchange as [Native, Native | undefined];
  const request = second ? first : memberOf(it, first, 'request', it.modules.somewhere);
  const response = second ?? first;
  const action = record([
    ['request', request],
    ['response', response],
    ['context', second ? UNDEFINED : first],
    ['next', builtin('next', () => UNDEFINED)],
  ]);
  const carries = [...exchange, ...(request.k === 'native' ? [request] : [])];
  return {
    exchange,
    request,
    response,
    action,
    carries,
    options,
    calling: {
      args: (next) => [...exchange, next],
      carries,
      ...(second ? { onNext: ([error]) => passedError(error) } : { yields: promise(UNDEFINED) }),
    },
  };
}
