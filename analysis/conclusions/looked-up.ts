import type { Effect, LookUp } from '../model/model.js';
import type { Classified, Context } from '../protections/atoms.js';
import type { Fact } from '../wiring/fact.js';
import type { RecordedEffect } from '../wiring/recorder.js';

/**
 * The record that a test comes down to, where whose something is is known by nothing but that it was found; null where the
 * test asks for something else.
 */
export function lookUpOf(fact: Fact, c: Classified, { rows }: Context): LookUp | null {
  const { test, sources, arguments: constants } = c.atom;
  const row = sources.length === 1 ? rows.get(sources[0]!) : undefined;
  const isThere = (test === 'exists' || test === 'truthy') && constants.length === 0 && !c.atom.mark;
  // One of several tests is another matter.
  if (fact.k !== 'atom' || !isThere || !row?.asked || !row.scoped || row.isList || row.isOrOpen) return null;
  return { entity: row.entity, asked: [...row.asked] };
}
/** What of the caller's had to be found before an operation, and what its own filter finds. */
export function lookUpsOf(
  { row, scoped }: RecordedEffect,
  facts: readonly Fact[],
  amounts: (fact: Fact) => readonly Classified[],
  context: Context,
): Pick<Effect, 'finds'> {
  const acted = row === null ? undefined : context.rows.get(row);
  const passed = facts.flatMap((f) =>
    amounts(f).flatMap((c) => (c.protection === 'ownership' ? (lookUpOf(f, c, context) ?? []) : [])),
  );
  const isOwnLimit = scoped && acted?.asked && !acted.isNew && !acted.isOrOpen;
  const all = isOwnLimit ? [...passed, { entity: acted.entity, asked: [...acted.asked!] }] : passed;
  const finds = [...new Map(all.map((l) => [JSON.stringify(l), l])).values()];
  return finds.length > 0 ? { finds } : {};
}
