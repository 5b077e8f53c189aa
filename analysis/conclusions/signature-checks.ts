import type { ChainLink, SignatureCheck } from '../model/model.js';
import type { Classified } from '../protections/atoms.js';
import { REWRITTEN } from '../wiring/fact.js';

/** How a signature is compared and what was signed, where the project's own code does it. */
export function signatureCheck(found: readonly Classified[]): Pick<ChainLink, 'signed'> {
  const atoms = found.flatMap((c) => (c.protection === 'signature' && !c.atom.known ? [c.atom] : []));
  // How long both are is compared as well, and anything else that has to agree.
  const isConstantTime = atoms.some((a) => a.sources.includes('secret-match'));
  const signed: SignatureCheck = {
    ...(isConstantTime
      ? { compared: 'constant-time' }
      : atoms.some((a) => a.isPlain)
        ? { compared: 'text' }
        : {}),
    ...(atoms.some((a) => a.sources.includes(REWRITTEN)) ? { over: 'rewritten' } : {}),
  };
  return Object.keys(signed).length > 0 ? { signed } : {};
}
