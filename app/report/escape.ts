/** Controls, and characters that reorder or hide text: in a name from a repository they are there to deceive. */
const DECEPTIVE =
  /[\p{Cc}\p{Zl}\p{Zp}\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb]|[\u{e0000}-\u{e0fff}]|\p{Cs}/gu;

/** Text of a repository for a terminal or any plain text: deceptive characters are written as `\u{…}`. */
export function visible(text: string): string {
  return text.replace(DECEPTIVE, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
}

/** Invisible; it ends what a reader of Markdown would take for a mention, a reference or an address. */
const BREAK = '\u200b';

/**
 * Text of a repository for GitHub's Markdown: it renders as itself, whatever it contains. Neither markup nor HTML,
 * nobody is mentioned, nothing is linked. Parts in backticks, which our own sentences put around names, become code.
 */
export function markdown(text: string): string {
  return visible(text)
    .split(/(`[^`]+`)/)
    .map((part) => (/^`[^`]+`$/.test(part) ? code(part.slice(1, -1)) : prose(part)))
    .join('');
}

function prose(text: string): string {
  return text
    .replace(/@(?=\S)|#(?=\d)|\bgh-(?=\d)|:(?=\/\/|\w+:)|\bwww(?=\.)/gi, (match) => match + BREAK)
    .replace(/[&<>]/g, (character) => `&${{ '&': 'amp', '<': 'lt', '>': 'gt' }[character]};`)
    .replace(/[\\`*_[\]()#!|~$]|^\s*[-+=]|^\s*\d+(?=[.)])/g, (match) =>
      // A digit cannot be escaped: a number that would begin a list is kept apart from its full stop.
      /\d$/.test(match) ? match + BREAK : match.replace(/\S/, '\\$&'),
    );
}

/** Text of a repository as a code span, in which GitHub neither formats, links nor mentions. */
export function code(text: string): string {
  const shown = visible(text);
  if (shown === '') return '` `';
  const fence = fenceFor(shown, 1);
  // One space is taken off either side by the renderer when both are there.
  const pad = /^[` ]|[` ]$/.test(shown) ? ' ' : '';
  return fence + pad + shown + pad + fence;
}

/** Backticks that nothing in a text ends, at least so many. */
export function fenceFor(text: string, least: number): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  return '`'.repeat(Math.max(least, longest + 1));
}

/** Escaped Markdown for a cell of a table, where a bar would end the cell even inside code. */
export function cell(escaped: string): string {
  return escaped.replace(/(?<!\\)\|/g, '\\|');
}
