import type { FunctionNode } from '../syntax/ast.js';
import type { Fact, Refusal } from './fact.js';
import type { Recorder } from './recorder.js';
import type { Scope, Writes } from './scope.js';
import type { Option, Value } from './value.js';

/** One way in which a function came to its end. */
export interface Exit {
  value: Value;
  facts: readonly Fact[];
  writes: Writes;
  refusal: Refusal | null;
}

/** A function that is being run. */
export interface Frame {
  fn: FunctionNode | null;
  scope: Scope;
  returns: Exit[];
  mark: number;
}
export interface Catcher {
  throws: { value: Value; facts: readonly Fact[] }[];
}
/** How one arm of a branch ended. */
export interface Arm {
  facts: readonly Fact[] | null;
  writes: Writes;
  since: number;
  refusal: Refusal | null;
  answered: Refusal | null;
}

/** A plain return, without an answer. */
export const RETURNED: Refusal = { how: 'return', status: null };
/** The answer that a returned value is, where it is one. */
export function answerIn(value: Value, recorder: Recorder | null = null): Refusal | null {
  if (value.k === 'promise') return answerIn(value.value, recorder);
  if (value.k === 'native') return value.type.answer?.(value) ?? null;
  return recorder?.answerOf?.(value) ?? null;
}
const isRefused = (refusal: Refusal | null, from: number): boolean =>
  refusal !== null &&
  (refusal.how === 'close' ||
    (refusal.how === 'answer' && refusal.status !== null && refusal.status >= from));
/** An exit that hands on one of several answers, as one exit for each: a wrapper's `return handler(request)`. */
function apart(exit: Exit): Exit[] {
  const options = leavesOf({ value: exit.value, facts: [] });
  if (options.length < 2 || !options.some((o) => answerIn(o.value))) return [exit];
  return options.map((o) => ({
    ...exit,
    value: o.value,
    facts: [...exit.facts, ...o.facts],
    refusal: answerIn(o.value) ?? exit.refusal,
  }));
}
/** What a value may be, with promises kept. */
function leavesOf({ value, facts }: Option): Option[] {
  const under = (inner: Option): Option => ({ value: inner.value, facts: [...facts, ...inner.facts] });
  if (value.k === 'choice') return value.options.flatMap((o) => leavesOf(under(o)));
  if (value.k === 'promise' && !value.rejects && value.value.k === 'choice')
    return leavesOf(under({ value: value.value, facts: value.facts }));
  return [{ value, facts }];
}
/** Exits that did not refuse, where there are any; of those, the ones that did not send the caller elsewhere. */
export function worthwhile(all: readonly Exit[]): Exit[] {
  let exits = all.flatMap(apart);
  for (const from of [400, 300]) {
    const rest = exits.filter((e) => !isRefused(e.refusal, from));
    if (rest.length > 0) exits = rest;
  }
  return exits;
}
