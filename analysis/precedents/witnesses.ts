import type { EntryPoint } from '../model/model.js';
import type { Evidence } from './evidence.js';

/** Those that are asked about a protection, and those of them that have it. */
export interface Witnesses {
  peers: readonly EntryPoint[];
  having: EntryPoint[];
  /** Only what was there before the change is asked. */
  earlier: boolean;
}
/** What a change brings is no witness for what else it brings: each is held to what was there. */
export function witnesses(
  all: readonly EntryPoint[],
  hasIt: (p: EntryPoint) => boolean,
  { arrived }: { arrived: ReadonlySet<string> },
): Witnesses {
  const before = all.filter((p) => !arrived.has(p.id));
  const earlier = before.some(hasIt) && all.some((p) => arrived.has(p.id) && !hasIt(p));
  const peers = earlier ? before : all;
  return { peers, having: peers.filter(hasIt), earlier };
}
/** Peers of which no operation on data is shown that all have in common: at least three, and this part of them, have it. */
export const evidenceOf = (
  { peers, having, earlier }: Witnesses,
  share: number,
  rest: Pick<Evidence, 'protection' | 'confidence' | 'common' | 'guard'> & Partial<Pick<Evidence, 'effect'>>,
): Evidence[] =>
  having.length < 3 || having.length / peers.length < share
    ? []
    : [{ having, peers: peers.length, earlier, effect: null, ...rest }];
