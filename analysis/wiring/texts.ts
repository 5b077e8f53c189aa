import { addressText } from './addresses.js';
import { mergeSources } from './fact.js';
import { literal, sourcesOf, unknown, type Literal, type Value } from './value.js';

export function template(quasis: readonly string[], values: readonly Value[]): Value {
  const [only] = values;
  if (only?.k === 'literal' && values.length === 1 && quasis.every((q) => q === '')) return asText(only);
  const parts: (string | Value)[] = [];
  quasis.forEach((quasi, i) => {
    if (quasi) parts.push(quasi);
    const value = values[i] && addressText(values[i]);
    if (value) parts.push(value.k === 'literal' ? String(value.value) : value);
  });
  return joinText(parts);
}
/** `String(value)`: the member of an enum stays known by its name. */
export const asText = (of: Literal): Literal => ({ ...of, value: String(of.value) });
/** Longer texts, made by loops that double them, are no paths and no names, and no statements either. */
const MAX_TEXT = 20_000;
const MAX_PARTS = 256;
export function joinText(parts: readonly (string | Value)[]): Value {
  const flat: (string | Value)[] = [];
  for (const part of parts.flatMap((p) => (typeof p !== 'string' && p.k === 'text' ? p.parts : [p]))) {
    const text = typeof part === 'string' ? part : part.k === 'literal' ? String(part.value) : null;
    if (text !== null && typeof flat.at(-1) === 'string')
      flat[flat.length - 1] = (flat.at(-1) as string) + text;
    else flat.push(text ?? part);
  }
  if (flat.length === 0) return literal('');
  if (flat.length === 1 && typeof flat[0] === 'string')
    return flat[0].length > MAX_TEXT ? unknown() : literal(flat[0]);
  return flat.length > MAX_PARTS || flat.some((p) => typeof p === 'string' && p.length > MAX_TEXT)
    ? unknown(mergeSources(...flat.map((p) => (typeof p === 'string' ? [] : sourcesOf(p)))))
    : { k: 'text', parts: flat };
}

/**
 * The pieces of an address of which parts are known. What stands for a parameter has no `?` and no `#` in it, and no `/`
 * where it has a name of its own (a wildcard may). Null where the pieces can't be told.
 */
export function piecesOf(parts: readonly (string | Value)[], separator: string): Value[] | null {
  if (!['?', '#', '/'].includes(separator)) return null;
  const pieces: (string | Value)[][] = [[]];
  for (const part of parts) {
    if (typeof part !== 'string') {
      if (separator === '/' && !isNamedParameter(part)) return null;
      pieces.at(-1)!.push(part);
      continue;
    }
    const [first = '', ...rest] = part.split(separator);
    pieces.at(-1)!.push(first);
    for (const piece of rest) pieces.push([piece]);
  }
  return pieces.map((piece) => {
    const filled = piece.filter((p) => p !== '');
    const [only] = filled;
    return filled.length === 1 && typeof only === 'object' ? only : joinText(filled);
  });
}

/** Can a text of which only parts are known be this one? `/books/:id` is never `/shelves`, whatever the parameter. */
export function mayBe(value: Value, text: string): boolean {
  if (value.k !== 'text') return true;
  const last = value.parts.length - 1;
  let at = 0;
  for (const [i, part] of value.parts.entries()) {
    if (typeof part !== 'string') continue;
    const found = i === 0 ? (text.startsWith(part) ? 0 : -1) : text.indexOf(part, at);
    if (found < 0 || (i === last && i > 0 && !text.slice(at).endsWith(part))) return false;
    at = found + part.length;
  }
  return typeof value.parts[last] !== 'string' || last > 0 || at === text.length;
}
/** An address in which parameters with names stand: `/books/:id`. */
export const isNamedAddress = (value: Value): boolean =>
  value.k === 'text' &&
  typeof value.parts[0] === 'string' &&
  value.parts[0].startsWith('/') &&
  value.parts.every((p) => typeof p === 'string' || (sourcesOf(p).length > 0 && isNamedParameter(p)));
const isNamedParameter = (value: Value): boolean => sourcesOf(value).every((s) => /^params\.[a-z_]/i.test(s));
/** It holds what a request has sent, not as it was sent, on every way there. */
export const isRewritten = (value: Value): boolean =>
  value.k === 'text'
    ? value.parts.some((p) => typeof p !== 'string' && isRewritten(p))
    : value.k === 'choice'
      ? value.options.every((o) => isRewritten(o.value))
      : value.k === 'unknown' && value.form === 'rewritten';
