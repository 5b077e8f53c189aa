/** Scripts that are written from right to left, or join letters with characters that are not seen. */
const RIGHT_TO_LEFT = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;
const JOINED =
  /[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Mongolian}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Gujarati}\p{Script=Gurmukhi}\p{Script=Kannada}\p{Script=Malayalam}\p{Script=Oriya}\p{Script=Sinhala}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Thai}\p{Script=Khmer}\p{Script=Lao}\p{Script=Myanmar}\p{Script=Tibetan}]/u;
const PICTURE = /\p{Extended_Pictographic}|\p{Emoji_Modifier}|[\u{1F1E6}-\u{1F1FF}]|\uFE0F|\u20E3/u;
/** Characters that nobody sees: tags, variation selectors beyond those of pictures, characters of no width, and orders to change direction. */
const HIDDEN =
  /[\u{E0000}-\u{E007F}]+|[\u{E0100}-\u{E01EF}]+|[\u202A-\u202E\u2066-\u2069]+|[\u200B-\u200D\u2060-\u2064\u180E\uFEFF\u00AD\u115F\u1160\u3164\uFFA0]+/gu;

export interface HiddenText {
  line: number;
  what: string;
  /** What it says, where it says something: tags are letters in disguise. */
  says: string | null;
}

/** Text that a reader does not see, or sees in another order. Of scripts that need such characters they are none. */
export function hiddenText(text: string): HiddenText[] {
  const found: HiddenText[] = [];
  for (const [i, line] of text.split('\n').entries()) {
    for (const match of line.matchAll(HIDDEN)) {
      const hidden = kindOf(match[0], line, match.index);
      if (hidden && !found.some((f) => f.line === i + 1 && f.what === hidden.what))
        found.push({ line: i + 1, ...hidden });
    }
  }
  return found;
}
function kindOf(run: string, line: string, at: number): { what: string; says: string | null } | null {
  const first = run.codePointAt(0)!;
  const before = Array.from(line.slice(0, at));
  const after = Array.from(line.slice(at + run.length));
  if (first >= 0xe0000 && first <= 0xe007f) {
    // The flags of regions are a black flag with tags behind it, up to a last one.
    if (before.at(-1) === '\u{1F3F4}' && run.endsWith('\u{E007F}') && [...run].length <= 7) return null;
    const says = [...run]
      .map((c) => String.fromCodePoint(c.codePointAt(0)! - 0xe0000))
      .join('')
      .replace(/[^\x20-\x7e]/g, '');
    return { what: 'tag characters', says: says || null };
  }
  if (first >= 0xe0100) return run.length > 2 ? { what: 'variation selectors', says: bytesOf(run) } : null;
  if (/[\u202A-\u202E\u2066-\u2069]/.test(run)) {
    // An order to override the direction is never needed; the others are, beside text that runs the other way.
    return RIGHT_TO_LEFT.test(line) && !/[\u202D\u202E]/.test(run)
      ? null
      : { what: 'bidirectional control characters', says: null };
  }
  const neighbours = [...before.slice(-2), ...after.slice(0, 2)].join('');
  // One alone is a slip of an editor, a break in a long word, or a part of a picture or of a script that needs it.
  if ([...run].length === 1)
    return scattered(line) && !PICTURE.test(neighbours) && !JOINED.test(neighbours)
      ? { what: 'zero-width characters', says: null }
      : null;
  if (PICTURE.test(neighbours) && [...run].length <= 2) return null;
  return { what: 'zero-width characters', says: null };
}
/** Single characters of no width between the letters of a line: a text in which each stands for a bit. */
const scattered = (line: string): boolean => (line.match(/[\u200B-\u200D\u2060\uFEFF]/g) ?? []).length >= 8;
/** Selectors in a row stand for bytes. */
function bytesOf(run: string): string | null {
  const text = [...run]
    .map((c) => String.fromCharCode(c.codePointAt(0)! - 0xe0100 + 16))
    .join('')
    .replace(/[^\x20-\x7e]/g, '');
  return text || null;
}
