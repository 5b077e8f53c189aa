import type { Evaluator } from './evaluator.js';
import type { Exit } from './exits.js';
import { disjunction } from './fact.js';
import { choice, type Value } from './value.js';

/** `await`: the value, with what the promise establishes. */
export function awaited(it: Evaluator, value: Value): Value {
  if (value.k === 'native' && value.type.awaited) return value.type.awaited(it, value);
  if (value.k === 'promise') {
    if (value.rejects) it.endPath(value.rejects);
    it.learn(value.facts);
    return awaited(it, value.value);
  }
  if (value.k !== 'choice') return value;
  const options = value.options.map((o) => ({
    value: o.value.k === 'promise' ? o.value.value : o.value,
    facts: o.value.k === 'promise' ? [...o.facts, ...o.value.facts] : o.facts,
  }));
  // Whichever of them it was, what that one establishes holds.
  const any = value.options.some((o) => o.value.k === 'promise' && o.value.facts.length > 0)
    ? disjunction(options.map((o) => o.facts))
    : null;
  if (any) it.learn([any]);
  return choice(options);
}
/** An async function that returns a promise settles as that does: `return this.check()` needs no `await`. */
export const settled = (exits: Exit[]): Exit[] =>
  exits.flatMap((exit) => {
    const { value } = exit;
    if (value.k !== 'promise') return [exit];
    if (value.rejects && exits.length > 1) return [];
    return value.rejects ? [exit] : [{ ...exit, value: value.value, facts: [...exit.facts, ...value.facts] }];
  });
