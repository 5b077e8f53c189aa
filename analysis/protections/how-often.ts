import { isIdentity, type Atom, type Disjunction, type Fact, type Source } from '../wiring/fact.js';

/** How long something that is kept will still be there: no count of anything, as what is kept may be. */
export const LASTING: Source = 'lasting';
/**
 * What the program itself keeps under a key, in memory or in a cache, is a number, and whoever passes is below a constant, as by
 * `count <= 8`, or held to one that is configured; or they have some left of what is kept for them alone, as by `tokens >= 1`; or it
 * is long enough since they last did.
 */
export const isOfHowOften = (atom: Atom): boolean => isWithin(atom) || isLongSince(atom);
const isWithin = (atom: Atom): boolean => (isBelow(atom) || isHeldToConfigured(atom)) && !isRenewed(atom);
/** `if ((await cache.ttl(key)) < 60) void renew()`: what will not last much longer is made anew, and nobody has to wait for that. */
const isRenewed = ({ sources, refusal }: Atom): boolean => sources.includes(LASTING) && refusal === null;
const isHeldToConfigured = ({ test, sources, arguments: bounds }: Atom): boolean =>
  test === 'compare' &&
  bounds.length === 0 &&
  sources.includes('memory') &&
  sources.some((s) => s.startsWith('config:')) &&
  sources.every((s) => isOfWhom(s) || s.startsWith('config:'));
const isBelow = ({ test, sources, arguments: bounds }: Atom): boolean =>
  test === 'compare' &&
  sources.some((s) => s === 'memory' || s === 'stored') &&
  bounds.length > 0 &&
  (bounds.every((b) => /^<=? [1-9]\d*$/.test(b)) ||
    (sources.every(isOfWhom) && bounds.every((b) => b === '> 0' || b === '>= 1')));
/** In milliseconds. */
const isLongSince = ({ test, sources, arguments: bounds }: Atom): boolean =>
  test === 'compare' &&
  sources.includes('memory') &&
  sources.every(isOfWhom) &&
  bounds.length > 0 &&
  bounds.every((b) => /^>=? [1-9]\d{2,}$/.test(b));
const isOfWhom = (s: Source): boolean =>
  s === 'memory' || isIdentity(s) || /^request\.(?:ip|id|address)$/.test(s);

/**
 * How often somebody did it is counted, whichever way it came about that they pass: nothing has been counted of them so far, the time
 * is over for which they were, or they are below the limit. Yields the comparison with the limit.
 */
export function countedIn({ alternatives }: Disjunction): Atom | null {
  return limitIn(alternatives, isWithin, isOfWhatIsKept) ?? limitIn(alternatives, isLongSince, isNothing);
}
function limitIn(
  alternatives: Disjunction['alternatives'],
  isLimit: (atom: Atom) => boolean,
  isExcuse: (atom: Atom) => boolean,
): Atom | null {
  const limitBy = (fact: Fact): Atom | null =>
    fact.k === 'any' ? limitIn(fact.alternatives, isLimit, isExcuse) : isLimit(fact) ? fact : null;
  const excuses = (fact: Fact): boolean =>
    fact.k === 'any' ? fact.alternatives.every(areExcuses) : isExcuse(fact);
  const areExcuses = (all: readonly Fact[]): boolean => all.length > 0 && all.every(excuses);
  const limits = alternatives.map((a) => a.map(limitBy).find((f) => f !== null) ?? null);
  if (alternatives.some((a, i) => limits[i] === null && !areExcuses(a))) return null;
  return limits.find((f) => f !== null) ?? null;
}
const isOfWhatIsKept = ({ sources }: Atom): boolean => sources.some((s) => s === 'memory' || s === 'stored');
const isNothing = (atom: Atom): boolean =>
  isOfWhatIsKept(atom) && (atom.test === 'absent' || atom.test === 'falsy');
