import type { Atom, Fact, Source } from '../wiring/fact.js';

/**
 * `if (role === 'courier' && parcel.courier !== me) throw …`: it is asked of those who have that role alone, and whoever has another
 * passes for that.
 *
 * @returns the test of the role
 */
export const testOfOtherRole = (
  alternative: readonly Fact[],
  isRole: (source: Source) => boolean,
): Atom | null =>
  alternative.find(
    (f): f is Atom =>
      f.k === 'atom' &&
      f.test === 'unequal' &&
      f.arguments.length > 0 &&
      f.sources.length > 0 &&
      f.sources.every(isRole),
  ) ?? null;
