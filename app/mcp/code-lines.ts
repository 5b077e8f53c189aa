import type { Place } from '../../analysis/model/model.js';
import type { Known } from './subject.js';

const MOST_LINES = 8;
const LONGEST_LINE = 200;
/** After these, a slash begins a pattern; after anything else it divides. */
const BEFORE_PATTERN = /(?:[(,=:[!&|?{};+\-*%>~^]|\breturn|\btypeof|=>)\s*$/;

interface CodeLine {
  line: number;
  text: string;
}

/**
 * The code at a place: the line, and what it needs to be whole. For what stands in front of a handler that is up to where the
 * handler begins. Comments are left out: what is to be imitated is code, and a comment may say anything.
 */
export async function codeAt(snapshot: Known, place: Place, whole: boolean): Promise<CodeLine[]> {
  const text = await snapshot.text(place.file);
  if (text === null || place.line < 1) return [];
  const lines = withoutComments(text).split('\n');
  const shown = (at: number): CodeLine => ({
    line: at + 1,
    text: lines[at]!.trimEnd().slice(0, LONGEST_LINE),
  });
  const head = headOfChain(lines, place.line - 1);
  const found: CodeLine[] = head === null ? [] : [shown(head)];
  let open = 0;
  const first = place.line - 1;
  for (let at = first; at < lines.length && found.length < MOST_LINES; at++) {
    const line = lines[at]!.trimEnd();
    if (line.trim() !== '') found.push(shown(at));
    // `} else if (…) {` begins with the end of something else.
    open += balanceOf(at === first ? line.replace(/^\s*[)\]}]+/, '') : line);
    if (open <= 0 || (!whole && /(?:\{|=>)$/.test(line))) break;
  }
  return found;
}

/** Where a chain of calls begins that goes on at a line (`.mutation(…)`), which is what tells whose calls they are. */
function headOfChain(lines: readonly string[], from: number): number | null {
  if (!lines[from]?.trimStart().startsWith('.')) return null;
  let closed = 0;
  for (let at = from - 1; at >= Math.max(0, from - MOST_OF_A_CHAIN); at--) {
    closed -= balanceOf(lines[at]!);
    if (closed <= 0 && /^\s*[^\s.)\]}]/.test(lines[at]!)) return at;
  }
  return null;
}
const MOST_OF_A_CHAIN = 100;
function balanceOf(line: string): number {
  let open = 0;
  for (const character of line.replace(/'[^']*'|"[^"]*"|`[^`]*`/g, ''))
    if ('([{'.includes(character)) open++;
    else if (')]}'.includes(character)) open--;
  return open;
}

/** Program text with blanks in place of comments, so that lines stay where they are. */
export function withoutComments(text: string): string {
  let out = '';
  let at = 0;
  /** Braces that are open inside `${…}`, one number a template around. */
  const templates: number[] = [];
  const take = (to: number): void => {
    out += text.slice(at, to);
    at = to;
  };
  while (at < text.length) {
    const character = text[at]!;
    const two = text.slice(at, at + 2);
    if (two === '//') {
      const end = text.indexOf('\n', at);
      at = end < 0 ? text.length : end;
    } else if (two === '/*') {
      const end = text.indexOf('*/', at + 2);
      const comment = text.slice(at, end < 0 ? text.length : end + 2);
      out += ' ' + comment.replace(/[^\n]/g, '');
      at += comment.length;
    } else if (character === '"' || character === "'") take(endOfQuoted(text, at, character));
    else if (character === '/' && BEFORE_PATTERN.test(out.slice(-40) || '(')) take(endOfPattern(text, at));
    else if (character === '`') take(endOfTemplate(text, at + 1, templates));
    else if (character === '}' && templates.at(-1) === 0) {
      templates.pop();
      take(endOfTemplate(text, at + 1, templates));
    } else {
      if (templates.length > 0 && character === '{') templates[templates.length - 1]!++;
      if (templates.length > 0 && character === '}') templates[templates.length - 1]!--;
      take(at + 1);
    }
  }
  return out;
}

function endOfQuoted(text: string, start: number, quote: string): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === quote || text[at] === '\n') return at + 1;
  }
  return text.length;
}
function endOfPattern(text: string, start: number): number {
  let inClass = false;
  for (let at = start + 1; at < text.length; at++) {
    const character = text[at];
    // What looked like the beginning of a pattern was none.
    if (character === '\n') return start + 1;
    if (character === '\\') at++;
    else if (character === '[') inClass = true;
    else if (character === ']') inClass = false;
    else if (character === '/' && !inClass) return at + 1;
  }
  return start + 1;
}
/** Up to the end of the template, or up to an expression in it, which is noted as open. */
function endOfTemplate(text: string, start: number, templates: number[]): number {
  for (let at = start; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '`') return at + 1;
    else if (text[at] === '$' && text[at + 1] === '{') {
      templates.push(0);
      return at + 2;
    }
  }
  return text.length;
}
