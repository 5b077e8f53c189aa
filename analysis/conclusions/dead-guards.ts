import type { Classified, Context } from '../protections/atoms.js';
import { classify } from '../protections/classify.js';
import { foundAt } from './turned-away.js';
import type { DeadGuard, Protection } from '../model/model.js';
import type { Observation } from '../wiring/recorder.js';

/** Guards that are written at an entry point and never run, as far as they would protect it from what nothing else does. */
export function deadGuardsOf(
  o: Observation,
  protections: readonly Protection[],
  context: Context,
): DeadGuard[] {
  const found = new Map<string, DeadGuard>();
  for (const { guard, why, written, facts, anyway = [], place } of o.idle ?? []) {
    // What is written may let somebody in by another way, as `meta.openapi` does who has a key: that asks for no more than is asked of all.
    const asked = new Set(anyway.flatMap((f) => classify(f, context)).map((c) => c.protection));
    const isMore = (c: Classified): boolean => !asked.has(c.protection) || c.arguments.length > 0;
    const lost = facts
      .flatMap((f) => foundAt(o, f, context))
      .filter((c) => c.protection !== 'validation' && !protections.includes(c.protection) && isMore(c));
    if (lost.length === 0) continue;
    found.set(`${guard} ${written}`, {
      name: guard,
      protections: [...new Set(lost.map((c) => c.protection))].sort(),
      arguments: [...new Set(lost.flatMap((c) => c.arguments))].sort(),
      why,
      written,
      place,
    });
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, dead]) => dead);
}
