import type { Evaluator } from '../../wiring/evaluator.js';
import type { Fact } from '../../wiring/fact.js';
import { outcomes } from '../../wiring/tests.js';
import { builtin, optionIn, record, UNDEFINED, unknown, type Native } from '../../wiring/value.js';
import type { ServerState } from './ws-servers.js';

/** `verifyClient` refuses by answering false, or by calling back with it. */
export function verifyClient(it: Evaluator, state: ServerState, request: Native): void {
  const verify = optionIn(state.options, 'verifyClient');
  if (!verify) return;
  let allowed: readonly Fact[][] = [];
  const callback = builtin('verified', ([ok], _self, site) => {
    const sides = outcomes(it, ok ?? UNDEFINED, site);
    if (sides.whenTrue) allowed = [...allowed, [...it.facts, ...sides.whenTrue]];
    return UNDEFINED;
  });
  const info = record([
    ['req', request],
    ['origin', unknown(['header.origin'])],
    ['secure', unknown(['request.secure'])],
  ]);
  it.aside(() => {
    const result = it.call(verify, [info, callback], UNDEFINED, state.site);
    const sides = outcomes(it, it.awaiting(result), state.site);
    if (allowed.length === 0 && sides.whenTrue) allowed = [[...it.facts, ...sides.whenTrue]];
  });
  if (allowed.length > 0) it.facts = allowed.reduce((a, b) => a.filter((f) => b.includes(f)));
}
