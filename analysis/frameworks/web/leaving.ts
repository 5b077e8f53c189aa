import type { Evaluator } from '../../wiring/evaluator.js';
import type { Fact } from '../../wiring/fact.js';
import type { Operation } from '../../wiring/library.js';
import { answerIn } from '../../wiring/exits.js';
import { literal, optionsOf, UNDEFINED, type Value } from '../../wiring/value.js';
import { makeFetchResponse } from './fetch-api.js';

/** Where redirects were thrown: a handler that ends in one has done its work there. */
const ends = (it: Evaluator): { last: readonly Fact[] | null } =>
  it.stateOf('thrown-redirects', () => ({ last: null }) as { last: readonly Fact[] | null });

/** A redirect is made here, to be thrown. */
export const redirects = (it: Evaluator): void => void (ends(it).last = it.facts);
/** A library's function that leaves by throwing an answer; its status is the first argument where none is given. */
export const leave =
  (fixed: number | null): Operation =>
  (it, [status]) => {
    const thrown = makeFetchResponse(it, undefined, fixed === null ? status : literal(fixed), 302);
    const known = thrown.type.answer?.(thrown)?.status ?? null;
    if (known === null || known < 400) ends(it).last = it.facts;
    return it.throw(thrown);
  };
/**
 * Runs work that may end by throwing a redirect. Where that is its only end, or all that it returns turns callers away, what held
 * at the last one holds when it is done: earlier ones turned callers away.
 */
export function untilRedirect(it: Evaluator, work: () => Value): Value {
  ends(it).last = null;
  let result: Value = UNDEFINED;
  const through = it.quietly(() => {
    result = work();
  });
  const { last } = ends(it);
  if (last && (!through || turnsAway(result))) it.recorder?.endings.push(last);
  return result;
}
/** `return fail(401)`, whichever of several it is. */
const turnsAway = (result: Value): boolean =>
  optionsOf(result.k === 'promise' ? result.value : result).every(
    ({ value }) => (answerIn(value)?.status ?? 0) >= 400,
  );
