import { linksWith } from '../model/chain.js';
import type { ChainLink, Effect, EntryPoint } from '../model/model.js';
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
  const asked = linksWith(p, 'authorization');
  // A call asks several things on the way to that test; whoever asks elsewhere as well asks for more.
  const calls = new Set(asked.filter((l) => testsAt(l, lines)).map((l) => lineText(l.place)));
  return (
    calls.size > 0 &&
    asked.every((l) => calls.has(lineText(l.place))) &&
    !p.effects.some((x) => isOfThese(x) && x.demands !== undefined)
  );
}
const testsAt = ({ definition, test }: ChainLink, lines: ReadonlySet<string>): boolean =>
  [definition, test].some((at) => at && lines.has(lineText(at)));
