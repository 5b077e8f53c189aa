import type { Protection } from './model.js';

/** Protections by which the caller is known, or what they present is. */
export const CALLER: ReadonlySet<Protection> = new Set([
  'authentication',
  'authorization',
  'ownership',
  'signature',
]);
