import type { LibraryBehaviour } from '../wiring/library.js';

/** Behaviour by member path; `*` stands for any path. `()` marks what a call returns. */
export type Members = Readonly<Record<string, LibraryBehaviour>>;
export const protect = (protection: string): LibraryBehaviour => ({ does: 'protect', protection });
export const OPTIONAL_JWT: LibraryBehaviour = {
  does: 'protect',
  protection: 'authentication',
  lenientWith: { option: 'credentialsRequired', value: false },
};
export const NOTHING: LibraryBehaviour = { does: 'nothing' };
export const DECODE: LibraryBehaviour = { does: 'decode' };
export const VERIFY: LibraryBehaviour = { does: 'verify' };
export const VERIFY_LATER: LibraryBehaviour = { does: 'verify', later: true };
/** A session in a cookie that only the server can have sealed. */
export const SESSION: LibraryBehaviour = { does: 'open-session' };
export const IDENTIFY: LibraryBehaviour = { does: 'identify' };
export const SIGNED: LibraryBehaviour = { does: 'verify-signature' };
export const STARTS_SESSION: LibraryBehaviour = {
  does: 'effect',
  operation: 'session-set',
  class: 'write',
  target: 'session',
};
export const MATCH: LibraryBehaviour = { does: 'match' };
export const CHALLENGE: LibraryBehaviour = { does: 'challenge' };
export const REDEEM: LibraryBehaviour = { does: 'redeem' };
export const HASH: LibraryBehaviour = { does: 'hash' };
export const WRAP: LibraryBehaviour = { does: 'wrap' };
export const RUN: LibraryBehaviour = { does: 'run' };
export const STREAM: LibraryBehaviour = { does: 'stream-events' };
export const VALIDATE: LibraryBehaviour = { does: 'validate' };
/** Yields `{ success, data }`, `{ error, value }`, whether it fits, or a list of what does not. */
export const FITS: LibraryBehaviour = { does: 'validate', says: { fits: 'success' } };
export const FITS_LATER: LibraryBehaviour = { does: 'validate', says: { fits: 'success' }, later: true };
export const OR_ERROR: LibraryBehaviour = { does: 'validate', says: { fault: 'error' } };
export const IS_VALID: LibraryBehaviour = { does: 'validate', says: { itself: true } };
export const IS_VALID_LATER: LibraryBehaviour = { does: 'validate', says: { itself: true }, later: true };
export const ISSUE: LibraryBehaviour & { does: 'effect' } = {
  does: 'effect',
  operation: 'token-issue',
  class: 'write',
  target: 'token',
};
/** `sign(claims, key, { expiresIn })`; `claims.exp` says it as well (RFC 7519, 4.1.4). */
export const issue = (ends: { claims: number; options?: number }): LibraryBehaviour => ({ ...ISSUE, ends });
export const MAIL: LibraryBehaviour & { does: 'effect' } = {
  does: 'effect',
  operation: 'mail-send',
  class: 'write',
  target: 'mail',
};
export const EXECUTE: LibraryBehaviour = {
  does: 'effect',
  operation: 'process-execute',
  class: 'write',
  target: 'process',
  apart: true,
};
export const LOOK: LibraryBehaviour = { does: 'look' };
export const SEND: LibraryBehaviour = { does: 'send' };
export const FILE_WRITE: LibraryBehaviour = {
  does: 'effect',
  operation: 'file-write',
  class: 'write',
  target: 'file',
};
export const FILE_READ: LibraryBehaviour = {
  does: 'effect',
  operation: 'file-read',
  class: 'read',
  target: 'file',
};
/** Throws where what it is given first does not hold. */
export const REQUIRE: LibraryBehaviour = { does: 'require' };
/** Throws, or rejects, where it is not so. */
export const assert = (protection: string, later = false): LibraryBehaviour => ({
  does: 'assert',
  protection,
  ...(later ? { later: true } : {}),
});
/** Yields an answer in which it is said, in this member, whether the credential that it was asked about is good. */
export const answers = (member: string): LibraryBehaviour => ({
  does: 'tell',
  protection: 'authentication',
  later: true,
  member,
});
/** Yields whether it is so. */
export const tell = (protection: string, later = false): LibraryBehaviour => ({
  does: 'tell',
  protection,
  ...(later ? { later: true } : {}),
});
