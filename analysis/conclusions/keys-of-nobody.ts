import { isIdentity, type Atom, type Fact } from '../wiring/fact.js';
import type { Observation } from '../wiring/recorder.js';

/** Where a key is looked up that the program gave out and that says nothing of who holds it, as `file:line`. */
export type KeysOfNobody = ReadonlySet<string>;

/**
 * A record is found by what is presented, and of the many that stand behind this none looks at whose it is or does anything by who
 * calls: it is a key of the whole installation, whose holder may do all that can be done with it. One of somebody would be told by
 * what is done as them.
 */
export function keysOfNobody(observations: readonly Observation[]): KeysOfNobody {
  const seen = new Map<string, { times: number; isSomebodys: boolean }>();
  for (const o of observations)
    for (const key of keysIn(o)) {
      const { times, isSomebodys } = seen.get(key) ?? { times: 0, isSomebodys: false };
      seen.set(key, { times: times + 1, isSomebodys: isSomebodys || saysWhose(key, o) });
    }
  return new Set(
    [...seen].flatMap(([key, { times, isSomebodys }]) => (times >= MANY && !isSomebodys ? [key] : [])),
  );
}
/** So many do not all leave out by mistake what they are meant to ask. */
const MANY = 8;
/** Whoever calls is known by such a key, and by nothing else. */
export function isByKeyOfNobody(o: Observation, keys: KeysOfNobody): boolean {
  const own = keysIn(o);
  return own.length > 0 && own.every((key) => keys.has(key));
}
function keysIn(o: Observation): string[] {
  const isInTable = o.effects.some((e) => e.inChain && e.class === 'read' && e.keys.includes('credential'));
  return isInTable ? [...new Set(factsOf(o).filter(isThere).map(placeOf))] : [];
}
const factsOf = (o: Observation): Fact[] => [...o.reached, ...o.links.flatMap((l) => l.facts)];
const placeOf = ({ place }: Atom): string => `${place.file}:${place.line}`;
/** That there is somebody by what is presented, and no more of them. */
const isThere = (f: Fact): f is Atom =>
  f.k === 'atom' && (f.test === 'exists' || f.test === 'truthy') && f.sources.join() === 'identity';
function saysWhose(key: string, o: Observation): boolean {
  const isAsked = (f: Fact): boolean =>
    f.k === 'any'
      ? f.alternatives.some((a) => a.some(isAsked))
      : placeOf(f) !== key && f.sources.some(isIdentity);
  return (
    factsOf(o).some(isAsked) ||
    o.effects.some((e) => e.keys.some(isIdentity)) ||
    [...o.released].some(isIdentity)
  );
}
