import type { Effect, EntryPoint } from '../model/model.js';
import { MAY } from '../protections/names.js';
import { someAtom, type Fact } from '../wiring/fact.js';
import type { RecordedEffect } from '../wiring/recorder.js';

/** All that is sent, but for the columns that follow. */
const ALL_BUT = '*';

/**
 * Columns that say what somebody may, as the request says it. Where all that it sends is written as it came, that is whichever
 * there are; what was held against a schema is not, for that says what may be sent.
 */
export function grantsOf(
  { operation, written }: RecordedEffect,
  facts: readonly Fact[],
): { grants?: string[] } {
  if (!written || (operation !== 'update' && operation !== 'create')) return {};
  // Who makes something says what it is like.
  const said = operation === 'update' ? written.said.filter((column) => MAY.test(column)) : [];
  const all = written.allBut && !facts.some(isValidation) ? [ALL_BUT, ...written.allBut] : [];
  return said.length + all.length > 0 ? { grants: [...said.toSorted(), ...all] } : {};
}
const isValidation = (f: Fact): boolean => someAtom(f, ({ known }) => known?.protection === 'validation');

/** It matters who writes such a column only where a permission is asked of somebody who does. */
export function withGranted(entryPoints: readonly EntryPoint[]): EntryPoint[] {
  const guarded = new Map<string, Set<string>>();
  for (const e of entryPoints)
    for (const x of e.effects)
      if (x.protections.includes('authorization'))
        for (const column of saidIn(x))
          guarded.set(x.target, (guarded.get(x.target) ?? new Set()).add(column));
  return entryPoints.map((e) => ({
    ...e,
    effects: e.effects.map(({ grants, ...effect }) => {
      if (!grants) return effect;
      const at = grants.indexOf(ALL_BUT);
      const left = [...(guarded.get(effect.target) ?? [])].filter(
        (column) =>
          saidIn({ grants }).includes(column) || (at >= 0 && !grants.slice(at + 1).includes(column)),
      );
      return left.length > 0 ? { ...effect, grants: left.sort() } : effect;
    }),
  }));
}
const saidIn = ({ grants = [] }: Pick<Effect, 'grants'>): string[] =>
  grants.includes(ALL_BUT) ? grants.slice(0, grants.indexOf(ALL_BUT)) : grants;
