/** A call whose arguments begin on a line of source text, as far as that line shows them. */
export interface CallLine {
  /** What comes before the last dot: `router` of `router.post(`; '' in a chain. */
  receiver: string;
  arguments: Argument[];
}
export interface Argument {
  text: string;
  /** Offset behind its last character. */
  end: number;
  /** A comma and more follow it on this line. */
  followed: boolean;
}

const BEGINNING = /^\s*(?:await\s+)?((?:[\w$]+(?:\.[\w$]+)*)?)\.[\w$]+\(/;
const OPENING = '([{';
const CLOSING = ')]}';

/**
 * Reads the arguments of the call that a line begins with. An argument that goes on in later lines is left out. Null where
 * the line is no such call, or holds what cannot be told apart without parsing (a regular expression, a comment).
 */
export function callOn(line: string): CallLine | null {
  const found = BEGINNING.exec(line);
  if (!found) return null;
  const args: Argument[] = [];
  let start = found[0].length;
  let depth = 0;
  for (let at = start; at < line.length; at++) {
    const character = line[at]!;
    if (character === "'" || character === '"' || character === '`') {
      at = endOfText(line, at);
    } else if (character === '/') {
      return null;
    } else if (OPENING.includes(character)) {
      depth++;
    } else if (CLOSING.includes(character) || (character === ',' && depth === 0)) {
      if (depth === 0) {
        const text = line.slice(start, at);
        const followed = character === ',' && line.slice(at + 1).trim() !== '';
        if (text.trim() !== '')
          args.push({ text: text.trim(), end: start + text.trimEnd().length, followed });
        start = at + 1;
        if (character !== ',') return { receiver: found[1]!, arguments: args };
      } else depth--;
    }
  }
  return { receiver: found[1]!, arguments: args };
}

/** The offset of the quote that ends a text, or of the end of the line. */
function endOfText(line: string, start: number): number {
  for (let at = start + 1; at < line.length; at++) {
    if (line[at] === '\\') at++;
    else if (line[at] === line[start]) return at;
  }
  return line.length;
}
