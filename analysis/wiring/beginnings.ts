import { mergeSources } from './fact.js';
import { sourcesOf, stringOf, unknown, type Value } from './value.js';

/**
 * Many texts that go on differently after the same words, as a statement to which conditions were added: what they begin with is kept.
 * A text without blanks is a path or a name, of which a part is another one.
 *
 * @returns null where they have no words in common
 */
export function sharedBeginning(texts: readonly Value[]): Value | null {
  let shared: string | null = null;
  for (const text of texts) {
    const head = text.k === 'text' ? text.parts[0] : stringOf(text);
    if (typeof head !== 'string') return null;
    shared = shared === null ? head : common(shared, head);
  }
  const words = shared?.slice(0, shared.lastIndexOf(' ') + 1) ?? '';
  return words.trim().includes(' ')
    ? { k: 'text', parts: [words, unknown(mergeSources(...texts.map((t) => sourcesOf(t))))] }
    : null;
}
function common(a: string, b: string): string {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  return a.slice(0, at);
}
