import type { Evaluator } from './evaluator.js';
import { mergeSources } from './fact.js';
import {
  choice,
  isCallable,
  sourcesOf,
  UNDEFINED,
  unknown,
  type Option,
  type Site,
  type Value,
} from './value.js';

/** `call`, `apply` and `bind`. Null for anything else. */
export function functionMethod(
  it: Evaluator,
  self: Value,
  name: string,
  args: readonly Value[],
  site: Site,
): Value | null {
  const [receiver, ...rest] = args;
  switch (name) {
    case 'call':
      if (self.k === 'external') return null;
      return it.call(
        self.k === 'function' ? { ...self, self: self.self ?? null } : self,
        rest,
        receiver ?? UNDEFINED,
        site,
      );
    case 'apply':
      if (self.k === 'external') return null;
      return it.call(self, rest[0]?.k === 'list' ? rest[0].elements : rest, receiver ?? UNDEFINED, site);
    case 'bind':
      if (self.k === 'function')
        return {
          ...self,
          self: self.fn.isArrow ? self.self : (receiver ?? UNDEFINED),
          bound: [...self.bound, ...rest],
        };
      return self;
    default:
      return null;
  }
}

/** Calls each of several functions of which one is meant, under the facts under which it is. */
export function callChoice(
  it: Evaluator,
  options: readonly Option[],
  args: readonly Value[],
  self: Value,
  site: Site,
): Value {
  const callable = options.filter(
    (o) => isCallable(o.value) || o.value.k === 'unknown' || o.value.k === 'external',
  );
  if (callable.length === 0) return unknown(mergeSources(...args.map((a) => sourcesOf(a))));
  const results: Option[] = [];
  const arms = callable.map((option) =>
    it.arm(option.facts, () => {
      const value = it.call(option.value, args, self, site);
      results.push({ value, facts: option.facts });
    }),
  );
  it.merge(arms);
  return choice(results);
}
