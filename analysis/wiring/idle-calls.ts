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
 * One call that came to something is enough for it to be run each time from then on.
 */
export class IdleCalls {
  private readonly known = new Map<object, Known>();

  /** Most functions yield what they are called for: of those it is soon no use to ask. */
  isWorthAsking(of: object): boolean {
    const known = this.known.get(of);
    return known === undefined || known.hasComeToNothing || known.somethings < SOON;
  }
  /** What such a call yields; null where it must be run. */
  answer(of: object, kind: string): Value | null {
    const known = this.known.get(of)?.kinds.get(kind);
    if (!known?.calls || known.calls.size < ENOUGH) return null;
    return known.isAsync ? promise(UNDEFINED) : UNDEFINED;
  }
  /** Tells what a call came to; `as` tells it from others of its kind. */
  note(of: object, kind: string, as: string, value: Value, isNothing: boolean): void {
    let known = this.known.get(of);
    if (!known) this.known.set(of, (known = { kinds: new Map(), hasComeToNothing: false, somethings: 0 }));
    let same = known.kinds.get(kind);
    if (!same) known.kinds.set(kind, (same = { calls: new Set(), isAsync: value.k === 'promise' }));
    if (isNothing) {
      known.hasComeToNothing = true;
      if (same.calls && same.calls.size < ENOUGH) same.calls.add(as);
    } else {
      known.somethings++;
      same.calls = null;
    }
  }
}
interface Known {
  kinds: Map<string, Kind>;
  hasComeToNothing: boolean;
  somethings: number;
}
interface Kind {
  /** Calls that came to nothing; null once one came to something. */
  calls: Set<string> | null;
  isAsync: boolean;
}
/** In how many calls, no two alike, a function must have come to nothing. */
const ENOUGH = 12;
/** After how many calls that came to something, and none to nothing, no more are asked. */
const SOON = 4;
const DEPTH = 4;
/** A word chooses what is done, such as an event or a level; a line of text is only written. Numbers and flags choose as well. */
const SELECTS = /^[\w.:/-]{0,40}$/;

/** Of which kinds everything is that a call gets; null where something of it can be called. */
export function kindOfCall(
  callee: FunctionValue,
  self: Value,
  args: readonly Value[],
  epoch: number,
): string | null {
  if (callee.bound.length > 0 || callee.members.size > 0) return null;
  const kinds = [callee.self ?? UNDEFINED, self, ...args].map((v) => kindOf(v, epoch, DEPTH));
  return kinds.includes(null) ? null : `${identity(callee.scope)}|${kinds.join('|')}`;
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
      return typeof value.value === 'string' && !SELECTS.test(value.value) ? 'string' : `=${value.value}`;
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
