import { CUT_SHORT } from '../model/chain.js';
import type { EntryPoint, Gap } from '../model/model.js';
import { lineText } from '../model/place.js';
import type { AppliedLink, Observation } from '../wiring/recorder.js';

/**
 * Why it is not known whether an entry point asks who calls: what stands in front of it and was not followed, where no gap
 * at that place says so yet; one for all that the same thing stands in front of.
 */
export function unknownInFront(
  entryPoints: readonly EntryPoint[],
  observations: readonly Observation[],
  gaps: readonly Gap[],
): Gap[] {
  const isUnknown = new Set(
    entryPoints.flatMap((e) => (e.unknown.includes('authentication') ? [lineText(e.registration)] : [])),
  );
  const told = new Set(gaps.map(lineText));
  const toldIn = new Set(gaps.map((g) => g.file));
  const missing = new Map<string, Gap>();
  for (const { registration, links } of observations) {
    const opaque = links.filter((l) => l.opaque);
    if (!isUnknown.has(lineText(registration)) || told.has(lineText(registration))) continue;
    const isTold = (l: AppliedLink): boolean =>
      told.has(lineText(l.place)) ||
      (l.definition !== null && told.has(lineText(l.definition))) ||
      (isOfTheWhole(l) && toldIn.has(l.place.file));
    if (opaque.some(isTold)) continue;
    for (const link of opaque) {
      const key = `${link.name}|${link.place.file}`;
      if (!missing.has(key)) missing.set(key, { reason: reasonOf(link), ...link.place, affects: [] });
    }
  }
  return [...missing.values()];
}
/** What a link is called that stands for all that was not followed. */
const NOT_FOLLOWED = 'not followed';
const isOfTheWhole = ({ name }: AppliedLink): boolean => name === NOT_FOLLOWED || name === CUT_SHORT;
const reasonOf = (link: AppliedLink): string => {
  const { name } = link;
  if (isOfTheWhole(link)) return 'what stands in front of this entry point could not be followed';
  // `whatever returns Curator`: a description, and no name in the code.
  return name.includes(' ')
    ? `what stands in front of this entry point could not be followed: ${name}`
    : `what \`${name}\` does in front of entry points could not be followed`;
};
