import type { Evaluator } from './evaluator.js';
import type { Exit } from './exits.js';
import { disjunction } from './fact.js';
import { choice, type Native, type Option, type Value } from './value.js';

/** What a library made that can be waited for: itself, as the base of a class, or of an instance. */
function computationOf(value: Value): Native | null {
  if (value.k === 'native') return value.type.awaited ? value : null;
  let cls: Value | null = value.k === 'record' ? value.cls : value;
  while (cls?.k === 'class') cls = cls.base;
  return cls?.k === 'native' ? computationOf(cls) : null;
}
export const isComputation = (value: Value): boolean =>
  value.k === 'choice' ? value.options.some((o) => isComputation(o.value)) : computationOf(value) !== null;

/** `await`: the value, with what the promise establishes. */
export function awaited(it: Evaluator, value: Value): Value {
  const computation = computationOf(value);
  if (computation) return computation.type.awaited!(it, computation, value);
  if (value.k === 'choice' && isComputation(value)) {
    const results: Option[] = [];
    const arms = value.options.map((o) =>
      it.arm(o.facts, () => results.push({ value: awaited(it, o.value), facts: [] })),
    );
    it.merge(arms);
    return choice(results);
  }
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
