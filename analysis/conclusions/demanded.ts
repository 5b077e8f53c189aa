import type { Demands } from '../model/model.js';
import type { Context } from '../protections/atoms.js';
import { isEverything, withoutOpposites, withoutWhole } from '../protections/alternatives.js';
import { classify } from '../protections/classify.js';
import { isConfigured, isIdentity, type Atom, type Fact } from '../wiring/fact.js';

/** More lists than this say nothing that a person would have meant. */
const MAX_DEMANDS = 12;

/**
 * What is asked of what callers may, where constants say it: `isIn(roles, ['a', 'b']) && has('c')` is `[[a, b], [c]]`. Null where
 * something is asked that they do not say. Two versions of it can be held against each other, whatever the code looks like:
 * `and` that became `or`, a comparison that is gone, a list that is longer.
 *
 * @param roles what the filter of the query itself asks for
 */
export function demandedBy(
  gates: readonly Fact[],
  roles: readonly string[],
  context: Context,
): Demands | null {
  const each = gates.map((f) => ofFact(f, context));
  if (each.includes(null) || isAskedOfNobody(gates)) return null;
  const all = [...each.flatMap((d) => d!), ...(roles.length > 0 ? [roles] : [])];
  return least(all);
}
/** One thing that is to be two at once, as in `role !== 'a' || role !== 'b'`: nobody passes, and nothing of that is meant. */
function isAskedOfNobody(gates: readonly Fact[]): boolean {
  const asked = new Map<string, string>();
  return gates.some((f) => {
    if (f.k !== 'atom' || f.test !== 'equal' || f.sources.length !== 1 || f.arguments.length !== 1)
      return false;
    const [source, constant] = [f.sources[0]!, f.arguments[0]!];
    const other = asked.get(source);
    asked.set(source, constant);
    return other !== undefined && other !== constant;
  });
}
/** What callers may is asked of them by it. */
export const asksMay = (f: Fact, context: Context): boolean =>
  classify(f, context).some((c) => c.protection === 'authorization');
function ofFact(fact: Fact, context: Context): Demands | null {
  if (fact.k === 'atom') return ofAtom(fact);
  const alternatives = withoutWhole(
    withoutOpposites(fact.alternatives, (f) => classify(f, context).length > 0),
    context.enumerations,
  );
  let all: Demands | null = null;
  for (const alternative of alternatives) {
    // What configuration opens stands beside, and is told as that.
    if (alternative.length > 0 && alternative.every(isConfigured)) continue;
    const asked = alternative.filter((f) => asksMay(f, context)).map((f) => ofFact(f, context));
    if (asked.length === 0 || asked.includes(null)) return null;
    const demands = asked.flatMap((d) => d!);
    const left: Demands | null = all;
    all = least(
      left === null ? demands : left.flatMap((a) => demands.map((b) => [...new Set([...a, ...b])])),
    );
    if (all === null) return null;
  }
  return all?.some((d) => isEverything(d, context.enumerations)) ? null : all;
}
function ofAtom({ known, test, sources, arguments: constants }: Atom): Demands | null {
  // Of several constants of a package, whether one suffices is known to that.
  if (known) return known.arguments.length === 1 ? [known.arguments] : null;
  if (constants.length > 0) {
    if (test === 'member' || test === 'equal') return [constants];
    const [of] = sources;
    const isOne = test === 'compare' && sources.length === 1 && isIdentity(of!) && constants.length === 1;
    return isOne ? [[`${of!.split('.').at(-1)} ${constants[0]}`]] : null;
  }
  const [only] = sources;
  const isMarked = test === 'truthy' && sources.length === 1 && isIdentity(only!) && only!.includes('.');
  return isMarked ? [[`.${only!.split('.').at(-1)}`]] : null;
}
/** Without lists that another one implies: who is `a` is one of `a` and `b`. */
function least(demands: Demands): Demands | null {
  const kept = demands
    .map((d) => d.toSorted())
    .filter((d, i, all) => !all.some((o, j) => j !== i && implies(o, d) && (!implies(d, o) || j < i)));
  return kept.length > MAX_DEMANDS ? null : kept.toSorted((a, b) => (a.join() < b.join() ? -1 : 1));
}
const implies = (a: readonly string[], b: readonly string[]): boolean => a.every((r) => b.includes(r));
