import type { AddressTest, UnexplainedTest, UnfollowedCall } from '../model/model.js';
import type { FunctionNode } from '../syntax/ast.js';
import { keyOfHeld } from './closures.js';
import { isCollection } from './collections.js';
import type { Evaluator } from './evaluator.js';
import { mergeSources, newFacts, type Fact, type Refusal } from './fact.js';
import type { RecordedEffect } from './recorder.js';
import { identity } from './identity.js';
import { sourcesOf, stringOf, unknown, type FunctionValue, type Value } from './value.js';

/** What a call did, so that the same call need not be run again. */
interface Summary {
  /** What the call was given, and what it yielded, which may be something of that. */
  given: readonly Value[];
  value: Value;
  /** Facts that hold after it and did not before. */
  gained: readonly Fact[];
  effects: readonly { effect: RecordedEffect; facts: readonly Fact[] }[];
  endings: readonly (readonly Fact[])[];
  answered: Refusal | null;
  tests: readonly UnexplainedTest[];
  unread: readonly string[];
  asked: readonly AddressTest[];
  unfollowed: readonly UnfollowedCall[];
}

/**
 * Spends the second part of a budget sparingly. A function is run again for each call, which is exact and, where calls
 * branch and recurse, exponential. Once a good part of the steps has gone, a call like one that has been run since is
 * answered from what that one did; what a closure holds counts as given to it. Later still, one that gets nothing that could
 * register or guard anything is answered from any earlier call of its function. What such a call writes to variables is not
 * written again.
 */
export class Economy {
  private readonly summaries = new Map<FunctionNode, Map<string, Summary | null>>();

  /** Steps after which to save, and after which to save strictly. */
  constructor(
    public from: number,
    public strictFrom: number,
  ) {}

  /** Steps that were taken meanwhile on a budget of their own are none of this one's. */
  postpone(steps: number): void {
    this.from += steps;
    this.strictFrom += steps;
  }

  call(
    it: Evaluator,
    callee: FunctionValue,
    args: readonly Value[],
    self: Value,
    isStrict: boolean,
    run: () => Value,
  ): Value {
    // What is only wired would be wired again for each of them.
    const held = it.recorder ? keyOfHeld(callee) : '';
    const given = [self, ...args];
    const isPlain = isStrict && !args.some((a) => isActive(a));
    // A program is put together by names, too: each is another part of it.
    const told = isPlain ? args.filter((a) => it.recorder === null && stringOf(a) !== null) : given;
    const key = `${told.map((v) => keyOf(v, 1, isStrict)).join('|')}~${held}`;
    let known = this.summaries.get(callee.fn);
    if (!known) this.summaries.set(callee.fn, (known = new Map()));
    const summary = known.get(key);
    if (summary) {
      it.abridge();
      return replay(it, summary, given);
    }
    // Within itself it does the same once more: what it yields is made of what it was given.
    if (summary === null && isStrict) {
      it.abridge();
      return unknown(mergeSources(...args.map((a) => sourcesOf(a))));
    }
    if (isStrict) known.set(key, null);
    const { facts, recorder, answered } = it;
    const [effects, endings] = [recorder?.effects.length ?? 0, recorder?.endings.length ?? 0];
    const tests = recorder?.unexplained.length ?? 0;
    const unread = recorder?.unread.size ?? 0;
    const asked = recorder?.addressTests.length ?? 0;
    const unfollowed = recorder?.unfollowed.length ?? 0;
    let value: Value;
    try {
      value = run();
    } finally {
      known.delete(key);
    }
    const since = (of: readonly Fact[]): readonly Fact[] => newFacts(facts, of);
    known.set(key, {
      given,
      value,
      gained: since(it.facts),
      effects: (recorder?.effects.slice(effects) ?? []).map((effect) => ({
        effect,
        facts: since(effect.facts),
      })),
      endings: (recorder?.endings.slice(endings) ?? []).map(since),
      answered: it.answered === answered ? null : it.answered,
      tests: recorder?.unexplained.slice(tests) ?? [],
      unread: [...(recorder?.unread ?? [])].slice(unread),
      asked: recorder?.addressTests.slice(asked) ?? [],
      unfollowed: recorder?.unfollowed.slice(unfollowed) ?? [],
    });
    return value;
  }
}
function replay(it: Evaluator, summary: Summary, given: readonly Value[]): Value {
  const { recorder } = it;
  const { value, gained, effects, endings, answered, tests, unread, asked, unfollowed } = summary;
  for (const { effect, facts } of effects) recorder?.again({ ...effect, facts: [...it.facts, ...facts] });
  for (const ending of endings) recorder?.endings.push([...it.facts, ...ending]);
  for (const test of tests) recorder?.decidesBy(test);
  for (const key of unread) recorder?.runsUnread(key);
  for (const test of asked) recorder?.asksAddress(test);
  for (const call of unfollowed) recorder?.handsOut(call);
  if (answered) it.answer(answered);
  it.learn(gained);
  return handedOn(value, summary.given, given);
}
/** What an earlier call handed on of what it was given, the same call hands on of what it is given itself. */
function handedOn(value: Value, from: readonly Value[], to: readonly Value[]): Value {
  const at = value.k === 'literal' ? -1 : from.indexOf(value);
  if (at >= 0) return to[at] ?? value;
  switch (value.k) {
    case 'promise':
      return { ...value, value: handedOn(value.value, from, to) };
    case 'choice':
      return {
        k: 'choice',
        options: value.options.map((o) => ({ ...o, value: handedOn(o.value, from, to) })),
      };
    default:
      return value;
  }
}

/** Values through which something can be registered, guarded or answered. Plain data is none of them, however deep it is. */
function isActive(value: Value, seen = new Set<Value>()): boolean {
  if (seen.has(value)) return false;
  const any = (values: Iterable<Value>): boolean => {
    seen.add(value);
    if (seen.size > MAX_LOOKED_AT) return true;
    for (const v of values) if (isActive(v, seen)) return true;
    return false;
  };
  switch (value.k) {
    case 'native':
      return !isCollection(value);
    case 'function':
    case 'builtin':
    case 'class':
      return true;
    case 'record':
      if (value.cls || value.getters) return true;
      return any(value.open ? [...value.members.values(), value.open] : value.members.values());
    case 'list':
      return any(value.elements);
    case 'choice':
      return any(value.options.map((o) => o.value));
    default:
      return false;
  }
}
const MAX_LOOKED_AT = 64;

/** Values with equal keys are taken for the same input. Objects are compared by their members, one level down. */
function keyOf(value: Value, depth: number, isStrict: boolean): string {
  switch (value.k) {
    case 'literal':
      return `l${typeof value.value}${String(value.value)}`;
    case 'unknown':
      return `u${value.sources.join()}:${value.type ?? ''}${value.wraps ? identity(value.wraps) : ''}${value.origin?.path.join('.') ?? ''}`;
    case 'text':
      return `t${value.parts.map((p) => (typeof p === 'string' ? p : keyOf(p, depth, isStrict))).join('')}`;
    case 'function':
      return `f${identity(value.fn)}:${isStrict ? keyOfHeld(value) : identity(value.scope)}`;
    case 'promise':
      return `p${keyOf(value.value, depth, isStrict)}`;
    case 'external':
      return `e${value.package}.${value.path.join('.')}`;
    case 'choice':
      return `c${value.options.map((o) => keyOf(o.value, depth, isStrict)).join('/')}`;
    case 'list':
      if (depth <= 0 || value.elements.length > MAX_COMPARED) return `#${identity(value)}`;
      return `[${value.elements.map((e) => keyOf(e, depth - 1, isStrict)).join()}]`;
    case 'record':
      if (depth <= 0 || value.cls || value.members.size > MAX_COMPARED) return `#${identity(value)}`;
      return `{${[...value.members].map(([name, member]) => `${name}:${keyOf(member, depth - 1, isStrict)}`).join()}}`;
    default:
      return `#${identity(value)}`;
  }
}
const MAX_COMPARED = 24;
