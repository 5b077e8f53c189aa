import type { Classified, Context } from '../protections/atoms.js';
import { withoutOpposites } from '../protections/alternatives.js';
import { classify } from '../protections/classify.js';
import type { LeftOut, Protection } from '../model/model.js';
import { isIdentity, type Atom, type Fact } from '../wiring/fact.js';

/** The constants one of which has to be the caller's, where that is all that is asked of what they may; else empty. */
export function admittedBy(found: readonly Classified[], roles: readonly string[]): string[] {
  const isOneOf = ({ atom, arguments: constants }: Classified): boolean =>
    constants.length > 0 && !atom.known && (atom.test === 'member' || atom.test === 'equal');
  // `caller.level >= 3`: one threshold, of one thing that the caller has.
  const [only] = found;
  if (found.length === 1 && roles.length === 0 && only!.atom.test === 'compare') {
    const { sources, arguments: constants, known } = only!.atom;
    const isThreshold = !known && sources.length === 1 && isIdentity(sources[0]!) && constants.length === 1;
    return isThreshold ? [`${sources[0]!.split('.').at(-1)} ${constants[0]}`] : [];
  }
  if (!found.every(isOneOf)) return [];
  const each = [...found.map((c) => c.arguments), ...(roles.length > 0 ? [roles] : [])].map((r) =>
    r.toSorted(),
  );
  return each.length > 0 && each.every((r) => r.join() === each[0]!.join()) ? each[0]! : [];
}
/**
 * Whom a test leaves out, where that is all that is asked of what callers may: everybody else may, whoever there is. Null where
 * something more is asked.
 */
export function leftOutBy(facts: readonly Fact[], context: Context): LeftOut | null {
  const gates = facts.filter((f) => asks(f, context, MAY));
  const atoms = gates.map((f) => sparing(f, context));
  const [first] = atoms.flatMap((found) => found ?? []);
  if (!first || atoms.some((found) => found === null)) return null;
  const names = [...new Set(atoms.flatMap((found) => found!.flatMap((f) => f.arguments)))].sort();
  const wholes = context.enumerations.filter((e) => names.every((n) => e.includes(n)));
  const whole = wholes.length === 1 ? wholes[0]! : [];
  return { names, others: whole.filter((n) => !names.includes(n)).sort(), place: first.place };
}
const MAY: readonly Protection[] = ['authorization'];
const MAY_OR_OWNS: readonly Protection[] = ['authorization', 'ownership'];
const asks = (f: Fact, context: Context, protections: readonly Protection[]): boolean =>
  classify(f, context).some((c) => protections.includes(c.protection));
/** The tests that somebody is none of some; null where more is asked than that. */
function sparing(fact: Fact, context: Context): readonly Atom[] | null {
  if (fact.k === 'atom') {
    const { test, sources, arguments: constants, known } = fact;
    const isOther = test === 'unequal' && !known && constants.length > 0 && sources.length > 0;
    return isOther && sources.every(isIdentity) ? [fact] : null;
  }
  // The way that lets most pass decides.
  for (const alternative of withoutOpposites(fact.alternatives, (f) => classify(f, context).length > 0)) {
    const asked = alternative.filter((f) => asks(f, context, MAY_OR_OWNS));
    const each = (asked.length > 0 ? asked : alternative).map((f) => sparing(f, context));
    if (each.length > 0 && each.every((found) => found !== null)) return each.flatMap((found) => found!);
  }
  return null;
}
