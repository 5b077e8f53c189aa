import type { Classified } from '../protections/atoms.js';

/** All that says who calls is a token that was verified, and was sent with the rest of the form. */
export function isByLink(found: readonly Classified[]): boolean {
  const known = found.filter((c) => c.protection === 'authentication');
  const isLink = ({ atom: { known: by, sources } }: Classified): boolean =>
    by !== null && sources.some((s) => s.startsWith('body.'));
  return known.some(isLink) && known.every((c) => isLink(c) || c.atom.known === null);
}
