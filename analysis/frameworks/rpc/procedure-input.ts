import type { Evaluator } from '../../wiring/evaluator.js';
import type { Installed } from '../../wiring/middleware.js';
import { builtin, optionIn, UNDEFINED, type Site, type Value } from '../../wiring/value.js';
import { fitting } from '../web/input-validation.js';

/** What a procedure is called with is held against the schema of `.input(…)` before anything that comes after it. */
export function heldAgainst(
  it: Evaluator,
  library: string,
  schema: Value | undefined,
  site: Site,
): Installed[] {
  if (schema === undefined) return [];
  const value = builtin('input', ([options], _self, at) => {
    it.learn([fitting(it, library, ['body'], site)]);
    const next = optionIn(options, 'next');
    return next ? it.call(next, [], UNDEFINED, at) : UNDEFINED;
  });
  return [{ value, site, name: 'input' }];
}
