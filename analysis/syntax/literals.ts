/** Literals as the language reads them: escapes decoded, numbers of every notation. */

const SIMPLE_ESCAPES: Record<string, string> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f', v: '\v' };
const ESCAPE = /\\(?:u\{([0-9a-fA-F]+)\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([0-7]{1,3})|(\r\n|[^]))/g;

/** Decodes the escapes of a string or template part, given without its quotes. Malformed escapes stay as they are. */
export function decodeEscapes(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(
    ESCAPE,
    (whole, braced?: string, four?: string, two?: string, octal?: string, other?: string) => {
      const hex = braced ?? four ?? two;
      if (hex !== undefined) {
        const code = parseInt(hex, 16);
        return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
      }
      if (octal !== undefined) return String.fromCharCode(parseInt(octal, 8));
      if (other === '\n' || other === '\r\n' || other === '\r' || other === '\u2028' || other === '\u2029')
        return '';
      return SIMPLE_ESCAPES[other!] ?? other!;
    },
  );
}

/** The value of a quoted string, given with its quotes. */
export function stringValue(text: string): string {
  return decodeEscapes(text.slice(1, -1));
}

/** The value of a number; `NaN` for what is none. Big integers are not numbers. */
export function numberValue(text: string): number {
  const digits = text.replaceAll('_', '');
  return /^0[0-7]+$/.test(digits) ? parseInt(digits, 8) : Number(digits);
}

/** Splits `/pattern/flags`. */
export function regexParts(text: string): { pattern: string; flags: string } {
  const end = text.lastIndexOf('/');
  return { pattern: text.slice(1, end), flags: text.slice(end + 1) };
}
