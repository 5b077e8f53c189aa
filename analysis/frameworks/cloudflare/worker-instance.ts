import { makeClassInstance } from '../../wiring/classes.js';
import type { Evaluator } from '../../wiring/evaluator.js';
import { memberOf } from '../../wiring/members.js';
import type { ClassValue, FunctionValue, Site, Value } from '../../wiring/value.js';
import { makeBindings } from '../web/fetch-handlers.js';
import { makeExecutionContext } from './worker-context.js';

/** An instance of a class that a Worker exports, as the platform makes it. */
export interface WorkerInstance {
  /** What its class is called, else what it is exported as. */
  called: string;
  made: Value;
  method(name: string): FunctionValue | null;
}
/** Makes an instance of a class that is exported under a name. */
export function instanceOf(it: Evaluator, cls: ClassValue, exported: string): WorkerInstance {
  const site: Site = { module: cls.module, line: cls.node.line };
  const made = makeClassInstance(it, cls, [makeExecutionContext(it), makeBindings(it)], site);
  return {
    called: cls.node.name ?? exported,
    made,
    method: (name) => {
      const found = memberOf(it, made, name, site);
      return found.k === 'function' ? found : null;
    },
  };
}
/** A method with what it is called on, for whoever calls it as a plain function. */
export const boundTo = (fn: FunctionValue, { made }: WorkerInstance): FunctionValue => ({
  ...fn,
  self: made,
});
