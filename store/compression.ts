import { deflateSync, inflateSync } from 'node:zlib';

/** Models are repetitive JSON: the fastest level already takes nine tenths off. */
const LEVEL = 1;

/** Text as stored in a BLOB column. */
export function compress(text: string): Buffer {
  return deflateSync(Buffer.from(text, 'utf8'), { level: LEVEL });
}

/** Reverses {@link compress}. @throws when the bytes are not what it wrote */
export function decompress(bytes: Uint8Array): string {
  return inflateSync(bytes).toString('utf8');
}
