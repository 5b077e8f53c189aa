import type { Atom, Fact } from '../wiring/fact.js';
import type { Observation } from '../wiring/recorder.js';

/**
 * A guard that lets `/members/enter` pass lets it pass where that is registered, and not in front of `/members/:id`: what stands
 * at a parameter's place is no address that has an entry point of its own. Of facts, alternatives that say it is are left out.
 */
export function withOwnAddresses(observations: readonly Observation[]): readonly Observation[] {
  const written = new Set(
    observations.flatMap(({ trigger }) =>
      trigger.kind === 'http' && trigger.path !== null && !/[:*{[]/.test(trigger.path) ? [trigger.path] : [],
    ),
  );
  if (written.size === 0) return observations;
  const registered = new Map<string, boolean>();
  // Behind a mount, the part of the path is compared that is left.
  const isRegistered = (path: string): boolean => {
    let known = registered.get(path);
    if (known === undefined) {
      known = path.startsWith('/') && path.length > 1 && [...written].some((w) => w.endsWith(path));
      registered.set(path, known);
    }
    return known;
  };
  const isElsewhere = (f: Fact): f is Atom =>
    f.k === 'atom' &&
    (f.test === 'equal' || f.test === 'member') &&
    !f.part &&
    f.sources.includes('request.path') &&
    f.sources.some((s) => s.startsWith('params.')) &&
    f.arguments.length > 0 &&
    f.arguments.every(isRegistered);
  // One fact holds for many, and stays the same one for each.
  const settled = new Map<Fact, readonly Fact[]>();
  const settle = (fact: Fact): readonly Fact[] => {
    let known = settled.get(fact);
    if (known === undefined) {
      known = fact.k === 'atom' ? [fact] : settledAlternatives(fact.alternatives, fact);
      settled.set(fact, known);
    }
    return known;
  };
  const settledAlternatives = (alternatives: readonly (readonly Fact[])[], fact: Fact): readonly Fact[] => {
    const left = alternatives.filter((a) => !a.some(isElsewhere)).map((a) => a.flatMap(settle));
    if (left.length === 0) return [fact];
    if (left.length === 1) return left[0]!;
    const isSame =
      left.length === alternatives.length &&
      left.every(
        (a, i) => a.length === alternatives[i]!.length && a.every((f, j) => f === alternatives[i]![j]),
      );
    return isSame ? [fact] : [{ k: 'any', alternatives: left }];
  };
  const all = (facts: readonly Fact[]): readonly Fact[] => {
    const settledFacts = facts.flatMap(settle);
    return settledFacts.length === facts.length && settledFacts.every((f, i) => f === facts[i])
      ? facts
      : settledFacts;
  };
  const withSettled = <T extends { facts: readonly Fact[] }>(one: T): T => {
    const facts = all(one.facts);
    return facts === one.facts ? one : { ...one, facts };
  };
  return observations.map((o) => {
    const [links, effects, reached] = [o.links.map(withSettled), o.effects.map(withSettled), all(o.reached)];
    const isSame =
      reached === o.reached &&
      links.every((l, i) => l === o.links[i]) &&
      effects.every((e, i) => e === o.effects[i]);
    return isSame ? o : { ...o, links, effects, reached };
  });
}
