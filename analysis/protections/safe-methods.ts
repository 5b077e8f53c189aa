import type { Trigger } from '../model/model.js';
import type { Classified } from './atoms.js';

/**
 * Libraries against forged requests let those pass that are to change nothing, unless they are told otherwise: what they are in front of
 * has no less for it, and loses nothing with them. What the program itself compares was seen to be compared.
 */
export const isLetPass = ({ protection, atom: { known } }: Classified, trigger: Trigger): boolean =>
  protection === 'csrf' &&
  known !== null &&
  !OF_ANY_METHOD.has(known.library) &&
  'method' in trigger &&
  SAFE.has(trigger.method);
const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);
/** Their hook is put on the routes that are meant. */
const OF_ANY_METHOD: ReadonlySet<string> = new Set(['@fastify/csrf-protection', 'fastify-csrf']);
