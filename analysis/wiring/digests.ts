import { isInput, NO_SOURCES, type Source } from './fact.js';

/** What was sent is compared with what the program digests of a setting and of what the comparison is about; see `madeHere`. */
export const MADE_HERE: Source = 'made-here';
/**
 * `sha256(id + process.env.SECRET) === query.hash`: whoever brings what the program alone can have made of the one was given it for
 * that. By where the two that are compared come from.
 */
export function madeHere(sides: readonly (readonly Source[])[]): readonly Source[] {
  const isOne = (isSuch: (side: readonly Source[]) => boolean): boolean => sides.filter(isSuch).length === 1;
  return isOne(isMadeHere) && isOne(isBrought) ? [MADE_HERE] : NO_SOURCES;
}
const isAbout = (s: Source): boolean => isInput(s) || s.startsWith('row#');
const isMadeHere = (side: readonly Source[]): boolean =>
  side.includes('hashed') &&
  side.some((s) => s.startsWith('config:')) &&
  side.some(isAbout) &&
  side.every((s) => s === 'hashed' || s.startsWith('config:') || isAbout(s));
/** Both may be digested once more, so that they are as long as each other. */
const isBrought = (side: readonly Source[]): boolean =>
  side.some(isInput) && side.every((s) => s === 'hashed' || isInput(s));
