import { installedAt, type Installed } from '../../wiring/middleware.js';
import { isCallable, optionsOf, textOf, type Site, type Value } from '../../wiring/value.js';
import { isStack, mountedBy, stateOf } from './koa-layers.js';

/** Paths of a registration: one, a list of them, or a pattern that is kept as text; null for what is no path. */
export function pathsOf(value: Value | undefined): (string | null)[] | null {
  if (!value || isCallable(value)) return null;
  if (value.k === 'list') {
    const paths = value.elements.map((e) => pathsOf(e));
    return paths.length > 0 && paths.every((p) => p !== null) ? paths.flat() : null;
  }
  if (value.k === 'choice') {
    const paths = optionsOf(value).map((o) => pathsOf(o.value));
    return paths.every((p) => p !== null) ? paths.flat() : null;
  }
  if (value.k === 'native')
    return value.type.name === 'RegExp' ? [`(${(value.state as { pattern: string }).pattern})`] : null;
  const text = textOf(value, '*');
  if (text !== null) return [text];
  return value.k === 'unknown' && value.origin === null && !value.wraps ? [null] : null;
}
/** What is installed: routers as what `routes()` made of them, lists flattened as koa-compose does. */
export function installed(args: readonly Value[], site: Site): Installed[] {
  const all = installedAt(args, site);
  for (const { value } of all) {
    const stack = mountedBy(value)?.stack;
    if (stack && isStack(stack)) stateOf(stack).mounted = true;
  }
  return all;
}
