import type { CodeExchange, EntryPoint, Model } from '../model/model.js';
import { fingerprint, nameOf, placesOf, sentence, weighed } from './describe.js';
import type { Finding } from './finding.js';

type Address = NonNullable<CodeExchange['address']>;

/**
 * Sign-ins through another provider that take its word for an address: somebody on record is found by it, and nothing asks
 * whether it was verified. At many providers anybody may enter any address (OpenID Connect Core 1.0, 5.7: nothing but `sub`
 * and `iss` tells people apart). Whoever has to be signed in before is not signed in by it.
 */
export function unverifiedAddresses(model: Model): Finding[] {
  const all = model.entryPoints.flatMap((entryPoint) => {
    const address = entryPoint.codeExchange?.address;
    return address && !entryPoint.protections.includes('authentication') ? [{ entryPoint, address }] : [];
  });
  const careful = all.filter(({ address }) => address.verified);
  return all
    .filter(({ address }) => !address.verified)
    .map(({ entryPoint, address }) => findingOf(entryPoint, address, careful));
}

function findingOf(
  e: EntryPoint,
  { place }: Address,
  careful: readonly { entryPoint: EntryPoint; address: Address }[],
): Finding {
  const isKnown = careful.length > 0;
  const [first] = careful;
  const instead = first
    ? `, as ${first.address.place.file}:${first.address.place.line} does`
    : ' (`email_verified` in OpenID Connect)';
  return {
    id: fingerprint('unverified-email', 'verified-email', e.id),
    rule: 'unverified-email',
    ...weighed(isKnown),
    missing: 'verified-email',
    ...placesOf(e),
    place,
    message: `${sentence(nameOf(e))} finds an account by the e-mail address that another provider tells, and nothing asks whether that was verified: whoever enters somebody else's address there gets their account here.`,
    remedy: `Find accounts by the id that the provider gives, or refuse an address that it does not call verified${instead}.`,
    precedents: careful.slice(0, 3).map(({ entryPoint, address }) => ({
      entryPoint: entryPoint.id,
      file: address.place.file,
      line: address.place.line,
      guard: 'verified',
    })),
    affects: [],
  };
}
