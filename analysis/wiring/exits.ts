import type { FunctionNode } from '../syntax/ast.js';
import type { Evaluator } from './evaluator.js';
import { newFacts, withRefusal, type Fact, type Refusal } from './fact.js';
import type { Recorder } from './recorder.js';
import { born, isBornAfter, type Journal, type Scope, type Writes } from './scope.js';
import { outcomes } from './tests.js';
import { UNDEFINED, type Option, type Site, type Value } from './value.js';

/** One way in which a function came to its end. */
export interface Exit {
  value: Value;
  facts: readonly Fact[];
  writes: Writes;
  /** The moment of it: what came into being later is nothing to this path. */
  at: number;
  refusal: Refusal | null;
}

/** A function that is being run. */
export interface Frame {
  fn: FunctionNode | null;
  /** What it was called with, and where; left out of what nothing calls. */
  call?: { args: readonly Value[]; site: Site };
  scope: Scope;
  returns: Exit[];
  mark: number;
  /** When it began. */
  since: number;
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
  /** What leads to it, whether or not that can matter; left out where it is not told by a test. */
  because?: readonly Fact[];
}

/** Whoever comes here may not, or is not known. */
export const isDenial = (refusal: Refusal | null): boolean =>
  refusal !== null && (refusal.status === 401 || refusal.status === 403);
/** A plain return, without an answer. */
const RETURNED: Refusal = { how: 'return', status: null };
/** Of a function that the handler calls, or of a turn of a loop: what its caller makes of that is not known yet. */
export const RETURNED_INSIDE: Refusal = { how: 'return', status: null, isInner: true };
/** Of several arms that left: how whoever sent them tells it, by an answer before a throw before a mere return. */
export const loudest = (left: readonly Arm[]): Refusal | null =>
  (left.find((a) => a.refusal?.status) ?? left.find((a) => a.refusal?.how === 'throw') ?? left[0])?.refusal ??
  null;
/** What holds where one arm is not entered: whoever is in that is sent to another server, which is known before the other one is run. */
export function besideSent(facts: readonly Fact[], { refusal, answered }: Arm): readonly Fact[] {
  const sent = refusal ?? answered;
  return sent?.host ? withRefusal(facts, sent) : facts;
}
/** Goes on where a value holds, and leaves where it does not: an assertion. */
export function goOnWhere(it: Evaluator, value: Value, leave: () => void, site: Site): Value {
  const { whenTrue, whenFalse } = outcomes(it, value, site);
  if (whenTrue === null) leave();
  else if (whenFalse !== null) it.merge([it.arm(whenTrue, () => {}), it.arm(whenFalse, leave)]);
  return UNDEFINED;
}
/**
 * What a path leaves with, as it is now: where the function made it before paths parted, others go on and write to it.
 * `if (!token) return who; who.isKnown = true; return who;` answers nobody's `isKnown` to whoever brings no token.
 */
export const asItIs = (value: Value, frame: Frame, journal: Journal): Value =>
  value.k === 'record' &&
  value.members.size > 0 &&
  isBornAfter(value.members, frame.since) &&
  !isBornAfter(value.members, journal.parted)
    ? { ...value, members: born(new Map(value.members)) }
    : value;
/**
 * What those have passed who came out of a function that throws at its end: `if (isTheirs) return; throw`. What held where it
 * threw was passed by everybody.
 */
export function pastThrow(
  facts: readonly Fact[],
  last: Refusal | null,
  thrownUnder: readonly Fact[],
): readonly Fact[] {
  const fresh = last?.how === 'throw' ? newFacts(thrownUnder, facts) : [];
  if (fresh.length === 0) return facts;
  return [...facts.filter((f) => !fresh.includes(f)), ...withRefusal(fresh, last!)];
}
/** It came to an end by itself, or by an answer that is no refusal. */
export const endsWell = (exit: Refusal | null): boolean =>
  exit === null ||
  (exit.how === 'return' && exit.status === null) ||
  (exit.how === 'answer' && exit.status !== null && exit.status < 300);
/** How a plain return is told, of the handler itself or of something that it calls. */
export const returned = (isOwn: boolean): Refusal => (isOwn ? RETURNED : RETURNED_INSIDE);
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
