import type { NeglectedCheck, Place } from '../model/model.js';
import type { Argument, Expression } from '../syntax/ast.js';
import { nodesHere } from '../syntax/walk.js';
import type { Evaluator } from './evaluator.js';
import type { Frame } from './exits.js';
import { withRefusal, type Fact, type Refusal } from './fact.js';
import { statusOf } from './naming.js';
import { Recorder, type RecordedEffect } from './recorder.js';
import { outcomes } from './tests.js';
import type { PromiseValue, Site, Value } from './value.js';

/**
 * The promise of an asynchronous function that nobody waited for. `tested`: it was asked for its truth, and a promise is
 * always true; `dropped`: it was left alone, so that it rejects to nobody. And a refusal, an error or an answer, that was made
 * and is neither thrown nor returned: `unsaid`. And a check that answers whether it is so, to nobody who looks: `unheard`.
 */
export interface Neglected {
  how: NeglectedCheck['how'];
  name: string;
  place: Place;
  /** What would hold if it had been waited for. */
  facts: readonly Fact[];
  /** How the arm leaves that is never taken. */
  refusal: Refusal | null;
  /** Effects that were recorded along with it, and how many of them by then. */
  effects: readonly RecordedEffect[];
  after: number;
  inChain: boolean;
}
interface Asked {
  promise: PromiseValue;
  frame: Frame | undefined;
}
const askedIn = (it: Evaluator): Asked[] => it.stateOf<Asked[]>('neglect', () => []);

/** Told of every promise whose truth is asked for. */
export function askTruth(it: Evaluator, promise: PromiseValue): void {
  if (it.recorder && (promise.of ?? promise.from)) askedIn(it).push({ promise, frame: it.currentFrame });
}
/** What a call yields: a promise remembers it, also one that a library made, as of a look-up. */
export const yielded = (it: Evaluator, e: Expression & { k: 'call' }, value: Value, site: Site): Value =>
  it.recorder && value.k === 'promise' && !value.of && !value.isKept
    ? { ...value, from: { name: nameOf(e.callee), place: it.place(site) } }
    : value;
/**
 * Evaluates a condition: what it yields, and the promises that it asked for their truth.
 * What functions that it calls ask for is their affair.
 */
export function condition<T>(
  it: Evaluator,
  evaluate: () => T,
): { result: T; asked: readonly PromiseValue[] } {
  if (!it.recorder) return { result: evaluate(), asked: NONE };
  const all = askedIn(it);
  const from = all.length;
  const result = evaluate();
  if (all.length === from) return { result, asked: NONE };
  const own = all.splice(from).filter((a) => a.frame === it.currentFrame);
  return { result, asked: own.map((a) => a.promise) };
}
const NONE: readonly PromiseValue[] = [];

/** A condition always has the one outcome, since it asks a promise for its truth. `arm` is the one that is never taken. */
export function noteTested(
  it: Evaluator,
  asked: readonly PromiseValue[],
  arm: (() => void) | null,
  site: Site,
): void {
  if (asked.length === 0) return;
  const refusal = arm && leaving(it, arm);
  for (const promise of asked) {
    const facts = [...promise.facts, ...(outcomes(it, promise.value, site).whenTrue ?? [])];
    note(it, promise, 'tested', refusal ? withRefusal(facts, refusal) : facts, refusal);
  }
}
/** A call stands alone, and what it yields is a promise: what that establishes never holds. */
export function noteDropped(it: Evaluator, e: Expression, value: Value, effectsBefore: number): void {
  const { recorder } = it;
  if (!recorder || value.k !== 'promise' || !value.of || value.facts.length === 0) return;
  if (isHeard(it, e)) return;
  // Work that is left to itself is meant to be.
  if (recorder.effects.slice(effectsBefore).some((e) => e.class === 'write')) return;
  note(it, value, 'dropped', value.facts, null);
}
/**
 * `pending[key] = check()`: whoever finds it there waits for it. And `check().then(() => next()).catch(next)`: the caller goes on in what
 * is called once it has passed.
 */
function isHeard(it: Evaluator, e: Expression): boolean {
  if (e.k !== 'call') return e.k === 'assign';
  if (e.callee.k !== 'member') return false;
  const [first] = e.args;
  return (
    (e.callee.name === 'then' && first !== undefined && goesOn(it, first)) || isHeard(it, e.callee.object)
  );
}
/** It is, or calls, what the function around it was given: `next`, `resolve`. */
function goesOn(it: Evaluator, callback: Argument): boolean {
  const given = (it.currentFrame?.fn?.params ?? []).flatMap(({ pattern }) =>
    pattern.k === 'identifier' ? [pattern.name] : [],
  );
  const isGiven = (e: Expression): boolean => e.k === 'identifier' && given.includes(e.name);
  if (callback.k !== 'function') return callback.k !== 'spread' && isGiven(callback);
  return [...nodesHere(callback.fn.body)].some((n) => n.k === 'call' && isGiven(n.callee));
}
/** `new Forbidden()`, `Response.json(…, { status: 401 })` standing alone: whoever is meant by it is let on. */
export function noteUnsaid(it: Evaluator, e: Expression, value: Value, site: Site): void {
  if (!it.recorder || (e.k !== 'new' && (e.k !== 'call' || value.k !== 'native'))) return;
  const status = statusOf(value);
  if (status === null) return;
  it.recorder.neglect({
    how: 'unsaid',
    name: nameOf(e.callee),
    place: it.place(site),
    facts: [],
    refusal: { how: 'answer', status },
  });
}
const nameOf = (e: Expression): string =>
  e.k === 'member'
    ? `${e.object.k === 'identifier' ? `${e.object.name}.` : ''}${e.name}`
    : e.k === 'identifier'
      ? e.name
      : 'refusal';
function note(
  it: Evaluator,
  { of, from }: PromiseValue,
  how: Neglected['how'],
  facts: readonly Fact[],
  refusal: Refusal | null,
): void {
  const call = of ?? from;
  if (call && it.recorder) it.recorder.neglect({ how, ...call, facts, refusal });
}
/** How an arm leaves; it is only tried out, and nothing that it does lasts. */
function leaving(it: Evaluator, work: () => void): Refusal | null {
  const { recorder, answers, currentFrame, thrower } = it;
  const [returns, throws] = [currentFrame?.returns.length ?? 0, thrower?.throws.length ?? 0];
  const trial = new Recorder();
  trial.isTrial = true;
  trial.answerOf = recorder?.answerOf ?? null;
  Object.assign(it, { recorder: trial, answers: null });
  try {
    const arm = it.arm([], work);
    return arm.facts === null ? arm.refusal : arm.answered === it.answered ? null : arm.answered;
  } finally {
    Object.assign(it, { recorder, answers });
    if (currentFrame) currentFrame.returns.length = returns;
    if (thrower) thrower.throws.length = throws;
  }
}
