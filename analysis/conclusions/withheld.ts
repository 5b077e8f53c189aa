import type { EntryPoint, Protection } from '../model/model.js';
import type { Classified, Context } from '../protections/atoms.js';
import { classify } from '../protections/classify.js';
import type { Atom, Disjunction, Fact } from '../wiring/fact.js';
import type { Observation, RecordedEffect } from '../wiring/recorder.js';

/** What is kept from callers whose it is not: by a test of both, and of the record alone. */
export function keptFromOthers(
  { reached, effects }: Pick<Observation, 'reached' | 'effects'>,
  context: Context,
): Pick<EntryPoint, 'withheld' | 'decided'> {
  const withheld = withheldBy(reached, context);
  const decided = decidedByThemselves(reached, effects, context);
  return { ...(withheld ? { withheld } : {}), ...(decided.length > 0 ? { decided } : {}) };
}
/**
 * Where records are given only to those whose they are, or who may see them, unless the record itself says that it is for
 * everybody: `if (!note.isPublic && note.ownerId !== me) return response.sendStatus(403)`. The entry point is open to all, so that
 * it is no protection of it; when the test goes, what was kept from others is open as well, and that is told.
 */
function withheldBy(facts: readonly Fact[], context: Context): EntryPoint['withheld'] {
  for (const fact of facts) {
    const found = fact.k === 'any' ? withheldIn(fact, context) : undefined;
    if (found) return found;
  }
  return undefined;
}
function withheldIn(fact: Disjunction, context: Context): EntryPoint['withheld'] {
  if (classify(fact, context).some(isRestriction)) return undefined;
  let entity: string | null = null;
  let restriction: Classified | null = null;
  for (const alternative of fact.alternatives) {
    const found = alternative.flatMap((f) => classify(f, context)).filter(isRestriction);
    const own = STRONGEST_FIRST.map((p) => found.find((c) => c.protection === p)).find(
      (c) => c !== undefined,
    );
    if (own) {
      if (own.turnsAway) restriction ??= own;
      continue;
    }
    const said = alternative.map((f) => (f.k === 'atom' ? saysOfItself(f, context) : null));
    entity ??= said.find((s) => s !== null) ?? null;
    if (said.every((s) => s === null)) return undefined;
  }
  return restriction && entity !== null
    ? { protection: restriction.protection, entity, place: restriction.atom.place }
    : undefined;
}
/**
 * Entities of which the record itself decides, whoever calls: `if (!note.isPublic) return response.sendStatus(404)`, `where: { id,
 * isPublic: true }`. What was kept from others is given to nobody there.
 */
function decidedByThemselves(
  facts: readonly Fact[],
  effects: readonly RecordedEffect[],
  context: Context,
): string[] {
  const refused = facts.flatMap((f) =>
    f.k === 'atom' && f.refusal !== null ? (saysOfItself(f, context) ?? []) : [],
  );
  const picked = effects.flatMap((e) => (e.states && e.states.demanded.length > 0 ? [e.target] : []));
  return [...new Set([...refused, ...picked])].sort();
}
const STRONGEST_FIRST: readonly Protection[] = ['ownership', 'authorization', 'authentication'];
const isRestriction = ({ protection }: Classified): boolean => STRONGEST_FIRST.includes(protection);
/** A column of a record that was looked up decides, and nothing of who calls; whose record it is. */
function saysOfItself({ sources, column, mark }: Atom, { rows }: Context): string | null {
  const found = sources.flatMap((s) => rows.get(s) ?? []);
  return (column !== undefined || mark !== undefined) &&
    found.length > 0 &&
    found.length === sources.length &&
    found.every((r) => !r.scoped && !r.isNew)
    ? found[0]!.entity
    : null;
}
