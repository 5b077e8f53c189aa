import type { Classified, Context } from '../protections/atoms.js';
import { isSecretOfOne, saysWho } from '../protections/names.js';
import { isIdentity, isInput, type Fact, type Source } from '../wiring/fact.js';
import type { RecordedEffect } from '../wiring/recorder.js';
import { isFoundBy, keysOf } from './vouching.js';

const isAbout = ({ subjects }: Classified, effect: RecordedEffect, context: Context): boolean =>
  (effect.row !== null && subjects.includes(effect.row)) ||
  keysOf(effect).some((k) => subjects.includes(k) || isFoundBy(k, subjects, context));
/**
 * Does a check say that what an operation acts on is the caller's own, rather than that of a group they belong to? Then
 * nobody else's rights are at stake: they need no permission for it.
 */
export function isOwnBy(check: Classified, effect: RecordedEffect, context: Context): boolean {
  const { atom } = check;
  if (check.protection !== 'ownership' || atom.known) return false;
  if (isSecretOfOne(atom) && keysOf(effect).length === 0) return true;
  if (!isAbout(check, effect, context)) return false;
  if (isSecretOfOne(atom)) return true;
  const identity = atom.sources.filter(isIdentity);
  const rows = atom.sources.flatMap((s) => context.rows.get(s) ?? []);
  return identity.length > 0
    ? atom.test === 'equal' && identity.every(saysWho) && !rows.some((r) => r.scoped)
    : rows.length > 0 &&
        rows.every((r) => r.isOwn && r.entity === effect.target && !choosesBeside(r.keys, effect));
}
/** The request says more about what is acted on than the record of the caller was found by: `{ group, person: body.person }`. */
const choosesBeside = (keys: readonly Source[], effect: RecordedEffect): boolean =>
  keysOf(effect).some((k) => isInput(k) && !keys.includes(k));
/** Who the caller is, and nothing else, selects what an operation acts on; or it was looked up as the caller's own. */
export const isOwnByKey = (effect: RecordedEffect, { rows }: Context): boolean =>
  effect.scoped &&
  keysOf(effect).every((k) => {
    const row = rows.get(k);
    return saysWho(k) || (row?.isOwn === true && row.entity === effect.target);
  });
/**
 * Nothing of the request has a say in which records of others an operation acts on: they belong to what was just made, or
 * to what is found in the same way for everybody.
 */
export function isFixed(effect: RecordedEffect, context: Context): boolean {
  const keys = keysOf(effect);
  return keys.length > 0 && keys.every((k) => isFixedRow(k, effect.target, context, MAX_STEPS));
}
/**
 * Settings as they are before anybody has changed them: of the one record that the program keeps of its kind, none was found,
 * and it is made of nothing that was sent. Whoever asks first brings that about, and changes nothing.
 */
export function fillsIn(effect: RecordedEffect, { rows }: Context): boolean {
  const isMissing = (f: Fact): boolean => {
    const row = f.k === 'atom' && f.sources.length === 1 ? rows.get(f.sources[0]!) : undefined;
    return (
      f.k === 'atom' &&
      (f.test === 'absent' || f.test === 'falsy') &&
      row?.entity === effect.target &&
      row.keys.every((k) => k.startsWith('config:'))
    );
  };
  return (
    effect.operation === 'create' &&
    keysOf(effect).length === 0 &&
    (effect.gives ?? []).length === 0 &&
    effect.facts.some(isMissing)
  );
}
/**
 * Whose it is was asked, and the owner was turned away: nobody buys what they offer themselves. What follows is meant for others,
 * to what was found and to what that leads to.
 */
export function isForOthers(effect: RecordedEffect, facts: readonly Fact[], context: Context): boolean {
  const refused = facts.flatMap((f) =>
    f.k === 'atom' &&
    f.test === 'unequal' &&
    f.arguments.length === 0 &&
    f.refusal !== null &&
    isWhose(f.sources)
      ? f.sources.filter((s) => context.rows.has(s))
      : [],
  );
  return (
    refused.length > 0 &&
    effect.class === 'write' &&
    keysOf(effect).some((k) => refused.includes(k) || isFoundBy(k, refused, context))
  );
}
const isWhose = (sources: readonly Source[]): boolean =>
  sources.some((s) => isIdentity(s) && saysWho(s)) && sources.some((s) => s.startsWith('row#'));
/** A loop over all records of an entity that changes each does choose: all. */
function isFixedRow(key: Source, target: string, context: Context, depth: number): boolean {
  const row = context.rows.get(key);
  if (row === undefined) return key.startsWith('config:');
  if (row.isNew) return true;
  return (
    depth > 0 && row.entity !== target && row.keys.every((k) => isFixedRow(k, target, context, depth - 1))
  );
}
const MAX_STEPS = 4;
