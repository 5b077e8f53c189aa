import type { Evaluator } from './evaluator.js';
import { UNKNOWN, type List, type Value } from './value.js';

const unfilled = (it: Evaluator): List[] => it.stateOf('unfilled lists', () => []);

/** A variable or field begins as an empty list. */
export function noteUnfilled(it: Evaluator, value: Value | undefined): void {
  if (it.recorder === null && value?.k === 'list' && value.elements.length === 0 && !value.open)
    unfilled(it).push(value);
}
/**
 * Once a program stands, what nothing of it has filled is filled by requests, in whatever order they come: what is in it is
 * not known, and it is not empty.
 */
export function expectFilled(it: Evaluator): void {
  for (const list of unfilled(it).splice(0)) if (list.elements.length === 0) list.open ??= UNKNOWN;
}
