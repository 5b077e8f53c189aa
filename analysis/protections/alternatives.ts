import { areOpposite, isIdentity, type Atom, type Fact } from '../wiring/fact.js';

type Enumerations = readonly (readonly string[])[];

/**
 * `not a, or a and b` is `not a, or b`: that the first does not hold is no test of its own in the second. Neither is that
 * it does not, or something else.
 *
 * @param asks whether a fact asks anything of the caller: beside a role there may be what does not, such as that a record is there
 */
export function withoutOpposites(
  alternatives: readonly (readonly Fact[])[],
  asks: (fact: Fact) => boolean,
): readonly (readonly Fact[])[] {
  const alone = alternatives.flatMap((a) => {
    const [only, ...others] = a.length === 1 ? a : a.filter(asks);
    if (only?.k !== 'atom' || others.length > 0) return [];
    return a.length === 1 || isRole(only) ? [only] : [];
  });
  if (alone.length === 0) return alternatives;
  const isSaid = (f: Fact): boolean =>
    f.k === 'atom' ? alone.some((o) => areOpposite(o, f)) : f.alternatives.some((a) => a.every(isSaid));
  const shorter = alternatives.map((a) => (a.length === 1 ? a : a.filter((f) => !isSaid(f))));
  const isDone = shorter.every((a, i) => a.length === alternatives[i]!.length);
  return isDone || shorter.some((a) => a.length === 0) ? alternatives : withoutOpposites(shorter, asks);
}
const isRole = ({ test, arguments: constants, sources }: Atom): boolean =>
  (test === 'equal' || test === 'unequal') && constants.length > 0 && sources.every(isIdentity);
/**
 * `kind is a, or kind is b`, of all the kinds that there are: it is of some kind, and nothing was asked. `kind is a, or kind is b and
 * more`: more was asked of all but the first kind, which passes for what it is.
 */
export function withoutWhole(
  alternatives: readonly (readonly Fact[])[],
  enumerations: Enumerations,
): readonly (readonly Fact[])[] {
  const isCase = (f: Fact): f is Atom => f.k === 'atom' && f.test === 'equal' && f.arguments.length === 1;
  const cases = enumerations.length > 0 ? alternatives.flat().filter(isCase) : [];
  if (cases.length < 2) return alternatives;
  const named = new Map<string, string[]>();
  for (const {
    sources,
    arguments: [constant],
  } of cases)
    named.set(sources.join(), [...(named.get(sources.join()) ?? []), constant!]);
  const whole = new Set([...named].flatMap(([of, all]) => (isEverything(all, enumerations) ? [of] : [])));
  if (whole.size === 0) return alternatives;
  const isSaid = (f: Fact): boolean => isCase(f) && whole.has(f.sources.join());
  const rest = alternatives.map((a) => a.filter((f) => !isSaid(f)));
  const isMore = rest.some((a) => a.length > 0);
  return rest.map((a, i) => (a.length === 0 && isMore ? alternatives[i]! : a));
}
/** These are all that there is to be: a whole enumeration, and no part of a larger one. */
export const isEverything = (constants: readonly string[], enumerations: Enumerations): boolean =>
  enumerations.some((e) => e.length > 0 && e.every((v) => constants.includes(v))) &&
  !enumerations.some((e) => e.length > constants.length && constants.every((c) => e.includes(c)));
