import { MAX_MATCHED, REGEX, toRun } from './patterns.js';
import { joinText } from './texts.js';
import { literal, stringOf, type Value } from './value.js';

/** What a text begins with that stands for something else: `:id`, `$1`, `@name`, `?`, `{id}`, `%s`. */
const PLACEHOLDER = /^\\?[:$@?{%]/;
/** Blanks, which say nothing. */
const BLANK = /^(?:\\[snrt]|\[\\s| )/;

/**
 * `text.replace(pattern, by)` and `replaceAll`, of a text of which at least parts are known: what was put in stands where the
 * pattern was found. What is filled in for a placeholder, by a name or a pattern that is not known, leaves the rest as it was.
 *
 * @returns null where it can't be said what comes out
 */
export function replaced(self: Value, all: boolean, [pattern, by]: readonly Value[]): Value | null {
  if (!pattern || !by || (self.k !== 'text' && stringOf(self) === null)) return null;
  const known = stringOf(pattern);
  if (known !== null) return known === '' ? null : filledIn(self, known, by, all);
  if (pattern.k === 'native' && pattern.type === REGEX) return byPattern(self, pattern, by);
  const head = pattern.k === 'text' ? pattern.parts[0] : undefined;
  return typeof head === 'string' && PLACEHOLDER.test(head) ? self : null;
}
function filledIn(self: Value, known: string, by: Value, all: boolean): Value | null {
  const parts = self.k === 'text' ? self.parts : [stringOf(self)!];
  const value = by.k === 'function' ? null : by;
  let found = 0;
  const filled = parts.flatMap((part): (string | Value)[] => {
    if (typeof part !== 'string') return [part];
    const pieces = part.split(known);
    const put: (string | Value)[] = [];
    pieces.forEach((piece, i) => {
      if (i > 0) put.push(found++ === 0 || all ? (value ?? known) : known);
      put.push(piece);
    });
    return put;
  });
  if (found > 0) return value ? joinText(filled) : PLACEHOLDER.test(known) ? self : null;
  // It may stand in a part that is not known.
  return self.k === 'literal' || PLACEHOLDER.test(known) ? self : null;
}
function byPattern(self: Value, pattern: Value & { k: 'native' }, by: Value): Value | null {
  const { source, expression } = toRun(pattern);
  const text = stringOf(self);
  if (text !== null && text.length < MAX_MATCHED && expression) {
    const put = stringOf(by);
    if (text.search(expression) < 0) return self;
    if (put !== null) return literal(text.replace(expression, put));
  }
  return PLACEHOLDER.test(source) || BLANK.test(source) ? self : null;
}
