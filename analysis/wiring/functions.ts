import type { Evaluator } from './evaluator.js';
import { UNDEFINED, type Site, type Value } from './value.js';

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
