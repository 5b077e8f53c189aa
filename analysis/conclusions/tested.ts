import type { Place } from '../model/model.js';
import type { Classified } from '../protections/atoms.js';

/** What several guards call to find out what somebody may is what changes for all of them. */
export function testedIn(found: readonly Classified[], definition: Place | null): { test?: Place } {
  const test = found.find((c) => c.protection === 'authorization')?.atom.place;
  return test && definition && test.file !== definition.file ? { test } : {};
}
