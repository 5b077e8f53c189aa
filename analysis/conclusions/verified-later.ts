import type { Context } from '../protections/atoms.js';
import { uncheckedOf, type Fact, type Source } from '../wiring/fact.js';
import type { RecordedEffect } from '../wiring/recorder.js';
import { isFoundBy, keysOf } from './vouching.js';

/**
 * `const { id } = jwt.decode(body.token); … jwt.verify(body.token, secret)`: once the same token has been verified, what it was read
 * to say is as good as what verifying yields. It is about what that says, and about nothing that the request names beside it.
 */
export function isSaidByVerified(e: RecordedEffect, facts: readonly Fact[], context: Context): boolean {
  const said = facts.flatMap(verifiedIn);
  return said.length > 0 && keysOf(e).some((k) => said.includes(k) || isFoundBy(k, said, context));
}
const verifiedIn = (f: Fact): readonly Source[] =>
  f.k === 'atom' && f.test === 'verified' && f.known?.protection === 'authentication'
    ? f.sources.filter((s) => s.startsWith('body.')).map((s) => uncheckedOf([s]))
    : [];
