import type { Context } from '../protections/classify.js';
import type { Fact, Source } from '../wiring/fact.js';
import type { RecordedEffect } from '../wiring/recorder.js';
import { isFoundBy, keysOf } from './vouching.js';

/** A record that is found by a secret is its holder's, and so is what nothing but that record leads to. */
export function isOfHolder(key: Source, context: Context, depth = 3): boolean {
  const row = context.rows.get(key);
  if (!row) return false;
  return (
    row.bySecret ||
    (depth > 0 && row.keys.length > 0 && row.keys.every((k) => isOfHolder(k, context, depth - 1)))
  );
}
/**
 * Whoever knows the password of a record is whom it is of: what it leads to is theirs, as their backup codes are. What the
 * request chooses besides is not.
 */
export function isOfWhomSecretIs(effect: RecordedEffect, facts: readonly Fact[], context: Context): boolean {
  const whose = facts.flatMap((f) =>
    f.k === 'atom' && f.sources.includes('secret-match') && (f.test === 'truthy' || f.test === 'equal')
      ? f.sources.filter((s) => context.rows.has(s))
      : [],
  );
  const keys = keysOf(effect);
  return (
    whose.length > 0 &&
    keys.length > 0 &&
    keys.every((k) => context.rows.has(k) && (whose.includes(k) || isFoundBy(k, whose, context)))
  );
}
