import { factKey, type Fact } from './fact.js';
import type { Value } from './value.js';

/** The value that both are; that it was found to be true on one of two paths does not last beyond where they meet. */
export function eitherWay(a: Value, b: Value): Value | null {
  if (sameValue(a, b)) {
    if (a.k !== 'unknown' || b.k !== 'unknown' || a.column === b.column) return a;
    // One column or the other is none in particular.
    const { column: _, ...rest } = a;
    return rest;
  }
  if (a.k !== 'unknown' || b.k !== 'unknown' || a.isTruthy === b.isTruthy) return null;
  const [tested, other] = a.isTruthy ? [a, b] : [b, a];
  return sameValue({ ...tested, isTruthy: other.isTruthy }, other) ? other : null;
}

export function sameValue(a: Value, b: Value): boolean {
  if (a === b) return true;
  if (a.k === 'literal' && b.k === 'literal') return a.value === b.value;
  if (a.k === 'external' && b.k === 'external')
    return a.package === b.package && a.path.join() === b.path.join();
  if (a.k === 'unknown' && b.k === 'unknown')
    return (
      a.wraps === b.wraps &&
      a.type === b.type &&
      a.origin === b.origin &&
      a.isTruthy === b.isTruthy &&
      a.isDefined === b.isDefined &&
      a.form === b.form &&
      a.sources.join() === b.sources.join()
    );
  if (a.k === 'promise' && b.k === 'promise')
    return !a.rejects && !b.rejects && sameFacts(a.facts, b.facts) && sameValue(a.value, b.value);
  if (a.k === 'function' && b.k === 'function')
    return a.fn === b.fn && a.scope === b.scope && a.self === b.self && a.bound === b.bound;
  return false;
}

/** They say the same, in the same order. */
export const sameFacts = (a: readonly Fact[], b: readonly Fact[]): boolean =>
  a.length === b.length && a.every((f, i) => factKey(f) === factKey(b[i]!));

/**
 * Clients of one library in which nothing is kept, as a function makes them that makes another wherever the last has been closed: each does
 * what any other would.
 */
export function anyOfAKind(values: readonly Value[]): Value | null {
  const [first] = values;
  const isAlike = (v: Value): boolean =>
    v.k === 'native' &&
    first?.k === 'native' &&
    v.type === first.type &&
    v.state === null &&
    v.members.size === 0;
  return first && values.every(isAlike) ? first : null;
}
