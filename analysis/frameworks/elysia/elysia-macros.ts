import type { Evaluator } from '../../wiring/evaluator.js';
import {
  builtin,
  isCallable,
  listed,
  record,
  stringOf,
  UNDEFINED,
  UNKNOWN,
  type Site,
  type Value,
} from '../../wiring/value.js';

// Options of routes that the project gave a meaning to: https://elysiajs.com/patterns/macro

/** What was added by the function of a macro while it ran. */
const collecting = (it: Evaluator): { hooks: Value[] } => it.stateOf('elysia:macro', () => ({ hooks: [] }));
/** What an option that the project gave a meaning to stands for: an object of hooks, or a function of its value to one. */
export function applied(
  it: Evaluator,
  macro: Value,
  value: Value,
  site: Site,
): { options: Value | undefined; collected: readonly Value[] } {
  if (!isCallable(macro)) return { options: macro, collected: [] };
  const outer = collecting(it).hooks;
  const hooks: Value[] = [];
  collecting(it).hooks = hooks;
  const made = it.awaiting(it.call(macro, [value], UNDEFINED, site));
  collecting(it).hooks = outer;
  return { options: made, collected: hooks };
}
/** `macro({ name: … })`, `macro('name', …)`, and of earlier versions `macro(({ onBeforeHandle }) => ({ name(value) { … } }))`. */
export function define(
  it: Evaluator,
  macros: Map<string, Value>,
  [first, second]: readonly Value[],
  site: Site,
): void {
  const name = first ? stringOf(first) : null;
  if (name !== null && second) macros.set(name, second);
  else if (first) {
    const add = builtin('onBeforeHandle', (args) => {
      const added = args.at(-1);
      if (added) collecting(it).hooks.push(...listed(added));
      return UNDEFINED;
    });
    const manager = record([['onBeforeHandle', add]], UNKNOWN);
    const defined = isCallable(first) ? it.awaiting(it.call(first, [manager], UNDEFINED, site)) : first;
    if (defined.k === 'record') for (const [key, value] of defined.members) macros.set(key, value);
    else it.gap('what these macros are could not be followed', it.place(site));
  }
}
