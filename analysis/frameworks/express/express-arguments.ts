import { referenceTo } from '../../syntax/reference.js';
import { identity } from '../../wiring/identity.js';
import type { Installed } from '../../wiring/middleware.js';
import {
  constantArguments,
  isCallable,
  optionsOf,
  textOf,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { isRouter } from './express-layers.js';

export const isPattern = (value: Value): boolean => value.k === 'native' && value.type.name === 'RegExp';
export const mayBePath = (value: Value): boolean =>
  value.k === 'literal' ||
  value.k === 'text' ||
  (value.k === 'unknown' && value.origin === null && value.wraps === null);
/** Paths of a registration: one, a list of them, or a pattern that is kept as text. */
export function pathsOf(value: Value | undefined): (string | null)[] | null {
  if (!value) return null;
  if (value.k === 'list') {
    const paths = value.elements.map((e) => pathsOf(e));
    return paths.length > 0 && paths.every((p) => p !== null) ? (paths.flat() as (string | null)[]) : null;
  }
  if (value.k === 'choice') {
    const paths = value.options.map((o) => pathsOf(o.value));
    if (paths.some((p) => p === null)) return null;
    const known = paths.flat().filter((p) => p !== null);
    return known.length > 0 ? [...new Set(known)] : [null];
  }
  if (value.k === 'native' && isPattern(value)) return [`(${(value.state as { pattern: string }).pattern})`];
  if (isCallable(value) || value.k === 'native') return null;
  // `{ path: '/x', version: '1.0.0' }`
  if (value.k === 'record' && value.members.has('path')) return pathsOf(value.members.get('path'));
  const text = textOf(value, '*');
  if (text !== null) return [text];
  return value.k === 'unknown' && value.origin === null && !value.wraps ? [null] : null;
}
/** A path of which nothing is known is the same where it is referred to alike, in one call or by way of one object. */
export function somewhere(path: Value | undefined, { args, module, calls }: Site): string | null {
  const reference = path?.k === 'unknown' && args?.[0] ? referenceTo(args[0]) : null;
  if (reference === null || reference.startsWith('process.env.')) return reference;
  const call = /\W/.test(reference) ? undefined : calls?.at(-1);
  return `${reference} ${call ? identity(call) : module.path}`;
}
/** Handlers of a registration: arrays and spreads are flattened, as Express does. */
export function handlersOf(args: readonly Value[], site: Site): Installed[] {
  return args.flatMap((arg): Installed[] => {
    if (arg.k === 'list')
      return [...handlersOf(arg.elements, site), ...(arg.open ? handlersOf([arg.open], site) : [])];
    if (isPattern(arg) || arg.k === 'literal' || (arg.k === 'record' && arg.cls === null)) return [];
    if (arg.k === 'choice') {
      const alive = optionsOf(arg).filter(
        (o) => isCallable(o.value) || isRouter(o.value) || o.value.k === 'unknown',
      );
      return alive.length === 0
        ? []
        : alive.length === 1
          ? [{ value: alive[0]!.value, site }]
          : [{ value: arg, site }];
    }
    return [{ value: arg, site, arguments: argumentsOf(arg) }];
  });
}
/** The constants a guard was made with, for showing `requireRole('admin')`: variables of the closure it is. */
function argumentsOf(value: Value): string[] {
  if (value.k === 'function' && value.madeBy) return [...value.madeBy.arguments];
  if (value.k !== 'function' || !value.scope?.parent) return [];
  return constantArguments(
    [...value.scope.variables].filter(([name]) => name !== 'arguments' && name !== 'this').map(([, v]) => v),
  );
}
