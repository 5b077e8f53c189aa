import type { ChainLink, Place, Refuses } from '../model/model.js';
import type { Classified } from '../protections/atoms.js';
import { isDenial } from '../wiring/exits.js';
import type { Atom, Fact } from '../wiring/fact.js';
import type { AppliedLink } from '../wiring/recorder.js';

/** How a link turns callers away, as far as that is seen. */
export const refusing = (
  link: AppliedLink,
  found: readonly Classified[],
): Pick<ChainLink, 'refuses' | 'deniesUnseen'> => ({
  refuses: refusalOf(link, found),
  ...(link.turnsAway?.denies ? { deniesUnseen: true } : {}),
});
/** Whether something in front of a handler refuses anybody: for who calls, for what is sent, or for anything else. */
function refusalOf(link: AppliedLink, found: readonly Classified[]): Refuses {
  const tests = link.facts.flatMap(refusingTests);
  const place = placeOfTest(found) ?? tests[0]?.place;
  const denies =
    tests.some((t) => isDenial(t.refusal)) || link.turnsAway?.denies ? { denies: true as const } : {};
  if (place) return { known: 'yes', place, ...denies };
  // What it tests need not be understood to see that some are turned away.
  if (link.turnsAway && link.definition) return { known: 'yes', place: link.definition, ...denies };
  // Of what was not followed, and of code of packages that nothing is known of, nothing shows.
  if (link.opaque || !link.definition || link.facts.length > 0) return { known: 'unknown' };
  return { known: 'no', place: link.definition };
}
/** Where what is known to protect is tested. */
export const placeOfTest = (found: readonly Classified[]): Place | undefined =>
  found.find((c) => c.atom.place.file !== '')?.atom.place;
/** The tests of which it is known how whoever does not pass them is turned away. */
const refusingTests = (fact: Fact): Atom[] =>
  fact.k === 'atom'
    ? fact.refusal !== null && fact.place.file !== ''
      ? [fact]
      : []
    : fact.alternatives.flat().flatMap(refusingTests);
