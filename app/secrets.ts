import { createHash, timingSafeEqual } from 'node:crypto';

const hashed = (text: string): Buffer => createHash('sha256').update(text).digest();

/** By which a secret is known again without being kept. */
export const fingerprint = (secret: string): string => hashed(secret).toString('base64url');

/** Whether two texts are the same: in the same time, whatever they have in common. */
export const isSame = (a: string, b: string): boolean => timingSafeEqual(hashed(a), hashed(b));
