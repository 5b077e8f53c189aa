import type { LibraryBehaviour } from '../wiring/library.js';

export const NOTHING: LibraryBehaviour = { does: 'nothing' };
export const MATCH: LibraryBehaviour = { does: 'match' };
export const HASH: LibraryBehaviour = { does: 'hash' };
const SIGN: LibraryBehaviour = { does: 'sign-message' };
/** https://www.w3.org/TR/webcrypto/#subtlecrypto-interface */
const subtle = (prefix: string): Record<string, LibraryBehaviour> => ({
  [`${prefix}subtle.digest`]: HASH,
  [`${prefix}subtle.deriveBits`]: HASH,
  [`${prefix}subtle.sign`]: SIGN,
});

/** What Node and the web bring for secrets, whoever imports it. */
export const PLATFORM: Readonly<Record<string, Readonly<Record<string, LibraryBehaviour>>>> = {
  crypto: {
    'createHmac.()': SIGN,
    createHmac: SIGN,
    createHash: HASH,
    scrypt: HASH,
    scryptSync: HASH,
    pbkdf2: HASH,
    pbkdf2Sync: HASH,
    timingSafeEqual: MATCH,
    randomBytes: NOTHING,
    randomUUID: NOTHING,
    ...subtle(''),
    ...subtle('webcrypto.'),
  },
  global: { ...subtle('crypto.'), ...subtle('globalThis.crypto.') },
};
