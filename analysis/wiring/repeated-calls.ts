import type { Evaluator } from './evaluator.js';
import { factKey, isConfigured, newFacts, type Fact } from './fact.js';
import { IdleCalls, kindOfCall } from './idle-calls.js';
import { identity } from './identity.js';
import { born, isBornAfter, moment, now } from './scope.js';
import { UNDEFINED, type FunctionValue, type Value } from './value.js';

/**
 * Remembers, from one entry point to the next, what a call yielded that did nothing but yield it: a line of a log, an
 * error that is put together, a text that is cleaned. Programs spend most of their calls on those. A call is answered from
 * an earlier one only where running it again could tell nothing else:
 *
 * - what it is given is known by its content, or is as old as the program and unchanged since;
 * - the earlier one wrote to nothing that was there before it, established no fact, reached and answered nothing, threw
 *   nothing to its caller, and asked no library's value;
 * - what it yielded carries no fact, since a fact tells by which calls control came to it.
 */
export class RepeatedCalls {
  private readonly known = new Map<object, Map<string, { value: Value; state: number }>>();
  /** Calls that are being run, and whose trace is looked at. Deeper ones than this are covered by the outer ones. */
  private depth = 0;
  private readonly idle = new IdleCalls();

  constructor(private readonly it: Evaluator) {}

  /** What a call yields: of `run`, or of an earlier call where that could tell nothing else. */
  call(callee: FunctionValue, self: Value, args: readonly Value[], run: () => Value): Value {
    const { it } = this;
    if (it.decorating || this.depth > MAX_NESTED) return run();
    const { fn: of } = callee;
    const kind = this.idle.isWorthAsking(of) ? kindOfCall(callee, self, args, it.journal.epoch) : null;
    const idle = kind && this.idle.answer(of, kind);
    if (idle) return idle;
    const key = keyOfAll([callee, self, ...args], it.journal.epoch);
    if (key === null && kind === null) return run();
    let calls = this.known.get(of);
    if (!calls) this.known.set(of, (calls = new Map()));
    const state = it.journal.state;
    const earlier = key === null ? undefined : calls.get(key);
    if (earlier && earlier.state === state) return copyOf(earlier.value);
    const since = now();
    const before = traceOf(it);
    const outer = it.journal.watch();
    const { leantOn, abridged, touched, facts } = it;
    it.leantOn = Infinity;
    this.depth++;
    let value: Value | null = null;
    try {
      value = run();
      return value;
    } finally {
      this.depth--;
      const isWritten = it.journal.unwatch(outer) <= since || it.journal.state !== state;
      const hasLeant = it.leantOn < facts.length;
      it.leantOn = Math.min(leantOn, it.leantOn);
      const trace = traceOf(it);
      const isClean = !isWritten && !hasLeant && sameTrace(before, trace);
      if (key !== null && value && isClean && isPlain(value, since, DEPTH))
        calls.set(key, { value: copyOf(value), state });
      // What was cut short, or leant on what held before, says nothing of other calls.
      if (kind !== null && value && it.abridged === abridged && !hasLeant) {
        const leavesNothing =
          isClean ||
          (!isWritten &&
            it.touched === touched &&
            isSettled(facts, it.facts) &&
            sameTrace(before.slice(TOLD), trace.slice(TOLD)));
        this.idle.note(of, kind, key ?? '', value, leavesNothing && yieldsNothing(value));
      }
    }
  }
}
const MAX_NESTED = 24;
const DEPTH = 4;
const MAX_MEMBERS = 24;

/** All that a call may leave behind, other than what it writes. */
function traceOf(it: Evaluator): readonly unknown[] {
  const { recorder: r } = it;
  return [
    it.touched,
    it.facts.length,
    it.facts.at(-1),
    it.answered,
    it.answers?.length,
    it.observations.length,
    it.gaps.length,
    it.failures.length,
    it.rows.size,
    it.thrower?.throws.length,
    r,
    r?.effects.length,
    r?.links.length,
    r?.endings.length,
    r?.arms.length,
    r?.streams.length,
    r?.cookies.length,
    r?.uploads.length,
    r?.unexplained.length,
    r?.addressTests.length,
    r?.unfollowed.length,
    r?.unread.size,
    r?.released.size,
    r?.isHandedOn,
  ];
}
/** Where in a trace that begins which is no fact. */
const TOLD = 3;
/** Nothing holds now that did not hold before, but that something is configured, or had gone wrong, one way or the other. */
const isSettled = (before: readonly Fact[], after: readonly Fact[]): boolean =>
  before.every((f) => after.includes(f)) && newFacts(before, after).every(isEitherWay);
const isEitherWay = (fact: Fact): boolean =>
  fact.k === 'any' && fact.alternatives.every((a) => a.every(isOfCircumstance));
/** How the program is configured, or an error that it looks at, decides: not who asks, and for what. */
const isOfCircumstance = (fact: Fact): boolean =>
  isConfigured(fact) ||
  isEitherWay(fact) ||
  (fact.k === 'atom' && fact.sources.length > 0 && fact.sources.every((s) => s === 'error'));
/** Whichever way it came about, if that was a matter of circumstance. */
const yieldsNothing = (value: Value): boolean => {
  switch (value.k) {
    case 'promise':
      return value.facts.length === 0 && !value.rejects && yieldsNothing(value.value);
    case 'choice':
      return value.options.every((o) => o.facts.every(isOfCircumstance) && yieldsNothing(o.value));
    default:
      return value.k === 'literal' && value.value === undefined;
  }
};
const sameTrace = (a: readonly unknown[], b: readonly unknown[]): boolean => a.every((x, i) => x === b[i]);

/** The content of what is given; null where it cannot be told by its content. */
function keyOfAll(values: readonly Value[], epoch: number): string | null {
  const keys: string[] = [];
  for (const value of values) {
    const key = keyOf(value, epoch, DEPTH);
    if (key === null) return null;
    keys.push(key);
  }
  return keys.join('|');
}
const keyOfFacts = (facts: readonly Fact[]): string =>
  facts.length > 0 ? `?${facts.map(factKey).join()}` : '';
function keyOf(value: Value, epoch: number, depth: number): string | null {
  const all = (prefix: string, values: readonly Value[]): string | null => {
    if (depth <= 0 || values.length > MAX_MEMBERS) return null;
    let text = prefix;
    for (const v of values) {
      const key = keyOf(v, epoch, depth - 1);
      if (key === null) return null;
      text += `,${key}`;
    }
    return `(${text})`;
  };
  switch (value.k) {
    case 'literal':
      return `${value.andQuery ? '?' : ''}${typeof value.value === 'string' ? JSON.stringify(value.value) : String(value.value)}`;
    case 'unknown':
      if (value.wraps || value.parts) return null;
      return `u${value.sources.join()}:${value.type ?? ''}:${value.name ?? ''}:${value.isTruthy ? 1 : ''}${value.isDefined ? 2 : ''}${value.form ?? ''}${value.sentBut?.length === 0 ? 3 : ''}:${value.origin ? keyOf(value.origin, epoch, depth) : ''}:${value.cls ? identity(value.cls) : ''}`;
    case 'text':
      return all(
        value.andQuery ? 't?' : 't',
        value.parts.map((p) => (typeof p === 'string' ? { k: 'literal', value: p } : p)),
      );
    case 'external':
      return `e${value.package}.${value.path.join('.')}`;
    case 'test':
      return `b${value.sources.join()}${keyOfFacts(value.whenTrue)}${keyOfFacts(value.whenFalse)}`;
    case 'promise': {
      const key = value.rejects ? null : keyOf(value.value, epoch, depth);
      return key === null ? null : `p${key}${keyOfFacts(value.facts)}`;
    }
    case 'choice': {
      const key = all(
        'c',
        value.options.map((o) => o.value),
      );
      return key === null ? null : `${key}${value.options.map((o) => keyOfFacts(o.facts)).join('/')}`;
    }
    case 'function':
      if (isBornAfter(value.scope.variables, epoch)) return null;
      // Of a method, a function is made each time that it is looked up.
      if (value.members.size > 0 && isBornAfter(value.members, epoch)) return null;
      if (value.bound.length > 0 || value.madeBy || value.maker) return null;
      return all(
        `f${identity(value.fn)}:${identity(value.scope)}:${value.home ? identity(value.home) : ''}`,
        value.self ? [value.self] : [],
      );
    case 'class':
      return isBornAfter(value.members, epoch) ? null : `k${identity(value)}`;
    case 'list': {
      if (value.open && value.open.k !== 'unknown') return null;
      return all(value.open ? 'o' : 'l', value.open ? [...value.elements, value.open] : value.elements);
    }
    case 'record': {
      if (!isBornAfter(value.members, epoch)) return `#${identity(value.members)}`;
      if (value.getters || value.members.size > MAX_MEMBERS) return null;
      if (value.cls && isBornAfter(value.cls.members, epoch)) return null;
      const members = all(
        [...value.members.keys()].join(),
        value.open ? [...value.members.values(), value.open] : [...value.members.values()],
      );
      return members === null
        ? null
        : `${members}${value.open ? '+' : ''}${value.cls ? identity(value.cls) : ''}:${value.maker ? identity(value.maker) : ''}`;
    }
    default:
      return null;
  }
}

/** Says nothing of how control came to it, and shares nothing that can be written to. */
function isPlain(value: Value, since: number, depth: number): boolean {
  const each = (values: Iterable<Value>): boolean =>
    depth > 0 && [...values].every((v) => isPlain(v, since, depth - 1));
  switch (value.k) {
    case 'literal':
    case 'external':
      return true;
    case 'unknown':
      return !value.wraps && !value.parts;
    case 'text':
      return each(value.parts.filter((p) => typeof p !== 'string'));
    case 'promise':
      return value.facts.length === 0 && !value.rejects && each([value.value]);
    case 'choice':
      return value.options.every((o) => o.facts.length === 0) && each(value.options.map((o) => o.value));
    case 'list':
      return (
        (value.bornAt ?? 0) > since && each(value.open ? [...value.elements, value.open] : value.elements)
      );
    case 'record':
      return (
        !value.getters &&
        isBornAfter(value.members, since) &&
        each(value.members.values()) &&
        each(value.open ? [value.open] : [])
      );
    default:
      return false;
  }
}
/** A plain value of its own. */
function copyOf(value: Value): Value {
  switch (value.k) {
    case 'promise':
      return { ...value, value: copyOf(value.value) };
    case 'choice':
      return { k: 'choice', options: value.options.map((o) => ({ value: copyOf(o.value), facts: o.facts })) };
    case 'list':
      return { ...value, elements: value.elements.map(copyOf), bornAt: moment() };
    case 'record':
      return { ...value, members: born(new Map([...value.members].map(([name, v]) => [name, copyOf(v)]))) };
    default:
      return value.k === 'literal' && value.value === undefined ? UNDEFINED : value;
  }
}
