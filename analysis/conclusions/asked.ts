import type { Context } from '../protections/atoms.js';
import { classify } from '../protections/classify.js';
import { isConfigured, type Atom, type Fact } from '../wiring/fact.js';

/**
 * The test that refuses callers for what they present as proof, where nothing shows that it is verified: `if
 * (!request.headers.authorization) return response.sendStatus(403)`. Whoever makes something up passes, so that it is no
 * protection. It is a guard that somebody wanted all the same: when it goes, that is told.
 */
export function askedFor(facts: readonly Fact[], context: Context): Atom | null {
  for (const fact of facts) {
    const found = asks(fact, context);
    if (found) return found;
  }
  return null;
}
function asks(fact: Fact, context: Context): Atom | null {
  if (fact.k === 'atom')
    return fact.sources.includes('credential') && isRefusal(fact) && fact.test !== 'falsy' ? fact : null;
  // Each way on asks for one, or knows the caller.
  let first: Atom | null = null;
  for (const alternative of fact.alternatives) {
    const found = askedFor(alternative, context);
    first ??= found;
    const knows = alternative.some((f) => classify(f, context).length > 0);
    if (!found && !knows && !alternative.every(isConfigured)) return null;
  }
  return first;
}
const isRefusal = ({ refusal }: Atom): boolean => refusal?.status === 401 || refusal?.status === 403;
