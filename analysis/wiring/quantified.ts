import type { Evaluator } from './evaluator.js';
import { isIdentity, mergeSources, type Fact, type Source } from './fact.js';
import { outcomes } from './tests.js';
import {
  choice,
  literal,
  sourcesOf,
  UNDEFINED,
  unknown,
  type Site,
  type Unknown,
  type Value,
} from './value.js';

/**
 * `some` and `every` over records of which one stands for them all: what the test says of that one, it says of one or of
 * each. `(m) => m.userId === me && m.mayEdit` is true only of one that is the caller's.
 */
export function ofOneOrEach(it: Evaluator, result: Value, of: readonly Source[], site: Site): Value {
  if (isTested(result)) return result;
  const sources = mergeSources(of, sourcesOf(result));
  if (result.k === 'choice') {
    const { whenTrue, whenFalse } = outcomes(it, result, site);
    // What is asked of anything but the caller stays one test: alternatives of it would only push out others.
    if (whenTrue?.some(isOfCaller) && whenFalse !== null) return { k: 'test', whenTrue, whenFalse, sources };
  }
  return unknown(sources);
}
/**
 * `filter` over what one stands for: where any are left, one of them has passed the test. Null where it asks nothing of them.
 */
export function filtered(it: Evaluator, of: Unknown, result: Value, site: Site): Value | null {
  const tested = ofOneOrEach(it, result, of.sources, site);
  const { whenTrue, whenFalse } = outcomes(it, tested, site);
  if (!isTested(tested) || whenTrue === null || whenFalse === null) return null;
  const some = unknown(mergeSources(['count'], of.sources), { isTruthy: true });
  const length = choice([
    { value: some, facts: whenTrue },
    { value: literal(0), facts: whenFalse },
  ]);
  return unknown(of.sources, { parts: new Map([['length', length]]) });
}
const isTested = (value: Value): boolean =>
  value.k === 'test' ||
  (value.k === 'choice' &&
    value.options.every(
      ({ value: v }) => isTested(v) || (v.k === 'literal' && typeof v.value === 'boolean'),
    ));
const isOfCaller = (fact: Fact): boolean =>
  fact.k === 'atom' ? fact.sources.some(isIdentity) : fact.alternatives.some((a) => a.some(isOfCaller));
/** `find` over what one stands for: what is found has passed the test, and nothing is found where none has. */
export function foundIn(it: Evaluator, of: Unknown, result: Value, site: Site): Value {
  const sources = mergeSources(of.sources, sourcesOf(result), callersIn(it, result, site));
  if (!isTested(result)) return unknown(sources);
  const { whenTrue, whenFalse } = outcomes(it, result, site);
  if (whenTrue === null || whenFalse === null) return unknown(sources);
  return choice([
    { value: unknown(sources, { isTruthy: true }), facts: whenTrue },
    { value: UNDEFINED, facts: whenFalse },
  ]);
}
/** The caller, as far as what is found with this test is what is equal to them in something: `find((m) => m.userId === me && m.mayEdit)`. */
export function callersIn(it: Evaluator, result: Value, site: Site): readonly Source[] {
  const { whenTrue } = outcomes(it, result, site);
  return mergeSources((whenTrue ?? []).flatMap(comparedIn));
}
const comparedIn = (fact: Fact): readonly Source[] =>
  fact.k === 'atom' && fact.test === 'equal' ? fact.sources.filter(isIdentity) : [];
