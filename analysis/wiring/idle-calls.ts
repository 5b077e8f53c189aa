import { isConfigured } from './fact.js';
import { isBornAfter } from './scope.js';
import { identity } from './identity.js';
import { promise, UNDEFINED, type FunctionValue, type Value } from './value.js';

/**
 * Learns which functions come to nothing, whatever they are given: those that write a line to a log. A program calls them
 * everywhere, each time with another line, so that no call is like an earlier one, and running them all again can take
 * longer than all else that it does.
 *
 * A function has come to nothing in a call when it yielded nothing, wrote to nothing that was there before, reached, answered,
 * threw and established nothing. When it did so whenever it was called so far, in several ways, it is not run again for
 * values of the same kinds: lines of text for lines of text, and origins of the same sort. It never is where it was given what can be called.
 * Whose method it is counts as well, up to what it bears as its name: where those of several receivers that differ in that
 * alone came to nothing, so do those of the next. One call that came to something is enough for it to be run each time
 * from then on.
 */
export class IdleCalls {
  private readonly known = new Map<object, Known>();

  /** Most functions yield what they are called for: of those it is soon no use to ask. */
  isWorthAsking(of: object): boolean {
    const known = this.known.get(of);
    return known === undefined || known.hasComeToNothing || known.somethings < SOON;
  }
  /** What such a call yields; null where it must be run. */
  answer(of: object, kind: CallKind): Value | null {
    const known = this.known.get(of);
    if (!known) return null;
    const same = known.kinds.get(exactly(kind));
    if (same?.calls === null) return null;
    const isKnown = same !== undefined && (same.calls.size >= ENOUGH || same.times >= OFTEN);
    const alike = isKnown ? same : known.alike.get(roughly(kind));
    if (!alike?.calls) return null;
    const isLikely = alike.calls.size >= ENOUGH && alike.times >= OFTEN && alike.receivers.size >= SEVERAL;
    if (!isKnown && !isLikely) return null;
    return alike.isAsync ? promise(UNDEFINED) : UNDEFINED;
  }
  /** Tells what a call came to; `as` tells it from others of its kind. */
  note(of: object, kind: CallKind, as: string, value: Value, isNothing: boolean): void {
    let known = this.known.get(of);
    if (!known)
      this.known.set(
        of,
        (known = { kinds: new Map(), alike: new Map(), hasComeToNothing: false, somethings: 0 }),
      );
    if (isNothing) known.hasComeToNothing = true;
    else known.somethings++;
    const isAsync = value.k === 'promise';
    for (const [kinds, key] of [
      [known.kinds, exactly(kind)],
      [known.alike, roughly(kind)],
    ] as const) {
      let same = kinds.get(key);
      if (!same) kinds.set(key, (same = { calls: new Set(), times: 0, receivers: new Set(), isAsync }));
      if (!isNothing || same.isAsync !== isAsync) same.calls = null;
      else if (same.calls) {
        same.times++;
        if (same.calls.size < OFTEN) same.calls.add(as);
        if (same.receivers.size < SEVERAL) same.receivers.add(kind.receiver);
      }
    }
  }
}
interface Known {
  kinds: Map<string, Came>;
  /** The same, whatever their receivers bear as their names. */
  alike: Map<string, Came>;
  hasComeToNothing: boolean;
  somethings: number;
}
interface Came {
  /** Calls that came to nothing; null once one came to something. */
  calls: Set<string> | null;
  times: number;
  /** Some of those whose methods they were. */
  receivers: Set<string>;
  isAsync: boolean;
}
/** In how many calls, no two alike, a function must have come to nothing. */
const ENOUGH = 12;
/** How often, where calls are alike, or the same were made of other receivers; and of how many. */
const OFTEN = 36;
const SEVERAL = 4;
/** After how many calls that came to something, and none to nothing, no more are asked. */
const SOON = 4;
const DEPTH = 4;
/** A word chooses what is done, such as an event or a level; a line of text is only written. Numbers and flags choose as well. */
const SELECTS = /^[\w.:/-]{0,40}$/;

/** Of which kinds everything is that a call gets. */
export interface CallKind {
  receiver: string;
  given: string;
}
const exactly = ({ receiver, given }: CallKind): string => `${receiver}|${given}`;
const roughly = ({ receiver, given }: CallKind): string => `${receiver.replace(/="[^"]*"/g, '=')}|${given}`;

/** Null where something of what the call gets can be called. */
export function kindOfCall(
  callee: FunctionValue,
  self: Value,
  args: readonly Value[],
  epoch: number,
): CallKind | null {
  if (callee.bound.length > 0 || callee.members.size > 0) return null;
  const receiver = [callee.self ?? UNDEFINED, self].map((v) => kindOf(v, epoch, DEPTH));
  if (receiver.includes(null)) return null;
  const given = args.map((v) => kindOf(v, epoch, DEPTH));
  if (given.includes(null)) return null;
  return { receiver: `${identity(callee.scope)}|${receiver.join('|')}`, given: given.join('|') };
}
function kindOf(value: Value, epoch: number, depth: number): string | null {
  const all = (values: Iterable<Value>): string | null => {
    const kinds = new Set<string>();
    for (const v of values) {
      const kind = depth > 0 ? kindOf(v, epoch, depth - 1) : null;
      if (kind === null) return null;
      kinds.add(kind);
    }
    return [...kinds].sort().join();
  };
  switch (value.k) {
    case 'literal':
      if (typeof value.value !== 'string') return `=${value.value}`;
      return SELECTS.test(value.value) ? `="${value.value}"` : 'string';
    case 'text':
      return 'string';
    case 'test':
      return [...value.whenTrue, ...value.whenFalse].every(isConfigured) ? 'boolean' : null;
    case 'unknown':
      return value.wraps ? null : `?${sorts(value.sources)}${value.origin ? `@${value.origin.package}` : ''}`;
    case 'choice':
      return all(value.options.map((o) => o.value));
    case 'list':
      return all(value.open ? [...value.elements, value.open] : value.elements) === null ? null : '[';
    case 'record': {
      const members = all(value.open ? [...value.members.values(), value.open] : value.members.values());
      if (members !== null && !value.getters) return value.cls ? `${identity(value.cls)}{${members}` : '{';
      return isBornAfter(value.members, epoch) ? null : `#${identity(value.members)}`;
    }
    default:
      return null;
  }
}
/** `body.name`, `body.id`: values that a request sends. */
const sorts = (sources: readonly string[]): string =>
  [...new Set(sources.map((s) => /^[a-z-]*/.exec(s)![0]))].join();
