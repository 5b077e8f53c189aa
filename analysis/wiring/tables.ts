import type { Evaluator } from './evaluator.js';
import type { Source } from './fact.js';
import { atom } from './tests.js';
import { choice, isNullish, literal, type Literal, type Record_, type Site, type Value } from './value.js';

/** A table indexed by something unknown: each member, when the key is its own. This is how dispatch tables work. */
export function listedIn(
  it: Evaluator,
  table: Record_,
  sources: readonly Source[],
  site: Site,
): Value | null {
  if (table.members.size === 0) return null;
  const texts = table.members.size > FEW ? textsIn(it, table, sources, site) : null;
  if (texts) return texts;
  if (table.members.size > MANY) return null;
  const members = [...table.members].map(([key, written]) => ({ key, member: filled(written) }));
  const options = members.map(({ key, member }) => ({
    value: member,
    facts:
      sources.length > 0
        ? [
            atom(
              it,
              'equal',
              sources,
              member.k === 'function' ? { module: member.module, line: member.fn.line } : site,
              { arguments: [key] },
            ),
          ]
        : [],
  }));
  if (options.length <= FEW || options.some((o) => o.value.k === 'record')) return choice(options);
  return it.dispatch(options, sources);
}
/** How many a choice holds. */
const FEW = 8;
const MANY = 64;
/**
 * What each of many actions asks for, as a table of texts says it: one of the texts that are in it, when the key is one of those that it is
 * said for. What a request sends says only which.
 */
function textsIn(it: Evaluator, table: Record_, sources: readonly Source[], site: Site): Value | null {
  const keys = new Map<Literal['value'], string[]>();
  for (const [key, member] of table.members) {
    if (member.k !== 'literal') return null;
    keys.set(member.value, [...(keys.get(member.value) ?? []), key]);
  }
  if (keys.size > FEW) return null;
  const options = [...keys].map(([value, all]) => ({
    value: literal(value),
    facts:
      sources.length > 0
        ? [atom(it, all.length === 1 ? 'equal' : 'member', sources, site, { arguments: all })]
        : [],
  }));
  return choice(options);
}
/** A member of a table that is filled on some ways only: who finds something there finds what was put there. */
function filled(member: Value): Value {
  if (member.k !== 'choice') return member;
  const there = member.options.filter((o) => !isNullish(o.value));
  return there.length === 1 ? there[0]!.value : member;
}
