import { createRequire } from 'node:module';

// Loaded with the first text that is written for it: most repositories have none.
const require = createRequire(import.meta.url);

/**
 * A text with blanks in place of the types of Flow, so that every line and column of what is left stays as it was; null
 * where it shows none of them, and where Flow itself could not read it. An arrow that stood on a later line than the
 * parameters, behind a type of several lines, follows them at once: there the text is longer, by blanks at the end of a line.
 */
export function withoutFlow(text: string): string | null {
  if (!SHOWS_FLOW.test(text)) return null;
  const remove = require('flow-remove-types') as (text: string, options: { all: boolean }) => object;
  try {
    // Its positions go wrong behind these two, which JavaScript has in texts alone.
    const plain = String(remove(text.replace(/[\u2028\u2029]/g, ' '), { all: true }));
    return countLines(plain) === countLines(text) ? plain : null;
  } catch {
    return null;
  }
}
const countLines = (text: string): number => text.split('\n').length;

/**
 * What says that a file is for Flow: that it says so, that it imports and makes types as TypeScript does and JavaScript does
 * not, that a parameter or what a function yields has a type, or that a value is given one, `(request: any)`.
 */
const SHOWS_FLOW =
  /@flow\b|^[ \t]*(?:(?:export[ \t]+|declare[ \t]+)*opaque[ \t]+type|export[ \t]+type|import[ \t]+(?:type|typeof)|type[ \t]+[\w$]+(?:<[^>\n]*>)?[ \t]*=)[ \t{]|\([ \t]*[\w$.]+\??:[ \t]*[\w$?{*]|\)[ \t]*:[ \t]*[\w$?{*][^\n]*(?:=>|\{)/m;

/** `read<Berth>(key)` in a file that says it is for Flow: JavaScript reads two comparisons there, and complains of nothing. */
export const mayHideTypes = (text: string): boolean => text.includes('@flow') && CALL_WITH_TYPES.test(text);
const CALL_WITH_TYPES = /[\w$]<[^<>()=;{}]*(?:<[^<>()=;{}]*>)?[^<>()=;{}]*>\(/;
