import type { Atom, Fact, Source } from '../wiring/fact.js';

/** Of what a test amounts to, as much as is needed here. */
interface Side {
  protection: string;
  atom: Atom;
}

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
/** `founder of the group, or a member who may`: whom the record itself names needs no role, and everybody else does. */
export function isByRoleOrNamed(
  sides: readonly (readonly Side[])[],
  isWho: (source: Source) => boolean,
): boolean {
  const isByRole = (side: readonly Side[]): boolean => side.some((c) => c.protection === 'authorization');
  const isNamed = (side: readonly Side[]): boolean =>
    side.some(
      ({ protection, atom }) =>
        protection === 'ownership' &&
        atom.test === 'equal' &&
        atom.arguments.length === 0 &&
        atom.sources.some(isWho),
    );
  return sides.some((s) => isByRole(s) && !isNamed(s)) && sides.every((s) => isByRole(s) || isNamed(s));
}
