import { IN_DATE, IN_USE } from '../protections/names.js';
import { isIdentity, someAtom, type Atom, type Fact, type Source } from '../wiring/fact.js';
import { passedIn, type Observation } from '../wiring/recorder.js';

/**
 * Entry points of which who calls is known by a key of the whole installation: a record is found by what is presented, and of the many
 * that stand behind this none looks at whose it is or does anything by who calls, or hardly one, as where it is noted who made the key.
 * Its holder may do all that can be done with it; one of somebody would be told by what is done as them.
 */
export function behindKeysOfNobody(observations: readonly Observation[]): ReadonlySet<Observation> {
  const behind = new Map(observations.map((o) => [o, keysIn(o)]));
  const seen = new Map<string, { nobodys: number; somebodys: number }>();
  for (const [o, keys] of behind)
    for (const key of keys) {
      const count = seen.get(key) ?? { nobodys: 0, somebodys: 0 };
      seen.set(key, count);
      count[saysWhose(key, o) ? 'somebodys' : 'nobodys']++;
    }
  const isNobodys = (key: string): boolean => {
    const { nobodys, somebodys } = seen.get(key)!;
    return nobodys >= MANY && nobodys >= MANY * somebodys;
  };
  return new Set(observations.filter((o) => behind.get(o)!.length > 0 && behind.get(o)!.every(isNobodys)));
}
/** So many do not all leave out by mistake what they are meant to ask. */
const MANY = 8;
function keysIn(o: Observation): string[] {
  const isInTable = o.effects.some((e) => e.inChain && e.class === 'read' && e.keys.includes('credential'));
  return isInTable ? [...new Set(passedIn(o).filter(isThere).map(placeOf))] : [];
}
const placeOf = ({ place }: Atom): string => `${place.file}:${place.line}`;
/** That there is somebody by what is presented, and no more of them. */
const isThere = (f: Fact): f is Atom =>
  f.k === 'atom' && (f.test === 'exists' || f.test === 'truthy') && f.sources.join() === 'identity';
/** Whether the key may still be used, and not who has it. */
const isWhetherGood = (s: Source): boolean => IN_DATE.test(s) || IN_USE.test(s);
function saysWhose(key: string, o: Observation): boolean {
  const isAsked = (a: Atom): boolean =>
    placeOf(a) !== key && a.sources.some((s) => isIdentity(s) && !isWhetherGood(s));
  return (
    passedIn(o).some((f) => someAtom(f, isAsked)) ||
    o.effects.some((e) => e.keys.some(isIdentity)) ||
    [...o.released].some(isIdentity)
  );
}
