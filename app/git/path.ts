const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * A path as git stores it (bytes) as a string. Bytes that are not UTF-8 are written `\xNN`, so that two different
 * files never become one, and the same file reads the same everywhere.
 */
export function decodePath(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    let text = '';
    for (const byte of bytes) text += byte < 0x80 ? String.fromCharCode(byte) : `\\x${byte.toString(16)}`;
    return text;
  }
}

/** The fields of NUL-separated output, as bytes. */
export function* splitNul(output: Buffer): Generator<Buffer> {
  let start = 0;
  while (start < output.length) {
    const found = output.indexOf(0, start);
    const end = found < 0 ? output.length : found;
    yield output.subarray(start, end);
    start = end + 1;
  }
}

/** Order of paths in a tree source: by UTF-16 code unit, independent of locale. */
export function byPath(a: { path: string }, b: { path: string }): number {
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
}
