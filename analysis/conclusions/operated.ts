import { CALLER } from '../model/caller.js';
import type { Context } from '../protections/atoms.js';
import { classify } from '../protections/classify.js';
import { isMadeFor } from '../protections/names.js';
import { isConfigured, type Atom, type Fact } from '../wiring/fact.js';
import { passedIn, type Observation } from '../wiring/recorder.js';

/** Who calls is asked for nothing but a secret that the program was started with: a scheduler, a script of the operator. */
export function isOperated(o: Observation, context: Context): boolean {
  const asked = passedIn(o).filter((f) => classify(f, context).some((c) => CALLER.has(c.protection)));
  return (
    asked.some(isOfOperator) && asked.every((f) => isOfOperator(f) || (f.k === 'any' && isOfSecretsOnly(f)))
  );
}
/** Beside a secret that whoever passes has to have, ways that were told apart by it, and by whether it is set, say nothing more. */
const isOfSecretsOnly = (f: Fact): boolean =>
  f.k === 'any'
    ? f.alternatives.every((a) => a.every(isOfSecretsOnly))
    : f.test !== 'verified' &&
      f.known === null &&
      f.sources.every((s) => s === 'credential' || s === 'hashed' || s.startsWith('config:'));
const isOfOperator = (f: Fact): boolean =>
  f.k === 'any'
    ? f.alternatives.some((a) => a.some(isOfOperator)) &&
      f.alternatives.every((a) => a.some(isOfOperator) || a.every(isConfigured) || a.some(isUnset))
    : (f.test === 'equal' || f.test === 'member' || (f.test === 'truthy' && isOfSecret(f))) &&
      f.sources.some((s) => s.startsWith('config:')) &&
      // What was made with the secret is given to others.
      !isMadeFor(f);
/** `process.env.KEY || ''`: it passes too where nothing was set. */
const isUnset = (f: Fact): boolean =>
  f.k === 'atom' && (f.test === 'falsy' || f.test === 'absent') && isConfigured(f);
/** What is compared in constant time, or by its digest, is a secret that is presented, with nothing that is kept of anybody. */
const isOfSecret = ({ sources }: Atom): boolean =>
  sources.includes('secret-match') &&
  sources.every((s) => /^(secret-match$|credential$|hashed$|signature$|config:|header\b|query\b)/.test(s));
