import type { EntryPoint } from '../model/model.js';

/** What a change brings is no witness for what else it brings: each is held to what was there. */
export function witnesses(
  all: readonly EntryPoint[],
  hasIt: (p: EntryPoint) => boolean,
  { arrived }: { arrived: ReadonlySet<string> },
): { peers: readonly EntryPoint[]; having: EntryPoint[]; earlier: boolean } {
  const before = all.filter((p) => !arrived.has(p.id));
  const earlier = before.some(hasIt) && all.some((p) => arrived.has(p.id) && !hasIt(p));
  const peers = earlier ? before : all;
  return { peers, having: peers.filter(hasIt), earlier };
}
