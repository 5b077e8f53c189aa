import { PERSON } from '../wiring/people.js';
import type { Context } from '../protections/atoms.js';
import { SECRET_INPUT } from '../protections/names.js';
import {
  isIdentity,
  isInput,
  onEachWay,
  someAtom,
  type Atom,
  type Fact,
  type Source,
} from '../wiring/fact.js';
import type { Observation, RecordedEffect } from '../wiring/recorder.js';
import { keysOf } from './vouching.js';

/** The request presents a secret that is kept for what it names, and gets no further without, whatever is answered then. */
export function presentsSecret(e: RecordedEffect, o: Observation, context: Context): boolean {
  const isPresented = (a: Atom): boolean =>
    isFoundBySecret(a, e, context) ||
    ((a.test === 'equal' || (a.test === 'truthy' && a.sources.includes('secret-match'))) &&
      a.refusal !== null &&
      a.arguments.length === 0 &&
      a.sources.some((s) => isInput(s) && SECRET_INPUT.test(s)) &&
      a.sources.some((s) => context.rows.has(s) || s === 'stored' || s === 'memory'));
  return [...e.facts, ...(e.class === 'read' ? o.reached : [])].some((f) => onEachWay(f, isPresented));
}

/** There is a record of the secret that is presented, and it is of what is acted on: `find({ code, email })`. */
function isFoundBySecret(f: Atom, e: RecordedEffect, context: Context): boolean {
  if ((f.test !== 'exists' && f.test !== 'truthy') || f.refusal === null) return false;
  const acted = new Set(e.row === null ? keysOf(e) : [e.row, ...keysOf(e)]);
  for (const key of acted) for (const k of context.rows.get(key)?.keys ?? []) acted.add(k);
  return f.sources.some((s) => {
    const row = context.rows.get(s);
    return row?.bySecret === true && row.keys.some((k) => !SECRET_INPUT.test(k) && acted.has(k));
  });
}

/**
 * A secret is made up for somebody on record, and mailed. It is theirs by what they were found by; an address that a request
 * brings, as of whom one invites, is not on record.
 */
export function mailsSecret(own: readonly RecordedEffect[], { rows }: Context): boolean {
  const isPerson = (s: Source): boolean => PERSON.test(rows.get(s)?.entity ?? '');
  // It may be kept under their address, which is no key of theirs: it is asked before whether there is anybody of that address.
  const isForWhomThereIs = (e: RecordedEffect): boolean =>
    e.makesSecret === true &&
    e.operation === 'create' &&
    keysOf(e).length === 0 &&
    e.facts.some(
      (f) => f.k === 'atom' && f.test === 'exists' && f.refusal !== null && f.sources.every(isPerson),
    );
  const isOfPerson = (e: RecordedEffect): boolean =>
    PERSON.test(e.target)
      ? e.operation !== 'create'
      : (keysOf(e).length > 0 && keysOf(e).every(isPerson)) || isForWhomThereIs(e);
  return (
    own.some((e) => e.operation === 'mail-send') &&
    own.some((e) => e.makesSecret) &&
    own.every((e) => e.class === 'read' || e.row === null || isOfPerson(e))
  );
}

/** It changes what is found by nothing but what the caller presents as proof: their own session, as whoever signs out does. */
export const isOfProof = (e: RecordedEffect): boolean =>
  e.class === 'write' && keysOf(e).length > 0 && keysOf(e).every((k) => k === 'credential');
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
  const whose = whoseSecretIs(facts, context, () => true);
  const keys = keysOf(effect);
  return whose.length > 0 && keys.length > 0 && keys.every((k) => isLedTo(k, whose, context));
}
/**
 * A machine has no session: it says with each connection which record it is of, and the secret of that. What is limited to that record
 * is its own, as it is a person's who is known, whatever else the request says of it: `{ kiln: found.id, shelf: message.shelf }`.
 */
export function isOfMachine(effect: RecordedEffect, facts: readonly Fact[], context: Context): boolean {
  if (facts.some((f) => someAtom(f, ({ sources }) => sources.some(isIdentity)))) return false;
  const whose = whoseSecretIs(facts, context, isBesideRequest);
  return (effect.heldTo ?? []).some((s) => whose.includes(s));
}
const isBesideRequest = (s: Source): boolean => s === 'credential' || s.startsWith('header.');
const whoseSecretIs = (
  facts: readonly Fact[],
  { rows }: Context,
  isPresented: (s: Source) => boolean,
): Source[] =>
  facts.flatMap((f) =>
    f.k === 'atom' &&
    f.sources.includes('secret-match') &&
    (f.test === 'truthy' || f.test === 'equal') &&
    f.sources.some(isPresented)
      ? f.sources.filter((s) => rows.has(s))
      : [],
  );
/** Nothing but these records led to it: the request had no say in which it is. */
function isLedTo(key: Source, from: readonly Source[], context: Context, depth = 3): boolean {
  if (from.includes(key)) return true;
  const keys = context.rows.get(key)?.keys ?? [];
  return (
    depth > 0 &&
    keys.some((k) => from.includes(k) || context.rows.has(k)) &&
    keys.every((k) => !isInput(k) && (!context.rows.has(k) || isLedTo(k, from, context, depth - 1)))
  );
}
