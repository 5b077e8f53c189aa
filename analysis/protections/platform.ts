import type { LibraryBehaviour } from '../wiring/library.js';
import { HASH, MATCH, NOTHING, SEND, type Members } from './behaviours.js';

const SIGN: LibraryBehaviour = { does: 'sign-message' };
/** https://www.w3.org/TR/webcrypto/#subtlecrypto-interface */
const subtle = (prefix: string): Members => ({
  [`${prefix}subtle.digest`]: HASH,
  [`${prefix}subtle.deriveBits`]: HASH,
  [`${prefix}subtle.sign`]: SIGN,
  [`${prefix}subtle.verify`]: { does: 'verify-message', later: true },
  // https://developers.cloudflare.com/workers/runtime-apis/web-crypto/#timingsafeequal
  [`${prefix}subtle.timingSafeEqual`]: MATCH,
});

const VERBS = ['get', 'head', 'delete', 'options', 'post', 'put', 'patch', 'request'];
const client = (...made: readonly string[]): Members =>
  Object.fromEntries([
    ...['()', ...VERBS].map((name) => [name, SEND]),
    ...made.flatMap((name) => ['', ...VERBS.map((v) => `.${v}`)].map((v) => [`${name}.()${v}`, SEND])),
  ]);
/** Clients of HTTP. */
const CLIENTS: Readonly<Record<string, Members>> = {
  http: { request: SEND, get: SEND },
  https: { request: SEND, get: SEND },
  undici: { fetch: SEND, request: SEND },
  'node-fetch': { '()': SEND, 'default.()': SEND },
  'cross-fetch': { '()': SEND, fetch: SEND },
  axios: client('create'),
  got: client('extend'),
  ky: client('create', 'extend'),
  ofetch: { ofetch: SEND, $fetch: SEND, 'ofetch.raw': SEND },
  superagent: client(),
  needle: client(),
};

/** What Node and the web bring for secrets, whoever imports it. */
export const PLATFORM: Readonly<Record<string, Members>> = {
  crypto: {
    'createHmac.()': SIGN,
    createHmac: SIGN,
    'createHmac.().update': SIGN,
    verify: { does: 'verify-message' },
    'createVerify.().verify': { does: 'verify-message' },
    'createVerify.().update.().verify': { does: 'verify-message' },
    createHash: HASH,
    // Only ciphers have a tag that notice what was changed.
    'createDecipheriv.().setAuthTag': { does: 'unseal' },
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
  ...CLIENTS,
};
