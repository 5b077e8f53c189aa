import { namesIn } from '../syntax/walk.js';
import { identity } from './identity.js';
import type { Scope } from './scope.js';
import { optionsOf, type FunctionValue, type Value } from './value.js';

/** How far it is followed what the functions hold that a function holds. */
const DEPTH = 2;
/**
 * Stands for the functions that a closure was given along with what is around it: `() => next(request)`, made once for each
 * of several, does something else each time, though it is called with nothing. What is made beside it, each time anew,
 * counts by what that was given; what stands in the module is the same for all. Functions are told apart by their code and
 * by the constants and functions that they hold in turn, as `requireRole('admin')` is from another.
 */
export function keyOfHeld(closure: FunctionValue, depth = DEPTH): string {
  const around: Scope[] = [];
  for (let at: Scope | null = closure.scope; at?.parent && at !== closure.module.scope; at = at.parent)
    around.push(at);
  if (around.length === 0) return '';
  const held: string[] = [];
  const keyOf = (value: Value): string | null => {
    if (value.k === 'function')
      return `f${identity(value.fn)}(${depth > 0 ? keyOfHeld(value, depth - 1) : ''})`;
    if (value.k === 'class') return `c${identity(value.node)}`;
    if (value.k === 'unknown') return value.wraps ? value.wraps.map(keyOf).join('&') : null;
    return value.k === 'literal' && depth < DEPTH ? `l${typeof value.value}${String(value.value)}` : null;
  };
  const names = new Set(namesIn(closure.fn));
  // Names that are added meanwhile are come to as well.
  for (const name of names) {
    // Whose method it is was not given to it.
    if (name === 'this') continue;
    const value = around.find((s) => s.variables.has(name))?.variables.get(name);
    for (const { value: one } of value ? optionsOf(value) : []) {
      const isBeside = one.k === 'function' && around.includes(one.scope);
      if (isBeside) namesIn(one.fn).forEach((n) => names.add(n));
      const key = isBeside ? null : keyOf(one);
      if (key !== null) held.push(`${name}:${key}`);
    }
  }
  return held.join();
}
