import { linksWith } from '../model/chain.js';
import type { Effect, EntryPoint } from '../model/model.js';
import { lineText } from '../model/place.js';

/**
 * Here a test asks for a role, and every role passes; there the same test decides, and whom it lets pass is not known. So it may ask there
 * for nothing else, and shows nothing that is not asked here. Where that is known, less is asked here.
 */
export function maySayTheSame(
  { everyRole }: Effect,
  p: EntryPoint,
  isOfThese: (x: Effect) => boolean,
): boolean {
  if (everyRole === undefined) return false;
  const lines = new Set(everyRole.map(lineText));
  const isAsked = linksWith(p, 'authorization').some(
    ({ definition, test }) =>
      (definition !== null && lines.has(lineText(definition))) ||
      (test !== undefined && lines.has(lineText(test))),
  );
  return isAsked && !p.effects.some((x) => isOfThese(x) && x.demands !== undefined);
}
