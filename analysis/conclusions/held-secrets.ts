import { PERSON } from '../frameworks/entities.js';
import type { Context } from '../protections/classify.js';
import { SECRET_INPUT } from '../protections/names.js';
import { isInput, type Fact } from '../wiring/fact.js';
import type { Observation, RecordedEffect } from '../wiring/recorder.js';
import { keysOf } from './vouching.js';

/** The request presents a secret that is kept for what it names, and gets no further without, whatever is answered then. */
export function presentsSecret(e: RecordedEffect, o: Observation, context: Context): boolean {
  const isPresented = (f: Fact): boolean =>
    f.k === 'any'
      ? f.alternatives.every((a) => a.some(isPresented))
      : (f.test === 'equal' || (f.test === 'truthy' && f.sources.includes('secret-match'))) &&
        f.refusal !== null &&
        f.arguments.length === 0 &&
        f.sources.some((s) => isInput(s) && SECRET_INPUT.test(s)) &&
        f.sources.some((s) => context.rows.has(s));
  return [...e.facts, ...(e.class === 'read' ? o.reached : [])].some(isPresented);
}

/**
 * A secret is made up for somebody on record, and mailed. It is theirs by what they were found by; an address that a request
 * brings, as of whom one invites, is not on record.
 */
export function mailsSecret(own: readonly RecordedEffect[], { rows }: Context): boolean {
  const isOfPerson = (e: RecordedEffect): boolean =>
    PERSON.test(e.target)
      ? e.operation !== 'create'
      : keysOf(e).length > 0 && keysOf(e).every((k) => PERSON.test(rows.get(k)?.entity ?? ''));
  return (
    own.some((e) => e.operation === 'mail-send') &&
    own.some((e) => e.makesSecret) &&
    own.every((e) => e.class === 'read' || e.row === null || isOfPerson(e))
  );
}
