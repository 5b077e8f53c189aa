import type { Fact, Refusal } from './fact.js';
import type { Writes } from './scope.js';
import type { Value } from './value.js';

/** One way in which a function came to its end. */
export interface Exit {
  value: Value;
  facts: readonly Fact[];
  writes: Writes;
  refusal: Refusal | null;
}

/** The answer that a returned value is, where it is one. */
export function answerIn(value: Value): Refusal | null {
  if (value.k === 'promise') return answerIn(value.value);
  return value.k === 'native' ? (value.type.answer?.(value) ?? null) : null;
}
const isRefused = (refusal: Refusal | null, from: number): boolean =>
  refusal !== null &&
  (refusal.how === 'close' ||
    (refusal.how === 'answer' && refusal.status !== null && refusal.status >= from));
/** Exits that did not refuse, where there are any; of those, the ones that did not send the caller elsewhere. */
export function worthwhile(exits: Exit[]): Exit[] {
  for (const from of [400, 300]) {
    const rest = exits.filter((e) => !isRefused(e.refusal, from));
    if (rest.length > 0) exits = rest;
  }
  return exits;
}
